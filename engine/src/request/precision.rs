use std::fmt;
use std::str::FromStr;

use super::words::serde_by_text;

/// What the model is computed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// bf16 on a GPU, as the model was published, and FP8 where the planner finds no room for that; f32 on a processor.
    #[default]
    Auto,
    Bf16,
    /// The linears of the transformer's blocks in FP8 (e4m3), the rest as in `Auto`. Half of `Bf16`'s memory.
    Fp8(Except),
    F32,
}

/// Linears of the transformer's blocks that stay in bf16 at FP8. None by default: what FP8 changes in one of them is small
/// beside the stream that its result is added to. What is outside the blocks always stays: the layers into and out of the
/// stream pass their error on whole, the modulation scales everything else, and the text encoder and the VAE run once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Except {
    /// Queries, keys, values and outputs of attention.
    pub attention: bool,
    pub mlp: bool,
    /// All of the text's stream.
    pub text: bool,
}

const ATTENTION: &str = "attention";
const MLP: &str = "mlp";
const TEXT: &str = "text";
/// Between "fp8" and the names.
const EXCEPT: &str = "-except:";

impl Precision {
    pub const FP8: Self = Self::Fp8(Except {
        attention: false,
        mlp: false,
        text: false,
    });

    /// What stays in bf16 where the rest is FP8.
    pub fn fp8(self) -> Option<Except> {
        match self {
            Self::Fp8(except) => Some(except),
            _ => None,
        }
    }
}

impl Except {
    /// The share of a block's weights that stays, where attention has a third of each stream's and the streams are alike.
    pub fn share(self) -> (u64, u64) {
        const ALL: u64 = 6;
        let of_stream = u64::from(self.attention) + 2 * u64::from(self.mlp);
        let text = if self.text { ALL / 2 } else { of_stream };
        (of_stream + text, ALL)
    }

    fn names(self) -> String {
        let all = [
            (self.attention, ATTENTION),
            (self.mlp, MLP),
            (self.text, TEXT),
        ];
        let stay = all.into_iter().filter(|(stays, _)| *stays);
        stay.map(|(_, name)| name).collect::<Vec<_>>().join(",")
    }
}

impl fmt::Display for Precision {
    /// As it is read.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Bf16 => f.write_str("bf16"),
            Self::Fp8(except) if *except == Except::default() => f.write_str("fp8"),
            Self::Fp8(except) => write!(f, "fp8{EXCEPT}{}", except.names()),
            Self::F32 => f.write_str("f32"),
        }
    }
}

impl FromStr for Precision {
    type Err = String;

    /// "auto", "bf16", "fp8", "fp8-except:" with names such as "attention,mlp,text", or "f32".
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "bf16" => Ok(Self::Bf16),
            "fp8" => Ok(Self::FP8),
            "f32" => Ok(Self::F32),
            "f16" => Err("the model overflows in f16; choose auto, bf16, fp8 or f32".into()),
            _ => match text
                .strip_prefix("fp8")
                .and_then(|end| end.strip_prefix(EXCEPT))
            {
                Some(names) => names.parse().map(Self::Fp8),
                None => Err(format!(
                    "\"{text}\" is no precision; choose auto, bf16, fp8, fp8-except:text or f32"
                )),
            },
        }
    }
}

impl FromStr for Except {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut except = Self::default();
        for name in text.split(',') {
            *match name {
                ATTENTION => &mut except.attention,
                MLP => &mut except.mlp,
                TEXT => &mut except.text,
                _ => {
                    return Err(format!(
                        "\"{name}\" names no part of a block; choose from {ATTENTION}, {MLP} and {TEXT}"
                    ));
                }
            } = true;
        }
        Ok(except)
    }
}

serde_by_text!(Precision);
