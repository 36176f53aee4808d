//! Channels: one byte per pixel, packed row by row on all cores and written while the next rows are packed.

use std::io::{Seek, Write};

use image::RgbaImage;
use rayon::prelude::*;

use super::bytes::PutBytes;
use super::output::Output;
use super::{Failure, Version, packbits};
use crate::progress::Progress;

/// Takes one value from each RGBA pixel of a row. Per row, so that the loop compiles to vector code.
pub type Plane = fn(&[[u8; 4]], &mut Vec<u8>);

/// A layer's channels, in the order of [`super::layer_record::CHANNEL_IDS`].
pub const LAYER: [Plane; 4] = [channel::<3>, channel::<0>, channel::<1>, channel::<2>];

/// The merged picture's colours on white, as Photoshop writes them for readers that ignore its transparency.
pub const MERGED: [Plane; 3] = [
    channel_over_white::<0>,
    channel_over_white::<1>,
    channel_over_white::<2>,
];

/// The merged picture's colours and its transparency.
pub const MERGED_WITH_ALPHA: [Plane; 4] = [MERGED[0], MERGED[1], MERGED[2], channel::<3>];

fn channel<const CHANNEL: usize>(pixels: &[[u8; 4]], values: &mut Vec<u8>) {
    values.extend(pixels.iter().map(|pixel| pixel[CHANNEL]));
}

fn channel_over_white<const CHANNEL: usize>(pixels: &[[u8; 4]], values: &mut Vec<u8>) {
    values.extend(
        pixels
            .iter()
            .map(|pixel| over_white(pixel[CHANNEL], pixel[3])),
    );
}

/// c · a + 255 · (1 − a), rounded.
pub fn over_white(color: u8, alpha: u8) -> u8 {
    let (color, alpha) = (u32::from(color), u32::from(alpha));
    ((color * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// PackBits; each row by itself, with a table of the rows' lengths in front.
const RLE: u16 = 1;
/// Unpacked bytes per task.
const PIECE_BYTES: usize = 1 << 18;
const PIECES_PER_BAND: usize = 16;

/// Appends one block of channels: its compression, the row lengths of all planes, then the rows of all planes.
/// Returns its size in bytes. Counts its pixels once per plane.
pub fn append_planes<W: Write + Seek + Send>(
    output: &mut Output<W>,
    version: Version,
    image: &RgbaImage,
    planes: &[Plane],
    progress: &Progress,
) -> Result<u64, Failure> {
    let start = output.position();
    output.append(&RLE.to_be_bytes())?;
    if image.is_empty() {
        return Ok(output.position() - start);
    }
    let table_at = output.position();
    let table_bytes = image.height() as usize * planes.len() * version.row_length_bytes();
    output.append(&vec![0; table_bytes])?;

    let mut table = Vec::with_capacity(table_bytes);
    for plane in planes {
        append_plane(output, image, *plane, progress, &mut |length| {
            table.put_row_length(version, length)
        })?;
    }
    output.patch(table_at, &table)?;
    Ok(output.position() - start)
}

fn append_plane<W: Write + Seek + Send>(
    output: &mut Output<W>,
    image: &RgbaImage,
    plane: Plane,
    progress: &Progress,
    on_row: &mut dyn FnMut(usize),
) -> Result<(), Failure> {
    let row_bytes = image.width() as usize * 4;
    let piece_rows = (PIECE_BYTES / image.width() as usize).max(1);
    let bands = image
        .as_raw()
        .chunks(row_bytes * piece_rows * PIECES_PER_BAND);

    let mut packed = Vec::new();
    for band in bands {
        let (written, next) = rayon::join(
            || append_pieces(output, &packed),
            || pack_band(band, row_bytes, piece_rows, plane),
        );
        written?;
        progress.advance((band.len() / 4) as u64)?;
        packed = next;
        packed
            .iter()
            .flat_map(|piece| &piece.row_lengths)
            .for_each(|&length| on_row(length));
    }
    append_pieces(output, &packed)
}

/// Some rows, packed.
struct Piece {
    bytes: Vec<u8>,
    row_lengths: Vec<usize>,
}

fn append_pieces<W: Write + Seek>(output: &mut Output<W>, pieces: &[Piece]) -> Result<(), Failure> {
    pieces
        .iter()
        .try_for_each(|piece| output.append(&piece.bytes))
}

fn pack_band(band: &[u8], row_bytes: usize, piece_rows: usize, plane: Plane) -> Vec<Piece> {
    band.par_chunks(row_bytes * piece_rows)
        .map(|rows| pack_rows(rows, row_bytes, plane))
        .collect()
}

fn pack_rows(rows: &[u8], row_bytes: usize, plane: Plane) -> Piece {
    let mut piece = Piece {
        // What pixels that do not repeat come to.
        bytes: Vec::with_capacity(rows.len() / 4 + rows.len() / 256 + row_bytes),
        row_lengths: Vec::with_capacity(rows.len() / row_bytes),
    };
    let mut values = Vec::with_capacity(row_bytes / 4);
    for row in rows.chunks_exact(row_bytes) {
        let (pixels, _) = row.as_chunks::<4>();
        values.clear();
        plane(pixels, &mut values);
        let before = piece.bytes.len();
        packbits::pack(&values, &mut piece.bytes);
        piece.row_lengths.push(piece.bytes.len() - before);
    }
    piece
}
