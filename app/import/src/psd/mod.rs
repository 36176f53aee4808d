//! Photoshop documents (PSD, and PSB for large ones), as Adobe's Photoshop File Formats Specification of 2019 and the
//! files that Photoshop writes have them: the layers, or the one picture that all of them make.

mod channels;
mod cursor;
mod header;
mod layers;
mod merged;
mod record;

use image::RgbaImage;

use crate::error::Problem;
use crate::raster::Raster;
use cursor::Cursor;
use header::{Header, Mode};

/// A file's layers.
#[derive(Debug, Clone)]
pub struct Layered {
    pub width: u32,
    pub height: u32,
    pub pixels_per_inch: Option<f64>,
    /// Bottom first.
    pub layers: Vec<PsdLayer>,
    /// Sentences, without a full stop, about what of it is not shown as Photoshop does.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct PsdLayer {
    pub name: String,
    pub visible: bool,
    pub locks: PsdLocks,
    /// 0 to 255, the fill's opacity included.
    pub opacity: u8,
    /// As the file has it, "norm" for normal.
    pub blend_mode: [u8; 4],
    pub content: PsdContent,
}

/// What of a layer the file protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PsdLocks {
    pub transparency: bool,
    pub pixels: bool,
    pub position: bool,
}

#[derive(Debug, Clone)]
pub enum PsdContent {
    Pixels {
        /// Straight alpha, sRGB, the layer's mask applied.
        image: RgbaImage,
        left: i32,
        top: i32,
        /// Of a text layer.
        words: Option<String>,
    },
    /// Bottom first.
    Group {
        children: Vec<PsdLayer>,
        is_open: bool,
    },
}

/// Whether the bytes begin as a Photoshop document.
pub fn is_psd(bytes: &[u8]) -> bool {
    bytes.starts_with(b"8BPS")
}

pub fn read(bytes: &[u8]) -> Result<Layered, Problem> {
    let mut cursor = Cursor::new(bytes);
    let header = Header::read(&mut cursor)?;
    let length = cursor.length(header.is_psb)?;
    let section = cursor.part(length)?;
    let has_layers = matches!(header.mode, Mode::Rgb | Mode::Grey);
    let (mut layers, mut notes) = match has_layers {
        true => layers::read(section, &header)?,
        false => (Vec::new(), Vec::new()),
    };
    if layers.is_empty() {
        if !has_layers && length > 4 {
            notes.push(
                "Lamina reads layers in RGB and grey; this file's are shown as one picture"
                    .to_owned(),
            );
        }
        let raster = merged::read(cursor, &header)?;
        layers.push(PsdLayer {
            name: "Background".to_owned(),
            visible: true,
            locks: PsdLocks::default(),
            opacity: 255,
            blend_mode: *b"norm",
            content: PsdContent::Pixels {
                image: crate::colour::to_srgb(raster),
                left: 0,
                top: 0,
                words: None,
            },
        });
    }
    Ok(Layered {
        width: header.width,
        height: header.height,
        pixels_per_inch: header.pixels_per_inch,
        layers,
        notes,
    })
}

/// All that is visible as one picture, as the program that made the file merged it.
pub fn decode(bytes: &[u8]) -> Result<Raster, Problem> {
    let mut cursor = Cursor::new(bytes);
    let header = Header::read(&mut cursor)?;
    let length = cursor.length(header.is_psb)?;
    cursor.take(length)?;
    merged::read(cursor, &header)
}
