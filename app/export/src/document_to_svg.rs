//! A document as SVG, each layer a PNG inside it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use document::{BlendMode, Document, Layer, LayerContent, Raster, render_layer};
use quick_xml::escape::escape;

use crate::png_file::png_bytes;
use crate::progress::Progress;
use crate::{ExportError, OnProgress, write_file};

/// Writes the layers at their places, as they appear, with names, groups, opacity, visibility and blend modes, which
/// browsers and Inkscape show as here. Returns the path.
///
/// An older file of that name is replaced. All of the file is in memory before it is written.
pub fn write_svg(
    document: &Document,
    path: &Path,
    progress: OnProgress,
) -> Result<PathBuf, ExportError> {
    let layers = document.walk().filter_map(|(_, layer)| layer.as_raster());
    let progress = Progress::new(layers.map(|raster| raster.bounds().area()).sum(), progress);
    progress.advance(0)?;
    let mut svg = Svg {
        document,
        path,
        progress: &progress,
        text: String::new(),
    };
    let (width, height) = (document.width(), document.height());
    // Both cannot fail: they write into memory.
    let _ = writeln!(
        svg.text,
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" width="{width}" height="{height}" viewBox="0 0 {width} {height}">"#
    );
    svg.layers(document.layers())?;
    svg.text.push_str("</svg>\n");
    write_file(path, svg.text.as_bytes())?;
    progress.finish()?;
    Ok(path.to_path_buf())
}

struct Svg<'a> {
    document: &'a Document,
    path: &'a Path,
    progress: &'a Progress<'a>,
    text: String,
}

impl Svg<'_> {
    fn layers(&mut self, layers: &[Layer]) -> Result<(), ExportError> {
        for layer in layers {
            let look = look(layer);
            match &layer.content {
                LayerContent::Group(group) => {
                    let _ = writeln!(self.text, r#"<g inkscape:groupmode="layer" {look}>"#);
                    self.layers(&group.children)?;
                    self.text.push_str("</g>\n");
                }
                LayerContent::Raster(raster) => self.image(raster, &look)?,
            }
        }
        Ok(())
    }

    fn image(&mut self, raster: &Raster, look: &str) -> Result<(), ExportError> {
        let (pixels, left, top) = render_layer(raster, self.document.canvas());
        self.progress.advance(raster.bounds().area())?;
        let (width, height) = (pixels.width(), pixels.height());
        if width == 0 || height == 0 {
            return Ok(());
        }
        let png = png_bytes(pixels.image(), self.document.metadata())
            .map_err(|error| ExportError::io(self.path, error))?;
        let _ = write!(
            self.text,
            r#"<image x="{left}" y="{top}" width="{width}" height="{height}" {look} href="data:image/png;base64,"#
        );
        STANDARD.encode_string(png, &mut self.text);
        self.text.push_str("\"/>\n");
        Ok(())
    }
}

/// A layer's attributes.
fn look(layer: &Layer) -> String {
    // XML has no place for these, not even escaped.
    let name: String = layer.name.chars().filter(|c| !c.is_control()).collect();
    let opacity = f32::from(layer.opacity) / 255.0;
    let display = if layer.visible { "" } else { "display:none;" };
    let mode = match layer.blend {
        BlendMode::PassThrough => String::new(),
        BlendMode::Normal => "isolation:isolate;".to_owned(),
        other => format!("isolation:isolate;mix-blend-mode:{};", css_name(other)),
    };
    format!(
        r#"inkscape:label="{}" style="{display}{mode}opacity:{opacity}""#,
        escape(name.as_str())
    )
}

/// OpenRaster names its modes by those of CSS but for one.
fn css_name(mode: BlendMode) -> &'static str {
    match mode.openraster_name().trim_start_matches("svg:") {
        "plus" => "plus-lighter",
        name => name,
    }
}
