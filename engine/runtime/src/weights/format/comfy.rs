//! The layers that ComfyUI quantises, and what widens them (Comfy-Org/ComfyUI, `comfy/utils.py` `convert_old_quants` and
//! `comfy/ops.py`; Comfy-Org/comfy-kitchen, `comfy_kitchen/backends/eager/quantization.py`).

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

use super::encoding::{NVFP4_GROUP, Scaling, nvfp4_scales};
use super::{Contents, Encoding, Entry};
use crate::error::printable;
use crate::{ModelError, Result};

/// Of a quantised layer, in a tensor of JSON.
const MARK: &str = ".comfy_quant";
/// The same of all layers, in the file's metadata.
const IN_METADATA: &str = "_quantization_metadata";
/// A layer's scale, by today's name and by that of older files.
const SCALES: [&str; 2] = [".weight_scale", ".scale_weight"];
/// What scales nvfp4's scales.
const SECOND_SCALE: &str = ".weight_scale_2";
const WEIGHT: &str = ".weight";
/// A layer's description is one line.
const LONGEST_MARK: usize = 4096;

#[derive(Deserialize)]
struct Described {
    #[serde(default)]
    format: String,
    #[serde(default)]
    convrot: bool,
}

#[derive(Deserialize)]
struct AllLayers {
    layers: std::collections::BTreeMap<String, Described>,
}

/// Gives each quantised weight the scales that its layer has.
pub(super) fn resolve(contents: &mut Contents, path: &Path, bytes: &[u8]) -> Result<()> {
    for (layer, described) in described(contents, path, bytes)? {
        let name = format!("{layer}{WEIGHT}");
        let Some(weight) = contents.tensors.get(&name) else {
            continue;
        };
        let encoding = match (described.format.as_str(), &weight.encoding) {
            ("nvfp4", _) => Encoding::Nvfp4,
            ("int8_tensorwise", _) if !described.convrot => Encoding::Int8,
            ("float8_e4m3fn" | "float8_e5m2", Encoding::E4m3 | Encoding::E5m2) => {
                weight.encoding.clone()
            }
            (format, _) => Encoding::Unread(match described.convrot {
                true => format!("{format} with rotated inputs"),
                false => format.to_owned(),
            }),
        };
        if encoding == Encoding::Nvfp4 {
            let entry = nvfp4(contents, path, bytes, &layer)?;
            contents.tensors.insert(name, entry);
        } else if let Some(weight) = contents.tensors.get_mut(&name) {
            weight.encoding = encoding;
        }
    }
    scale_all(contents, path, bytes)
}

/// The layers that the file describes, by name.
fn described(contents: &Contents, path: &Path, bytes: &[u8]) -> Result<Vec<(String, Described)>> {
    let broken = |what: &str, error: serde_json::Error| {
        ModelError::corrupt(path, format!("its {what} cannot be read: {error}"))
    };
    let mut layers = Vec::new();
    if let Some(text) = contents.metadata.text(IN_METADATA) {
        let all: AllLayers =
            serde_json::from_str(text).map_err(|error| broken(IN_METADATA, error))?;
        layers.extend(all.layers);
    }
    for (name, mark) in &contents.tensors {
        let Some(layer) = name.strip_suffix(MARK) else {
            continue;
        };
        let text = part(bytes, &mark.place).unwrap_or_default();
        if text.len() > LONGEST_MARK {
            return Err(ModelError::corrupt(path, format!("{name} is too long")));
        }
        let described = serde_json::from_slice(text).map_err(|error| broken(name, error))?;
        layers.push((layer.to_owned(), described));
    }
    Ok(layers)
}

fn scale_all(contents: &mut Contents, path: &Path, bytes: &[u8]) -> Result<()> {
    let layers: Vec<_> = contents
        .tensors
        .iter()
        .filter(|(_, entry)| {
            matches!(
                entry.encoding,
                Encoding::E4m3 | Encoding::E5m2 | Encoding::Int8
            )
        })
        .filter_map(|(name, _)| Some(name.strip_suffix(WEIGHT)?.to_owned()))
        .collect();
    for layer in layers {
        let Some((name, scale)) = scale_of(contents, &layer) else {
            continue;
        };
        let Some(weight) = contents.tensors.get(&format!("{layer}{WEIGHT}")) else {
            continue;
        };
        let count: usize = scale.shape.iter().product();
        if count != 1 && Some(&count) != weight.shape.first() {
            return Err(ModelError::corrupt(
                path,
                format!("{name} does not fit its weight"),
            ));
        }
        let numbers = numbers(path, &name, scale, bytes)?;
        if let Some(weight) = contents.tensors.get_mut(&format!("{layer}{WEIGHT}")) {
            weight.scaling = match numbers.as_slice() {
                [whole] => Scaling::Whole(*whole),
                _ => Scaling::Rows(numbers),
            };
        }
    }
    Ok(())
}

fn scale_of<'a>(contents: &'a Contents, layer: &str) -> Option<(String, &'a Entry)> {
    SCALES.iter().find_map(|ending| {
        let name = format!("{layer}{ending}");
        let entry = contents.tensors.get(&name)?;
        Some((name, entry))
    })
}

/// A layer's weight: two numbers in a byte, a scale for each 16 of a row, and one for all scales.
fn nvfp4(contents: &Contents, path: &Path, bytes: &[u8], layer: &str) -> Result<Entry> {
    let broken = |reason: &str| ModelError::corrupt(path, format!("{layer} {reason}"));
    let missing = |name: String| ModelError::MissingTensor {
        path: path.to_owned(),
        name: printable(&name),
    };
    let second = format!("{layer}{SECOND_SCALE}");
    let whole = contents.tensors.get(&second);
    let whole = whole.ok_or_else(|| missing(second.clone()))?;
    if whole.shape.iter().product::<usize>() != 1 {
        return Err(broken("has more than one scale of its scales"));
    }
    let whole = numbers(path, &second, whole, bytes)?;
    let whole = whole.first().copied().unwrap_or(1.0);
    let (_, scales) =
        scale_of(contents, layer).ok_or_else(|| missing(format!("{layer}{}", SCALES[0])))?;
    let weight = contents.tensors.get(&format!("{layer}{WEIGHT}"));
    let weight = weight.ok_or_else(|| missing(format!("{layer}{WEIGHT}")))?;
    let (rows, columns) = match weight.shape.as_slice() {
        [rows, bytes] if *bytes <= weight.place.len() => (*rows, 2 * bytes),
        _ => return Err(broken("is no matrix")),
    };
    let fits = columns.is_multiple_of(NVFP4_GROUP)
        && weight.place.len() == rows * columns / 2
        && scales.place.len() == nvfp4_scales(rows, columns / NVFP4_GROUP);
    if !fits {
        return Err(broken("has not as many scales as its numbers need"));
    }
    Ok(Entry {
        encoding: Encoding::Nvfp4,
        shape: vec![rows, columns],
        place: weight.place.clone(),
        scaling: Scaling::Groups {
            scales: scales.place.clone(),
            whole,
        },
    })
}

/// A tensor of scales.
fn numbers(path: &Path, name: &str, entry: &Entry, bytes: &[u8]) -> Result<Vec<f32>> {
    let stored = entry.stored(bytes);
    let numbers = stored.and_then(|stored| stored.numbers());
    let numbers = numbers.ok_or_else(|| ModelError::UnsupportedType {
        path: path.to_owned(),
        name: printable(name),
        dtype: entry.encoding.to_string(),
    })?;
    match numbers.iter().all(|number| number.is_finite()) {
        true => Ok(numbers),
        false => Err(ModelError::NotFinite(format!(
            "{} in {}",
            printable(name),
            path.display()
        ))),
    }
}

fn part<'a>(bytes: &'a [u8], place: &Range<usize>) -> Option<&'a [u8]> {
    bytes.get(place.clone())
}
