//! From the list of layers, bottom first, to a tree with pictures.

use image::RgbaImage;

use super::channels::{self, Shape};
use super::cursor::Cursor;
use super::header::Header;
use super::record::{ALPHA, Area, MASK, Mask, Record, Section, blocks};
use super::{PsdContent, PsdLayer};
use crate::colour::to_srgb;
use crate::error::Problem;
use crate::format::Format;
use crate::limits::{MAX_PIXELS, MAX_SIDE};

/// Groups within groups; deeper ones would exhaust the stack.
const MAX_DEPTH: usize = 256;
/// Most pixels of all layers, as many as of the largest picture sixteen times: 16 GiB as RGBA.
const MAX_LAYER_PIXELS: u64 = 16 * MAX_PIXELS;

/// The tree, and sentences about what of it is not shown.
pub fn read(mut section: Cursor, header: &Header) -> Result<(Vec<PsdLayer>, Vec<String>), Problem> {
    if section.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let length = section.length(header.is_psb)?;
    let mut list = section.part(length)?;
    if list.is_empty() && !section.is_empty() {
        // Of 16 and 32 bits the layers stand in a block of their own.
        let length = section.length(false)?;
        section.take(length)?;
        blocks(section, header.is_psb, 4, |key, data| {
            if matches!(&key, b"Lr16" | b"Lr32" | b"Layr") {
                list = data;
            }
            Ok(())
        })?;
    }
    if list.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    // Below zero when the merged picture has transparency.
    let count = list.i16()?.unsigned_abs();
    let mut records = Vec::new();
    for _ in 0..count {
        records.push(Record::read(&mut list, header.is_psb)?);
    }
    let notes = notes(&records);
    let mut tree = Tree::default();
    let mut pixels_left = MAX_LAYER_PIXELS;
    for record in records {
        let mut data = Vec::with_capacity(record.channels.len());
        for (id, length) in &record.channels {
            data.push((*id, list.part(*length)?));
        }
        match record.section {
            Section::GroupEnd => tree.begin()?,
            Section::Group { is_open } => tree.end(&record, is_open),
            Section::Layer => {
                let size = (record.area.width() as u64) * (record.area.height() as u64);
                pixels_left = pixels_left.checked_sub(size).ok_or(too_large(&record))?;
                let image = picture(&record, &data, header)?;
                let content = PsdContent::Pixels {
                    image,
                    left: record.area.left,
                    top: record.area.top,
                    words: record.words.clone(),
                };
                tree.push(layer(&record, content));
            }
        }
    }
    Ok((tree.finish(), notes))
}

/// Groups begin at their bottom with an entry of their own.
#[derive(Default)]
struct Tree {
    top: Vec<PsdLayer>,
    open: Vec<Vec<PsdLayer>>,
}

impl Tree {
    fn begin(&mut self) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Problem::Damaged {
                format: Format::Psd,
                detail: "groups lie too deep in each other".to_owned(),
            });
        }
        self.open.push(Vec::new());
        Ok(())
    }

    fn end(&mut self, record: &Record, is_open: bool) {
        let children = self.open.pop().unwrap_or_default();
        self.push(layer(record, PsdContent::Group { children, is_open }));
    }

    fn push(&mut self, layer: PsdLayer) {
        self.open.last_mut().unwrap_or(&mut self.top).push(layer);
    }

    /// Of a group without an end the layers stay.
    fn finish(mut self) -> Vec<PsdLayer> {
        for left in self.open {
            self.top.extend(left);
        }
        self.top
    }
}

fn layer(record: &Record, content: PsdContent) -> PsdLayer {
    PsdLayer {
        name: record.name.clone(),
        visible: record.visible,
        locks: record.locks,
        opacity: record.opacity,
        blend_mode: record.blend_mode,
        content,
    }
}

fn too_large(record: &Record) -> Problem {
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    Problem::TooManyPixels {
        width: side(record.area.width()),
        height: side(record.area.height()),
    }
}

fn picture(record: &Record, data: &[(i16, Cursor)], header: &Header) -> Result<RgbaImage, Problem> {
    let shape = Shape {
        width: record.area.width(),
        height: record.area.height(),
        depth: header.depth,
    };
    if shape.width.max(shape.height) > MAX_SIDE as usize {
        return Err(too_large(record));
    }
    if shape.bytes() == 0 {
        return Ok(RgbaImage::new(0, 0));
    }
    let plane = |id: i16| {
        let found = data.iter().find(|(channel, _)| *channel == id);
        let read = found.map(|(_, data)| channels::read(*data, shape, header.is_psb));
        read.transpose()
    };
    let mut planes = Vec::new();
    for id in 0..header.mode.channels() as i16 {
        match plane(id)? {
            Some(samples) => planes.push(samples),
            // A fill or an adjustment has no pixels.
            None => return Ok(RgbaImage::new(0, 0)),
        }
    }
    let alpha = plane(ALPHA)?;
    let mut image = to_srgb(header.raster(shape, planes, alpha));
    let mask = record
        .mask
        .as_ref()
        .zip(data.iter().find(|(id, _)| *id == MASK));
    if let Some((mask, (_, samples))) = mask {
        apply_mask(&mut image, &record.area, mask, *samples, header)?;
    }
    Ok(image)
}

fn apply_mask(
    image: &mut RgbaImage,
    area: &Area,
    mask: &Mask,
    samples: Cursor,
    header: &Header,
) -> Result<(), Problem> {
    let shape = Shape {
        width: mask.area.width(),
        height: mask.area.height(),
        depth: header.depth,
    };
    if shape.width.max(shape.height) > MAX_SIDE as usize {
        return Err(Problem::Damaged {
            format: Format::Psd,
            detail: "a mask is too large".to_owned(),
        });
    }
    let samples = channels::read(samples, shape, header.is_psb)?;
    let at = |x: i64, y: i64| {
        let (x, y) = (x - i64::from(mask.area.left), y - i64::from(mask.area.top));
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return mask.outside;
        };
        if x >= shape.width || y >= shape.height {
            return mask.outside;
        }
        let index = y * shape.width + x;
        match header.depth {
            // The higher byte is near enough.
            16 => samples[index * 2],
            32 => {
                let four = &samples[index * 4..index * 4 + 4];
                let value = f32::from_be_bytes([four[0], four[1], four[2], four[3]]);
                (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
            }
            _ => samples[index],
        }
    };
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let shown = at(
            i64::from(area.left) + i64::from(x),
            i64::from(area.top) + i64::from(y),
        );
        pixel.0[3] = ((u32::from(pixel.0[3]) * u32::from(shown) + 127) / 255) as u8;
    }
    Ok(())
}

/// What Photoshop shows and Lamina does not, each once.
fn notes(records: &[Record]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |is_there: &dyn Fn(&Record) -> bool, what: &str| {
        let count = records.iter().filter(|record| is_there(record)).count();
        if count > 0 {
            let layers = if count == 1 { "layer" } else { "layers" };
            notes.push(format!("{count} {layers} {what}"));
        }
    };
    note(
        &|r| r.is_clipped,
        "shown without being clipped to what is beneath",
    );
    note(
        &|r| r.has_effects,
        "shown without effects, which Lamina does not read",
    );
    note(&|r| r.has_vector_mask, "shown without a vector mask");
    note(
        &|r| r.is_adjustment,
        "without pixels that adjust others have no effect here",
    );
    let group_mask = |r: &Record| matches!(r.section, Section::Group { .. }) && r.mask.is_some();
    note(&group_mask, "shown without the mask of a group");
    notes
}
