//! What stands before the layers: size, depth, kind of colour, and the resources that matter to a picture.

use super::cursor::Cursor;
use crate::colour::kept_profile;
use crate::error::Problem;
use crate::format::Format;
use crate::limits::MAX_METADATA_BYTES;
use crate::raster::Colour;
use crate::{guard, resolution};

/// Resources by number ("Image Resource IDs" in Adobe's Photoshop File Formats Specification).
const RESOLUTION: u16 = 1005;
const GUIDES: u16 = 1032;
const ICC_PROFILE: u16 = 1039;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Bitmap,
    Grey,
    Indexed,
    Rgb,
    Cmyk,
    Lab,
    /// Inks that go by no model: three or more are taken for cyan, magenta, yellow and black, as Photoshop names those that
    /// it makes of RGB and CMYK.
    Multichannel,
}

pub struct Header {
    pub is_psb: bool,
    pub channels: usize,
    pub width: u32,
    pub height: u32,
    /// Bits of a sample: 1, 8, 16 or 32.
    pub depth: u16,
    pub mode: Mode,
    /// 256 reds, greens and blues, of an indexed picture.
    pub palette: Vec<u8>,
    pub pixels_per_inch: Option<f64>,
    pub profile: Option<Vec<u8>>,
    /// Pixels from the left or top edge, and whether the guide is horizontal.
    pub guides: Vec<(f64, bool)>,
}

impl Header {
    pub fn read(cursor: &mut Cursor) -> Result<Self, Problem> {
        let start = cursor.key()?;
        let version = cursor.u16()?;
        if start != *b"8BPS" || !matches!(version, 1 | 2) {
            return Err(Problem::NotAPicture);
        }
        cursor.take(6)?;
        let channels = usize::from(cursor.u16()?);
        let (height, width) = (cursor.u32()?, cursor.u32()?);
        guard::check_size(width, height)?;
        let (depth, mode) = (cursor.u16()?, mode(cursor.u16()?)?);
        let fits = match mode {
            Mode::Bitmap => depth == 1,
            Mode::Indexed => depth == 8,
            Mode::Lab | Mode::Multichannel => matches!(depth, 8 | 16),
            Mode::Grey | Mode::Rgb | Mode::Cmyk => matches!(depth, 8 | 16 | 32),
        };
        if !fits {
            let detail = format!("{depth} bits for each sample");
            return Err(Problem::unsupported(Format::Psd, detail));
        }
        let length = cursor.length(false)?;
        let palette = cursor.take(length)?.to_vec();
        let mut header = Self {
            is_psb: version == 2,
            channels,
            width,
            height,
            depth,
            mode,
            palette,
            pixels_per_inch: None,
            profile: None,
            guides: Vec::new(),
        };
        let length = cursor.length(false)?;
        // A damaged resource is no reason to refuse the picture.
        let _ = header.read_resources(cursor.part(length)?);
        Ok(header)
    }

    /// Channels of its colour.
    pub fn colours(&self) -> usize {
        match self.mode {
            Mode::Bitmap | Mode::Grey | Mode::Indexed => 1,
            Mode::Rgb | Mode::Lab => 3,
            Mode::Cmyk => 4,
            Mode::Multichannel if self.channels < 3 => 1,
            Mode::Multichannel => self.channels.min(4),
        }
    }

    /// The kind of colour in which its layers are blended, where that is not what Lamina makes of them.
    pub fn own_blending(&self) -> Option<&'static str> {
        match self.mode {
            Mode::Cmyk => Some("CMYK"),
            Mode::Lab => Some("Lab"),
            _ if self.depth == 32 => Some("linear light"),
            Mode::Grey if self.profile.is_some() => Some("the grey of a profile"),
            _ => None,
        }
    }

    /// Whether samples stay the numbers that they are; of 32 bits they are light, which is encoded as sRGB.
    pub fn keeps_numbers(&self) -> bool {
        matches!(self.mode, Mode::Rgb | Mode::Indexed) && self.depth != 32
    }

    pub fn kept_profile(&self) -> Option<Vec<u8>> {
        let profile = self.profile.as_deref().filter(|_| self.keeps_numbers());
        kept_profile(profile, Colour::Rgb).map(<[u8]>::to_vec)
    }

    fn read_resources(&mut self, mut resources: Cursor) -> Result<(), Problem> {
        while !resources.is_empty() {
            resources.key()?;
            let id = resources.u16()?;
            let name = usize::from(resources.u8()?);
            // With its length byte it is padded to an even number.
            resources.take(name + (name + 1) % 2)?;
            let length = resources.length(false)?;
            let data = resources.take(length)?;
            if length % 2 == 1 {
                resources.take(1)?;
            }
            match id {
                // 16.16 fixed point.
                RESOLUTION => {
                    let fixed = f64::from(Cursor::new(data).u32()?);
                    self.pixels_per_inch = resolution::plausible(fixed / 65536.0);
                }
                GUIDES => self.guides = guides(Cursor::new(data))?,
                ICC_PROFILE if length <= MAX_METADATA_BYTES => self.profile = Some(data.to_vec()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A version, the grid's two sides, and each guide in 32nds of a pixel.
fn guides(mut data: Cursor) -> Result<Vec<(f64, bool)>, Problem> {
    data.take(12)?;
    let count = data.u32()?;
    let mut guides = Vec::new();
    for _ in 0..count {
        guides.push((f64::from(data.i32()?) / 32.0, data.u8()? == 1));
    }
    Ok(guides)
}

fn mode(number: u16) -> Result<Mode, Problem> {
    match number {
        0 => Ok(Mode::Bitmap),
        // A duotone's inks are known to Photoshop only; its file shows as grey.
        1 | 8 => Ok(Mode::Grey),
        2 => Ok(Mode::Indexed),
        3 => Ok(Mode::Rgb),
        4 => Ok(Mode::Cmyk),
        7 => Ok(Mode::Multichannel),
        9 => Ok(Mode::Lab),
        other => {
            let detail = format!("colour mode {other}");
            Err(Problem::unsupported(Format::Psd, detail))
        }
    }
}
