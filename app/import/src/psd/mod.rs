//! Photoshop documents (PSD, and PSB for large ones), as Adobe's Photoshop File Formats Specification of 2019 and the
//! files that Photoshop writes have them: the layers, or the one picture that all of them make.

mod adjustment;
mod channels;
mod clip;
mod cursor;
mod header;
mod layers;
mod mask;
mod merged;
mod notes;
mod record;
mod type_layer;

use image::RgbaImage;

use crate::error::Problem;
use crate::raster::Raster;
use cursor::Cursor;
use header::Header;
pub use type_layer::{PsdAlignment, PsdTypeLayer};

/// A file's layers.
#[derive(Debug, Clone)]
pub struct Layered {
    pub width: u32,
    pub height: u32,
    pub pixels_per_inch: Option<f64>,
    /// What the layers' numbers mean, where that is not sRGB: an ICC profile of RGB.
    pub profile: Option<Vec<u8>>,
    /// Bits of a sample: 1, 8, 16 or 32.
    pub bits: u8,
    /// Pixels from the left or top edge, and whether the guide is horizontal.
    pub guides: Vec<(f64, bool)>,
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

impl PsdLayer {
    /// Whether any pixel shows in part.
    fn has_soft_edges(&self) -> bool {
        match &self.content {
            PsdContent::Pixels { image, .. } => {
                let is_soft = |alpha: u8| !matches!(alpha, 0 | 255);
                !image.is_empty() && self.opacity < 255
                    || image.pixels().any(|pixel| is_soft(pixel.0[3]))
            }
            PsdContent::Group { children, .. } => {
                self.opacity < 255 || children.iter().any(Self::has_soft_edges)
            }
        }
    }
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
        /// Straight alpha, masks applied, and cut to the layer that it was clipped to.
        image: RgbaImage,
        left: i32,
        top: i32,
        /// Of a text layer.
        text: Option<Box<PsdTypeLayer>>,
        /// What layers that were clipped to it made of its colours.
        recolour: PsdRecolour,
    },
    /// Bottom first.
    Group {
        children: Vec<PsdLayer>,
        is_open: bool,
    },
}

/// Photoshop's Hue/Saturation, and a colour over the result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PsdRecolour {
    /// Degrees (−180 to 180), percent, percent (−100 to 100).
    pub hue_saturation: [i16; 3],
    /// sRGB and opacity.
    pub tint: Option<([u8; 3], u8)>,
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
    let (mut layers, mut notes) = layers::read(section, &header)?;
    if let Some(space) = header.own_blending()
        && layers.iter().any(PsdLayer::has_soft_edges)
    {
        notes.push(format!(
            "Lamina blends in RGB what Photoshop blends in {space}, so that soft edges differ a little"
        ));
    }
    if layers.is_empty() {
        let raster = merged::read(cursor, &header, false)?;
        layers.push(PsdLayer {
            name: "Background".to_owned(),
            visible: true,
            locks: PsdLocks::default(),
            opacity: 255,
            blend_mode: *b"norm",
            content: PsdContent::Pixels {
                image: crate::colour::to_rgba8(raster),
                left: 0,
                top: 0,
                text: None,
                recolour: PsdRecolour::default(),
            },
        });
    }
    Ok(Layered {
        width: header.width,
        height: header.height,
        pixels_per_inch: header.pixels_per_inch,
        profile: header.kept_profile(),
        bits: header.depth as u8,
        guides: header.guides,
        layers,
        notes,
    })
}

/// All that is visible as one picture, as the program that made the file merged it.
pub fn decode(bytes: &[u8]) -> Result<Raster, Problem> {
    let mut cursor = Cursor::new(bytes);
    let header = Header::read(&mut cursor)?;
    let length = cursor.length(header.is_psb)?;
    let section = cursor.part(length)?;
    merged::read(cursor, &header, layers::is_transparent(section, &header))
}
