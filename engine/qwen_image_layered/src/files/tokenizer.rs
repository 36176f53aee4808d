use std::path::{Path, PathBuf};

use super::installed::snapshots_of;

/// Where ComfyUI has it, from its own folder.
const COMFYUI: &str = "comfy/text_encoders/qwen25_tokenizer";
/// Models in the Hugging Face cache that have the same one, and where.
const CACHED: [(&str, &str); 3] = [
    ("Qwen/Qwen-Image-Layered", "tokenizer"),
    ("Qwen/Qwen-Image", "tokenizer"),
    ("Qwen/Qwen2.5-VL-7B-Instruct", ""),
];

/// A folder with the text encoder's tokenizer, where none was named: beside its file, in the ComfyUI that has it, or in
/// the Hugging Face cache.
pub(crate) fn tokenizer_near(text_encoder: &Path) -> Option<PathBuf> {
    let folders = text_encoder.ancestors().skip(1);
    let beside = text_encoder.parent().into_iter();
    let beside = beside.flat_map(|folder| [folder.to_owned(), folder.join("tokenizer")]);
    let in_comfyui = folders.map(|folder| folder.join(COMFYUI));
    let cached = CACHED.iter().flat_map(|(model, inner)| {
        let folders = snapshots_of(model).into_iter();
        folders.map(move |folder| folder.join(inner))
    });
    beside
        .chain(in_comfyui)
        .chain(cached)
        .find(|folder| holds_tokenizer(folder))
}

fn holds_tokenizer(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).is_file();
    has("tokenizer.json") || has("vocab.json") && has("merges.txt")
}
