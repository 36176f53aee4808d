use std::path::Path;

use engine::{Decomposition, Report};
use serde::{Deserialize, Serialize};

/// What ran and what it gave: the JSON file beside the layers.
#[derive(Serialize)]
pub struct FileReport {
    program: &'static str,
    version: &'static str,
    source: SourceReport,
    width: u32,
    height: u32,
    #[serde(flatten)]
    report: Report,
    /// Bottom first.
    layers: Vec<LayerReport>,
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
struct LayerReport {
    name: String,
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

impl FileReport {
    /// The files are not known yet.
    pub fn new(decomposition: &Decomposition, source: SourceReport) -> Self {
        let layers = decomposition.layers.iter().map(|layer| LayerReport {
            name: layer.name.clone(),
            content: layer.content,
            file: String::new(),
            left: layer.left,
            top: layer.top,
            width: layer.image.width(),
            height: layer.image.height(),
        });
        Self {
            program: "lamina",
            version: env!("CARGO_PKG_VERSION"),
            source,
            width: decomposition.width,
            height: decomposition.height,
            report: decomposition.report.clone(),
            layers: layers.collect(),
            psd: String::new(),
        }
    }

    /// `layers` are the PNGs, bottom first, and `psd` the file beside the report.
    pub fn name_files(&mut self, layers: &[impl AsRef<Path>], psd: &Path) {
        for (layer, file) in self.layers.iter_mut().zip(layers) {
            layer.file = file_name(file.as_ref());
        }
        self.psd = file_name(psd);
    }

    /// One line for a person.
    pub fn summary(&self) -> String {
        let error = match &self.report.recomposition {
            Some(error) => format!(
                "recomposition error {:.2}/255 mean, {:.0}/255 at 99.9 %",
                error.mean, error.p999
            ),
            None => "layers at the backend's own size".to_owned(),
        };
        let count = self.layers.len();
        let plural = if count == 1 { "" } else { "s" };
        format!(
            "{count} layer{plural} by {}, {error}",
            self.report.backend.label
        )
    }

    /// The layer files that the run which left `report` wrote, as plain names; none where there is no such report.
    pub fn layer_files(report: &Path) -> Vec<String> {
        let Ok(text) = std::fs::read(report) else {
            return Vec::new();
        };
        let Ok(written) = serde_json::from_slice::<Written>(&text) else {
            return Vec::new();
        };
        let is_ours = |file: &String| file.starts_with("layer_") && !file.contains(['/', '\\']);
        written
            .layers
            .into_iter()
            .map(|layer| layer.file)
            .filter(is_ours)
            .collect()
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
