//! Masks: what of a layer or group shows.

use image::RgbaImage;

use super::channels::{self, Shape};
use super::cursor::{Area, Cursor};
use super::header::Header;
use crate::error::Problem;
use crate::format::Format;
use crate::limits::MAX_SIDE;

/// Where a mask lies, what holds outside, and how strong it is.
#[derive(Debug, Clone, Copy)]
pub struct MaskRecord {
    pub area: Area,
    pub outside: u8,
    /// 255 hides all that it can.
    pub density: u8,
    /// Softer, or as one of two weaker, than its pixels say.
    pub is_softened: bool,
    /// Drawn by Photoshop from a vector mask.
    pub is_rendered: bool,
    /// From another mask too.
    pub is_combined: bool,
}

/// The channel of a mask, or of what Photoshop made of a mask and a vector mask.
pub const MASK: i16 = -2;
/// Bytes of a record that also describes the mask as it was before that.
const WITH_OWN: usize = 36;

const DISABLED: u8 = 1 << 1;
const RENDERED: u8 = 1 << 3;
const HAS_PARAMETERS: u8 = 1 << 4;

impl MaskRecord {
    /// `None` where there is none, or it is switched off.
    pub fn read(mut data: Cursor) -> Option<Self> {
        let has_own = data.rest().len() >= WITH_OWN;
        let area = Area::read(&mut data).ok()?;
        let outside = data.u8().ok()?;
        let flags = data.u8().ok()?;
        let mut mask = Self {
            area,
            outside,
            density: 255,
            is_softened: false,
            is_rendered: flags & RENDERED != 0,
            is_combined: false,
        };
        // Cut short it is as if there were no more.
        let _ = mask.read_more(&mut data, flags, has_own);
        (flags & DISABLED == 0).then_some(mask)
    }

    fn read_more(&mut self, data: &mut Cursor, flags: u8, has_own: bool) -> Result<(), Problem> {
        if has_own {
            data.u16()?;
            self.is_combined = Area::read(data)?.width() > 0;
            self.is_rendered = true;
        }
        if flags & HAS_PARAMETERS == 0 {
            return Ok(());
        }
        // Density and feather of the mask, then of the vector mask.
        let given = data.u8()?;
        let mut density = [255; 2];
        for (bit, density) in density.iter_mut().enumerate() {
            if given & 1 << (2 * bit) != 0 {
                *density = data.u8()?;
            }
            if given & 2 << (2 * bit) != 0 {
                self.is_softened |= data.f64()? > 0.0;
            }
        }
        if self.is_combined {
            self.is_softened |= density != [255; 2];
        } else {
            self.density = density[usize::from(self.is_rendered)];
        }
        Ok(())
    }
}

/// A mask with its pixels.
pub struct Mask {
    record: MaskRecord,
    /// A byte a pixel.
    samples: Vec<u8>,
}

impl Mask {
    pub fn read(record: MaskRecord, data: Cursor, header: &Header) -> Result<Self, Problem> {
        let shape = Shape {
            width: record.area.width(),
            height: record.area.height(),
            depth: header.depth,
        };
        if shape.width.max(shape.height) > MAX_SIDE as usize {
            return Err(Problem::Damaged {
                format: Format::Psd,
                detail: "a mask is too large".to_owned(),
            });
        }
        let samples = channels::read(data, shape, header.is_psb)?;
        let samples = match header.depth {
            // The higher byte is near enough.
            16 => samples.into_iter().step_by(2).collect(),
            32 => {
                let (values, _) = samples.as_chunks::<4>();
                let byte = |four: &[u8; 4]| {
                    (f32::from_be_bytes(*four).clamp(0.0, 1.0) * 255.0 + 0.5) as u8
                };
                values.iter().map(byte).collect()
            }
            _ => samples,
        };
        Ok(Self { record, samples })
    }

    /// How much shows of a pixel of the canvas, 0 to 255.
    fn at(&self, x: i64, y: i64) -> u8 {
        let area = &self.record.area;
        let (x, y) = (x - i64::from(area.left), y - i64::from(area.top));
        let value = match (usize::try_from(x), usize::try_from(y)) {
            (Ok(x), Ok(y)) if x < area.width() && y < area.height() => {
                self.samples[y * area.width() + x]
            }
            _ => self.record.outside,
        };
        255 - product(255 - value, self.record.density)
    }

    /// Cuts a picture whose corner lies at (`left`, `top`).
    pub fn apply(&self, image: &mut RgbaImage, left: i32, top: i32) {
        for (x, y, pixel) in image.enumerate_pixels_mut() {
            let shown = self.at(
                i64::from(left) + i64::from(x),
                i64::from(top) + i64::from(y),
            );
            pixel.0[3] = product(pixel.0[3], shown);
        }
    }
}

/// a · b / 255, rounded.
pub fn product(a: u8, b: u8) -> u8 {
    ((u32::from(a) * u32::from(b) + 127) / 255) as u8
}
