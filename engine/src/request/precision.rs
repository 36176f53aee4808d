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

/// What of the transformer's blocks stays in bf16 at FP8. None by default: what FP8 changes in one of them is small
/// beside the stream that its result is added to. What is outside the blocks always stays: the layers into and out of the
/// stream pass their error on whole, the modulation scales everything else, and the text encoder and the VAE run once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Except {
    /// The linears that make queries, keys, values and outputs of attention.
    pub attention: bool,
    /// The products of queries, keys and values themselves, scaled dot-product attention. By default they stay: with few keys
    /// that have all the weight a forward differs by more than 4 % otherwise.
    pub sdpa: bool,
    pub mlp: bool,
    /// All of the text's stream.
    pub text: bool,
}

const ATTENTION: &str = "attention";
const MLP: &str = "mlp";
const TEXT: &str = "text";
/// FP8 without and with scaled dot-product attention.
const FP8: &str = "fp8";
const FP8_ALL: &str = "fp8-all";
/// Between one of them and the names.
const EXCEPT: &str = "-except:";

impl Precision {
    pub const FP8: Self = Self::Fp8(Except {
        attention: false,
        sdpa: true,
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

impl Default for Except {
    fn default() -> Self {
        Self {
            attention: false,
            sdpa: true,
            mlp: false,
            text: false,
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
            Self::Fp8(except) => {
                f.write_str(if except.sdpa { FP8 } else { FP8_ALL })?;
                match except.names() {
                    names if names.is_empty() => Ok(()),
                    names => write!(f, "{EXCEPT}{names}"),
                }
            }
            Self::F32 => f.write_str("f32"),
        }
    }
}

impl FromStr for Precision {
    type Err = String;

    /// "auto", "bf16", "fp8" or "fp8-all", both also with "-except:" and names such as "attention,mlp,text", or "f32".
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "bf16" => Ok(Self::Bf16),
            "f32" => Ok(Self::F32),
            "f16" => Err("the model overflows in f16; choose auto, bf16, fp8 or f32".into()),
            _ => {
                let (name, names) = match text.split_once(EXCEPT) {
                    Some((name, names)) => (name, Some(names)),
                    None => (text, None),
                };
                let sdpa = match name {
                    FP8 => true,
                    FP8_ALL => false,
                    _ => {
                        return Err(format!(
                            "\"{text}\" is no precision; choose auto, bf16, fp8, fp8-all, fp8-except:text or f32"
                        ));
                    }
                };
                let except = names.map_or(Ok(Except::default()), str::parse)?;
                Ok(Self::Fp8(Except { sdpa, ..except }))
            }
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
