//! What of the model is published, in which formats, and what each takes here.

use std::collections::HashMap;
use std::path::Path;

use download::{RemoteFile, Server, Wanted};
use engine::DecomposeRequest;

use crate::placement::Placement;
use crate::plan::{Plan, Sizes, Task, Wishes, plan_on};
use crate::{ModelError, RandomModel, Result};

const MODEL: &str = "Qwen/Qwen-Image-Layered";
const COMFY: &str = "Comfy-Org/Qwen-Image-Layered_ComfyUI";
const COMFY_TEXT: &str = "Comfy-Org/HunyuanVideo_1.5_repackaged";
const GGUF: &str = "unsloth/Qwen-Image-Layered-GGUF";
const GGUF_TEXT: &str = "unsloth/Qwen2.5-VL-7B-Instruct-GGUF";
const GB: f64 = 1e9;

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
    is_gguf: bool,
}

/// Files of a repository.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    repository: &'static str,
    /// A folder, which its name ends with a slash, or the end of one file's path.
    what: &'static str,
    /// The folder of the model's that it goes into.
    to: &'static str,
}

const fn part(repository: &'static str, what: &'static str, to: &'static str) -> Part {
    Part {
        repository,
        what,
        to,
    }
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
        is_gguf: false,
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
        is_gguf: false,
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
        is_gguf: true,
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
        match self.is_gguf {
            true => {
                // Modulation, which leaves the blocks before they run, has as many bits as the others.
                let share = whole.block_share();
                let block = self.transformer * GB * share;
                whole.with_packed_block(Some(block as u64))
            }
            false => whole,
        }
    }

    /// How the model card's job would run here; an error says why it would not.
    pub fn plan(&self, placement: &Placement, wishes: &Wishes) -> Result<Plan> {
        let task = Task::of(&DecomposeRequest::new(std::sync::Arc::new(
            image::RgbaImage::new(1, 1),
        )));
        plan_on(placement, &self.sizes(), &task, wishes, None)
    }

    /// The one that is fastest here, and of those that are nearly as fast the best; `None` where none fits.
    pub fn best(placement: &Placement, wishes: &Wishes) -> Option<&'static Self> {
        const NEARLY: f64 = 1.1;
        let plans = PUBLISHED.iter();
        let plans: Vec<_> = plans
            .filter_map(|published| {
                Some((published, published.plan(placement, wishes).ok()?.seconds))
            })
            .collect();
        let fastest = plans.iter().map(|(_, seconds)| *seconds).reduce(f64::min)?;
        let mut near = plans
            .iter()
            .filter(|(_, seconds)| *seconds <= fastest * NEARLY);
        near.next().map(|(published, _)| *published)
    }

    /// Its files as a server has them, each with where it goes in a folder.
    pub fn files(&self, server: &Server, folder: &Path) -> Result<Vec<Wanted>> {
        let mut lists: HashMap<&str, Vec<RemoteFile>> = HashMap::new();
        let mut wanted = Vec::new();
        for part in self.parts {
            let list = match lists.remove(part.repository) {
                Some(list) => list,
                None => server.list(part.repository)?,
            };
            let found = part.files(&list);
            if found.is_empty() {
                return Err(ModelError::Request(format!(
                    "{} has no {} any more; update this program",
                    part.repository, part.what
                )));
            }
            wanted.extend(found.into_iter().map(|(file, name)| Wanted {
                repository: part.repository.to_owned(),
                to: folder.join(part.to).join(name),
                file,
            }));
            lists.insert(part.repository, list);
        }
        Ok(wanted)
    }
}

impl Part {
    /// Each with its name below the part's folder.
    fn files(&self, list: &[RemoteFile]) -> Vec<(RemoteFile, String)> {
        let is_plain = |name: &str| !name.is_empty() && !name.contains(['/', '\\']);
        let found = list.iter().filter_map(|file| {
            let name = match self.what.ends_with('/') {
                true => file.path.strip_prefix(self.what)?,
                false => {
                    let name = file.path.rsplit('/').next()?;
                    name.to_lowercase()
                        .ends_with(&self.what.to_lowercase())
                        .then_some(name)?
                }
            };
            // Nothing outside the folder is written.
            is_plain(name).then(|| (file.clone(), name.to_owned()))
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> RemoteFile {
        RemoteFile {
            path: path.into(),
            size: 1,
            sha256: None,
        }
    }

    #[test]
    fn files_are_found_by_folder_or_by_the_end_of_their_names() {
        let list = [
            "tokenizer/vocab.json",
            "tokenizer/../../etc",
            "a/x-Q8_0.gguf",
            "README.md",
        ]
        .map(file);
        let names = |part: Part| -> Vec<String> {
            part.files(&list)
                .into_iter()
                .map(|(_, name)| name)
                .collect()
        };
        assert_eq!(names(TOKENIZER), ["vocab.json"]);
        assert_eq!(
            names(part(GGUF, "q8_0.gguf", TRANSFORMERS)),
            ["x-Q8_0.gguf"]
        );
        assert_eq!(names(VAE), [""; 0]);
    }

    #[test]
    fn names_are_found_and_differ() {
        for (index, published) in Published::all().iter().enumerate() {
            assert_eq!(Published::named(published.name), Some(published));
            let before = Published::all().get(..index).unwrap_or_default();
            assert!(before.iter().all(|other| other.name != published.name));
        }
    }
}
