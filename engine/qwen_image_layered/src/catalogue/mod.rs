//! What of the model is published, in which formats, and what each takes here.

mod download;
mod error;
mod here;
mod part;

use crate::pipeline::task_of;
use engine::{DecomposeRequest, Gpus, Hardware, OffloadChoice, SpreadChoice};
use runtime::Placement;
use runtime::plan::{Plan, PlanOptions, Sizes, StoredBlock, Task, plan_on};

use crate::{RandomModel, Result};
pub use download::Download;
pub use error::CatalogueError;
pub(crate) use error::Result as CatalogueResult;
pub use here::Here;
use part::{Part, part};

// The names of GGUF's files are those that public programs download: in GGUF qwen-image-layered-Q4_K_M.gguf and -Q8_0.gguf,
// in GGUF_TEXT Qwen2.5-VL-7B-Instruct-Q4_K_M.gguf and mmproj-F16.gguf. Unverified are Q5_K_M and Q3_K_S, and the sizes of
// GGUF's files, which are only shown: what a server lists is what is downloaded.
const MODEL: &str = "Qwen/Qwen-Image-Layered";
const COMFY: &str = "Comfy-Org/Qwen-Image-Layered_ComfyUI";
const COMFY_TEXT: &str = "Comfy-Org/HunyuanVideo_1.5_repackaged";
const GGUF: &str = "unsloth/Qwen-Image-Layered-GGUF";
const GGUF_TEXT: &str = "unsloth/Qwen2.5-VL-7B-Instruct-GGUF";
const GB: f64 = 1e9;
/// Of a number in a text encoder in Q4_K_M, on average: its 4.68 GB by the model's 7.62 billion numbers, which are rounded.
const TEXT_BITS: f64 = 4.9;

/// A published form of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Published {
    pub name: &'static str,
    /// For people.
    pub about: &'static str,
    /// Of all that it is made of.
    pub licence: &'static str,
    /// Of the transformer's file, and of what comes with it, in GB as the publishers' pages have them.
    transformer: f64,
    others: f64,
    parts: &'static [Part],
    stored: Stored,
}

/// How the transformer's matrices are written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stored {
    Plain,
    Fp8,
    Gguf,
}

const TOKENIZER: Part = part(MODEL, "tokenizer/", "text_encoders/tokenizer");
const VAE: Part = part(COMFY, "qwen_image_layered_vae.safetensors", "vae");
const TEXT: Part = part(GGUF_TEXT, "Instruct-Q4_K_M.gguf", "text_encoders");
const MMPROJ: Part = part(GGUF_TEXT, "mmproj-F16.gguf", "text_encoders");
const TRANSFORMERS: &str = "diffusion_models";

/// Best first: each is a little coarser than the one before.
const PUBLISHED: [Published; 6] = [
    Published {
        name: "bf16",
        about: "as it was published",
        licence: "Apache-2.0",
        transformer: 40.86,
        others: 16.83,
        parts: &[
            part(MODEL, "transformer/", "transformer"),
            part(MODEL, "text_encoder/", "text_encoder"),
            part(MODEL, "vae/", "vae"),
            part(MODEL, "tokenizer/", "tokenizer"),
            part(MODEL, "processor/", "processor"),
            part(MODEL, "scheduler/", "scheduler"),
        ],
        stored: Stored::Plain,
    },
    Published {
        name: "fp8mixed",
        about: "ComfyUI's FP8, its sensitive layers in bf16",
        licence: "Apache-2.0",
        transformer: 20.53,
        others: 9.64,
        parts: &[
            part(
                COMFY,
                "qwen_image_layered_fp8mixed.safetensors",
                TRANSFORMERS,
            ),
            part(
                COMFY_TEXT,
                "qwen_2.5_vl_7b_fp8_scaled.safetensors",
                "text_encoders",
            ),
            VAE,
            TOKENIZER,
        ],
        stored: Stored::Fp8,
    },
    gguf(
        "q8_0",
        "GGUF, 8 bits",
        21.8,
        &[
            part(GGUF, "Q8_0.gguf", TRANSFORMERS),
            TEXT,
            MMPROJ,
            VAE,
            TOKENIZER,
        ],
    ),
    gguf(
        "q5_k_m",
        "GGUF, 5 bits",
        14.9,
        &[
            part(GGUF, "Q5_K_M.gguf", TRANSFORMERS),
            TEXT,
            MMPROJ,
            VAE,
            TOKENIZER,
        ],
    ),
    gguf(
        "q4_k_m",
        "GGUF, 4 bits",
        13.1,
        &[
            part(GGUF, "Q4_K_M.gguf", TRANSFORMERS),
            TEXT,
            MMPROJ,
            VAE,
            TOKENIZER,
        ],
    ),
    gguf(
        "q3_k_s",
        "GGUF, 3 bits",
        8.95,
        &[
            part(GGUF, "Q3_K_S.gguf", TRANSFORMERS),
            TEXT,
            MMPROJ,
            VAE,
            TOKENIZER,
        ],
    ),
];

const fn gguf(
    name: &'static str,
    about: &'static str,
    transformer: f64,
    parts: &'static [Part],
) -> Published {
    Published {
        name,
        about,
        licence: "Apache-2.0",
        transformer,
        others: 6.3,
        parts,
        stored: Stored::Gguf,
    }
}

impl Published {
    /// Best first.
    pub fn all() -> &'static [Self] {
        &PUBLISHED
    }

    pub fn named(name: &str) -> Option<&'static Self> {
        PUBLISHED.iter().find(|published| published.name == name)
    }

    /// Of all its files, about.
    pub fn bytes(&self) -> u64 {
        ((self.transformer + self.others) * GB) as u64
    }

    fn sizes(&self) -> Sizes {
        let whole = RandomModel::full().sizes();
        // Modulation, which leaves the blocks before they run, has as many bits as the others.
        let block = (self.transformer * GB * whole.block_share()) as u64;
        match self.stored {
            Stored::Plain => whole,
            Stored::Fp8 => whole.with_stored_block(Some(StoredBlock::Fp8(block))),
            Stored::Gguf => whole
                .with_stored_block(Some(StoredBlock::Packed(block)))
                .with_text_bits(TEXT_BITS),
        }
    }

    /// How the model card's job would run here; an error says why it would not.
    pub fn plan(&self, placement: &Placement, options: &PlanOptions) -> Result<Plan> {
        plan_on(placement, &self.sizes(), &task(), options, None)
    }

    /// The one that is fastest here, and of those that are nearly as fast the best; `None` where none fits.
    pub fn best(placement: &Placement, options: &PlanOptions) -> Option<&'static Self> {
        const NEARLY: f64 = 1.1;
        let plans = PUBLISHED.iter();
        let plans: Vec<_> = plans
            .filter_map(|published| {
                Some((published, published.plan(placement, options).ok()?.seconds))
            })
            .collect();
        let fastest = plans.iter().map(|(_, seconds)| *seconds).reduce(f64::min)?;
        let mut near = plans
            .iter()
            .filter(|(_, seconds)| *seconds <= fastest * NEARLY);
        near.next().map(|(published, _)| *published)
    }
}

/// Of the model card's job: where it would run here, and what the planner may choose.
pub(crate) fn place() -> Result<(Placement, PlanOptions)> {
    let hardware = Hardware::default();
    let placement = Placement::choose(hardware.device, &hardware.gpus, hardware.precision)?;
    let options = PlanOptions::of(
        &placement,
        &Gpus::One,
        SpreadChoice::Auto,
        OffloadChoice::Auto,
        None,
    );
    Ok((placement, options))
}

/// The model card's.
pub(crate) fn task() -> Task {
    task_of(&DecomposeRequest::new(Default::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_differ() {
        for (index, published) in Published::all().iter().enumerate() {
            assert_eq!(Published::named(published.name), Some(published));
            let before = Published::all().get(..index).unwrap_or_default();
            assert!(before.iter().all(|other| other.name != published.name));
        }
    }
}
