use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use engine::{BackendChoice, DecomposeRequest, Decomposition, RawDecomposition, Report, TextBlock};
use serde::{Deserialize, Serialize};
use words::say;

/// Counted up when what a reader relies on changes.
const FORMAT: u32 = 1;

/// What ran: the part that every report has.
#[derive(Serialize)]
struct CommonReport {
    /// Of this file; a later program that writes another still reads this one.
    format: u32,
    program: &'static str,
    version: &'static str,
    source: SourceReport,
    #[serde(flatten)]
    report: Report,
}

/// What ran and what it gave: the JSON file beside the layers.
#[derive(Serialize)]
pub struct FileReport {
    #[serde(flatten)]
    ran: CommonReport,
    width: u32,
    height: u32,
    /// Bottom first.
    layers: Vec<LayerReport>,
    psd: String,
}

/// The same for a model's own layers, which have one size and no names.
#[derive(Serialize)]
pub struct RawReport {
    #[serde(flatten)]
    ran: CommonReport,
    width: u32,
    height: u32,
    /// Bottom first.
    layers: Vec<RawLayerReport>,
}

#[derive(Serialize)]
struct RawLayerReport {
    file: String,
}

#[derive(Serialize, Deserialize)]
pub struct SourceReport {
    pub path: String,
    /// Of the file's bytes, in hexadecimal; reports of earlier programs have none.
    #[serde(default)]
    pub sha256: Option<String>,
    pub width: u32,
    pub height: u32,
    pub pixels_per_inch: Option<f64>,
}

#[derive(Serialize)]
struct LayerReport {
    name: String,
    content: engine::Content,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<TextReport>,
    file: String,
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

/// What a layer's lettering says, in pixels of the picture.
#[derive(Serialize)]
struct TextReport {
    words: String,
    #[serde(flatten)]
    block: TextBlock,
}

impl TextReport {
    fn new(block: &TextBlock) -> Self {
        Self {
            words: block.words(),
            block: block.clone(),
        }
    }
}

/// What is needed to run a job again.
#[derive(Deserialize)]
pub struct Job {
    pub source: SourceReport,
    pub request: DecomposeRequest,
    /// The file beside the report; raw layers have none.
    pub psd: Option<String>,
}

/// Of any program's file, to be told from ours.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

/// The job that a report is of.
pub fn read(path: &Path) -> Result<Job> {
    let shown = path.display();
    let text =
        std::fs::read(path).with_context(|| say!("report-unreadable", file = shown.to_string()))?;
    let Ok(header) = serde_json::from_slice::<Header>(&text) else {
        bail!(say!("report-of-no-run", file = shown.to_string()));
    };
    if header.format > FORMAT {
        bail!(say!("report-of-later-version", file = shown.to_string()));
    }
    serde_json::from_slice(&text).map_err(|error| {
        anyhow!(say!(
            "report-damaged",
            file = shown.to_string(),
            error = error.to_string()
        ))
    })
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

impl CommonReport {
    fn new(report: &Report, source: SourceReport) -> Self {
        Self {
            format: FORMAT,
            program: "lamina",
            version: env!("CARGO_PKG_VERSION"),
            source,
            report: report.clone(),
        }
    }

    /// For a person: what the report tells, `how` the layers are, why that backend, unless it was asked for, and in a
    /// line of its own the caption.
    fn summary(&self, count: usize, how: Option<String>) -> String {
        let mut summary = session::result_line(&self.report, count);
        if let Some(how) = how {
            summary += &format!(" {how}.");
        }
        if self.report.request.backend == BackendChoice::Auto {
            summary += &format!(" {}", self.report.resolved.reason);
        }
        if let Some(caption) = &self.report.resolved.caption {
            summary.push('\n');
            summary += &say!("report-caption", caption = format!("{caption:?}"));
        }
        summary
    }
}

impl FileReport {
    /// The files are not known yet.
    pub fn new(decomposition: &Decomposition, source: SourceReport) -> Self {
        let layers = decomposition.layers.iter().map(|layer| LayerReport {
            name: layer.name.clone(),
            content: layer.content,
            text: layer.text.as_ref().map(TextReport::new),
            file: String::new(),
            left: layer.left,
            top: layer.top,
            width: layer.image.width(),
            height: layer.image.height(),
        });
        Self {
            ran: CommonReport::new(&decomposition.report, source),
            width: decomposition.width,
            height: decomposition.height,
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

    /// For a person: one line, and one for the caption.
    pub fn summary(&self) -> String {
        let own_size = self.ran.report.recomposition.is_none();
        let how = own_size.then(|| say!("report-own-size").to_owned());
        self.ran.summary(self.layers.len(), how)
    }
}

impl RawReport {
    /// `files` are the layers' names.
    pub fn new(raw: &RawDecomposition, files: Vec<String>, source: SourceReport) -> Self {
        let size = raw.layers.first().map(|layer| layer.image.dimensions());
        let (width, height) = size.unwrap_or_default();
        let layers = files.into_iter().map(|file| RawLayerReport { file });
        Self {
            ran: CommonReport::new(&raw.report, source),
            width,
            height,
            layers: layers.collect(),
        }
    }

    pub fn summary(&self) -> String {
        let how = say!("report-raw-size", width = self.width, height = self.height);
        self.ran.summary(self.layers.len(), Some(how))
    }
}

/// The layer files that the run which left `report` wrote, as plain names; none where there is no such report.
pub fn written_layers(report: &Path) -> Vec<String> {
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

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use engine::TextLine;

    use super::*;

    #[test]
    fn a_text_is_told_with_its_words_and_how_it_is_set() -> serde_json::Result<()> {
        let quad = [[1.0, 2.0], [9.0, 2.0], [9.0, 6.0], [1.0, 6.0]];
        let line = |words: &str| TextLine {
            words: words.to_owned(),
            quad,
            confidence: 0.5,
        };
        let block = TextBlock {
            lines: vec![line("HAPPY"), line("HALLOWEEN")],
            quad,
            angle: 0.0,
            size: 4.0,
            colour: [255, 120, 0],
            confidence: 0.5,
        };
        let json = serde_json::to_value(TextReport::new(&block))?;
        assert_eq!(json["words"], "HAPPY\nHALLOWEEN");
        assert_eq!(json["lines"][1]["words"], "HALLOWEEN");
        assert_eq!(json["quad"][2][0], 9.0);
        assert_eq!(json["colour"], serde_json::json!([255, 120, 0]));
        assert_eq!(json["size"], 4.0);
        assert_eq!(json["confidence"], 0.5);
        Ok(())
    }
}
