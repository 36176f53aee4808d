use std::fmt;
use std::str::FromStr;

use candle_core::{Device, Tensor};
use kernels::{Rotation, cuda_devices};

use crate::Result;

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

/// How several cards share a job. The first card always has everything but blocks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Spread {
    /// The first does all.
    #[default]
    One,
    /// The first takes the prompt and the second the negative prompt, each with a whole transformer.
    Guidance,
    /// So many of the transformer's blocks are on each, in order.
    Blocks(Vec<usize>),
}

impl Gpus {
    /// The GPUs' numbers, most free memory first; none where the device decides.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        let devices = cuda_devices();
        let mut numbers: Vec<usize> = match self {
            Self::One => Vec::new(),
            Self::Balanced if devices.is_empty() => vec![0],
            Self::Balanced => (0..devices.len()).collect(),
            Self::Named(numbers) => numbers.clone(),
        };
        let free = |number: &usize| devices.get(*number).map_or(0, |(_, memory)| memory.free);
        numbers.sort_by_key(|number| std::cmp::Reverse(free(number)));
        numbers
    }
}

impl Spread {
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

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::One => f.write_str("one device"),
            Self::Guidance => f.write_str("the two prompts on two GPUs"),
            Self::Blocks(counts) => {
                let counts: Vec<_> = counts.iter().map(usize::to_string).collect();
                write!(f, "{} blocks on {} GPUs", counts.join(" + "), counts.len())
            }
        }
    }
}

/// A tensor on a device. From one GPU to another it goes through the computer's memory: a direct copy is ordered by
/// neither GPU's stream alone, so that its source could be freed too early, and not all GPUs reach each other.
pub(crate) fn bring(tensor: &Tensor, device: &Device) -> Result<Tensor> {
    if tensor.device().same_device(device) {
        return Ok(tensor.clone());
    }
    Ok(tensor.to_device(&Device::Cpu)?.to_device(device)?)
}

pub(crate) fn bring_rotation(rotation: &Rotation, device: &Device) -> Result<Rotation> {
    Ok(Rotation {
        cos: bring(&rotation.cos, device)?,
        sin: bring(&rotation.sin, device)?,
    })
}
