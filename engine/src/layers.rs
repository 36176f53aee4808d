use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How many layers are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layers {
    /// As many as the backend sees fit.
    #[default]
    Auto,
    /// At most this many, the background included.
    AtMost(u32),
}

impl Layers {
    /// More than this no backend makes, and no panel shows well.
    pub const MAX: u32 = 64;

    /// The number, or what stands for none.
    pub fn or(self, auto: u32) -> u32 {
        match self {
            Self::Auto => auto,
            Self::AtMost(layers) => layers,
        }
    }
}

/// "auto" or the number, as [`FromStr`] reads it.
impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::AtMost(layers) => layers.fmt(f),
        }
    }
}

/// Any number: what is too large is for [`crate::DecomposeRequest::validate`] to say.
impl FromStr for Layers {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        match text {
            "auto" => Ok(Self::Auto),
            number => number.parse().map(Self::AtMost),
        }
    }
}

impl Serialize for Layers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::AtMost(layers) => serializer.serialize_u32(*layers),
        }
    }
}

impl<'de> Deserialize<'de> for Layers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Layers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"auto\" or a number of layers")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Layers, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, layers: u64) -> Result<Layers, E> {
                layers.try_into().map(Layers::AtMost).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
