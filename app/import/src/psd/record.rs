//! One entry of the layer list, before its pixels.

use super::PsdLocks;
use super::adjustment::{Adjustment, hue_saturation, solid_colour};
use super::cursor::{Area, Cursor};
use super::mask::MaskRecord;
use super::type_layer::{self, TypeBlock};
use crate::error::Problem;

pub const ALPHA: i16 = -1;

pub struct Record {
    pub area: Area,
    /// Number and bytes of each channel.
    pub channels: Vec<(i16, usize)>,
    pub name: String,
    pub opacity: u8,
    pub visible: bool,
    pub locks: PsdLocks,
    pub blend_mode: [u8; 4],
    pub is_clipped: bool,
    pub mask: Option<MaskRecord>,
    pub section: Section,
    pub text: Option<TypeBlock>,
    /// What it does where Lamina can do it too.
    pub adjustment: Option<Adjustment>,
    /// It changes what is beneath and has no pixels.
    pub is_adjustment: bool,
    /// A colour, gradient or pattern.
    pub is_fill: bool,
    /// What it has that is not shown.
    pub has_effects: bool,
    pub has_vector_mask: bool,
    pub blends_by_range: bool,
    pub knocks_out: bool,
    pub is_artboard: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Layer,
    Group { is_open: bool },
    GroupEnd,
}

/// Of the "Additional Layer Information" keys in Adobe's specification, those of layers that change what is beneath.
const ADJUSTMENTS: [&[u8; 4]; 17] = [
    b"CgEd", b"brit", b"levl", b"curv", b"expA", b"vibA", b"hue ", b"grdm", b"blnc", b"blwh",
    b"phfl", b"mixr", b"clrL", b"nvrt", b"post", b"thrs", b"selc",
];
/// Those whose data has a length of eight bytes in a PSB.
const LONG: [&[u8; 4]; 13] = [
    b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph", b"FMsk", b"lnk2",
    b"FEid", b"FXid", b"PxSD",
];

/// The blocks of key and data that end a layer's record, and the file's list of layers.
pub fn blocks<'a>(
    mut cursor: Cursor<'a>,
    is_psb: bool,
    padding: usize,
    mut each: impl FnMut([u8; 4], Cursor<'a>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    while cursor.rest().len() >= 12 {
        let signature = cursor.key()?;
        if !matches!(&signature, b"8BIM" | b"8B64") {
            return Ok(());
        }
        let key = cursor.key()?;
        let length = cursor.length(is_psb && LONG.contains(&&key))?;
        each(key, cursor.part(length)?)?;
        let pad = length.next_multiple_of(padding) - length;
        cursor.take(pad.min(cursor.rest().len()))?;
    }
    Ok(())
}

impl PsdLocks {
    /// Of the block "lspf"; the highest bit is Photoshop's "lock all".
    fn of(bits: u32) -> Self {
        let has = |bit: u32| bits & (1 << bit | 1 << 31) != 0;
        Self {
            transparency: has(0),
            pixels: has(1),
            position: has(2),
        }
    }
}

impl Record {
    pub fn read(cursor: &mut Cursor, is_psb: bool) -> Result<Self, Problem> {
        let area = Area::read(cursor)?;
        let count = cursor.u16()?;
        let mut channels = Vec::new();
        for _ in 0..count {
            channels.push((cursor.i16()?, cursor.length(is_psb)?));
        }
        cursor.key()?;
        let blend_mode = cursor.key()?;
        let opacity = cursor.u8()?;
        let is_clipped = cursor.u8()? != 0;
        let flags = cursor.u8()?;
        cursor.u8()?;
        let length = cursor.length(false)?;
        let mut extra = cursor.part(length)?;
        let length = extra.length(false)?;
        let mask = MaskRecord::read(extra.part(length)?);
        let ranges = extra.length(false)?;
        let blends_by_range = is_narrowed(extra.take(ranges)?);
        let name = usize::from(extra.u8()?);
        let pascal = String::from_utf8_lossy(extra.take(name)?).into_owned();
        let padded = (name + 1).next_multiple_of(4) - (name + 1);
        extra.take(padded.min(extra.rest().len()))?;
        let mut record = Self {
            area,
            channels,
            name: pascal,
            opacity,
            // The specification names the bit "visible"; Photoshop sets it for hidden layers.
            visible: flags & 2 == 0,
            locks: PsdLocks::default(),
            blend_mode,
            is_clipped,
            mask,
            section: Section::Layer,
            text: None,
            adjustment: None,
            is_adjustment: false,
            is_fill: false,
            has_effects: false,
            has_vector_mask: false,
            blends_by_range,
            knocks_out: false,
            is_artboard: false,
        };
        // A damaged block costs what it says, not the layer.
        let _ = blocks(extra, is_psb, 1, |key, data| record.note(key, data));
        Ok(record)
    }

    fn note(&mut self, key: [u8; 4], mut data: Cursor) -> Result<(), Problem> {
        match &key {
            b"luni" => self.name = data.unicode()?,
            b"lspf" => self.locks = PsdLocks::of(data.u32()?),
            b"lsct" | b"lsdk" => {
                self.section = match data.u32()? {
                    1 => Section::Group { is_open: true },
                    2 => Section::Group { is_open: false },
                    3 => Section::GroupEnd,
                    _ => Section::Layer,
                };
                // A group's own mode, where its record has one for older programs.
                if data.rest().len() >= 8 {
                    data.key()?;
                    self.blend_mode = data.key()?;
                }
            }
            b"iOpa" => {
                let fill = u32::from(data.u8()?);
                self.opacity = ((u32::from(self.opacity) * fill + 127) / 255) as u8;
            }
            b"TySh" => self.text = type_layer::read(data.rest()),
            b"lfx2" | b"lmfx" | b"lfxs" => self.has_effects |= has_effects(data.rest()),
            b"vmsk" | b"vsms" => {
                data.u32()?;
                // Inverted, unlinked, disabled.
                self.has_vector_mask = data.u32()? & 4 == 0;
            }
            b"artb" | b"artd" | b"abdd" => self.is_artboard = true,
            b"knko" => self.knocks_out = data.u8()? != 0,
            b"SoCo" => {
                self.is_fill = true;
                self.adjustment = solid_colour(data);
            }
            b"GdFl" | b"PtFl" | b"vscg" => self.is_fill = true,
            b"hue2" => {
                self.is_adjustment = true;
                self.adjustment = hue_saturation(data)?;
            }
            key if ADJUSTMENTS.contains(&key) => self.is_adjustment = true,
            _ => {}
        }
        Ok(())
    }
}

/// Whether the ranges of grey and of each channel in which layers blend are any but all.
fn is_narrowed(ranges: &[u8]) -> bool {
    let (ranges, _) = ranges.as_chunks::<4>();
    ranges
        .iter()
        .any(|range| *range != [0, 0, 255, 255] && *range != [0; 4])
}

/// Whether any effect of the descriptor is switched on, and all of them are not switched off.
fn has_effects(descriptor: &[u8]) -> bool {
    let says = |what: &[u8]| descriptor.windows(what.len()).any(|window| window == what);
    says(b"enabbool\x01") && !says(b"masterFXSwitchbool\x00")
}
