//! Image resources: what a PSD says about its canvas as a whole. Each has a number that Adobe gave it.

use document::Guide;

use super::bytes::PutBytes;
use super::names::put_unicode;
use super::srgb_profile::srgb_profile;
use super::thumbnail::thumbnail;
use super::{File, RecordKind};

const RESOLUTION: u16 = 1005;
const ALPHA_NAMES: u16 = 1006;
const TARGET_LAYER: u16 = 1024;
const LAYER_GROUPS: u16 = 1026;
const THUMBNAIL: u16 = 1036;
const GUIDES: u16 = 1032;
const ICC_PROFILE: u16 = 1039;
const ALPHA_UNICODE_NAMES: u16 = 1045;
const ALPHA_IDENTIFIERS: u16 = 1053;
const VERSION_INFO: u16 = 1057;
const LAYER_GROUPS_ENABLED: u16 = 1072;

/// The whole section's content. `transparent`: the merged picture has a transparency channel.
pub fn resources(file: &File, transparent: bool) -> Vec<u8> {
    let mut out = Vec::new();
    put_resource(
        &mut out,
        RESOLUTION,
        &resolution(file.metadata.pixels_per_inch),
    );
    if transparent {
        put_resource(&mut out, ALPHA_NAMES, b"\x0cTransparency");
        let mut name = Vec::new();
        put_unicode(&mut name, "Transparency\0");
        put_resource(&mut out, ALPHA_UNICODE_NAMES, &name);
        put_resource(&mut out, ALPHA_IDENTIFIERS, &0_u32.to_be_bytes());
    }
    put_resource(&mut out, TARGET_LAYER, &target_layer(file).to_be_bytes());
    // One entry per record, as Photoshop writes them: none is linked, all can be chosen.
    put_resource(&mut out, LAYER_GROUPS, &vec![0; file.records.len() * 2]);
    put_resource(&mut out, LAYER_GROUPS_ENABLED, &vec![1; file.records.len()]);
    if let Some(thumbnail) = thumbnail(file.merged) {
        put_resource(&mut out, THUMBNAIL, &thumbnail);
    }
    if !file.metadata.guides.is_empty() {
        put_resource(&mut out, GUIDES, &guides(&file.metadata.guides));
    }
    match &file.metadata.profile {
        Some(profile) => put_resource(&mut out, ICC_PROFILE, profile),
        None => put_resource(&mut out, ICC_PROFILE, &srgb_profile()),
    }
    put_resource(&mut out, VERSION_INFO, &version_info());
    out
}

fn put_resource(out: &mut Vec<u8>, number: u16, data: &[u8]) {
    out.put(b"8BIM");
    out.put_u16(number);
    out.put_u16(0); // no name
    out.put_len(data.len());
    out.put(data);
    if data.len() % 2 == 1 {
        out.put_u8(0);
    }
}

/// 16.16 fixed-point pixels per inch, for both axes, shown per inch with lengths in inches.
fn resolution(pixels_per_inch: f64) -> Vec<u8> {
    let fixed = (pixels_per_inch * 65536.0).round() as u32; // saturates
    let mut out = Vec::new();
    for _axis in 0..2 {
        out.put_u32(fixed);
        out.put_u16(1);
        out.put_u16(1);
    }
    out
}

/// With the grid that Photoshop begins with, of 18 pixels, in 32nds of a pixel.
fn guides(guides: &[Guide]) -> Vec<u8> {
    const GRID: u32 = 18 * 32;
    let mut out = Vec::new();
    out.put_u32(1);
    out.put_u32(GRID);
    out.put_u32(GRID);
    out.put_len(guides.len());
    for guide in guides {
        out.put_i32((guide.position * 32.0).round() as i32); // saturates
        out.put_u8(guide.is_horizontal.into());
    }
    out
}

/// The record that is selected when the file opens: the topmost layer or group.
fn target_layer(file: &File) -> u16 {
    let topmost = file
        .records
        .iter()
        .rposition(|record| record.kind != RecordKind::GroupEnd);
    topmost
        .and_then(|index| u16::try_from(index).ok())
        .unwrap_or(0)
}

/// Says that the merged picture is real, so that readers may show it.
fn version_info() -> Vec<u8> {
    let mut out = Vec::new();
    out.put_u32(1);
    out.put_u8(1);
    put_unicode(&mut out, "Lamina");
    put_unicode(&mut out, "Lamina");
    out.put_u32(1);
    out
}
