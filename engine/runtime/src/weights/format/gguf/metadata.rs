use std::collections::HashMap;
use std::ops::Range;

use super::cursor::{Broken, Cursor};

/// What a file says of itself, by key.
#[derive(Debug, Default)]
pub struct Metadata(HashMap<String, Value>);

#[derive(Debug)]
pub enum Value {
    Number(f64),
    Text(String),
    /// Read from the file when it is asked for; a vocabulary has 150,000 words.
    Array {
        kind: Kind,
        count: usize,
        place: Range<usize>,
    },
}

/// Of a value (ggml-org/ggml, `docs/gguf.md`).
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Unsigned(usize),
    Signed(usize),
    F32,
    F64,
    Text,
    Array,
}

impl Metadata {
    pub fn new(values: HashMap<String, Value>) -> Self {
        Self(values)
    }

    pub fn number(&self, key: &str) -> Option<f64> {
        match self.0.get(key)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number that counts something.
    pub fn count(&self, key: &str) -> Option<usize> {
        let number = self.number(key)?;
        (number >= 0.0 && number < f64::from(u32::MAX)).then_some(number as usize)
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        match self.0.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Of the file that it is of.
    pub fn numbers(&self, key: &str, file: &[u8]) -> Option<Vec<f64>> {
        let (kind, count, mut cursor) = self.array(key, file)?;
        (0..count).map(|_| kind.number(&mut cursor).ok()).collect()
    }

    /// Of the file that it is of.
    pub fn texts<'a>(&self, key: &str, file: &'a [u8]) -> Option<Vec<&'a str>> {
        let (_, count, mut cursor) = self.array(key, file)?;
        (0..count).map(|_| cursor.text().ok()).collect()
    }

    fn array<'a>(&self, key: &str, file: &'a [u8]) -> Option<(Kind, usize, Cursor<'a>)> {
        match self.0.get(key)? {
            Value::Array { kind, count, place } => {
                let bytes = file.get(..place.end)?;
                Some((*kind, *count, Cursor::new(bytes, place.start)))
            }
            _ => None,
        }
    }

    pub(super) fn read(cursor: &mut Cursor, count: u64) -> Result<Self, Broken> {
        let mut values = HashMap::new();
        for _ in 0..count {
            let key = cursor.text()?.to_owned();
            let value = Value::read(cursor)?;
            values.insert(key, value);
        }
        Ok(Self(values))
    }
}

impl Value {
    fn read(cursor: &mut Cursor) -> Result<Self, Broken> {
        let kind = Kind::read(cursor)?;
        Ok(match kind {
            Kind::Text => Self::Text(cursor.text()?.to_owned()),
            Kind::Array => {
                let (kind, count) = (Kind::read(cursor)?, cursor.size()?);
                let start = cursor.at();
                kind.skip(cursor, count)?;
                Self::Array {
                    kind,
                    count,
                    place: start..cursor.at(),
                }
            }
            kind => Self::Number(kind.number(cursor)?),
        })
    }
}

impl Kind {
    fn read(cursor: &mut Cursor) -> Result<Self, Broken> {
        Ok(match cursor.u32()? {
            0 | 7 => Self::Unsigned(1),
            1 => Self::Signed(1),
            2 => Self::Unsigned(2),
            3 => Self::Signed(2),
            4 => Self::Unsigned(4),
            5 => Self::Signed(4),
            6 => Self::F32,
            8 => Self::Text,
            9 => Self::Array,
            10 => Self::Unsigned(8),
            11 => Self::Signed(8),
            12 => Self::F64,
            other => return Err(Broken(format!("its header has a value of type {other}"))),
        })
    }

    /// So many values after each other.
    fn skip(self, cursor: &mut Cursor, count: usize) -> Result<(), Broken> {
        let size = match self {
            Self::Unsigned(size) | Self::Signed(size) => size,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Text => {
                for _ in 0..count {
                    cursor.text()?;
                }
                return Ok(());
            }
            Self::Array => return Err(Broken("its header has lists of lists".into())),
        };
        cursor.take(count.saturating_mul(size)).map(drop)
    }

    fn number(self, cursor: &mut Cursor) -> Result<f64, Broken> {
        let mut word = [0; 8];
        let mut take = |size: usize| -> Result<[u8; 8], Broken> {
            word[..size].copy_from_slice(cursor.take(size)?);
            Ok(word)
        };
        Ok(match self {
            Self::Unsigned(size) => u64::from_le_bytes(take(size)?) as f64,
            Self::Signed(size) => {
                let unused = 64 - 8 * size as u32;
                (i64::from_le_bytes(take(size)?) << unused >> unused) as f64
            }
            Self::F32 => {
                let [a, b, c, d, ..] = take(4)?;
                f64::from(f32::from_le_bytes([a, b, c, d]))
            }
            Self::F64 => f64::from_le_bytes(take(8)?),
            Self::Text | Self::Array => return Err(Broken("a text stands for a number".into())),
        })
    }
}
