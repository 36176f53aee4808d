use std::io::{self, Cursor, Seek, SeekFrom, Write};

use document::{BlendMode, Locks, Metadata};
use image::{Rgba, RgbaImage};
use proptest::prelude::*;

use super::planes::over_white;
use super::{Failure, File, Record, RecordKind, Version, Writer, packbits};
use crate::ExportError;
use crate::progress::Progress;

/// TIFF 6.0, section 9: the decoder.
fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut rest = packed.iter();
    let mut row = Vec::new();
    while let Some(&header) = rest.next() {
        match header {
            0..=127 => row.extend(rest.by_ref().take(usize::from(header) + 1)),
            128 => {}
            129..=255 => row.extend(vec![*rest.next().unwrap(); 257 - usize::from(header)]),
        }
    }
    row
}

proptest! {
    #[test]
    fn packing_loses_nothing_and_hardly_grows(
        runs in prop::collection::vec((0..4_u8, prop_oneof![4 => 1..5_usize, 1 => 1..400_usize]), 0..200),
    ) {
        let row: Vec<u8> = runs.iter().flat_map(|&(value, length)| vec![value; length]).collect();
        let mut packed = Vec::new();
        packbits::pack(&row, &mut packed);
        prop_assert_eq!(unpack(&packed), &row[..]);
        prop_assert!(packed.len() <= row.len() + row.len().div_ceil(128));
    }

    #[test]
    fn random_bytes_survive_packing(row in prop::collection::vec(any::<u8>(), 0..1000)) {
        let mut packed = Vec::new();
        packbits::pack(&row, &mut packed);
        prop_assert_eq!(unpack(&packed), &row[..]);
        prop_assert!(packed.len() <= row.len() + row.len().div_ceil(128));
    }

    #[test]
    fn over_white_is_the_rounded_mix(color: u8, alpha: u8) {
        let (c, a) = (f64::from(color), f64::from(alpha) / 255.0);
        prop_assert_eq!(f64::from(over_white(color, alpha)), (c * a + 255.0 * (1.0 - a)).round());
    }
}

#[test]
fn long_runs_take_two_bytes_per_128() {
    let mut packed = Vec::new();
    packbits::pack(&[7; 1280], &mut packed);
    assert_eq!(packed.len(), 20);
}

fn picture() -> RgbaImage {
    RgbaImage::from_fn(300, 200, |x, y| {
        Rgba([x as u8, y as u8, (x * y) as u8, 255])
    })
}

fn record(name: &str) -> Record {
    Record {
        name: name.to_string(),
        opacity: 255,
        visible: true,
        locks: Locks::NONE,
        blend: BlendMode::Normal,
        clipped: false,
        kind: RecordKind::Pixels,
    }
}

static METADATA: Metadata = Metadata {
    pixels_per_inch: 72.0,
    profile: None,
    guides: Vec::new(),
};

fn file(merged: &RgbaImage, records: usize) -> File<'_> {
    File {
        width: merged.width(),
        height: merged.height(),
        metadata: &METADATA,
        records: (0..records).map(|_| record("layer")).collect(),
        merged,
    }
}

fn write_one_layer(out: impl Write + Seek + Send, limit: u64) -> Result<(), Failure> {
    let merged = picture();
    let file = file(&merged, 1);
    let mut always = |_| true;
    let progress = Progress::new(1, &mut always);
    let mut writer = Writer::with_limit(out, Version::Psd, &file, limit)?;
    writer.layer(Some((&merged, 0, 0)), &progress)?;
    writer.finish(&progress)
}

/// A disk with room for `room` bytes.
struct SmallDisk {
    content: Cursor<Vec<u8>>,
    room: u64,
}

impl Write for SmallDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.content.position() + bytes.len() as u64 > self.room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.content.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for SmallDisk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.content.seek(to)
    }
}

#[test]
fn a_full_disk_is_told_wherever_it_happens() {
    let mut whole = Cursor::new(Vec::new());
    write_one_layer(&mut whole, u64::MAX).unwrap();
    let size = whole.get_ref().len() as u64;
    for room in [0, 10, 2_000, size / 4, size / 2, size - 1] {
        let disk = SmallDisk {
            content: Cursor::default(),
            room,
        };
        let failure = write_one_layer(disk, u64::MAX).unwrap_err();
        let error = failure.into_error("poster.psd".as_ref());
        assert!(matches!(error, ExportError::DiskFull(_)), "{room}: {error}");
    }
    write_one_layer(
        SmallDisk {
            content: Cursor::default(),
            room: size,
        },
        u64::MAX,
    )
    .unwrap();
}

#[test]
fn a_psd_that_would_grow_past_its_limit_asks_for_a_psb() {
    let mut whole = Cursor::new(Vec::new());
    write_one_layer(&mut whole, u64::MAX).unwrap();
    let size = whole.get_ref().len() as u64;
    write_one_layer(Cursor::new(Vec::new()), size).unwrap();
    for limit in [0, size / 2, size - 1] {
        let failure = write_one_layer(Cursor::new(Vec::new()), limit).unwrap_err();
        assert!(matches!(failure, Failure::NeedsPsb), "{limit}: {failure:?}");
    }
}

#[test]
fn a_layer_wider_than_a_psd_holds_asks_for_a_psb() {
    let merged = RgbaImage::new(1, 1);
    let wide = RgbaImage::new(30_001, 1);
    let file = file(&merged, 1);
    let mut always = |_| true;
    let progress = Progress::new(1, &mut always);
    let mut psd = Writer::begin(Cursor::new(Vec::new()), Version::Psd, &file).unwrap();
    let failure = psd.layer(Some((&wide, 0, 0)), &progress).unwrap_err();
    assert!(matches!(failure, Failure::NeedsPsb), "{failure:?}");
    let mut psb = Writer::begin(Cursor::new(Vec::new()), Version::Psb, &file).unwrap();
    psb.layer(Some((&wide, 0, 0)), &progress).unwrap();
}
