use document::{BlendMode, Locks};

use super::Version;
use super::adjustment::{HueSaturation, hue_saturation, solid_colour};
use super::bytes::PutBytes;
use super::names::{put_pascal_padded_to_4, put_unicode, storable};
use super::type_layer::TypeLayer;

/// One entry of the layer list. A group takes two.
pub struct Record {
    pub name: String,
    /// 0 (transparent) to 255.
    pub opacity: u8,
    pub visible: bool,
    pub locks: Locks,
    pub blend: BlendMode,
    /// Shows only within the next layer beneath that is not clipped itself, and counts as a part of it.
    pub clipped: bool,
    pub kind: RecordKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RecordKind {
    Pixels,
    /// Pixels that show its text.
    Text(TypeLayer),
    /// Changes what is beneath; without pixels.
    HueSaturation(HueSaturation),
    /// One colour; its pixels are for programs that do not know such layers.
    SolidColour([u8; 3]),
    /// Lies below a group's lowest child and ends the group for a reader who comes from above.
    GroupEnd,
    /// Lies above a group's children and holds the group's properties.
    Group {
        collapsed: bool,
    },
}

impl Record {
    /// The hidden divider below a group's children, as Photoshop names it.
    pub fn group_end() -> Self {
        Self {
            name: "</Layer group>".to_string(),
            opacity: 255,
            visible: true,
            locks: Locks::NONE,
            blend: BlendMode::Normal,
            clipped: false,
            kind: RecordKind::GroupEnd,
        }
    }
}

/// Where a layer's pixels ended up; known only once they are written.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
    /// Bytes of each channel in the order of [`CHANNEL_IDS`], with its compression field.
    pub channel_bytes: [u64; 4],
}

impl Extent {
    /// No pixels: four channels that hold only their compression field.
    pub const EMPTY: Self = Self {
        left: 0,
        top: 0,
        right: 0,
        bottom: 0,
        channel_bytes: [2; 4],
    };
}

/// Transparency first, then red, green, blue: Photoshop's order. Transparency is there even when a layer is opaque,
/// else the lowest layer would be taken for a "Background".
pub const CHANNEL_IDS: [i16; 4] = [-1, 0, 1, 2];

const HIDDEN: u8 = 1 << 1;
/// Set by Photoshop since 5.0: bit 4 is meaningful.
const BIT_4_HAS_MEANING: u8 = 1 << 3;
/// The record's pixels do not appear: groups and adjustments.
const NO_PIXELS: u8 = 1 << 4;

/// Where a record stands among the others.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Unlike that of any other record.
    pub id: u32,
    /// How many text layers lie beneath.
    pub text_index: i32,
}

/// Appends the record. Its length depends on the record and version alone, not on the extent or place, so it can be
/// written again in the same place.
pub fn put_record(
    out: &mut Vec<u8>,
    version: Version,
    record: &Record,
    extent: &Extent,
    place: Place,
) {
    for side in [extent.top, extent.left, extent.bottom, extent.right] {
        out.put_i32(side);
    }
    out.put_u16(CHANNEL_IDS.len() as u16);
    for (channel, bytes) in CHANNEL_IDS.iter().zip(extent.channel_bytes) {
        out.put_i16(*channel);
        out.put_section_length(version, bytes);
    }
    out.put(b"8BIM");
    // Of a group that passes through, its own block tells.
    out.put(&match record.blend {
        BlendMode::PassThrough => BlendMode::Normal.psd_key(),
        blend => blend.psd_key(),
    });
    out.put_u8(record.opacity);
    out.put_u8(record.clipped.into());
    out.put_u8(flags(record));
    out.put_u8(0);

    let extra = extra_data(record, place);
    out.put_len(extra.len());
    out.put(&extra);
}

fn flags(record: &Record) -> u8 {
    let mut flags = BIT_4_HAS_MEANING;
    if !record.visible {
        flags |= HIDDEN;
    }
    if !matches!(record.kind, RecordKind::Pixels | RecordKind::Text(_)) {
        flags |= NO_PIXELS;
    }
    flags
}

/// Transparency, pixels and position, from the lowest bit on.
fn protected(locks: Locks) -> u32 {
    u32::from(locks.transparency) | u32::from(locks.pixels) << 1 | u32::from(locks.position) << 2
}

fn extra_data(record: &Record, place: Place) -> Vec<u8> {
    let name = storable(&record.name, "Layer");
    let mut out = Vec::new();
    out.put_u32(0); // no layer mask
    put_blending_ranges(&mut out);
    put_pascal_padded_to_4(&mut out, &name);

    let mut unicode_name = Vec::new();
    put_unicode(&mut unicode_name, &name);
    unicode_name.resize(unicode_name.len().next_multiple_of(4), 0);
    put_block(&mut out, b"luni", &unicode_name);
    put_block(&mut out, b"lyid", &place.id.to_be_bytes());
    put_block(&mut out, b"lspf", &protected(record.locks).to_be_bytes());
    match &record.kind {
        RecordKind::Pixels => {}
        RecordKind::Text(text) => put_block(&mut out, b"TySh", &text.block(place.text_index)),
        RecordKind::HueSaturation(change) => {
            put_block(&mut out, b"hue2", &hue_saturation(*change));
        }
        RecordKind::SolidColour(colour) => put_block(&mut out, b"SoCo", &solid_colour(*colour)),
        RecordKind::GroupEnd => put_block(&mut out, b"lsct", &3_u32.to_be_bytes()),
        RecordKind::Group { collapsed } => {
            let mut section = Vec::new();
            section.put_u32(if *collapsed { 2 } else { 1 });
            section.put(b"8BIM");
            section.put(&record.blend.psd_key());
            section.put_u32(0); // an ordinary group
            put_block(&mut out, b"lsct", &section);
        }
    }
    out
}

/// The whole range, black to white, for the composite and for each channel.
fn put_blending_ranges(out: &mut Vec<u8>) {
    let ranges = 1 + CHANNEL_IDS.len();
    out.put_len(ranges * 8);
    for _ in 0..ranges * 2 {
        out.put(&[0, 0, 255, 255]);
    }
}

/// These keys have four-byte lengths in both versions.
fn put_block(out: &mut Vec<u8>, key: &[u8; 4], data: &[u8]) {
    out.put(b"8BIM");
    out.put(key);
    out.put_len(data.len());
    out.put(data);
}
