use runtime::weights::{Metadata, WeightFiles};

use super::{LanguageConfig, VisionConfig};
use crate::{ModelError, Result};

/// Of Qwen2.5-VL's language model in llama.cpp (ggml-org/llama.cpp, `gguf-py/gguf/constants.py`).
const LANGUAGE: &str = "qwen2vl";
/// Of every vision tower, which has a file of its own.
const VISION: &str = "clip";
/// This vision tower's.
const MERGER: &str = "qwen2.5vl_merger";
const ARCHITECTURE: &str = "general.architecture";

/// Refuses GGUF files that are no Qwen2.5-VL, and each half of one in the other's place.
pub(super) fn check_text_encoder(files: &WeightFiles) -> Result<()> {
    for (index, (path, metadata, _)) in files.described().enumerate() {
        let Some(architecture) = metadata.text(ARCHITECTURE) else {
            continue;
        };
        let projector = ["clip.projector_type", "clip.vision.projector_type"];
        let projector = projector.iter().find_map(|key| metadata.text(key));
        let reason = match (index, architecture) {
            (0, LANGUAGE) => continue,
            (0, VISION) => {
                "is the vision half of a text encoder (mmproj); choose the file of its language model, and this one beside it"
                    .into()
            }
            (0, other) => format!(
                "is a GGUF of {other}; choose one of Qwen2.5-VL-7B-Instruct, which the model was made with"
            ),
            (_, VISION) => match projector {
                None | Some(MERGER) => continue,
                Some(other) => format!(
                    "is the vision half of another model ({other}); choose the mmproj file of Qwen2.5-VL-7B-Instruct"
                ),
            },
            (_, other) => format!(
                "is a GGUF of {other} and no vision half; choose the mmproj file of Qwen2.5-VL-7B-Instruct"
            ),
        };
        return Err(ModelError::WrongModel {
            path: path.to_owned(),
            reason,
        });
    }
    Ok(())
}

/// Refuses another model's transformer.
pub(super) fn check_transformer(files: &WeightFiles) -> Result<()> {
    for (path, metadata, _) in files.described() {
        if let Some(other) = metadata.text(ARCHITECTURE)
            && other != "qwen_image"
        {
            return Err(ModelError::WrongModel {
                path: path.to_owned(),
                reason: format!("is a GGUF of {other}; choose the Qwen-Image-Layered transformer"),
            });
        }
    }
    Ok(())
}

/// What tensors do not tell and llama.cpp's files do.
pub(super) fn describe(
    files: &WeightFiles,
    language: &mut LanguageConfig,
    vision: &mut VisionConfig,
) {
    for (_, metadata, file) in files.described() {
        describe_language(metadata, file, language);
        describe_vision(metadata, file, vision);
    }
}

fn describe_language(metadata: &Metadata, file: &[u8], config: &mut LanguageConfig) {
    let key = |name: &str| format!("{LANGUAGE}.{name}");
    if let Some(heads) = metadata.count(&key("attention.head_count")) {
        config.num_attention_heads = heads;
    }
    if let Some(heads) = metadata.count(&key("attention.head_count_kv")) {
        config.num_key_value_heads = heads;
    }
    if let Some(theta) = metadata.number(&key("rope.freq_base")) {
        config.rope_theta = theta;
    }
    if let Some(eps) = metadata.number(&key("attention.layer_norm_rms_epsilon")) {
        config.rms_norm_eps = eps;
    }
    let sections = metadata.numbers(&key("rope.dimension_sections"), file);
    if let Some([time, row, column, ..]) = sections.as_deref() {
        config.mrope_section = [time, row, column].map(|section| *section as usize);
    }
}

fn describe_vision(metadata: &Metadata, file: &[u8], config: &mut VisionConfig) {
    let key = |name: &str| format!("clip.vision.{name}");
    let sizes = [
        ("attention.head_count", &mut config.num_heads),
        ("patch_size", &mut config.patch_size),
        ("spatial_merge_size", &mut config.spatial_merge_size),
        ("window_size", &mut config.window_size),
    ];
    for (name, size) in sizes {
        if let Some(found) = metadata.count(&key(name)) {
            *size = found;
        }
    }
    // Every so many blocks one attends over the whole picture.
    if let Some(every) = metadata
        .count(&key("n_wa_pattern"))
        .filter(|every| *every > 0)
    {
        let last = |index: &usize| (index + 1).is_multiple_of(every);
        config.fullatt_block_indexes = (0..config.depth).filter(last).collect();
    }
    if let Some(indexes) = metadata.numbers(&key("wa_layer_indexes"), file) {
        config.fullatt_block_indexes = indexes.into_iter().map(|index| index as usize).collect();
    }
}
