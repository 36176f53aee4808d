use std::fmt;
use std::str::FromStr;

use kernels::cuda_devices;

/// The GPUs that the user gives to a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Gpus {
    /// The one that the device names.
    #[default]
    One,
    /// All there are, with the transformer's blocks spread over them.
    Balanced,
    /// These, used in the fastest way.
    Named(Vec<usize>),
}

/// How the user wants several cards to share a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SpreadWish {
    /// The fastest way.
    #[default]
    Auto,
    /// A card for each of a step's two prompts.
    Guidance,
    /// Several cards for each prompt, which share its tokens.
    Sequence,
    /// The transformer's blocks are on one card or another.
    Blocks,
}

/// How several cards share a job. The first card always has everything but blocks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Spread {
    /// The first does all.
    #[default]
    One,
    /// Each of prompts · ranks cards has a whole transformer. So many of a step's prompts run side by side, each on as many
    /// ranks, which share its tokens.
    Teams { prompts: usize, ranks: usize },
    /// So many of the transformer's blocks are on each, in order.
    Blocks(Vec<usize>),
}

impl Gpus {
    /// The GPUs' numbers, most free memory first; none where the device decides.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        let devices = match self {
            Self::One => return Vec::new(),
            Self::Balanced | Self::Named(_) => cuda_devices(),
        };
        let mut numbers: Vec<usize> = match self {
            Self::Named(numbers) => numbers.clone(),
            _ => (0..devices.len().max(1)).collect(),
        };
        let free = |number: &usize| devices.get(*number).map_or(0, |(_, memory)| memory.free);
        numbers.sort_by_key(|number| std::cmp::Reverse(free(number)));
        numbers
    }
}

impl Spread {
    /// A prompt on each of two cards.
    pub const GUIDANCE: Self = Self::Teams {
        prompts: 2,
        ranks: 1,
    };

    /// Prompts that run side by side, and ranks that share the tokens of each; never 0.
    pub(crate) fn teams(&self) -> (usize, usize) {
        match self {
            Self::Teams { prompts, ranks } => ((*prompts).max(1), (*ranks).max(1)),
            Self::One | Self::Blocks(_) => (1, 1),
        }
    }

    /// The card, by its place among the job's, that a block is on.
    pub(crate) fn card_of(&self, block: usize) -> usize {
        let Self::Blocks(counts) = self else {
            return 0;
        };
        let mut end = 0;
        let card = counts.iter().position(|count| {
            end += count;
            block < end
        });
        card.unwrap_or(0)
    }
}

impl FromStr for Gpus {
    type Err = String;

    /// "balanced", or numbers such as "0,1".
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text == "balanced" {
            return Ok(Self::Balanced);
        }
        let numbers = text.split(',').map(str::parse).collect::<Result<_, _>>();
        let mut numbers: Vec<usize> = numbers.map_err(|_| {
            format!("\"{text}\" names no GPUs; choose balanced or numbers such as 0,1")
        })?;
        let named = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        match numbers.len() == named {
            true => Ok(Self::Named(numbers)),
            false => Err(format!("\"{text}\" names a GPU twice; name each once")),
        }
    }
}

impl FromStr for SpreadWish {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "guidance" => Ok(Self::Guidance),
            "sequence" => Ok(Self::Sequence),
            "blocks" => Ok(Self::Blocks),
            _ => Err(format!(
                "\"{text}\" is no way to use several GPUs; choose auto, guidance, sequence or blocks"
            )),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::One => f.write_str("one device"),
            Self::Teams { prompts, ranks } => match (prompts, ranks) {
                (2, 1) => f.write_str("the two prompts on two GPUs"),
                (1, _) => write!(f, "the tokens on {ranks} GPUs"),
                _ => write!(f, "{prompts} prompts on {ranks} GPUs each"),
            },
            Self::Blocks(counts) => {
                let counts: Vec<_> = counts.iter().map(usize::to_string).collect();
                write!(f, "{} blocks on {} GPUs", counts.join(" + "), counts.len())
            }
        }
    }
}
