use crate::error::Problem;
use crate::format::Format;

/// Big-endian numbers and runs of bytes, in order, never past the end.
#[derive(Clone, Copy)]
pub struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Problem> {
        let split = self.0.split_at_checked(length);
        let (taken, rest) = split.ok_or(Problem::Truncated(Format::Psd))?;
        self.0 = rest;
        Ok(taken)
    }

    /// A part of so many bytes, read on its own.
    pub fn part(&mut self, length: usize) -> Result<Cursor<'a>, Problem> {
        self.take(length).map(Cursor)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let bytes = self.take(N)?;
        bytes
            .try_into()
            .map_err(|_| Problem::Truncated(Format::Psd))
    }

    pub fn key(&mut self) -> Result<[u8; 4], Problem> {
        self.array()
    }

    pub fn u8(&mut self) -> Result<u8, Problem> {
        self.array().map(u8::from_be_bytes)
    }

    pub fn u16(&mut self) -> Result<u16, Problem> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn i16(&mut self) -> Result<i16, Problem> {
        self.array().map(i16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, Problem> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn i32(&mut self) -> Result<i32, Problem> {
        self.array().map(i32::from_be_bytes)
    }

    pub fn f64(&mut self) -> Result<f64, Problem> {
        self.array().map(f64::from_be_bytes)
    }

    /// A length of four bytes, or of eight in the places where a PSB has them.
    pub fn length(&mut self, is_long: bool) -> Result<usize, Problem> {
        let length = match is_long {
            true => self.array().map(u64::from_be_bytes)?,
            false => self.u32()?.into(),
        };
        usize::try_from(length).map_err(|_| Problem::Truncated(Format::Psd))
    }

    /// A count of UTF-16 units, and those; Photoshop ends some with a NUL.
    pub fn unicode(&mut self) -> Result<String, Problem> {
        let count = self.u32()? as usize;
        let bytes = self.take(count.saturating_mul(2))?;
        let (pairs, _) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
        let text = String::from_utf16_lossy(&units);
        Ok(text.trim_end_matches('\0').to_owned())
    }
}

/// In pixels of the canvas; may lie outside, and be empty or upside down in a damaged file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub top: i32,
    pub left: i32,
    pub bottom: i32,
    pub right: i32,
}

impl Area {
    pub fn read(cursor: &mut Cursor) -> Result<Self, Problem> {
        Ok(Self {
            top: cursor.i32()?,
            left: cursor.i32()?,
            bottom: cursor.i32()?,
            right: cursor.i32()?,
        })
    }

    pub fn contains(&self, other: &Self) -> bool {
        let (left, right) = (self.left <= other.left, other.right <= self.right);
        left && right && self.top <= other.top && other.bottom <= self.bottom
    }

    pub fn width(&self) -> usize {
        usize::try_from(i64::from(self.right) - i64::from(self.left)).unwrap_or(0)
    }

    pub fn height(&self) -> usize {
        usize::try_from(i64::from(self.bottom) - i64::from(self.top)).unwrap_or(0)
    }
}
