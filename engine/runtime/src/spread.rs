use std::fmt;

use engine::Gpus;
use kernels::cuda_devices;

/// How several GPUs share a job. The first GPU always has everything but blocks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Spread {
    /// The first does all.
    #[default]
    One,
    /// Each of prompts · ranks GPUs has a whole transformer. So many of a step's prompts run side by side, each on as many
    /// ranks, which share its tokens.
    Teams { prompts: usize, ranks: usize },
    /// So many of the transformer's blocks are on each, in [`ROUNDS`] that each go over all GPUs: a step's second prompt is
    /// in one GPU's blocks while the first is in the next GPU's.
    Blocks(Vec<usize>),
}

/// More rounds leave GPUs idle for less of a step, and carry its streams from GPU to GPU more often.
pub const ROUNDS: usize = 4;

/// The GPUs' numbers, most free memory first; none where the device decides.
pub fn numbers(gpus: &Gpus) -> Vec<usize> {
    let devices = match gpus {
        Gpus::One => return Vec::new(),
        Gpus::Balanced | Gpus::Named(_) => cuda_devices(),
    };
    let mut numbers: Vec<usize> = match gpus {
        Gpus::Named(numbers) => numbers.clone(),
        _ => (0..devices.len().max(1)).collect(),
    };
    let free = |number: &usize| devices.get(*number).map_or(0, |(_, memory)| memory.free);
    numbers.sort_by_key(|number| std::cmp::Reverse(free(number)));
    numbers
}

impl Spread {
    /// A prompt on each of two GPUs.
    pub const GUIDANCE: Self = Self::Teams {
        prompts: 2,
        ranks: 1,
    };

    /// Prompts that run side by side, and ranks that share the tokens of each; never 0.
    pub fn teams(&self) -> (usize, usize) {
        match self {
            Self::Teams { prompts, ranks } => ((*prompts).max(1), (*ranks).max(1)),
            Self::One | Self::Blocks(_) => (1, 1),
        }
    }

    /// The GPU, by its place among the job's, that a block is on.
    pub fn gpu_of(&self, block: usize) -> usize {
        let Self::Blocks(counts) = self else {
            return 0;
        };
        let before = |round: usize| counts.iter().map(move |count| count * round / ROUNDS);
        let mut end = 0;
        for round in 0..ROUNDS {
            for (gpu, (first, next)) in before(round).zip(before(round + 1)).enumerate() {
                end += next - first;
                if block < end {
                    return gpu;
                }
            }
        }
        0
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_card_has_its_blocks_in_a_stretch_a_round(
            counts in prop::collection::vec(0..20usize, 1..6),
        ) {
            let spread = Spread::Blocks(counts.clone());
            let gpus: Vec<_> = (0..counts.iter().sum()).map(|block| spread.gpu_of(block)).collect();
            for (gpu, count) in counts.iter().enumerate() {
                prop_assert_eq!(gpus.iter().filter(|other| **other == gpu).count(), *count);
            }
            prop_assert!(gpus.chunk_by(|a, b| a == b).count() <= ROUNDS * counts.len());
        }
    }
}
