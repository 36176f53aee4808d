use std::path::Path;

use engine::{Decomposition, Report};
use serde::{Deserialize, Serialize};

/// What ran and what it gave: the JSON file beside the layers.
#[derive(Serialize)]
pub struct FileReport<'a> {
    program: &'static str,
    version: &'static str,
    source: SourceReport,
    width: u32,
    height: u32,
    #[serde(flatten)]
    report: &'a Report,
    /// Bottom first.
    layers: Vec<LayerReport<'a>>,
    psd: String,
}

#[derive(Serialize)]
pub struct SourceReport {
    pub path: String,
    pub width: u32,
    pub height: u32,
    pub pixels_per_inch: Option<f64>,
}

#[derive(Serialize)]
struct LayerReport<'a> {
    name: &'a str,
    content: engine::Content,
    file: String,
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

/// The part that a later run reads back.
#[derive(Deserialize)]
struct Written {
    layers: Vec<WrittenLayer>,
}

#[derive(Deserialize)]
struct WrittenLayer {
    file: String,
}

impl<'a> FileReport<'a> {
    /// `files` are the layers' PNGs in the order of the layers, `psd` the file beside the report.
    pub fn new(decomposition: &'a Decomposition, source: SourceReport, files: &[impl AsRef<Path>], psd: &Path) -> Self {
        let layers = decomposition
            .layers
            .iter()
            .zip(files)
            .map(|(layer, file)| LayerReport {
                name: &layer.name,
                content: layer.content,
                file: file_name(file.as_ref()),
                left: layer.left,
                top: layer.top,
                width: layer.image.width(),
                height: layer.image.height(),
            })
            .collect();
        Self {
            program: "lamina",
            version: env!("CARGO_PKG_VERSION"),
            source,
            width: decomposition.width,
            height: decomposition.height,
            report: &decomposition.report,
            layers,
            psd: file_name(psd),
        }
    }

    /// The layer files that the run which left `report` wrote, as plain names; none where there is no such report.
    pub fn layer_files(report: &Path) -> Vec<String> {
        let Ok(text) = std::fs::read(report) else { return Vec::new() };
        let Ok(written) = serde_json::from_slice::<Written>(&text) else { return Vec::new() };
        let is_ours = |file: &String| file.starts_with("layer_") && !file.contains(['/', '\\']);
        written.layers.into_iter().map(|layer| layer.file).filter(is_ours).collect()
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
