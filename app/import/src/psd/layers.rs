//! From the list of layers, bottom first, to a tree with pictures.

use image::{Rgba, RgbaImage};

use super::adjustment::Adjustment;
use super::channels::{self, Shape};
use super::clip::{Unclipped, clipped};
use super::cursor::Cursor;
use super::header::Header;
use super::mask::{MASK, Mask};
use super::notes::notes;
use super::record::{ALPHA, Record, Section, blocks};
use super::type_layer::Layouts;
use super::{PsdContent, PsdLayer, PsdRecolour, PsdTypeLayer};
use crate::colour::to_rgba8;
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
    let layouts = after_list(section, header, &mut list)?;
    if list.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let count = list.i16()?.unsigned_abs();
    let mut records = Vec::new();
    for _ in 0..count {
        records.push(Record::read(&mut list, header.is_psb)?);
    }
    let said = notes(&records);
    let mut tree = Tree::default();
    let mut pixels_left = MAX_LAYER_PIXELS;
    for record in records {
        let mut data = Vec::with_capacity(record.channels.len());
        for (id, length) in &record.channels {
            data.push((*id, list.part(*length)?));
        }
        let channel = |id: i16| {
            data.iter()
                .find(|(found, _)| *found == id)
                .map(|(_, data)| *data)
        };
        let mask = record.mask.filter(|_| !record.mask_repeats_shape());
        let mask = mask.and_then(|mask| Some((mask, channel(MASK)?)));
        let mask = mask
            .map(|(mask, data)| Mask::read(mask, data, header))
            .transpose()?;
        match record.section {
            Section::GroupEnd => tree.begin()?,
            Section::Group { is_open } => tree.end(&record, is_open, mask.as_ref()),
            Section::Layer => {
                let size = (record.area.width() as u64) * (record.area.height() as u64);
                pixels_left = pixels_left.checked_sub(size).ok_or(too_large(&record))?;
                let (mut image, mut corner) = (
                    picture(&record, &channel, header)?,
                    (record.area.left, record.area.top),
                );
                if image.is_empty()
                    && let Some(filled) = fill(&record, header, &mut pixels_left)
                {
                    (image, corner) = (filled, (0, 0));
                }
                if let Some(mask) = &mask {
                    mask.apply(&mut image, corner.0, corner.1);
                }
                let content = PsdContent::Pixels {
                    image,
                    left: corner.0,
                    top: corner.1,
                    text: text(&record, header, &layouts).map(Box::new),
                    recolour: PsdRecolour::default(),
                };
                let adjustment = record
                    .adjustment
                    .filter(|_| mask.is_none() && record.is_plain());
                tree.push(&record, content, adjustment);
            }
        }
    }
    Ok((tree.finish(), said))
}

/// Whether all that is visible leaves parts of the canvas free, of a file of 8 bits.
pub fn is_transparent(mut section: Cursor, header: &Header) -> bool {
    let count = section.length(header.is_psb).and_then(|_| section.i16());
    count.is_ok_and(|count| count < 0)
}

/// How texts are laid out; and of 16 and 32 bits the list itself, which stands in a block of its own.
fn after_list<'a>(
    mut section: Cursor<'a>,
    header: &Header,
    list: &mut Cursor<'a>,
) -> Result<Layouts, Problem> {
    let mut layouts = Layouts::default();
    if section.is_empty() {
        return Ok(layouts);
    }
    let is_elsewhere = list.is_empty();
    let mask = section.length(false);
    let mask = mask.and_then(|length| section.take(length));
    let read = mask.and_then(|_| {
        blocks(section, header.is_psb, 4, |key, data| {
            match &key {
                b"Lr16" | b"Lr32" | b"Layr" if is_elsewhere => *list = data,
                b"Txt2" => layouts = Layouts::read(data.rest()),
                _ => {}
            }
            Ok(())
        })
    });
    // Damage after a list that is there costs no more than itself.
    read.or_else(|problem| if is_elsewhere { Err(problem) } else { Ok(()) })?;
    Ok(layouts)
}

/// Groups begin at their bottom with an entry of their own.
#[derive(Default)]
struct Tree {
    top: Vec<Unclipped>,
    open: Vec<Vec<Unclipped>>,
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

    fn end(&mut self, record: &Record, is_open: bool, mask: Option<&Mask>) {
        let mut children = clipped(self.open.pop().unwrap_or_default());
        if let Some(mask) = mask {
            children
                .iter_mut()
                .for_each(|child| apply_mask(child, mask));
        }
        self.push(record, PsdContent::Group { children, is_open }, None);
    }

    fn push(&mut self, record: &Record, content: PsdContent, adjustment: Option<Adjustment>) {
        let siblings = self.open.last_mut().unwrap_or(&mut self.top);
        siblings.push(Unclipped {
            layer: layer(record, content),
            is_clipped: record.is_clipped,
            adjustment,
        });
    }

    /// Of a group without an end the layers stay.
    fn finish(self) -> Vec<PsdLayer> {
        let all = std::iter::once(self.top).chain(self.open);
        all.flat_map(clipped).collect()
    }
}

/// Of a group, whose layers show where it does.
fn apply_mask(layer: &mut PsdLayer, mask: &Mask) {
    match &mut layer.content {
        PsdContent::Pixels {
            image, left, top, ..
        } => mask.apply(image, *left, *top),
        PsdContent::Group { children, .. } => {
            children
                .iter_mut()
                .for_each(|child| apply_mask(child, mask));
        }
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

/// Its colour is a number like those of the pixels, and goes where those become others.
fn text(record: &Record, header: &Header, layouts: &Layouts) -> Option<PsdTypeLayer> {
    let text = record.text.as_ref()?.laid_out(layouts);
    let colour = text.colour.filter(|_| header.keeps_numbers());
    Some(PsdTypeLayer { colour, ..text })
}

/// The whole canvas, of a layer that says a colour and holds no pixels.
fn fill(record: &Record, header: &Header, pixels_left: &mut u64) -> Option<RgbaImage> {
    // A clipped one is taken into the layer beneath, or cut to it.
    let Some(Adjustment::SolidColour([red, green, blue])) = record.adjustment else {
        return None;
    };
    if record.has_vector_mask {
        return None;
    }
    let size = u64::from(header.width) * u64::from(header.height);
    *pixels_left = pixels_left.checked_sub(size)?;
    let colour = Rgba([red, green, blue, 255]);
    Some(RgbaImage::from_pixel(header.width, header.height, colour))
}

fn too_large(record: &Record) -> Problem {
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    Problem::TooManyPixels {
        width: side(record.area.width()),
        height: side(record.area.height()),
    }
}

fn picture<'a>(
    record: &Record,
    channel: &dyn Fn(i16) -> Option<Cursor<'a>>,
    header: &Header,
) -> Result<RgbaImage, Problem> {
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
        let read = channel(id).map(|data| channels::read(data, shape, header.is_psb));
        read.transpose()
    };
    let mut planes = Vec::new();
    for id in 0..header.colours() as i16 {
        match plane(id)? {
            Some(samples) => planes.push(samples),
            // A fill or an adjustment has no pixels.
            None => return Ok(RgbaImage::new(0, 0)),
        }
    }
    Ok(to_rgba8(header.raster(shape, planes, plane(ALPHA)?)))
}
