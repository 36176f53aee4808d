use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A file that changes a model's weights, and how much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lora {
    /// A safetensors file.
    pub file: PathBuf,
    /// 1 as it was trained, 0 not at all; less than 0 turns it round.
    pub strength: f32,
}

impl Lora {
    /// Beyond these a picture is noise.
    pub const STRENGTHS: std::ops::RangeInclusive<f32> = -10.0..=10.0;
}

impl fmt::Display for Lora {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.strength)
    }
}

impl FromStr for Lora {
    type Err = String;

    /// "file.safetensors" or "file.safetensors:0.8"; a colon that no number follows is part of the name.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.rsplit_once(':');
        let parts = parts.and_then(|(file, number)| Some((file, number.parse::<f32>().ok()?)));
        let (file, strength) = parts.unwrap_or((text, 1.0));
        if file.is_empty() {
            return Err(format!(
                "\"{text}\" names no file; write FILE or FILE:STRENGTH"
            ));
        }
        Ok(Self {
            file: file.into(),
            strength,
        })
    }
}
