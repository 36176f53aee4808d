//! Small files that claim to be enormous are refused from their header: the whole test keeps to little memory.
//! It is alone in its process, so the process's peak is its own.

#![allow(clippy::unwrap_used)]

mod common;

use import::{ImportError, Problem};

fn refused(bytes: &[u8]) -> Problem {
    match import::decode(bytes) {
        Err(ImportError::Bytes(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = common::read("rgba8.png");
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = common::crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn jpeg(side: u16) -> Vec<u8> {
    let mut bytes = common::read("rgb.jpg");
    let frame = bytes.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&side.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&side.to_be_bytes());
    bytes
}

fn gif(side: u16) -> Vec<u8> {
    let mut bytes = common::read("offset.gif");
    bytes[6..8].copy_from_slice(&side.to_le_bytes());
    bytes[8..10].copy_from_slice(&side.to_le_bytes());
    bytes
}

/// A frame far larger than the logical screen.
fn gif_frame(side: u16) -> Vec<u8> {
    let mut bytes = common::read("offset.gif");
    let frame = bytes
        .windows(5)
        .position(|w| w == [0x2c, 5, 0, 3, 0])
        .unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&side.to_le_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&side.to_le_bytes());
    bytes
}

fn bmp(side: i32) -> Vec<u8> {
    let mut bytes = common::read("rgb.bmp");
    bytes[18..22].copy_from_slice(&side.to_le_bytes());
    bytes[22..26].copy_from_slice(&side.to_le_bytes());
    bytes
}

/// Little-endian: sets ImageWidth (256), ImageLength (257) and RowsPerStrip (278) in the first directory.
fn tiff(side: u32) -> Vec<u8> {
    let mut bytes = common::read("rgb.tiff");
    assert!(bytes.starts_with(b"II"));
    for tag in [256_u16, 257, 278] {
        let start = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize + 2;
        let entry = (start..)
            .step_by(12)
            .find(|at| bytes[*at..at + 2] == tag.to_le_bytes())
            .unwrap();
        bytes[entry + 2..entry + 4].copy_from_slice(&4_u16.to_le_bytes());
        bytes[entry + 8..entry + 12].copy_from_slice(&side.to_le_bytes());
    }
    bytes
}

/// An extended WebP with a canvas of 30,500 a side, in 24 bits less one.
fn webp() -> Vec<u8> {
    let mut bytes = common::read("animated.webp");
    assert_eq!(&bytes[12..16], b"VP8X");
    bytes[24..27].copy_from_slice(&30_499_u32.to_le_bytes()[..3]);
    bytes[27..30].copy_from_slice(&30_499_u32.to_le_bytes()[..3]);
    bytes
}

/// QOI's header: "qoif", width, height.
fn qoi(side: u32) -> Vec<u8> {
    let mut bytes = common::read("rgba.qoi");
    bytes[4..8].copy_from_slice(&side.to_be_bytes());
    bytes[8..12].copy_from_slice(&side.to_be_bytes());
    bytes
}

fn tga(side: u16) -> Vec<u8> {
    let mut bytes = common::read("packed.tga");
    bytes[12..14].copy_from_slice(&side.to_le_bytes());
    bytes[14..16].copy_from_slice(&side.to_le_bytes());
    bytes
}

/// The size of the picture and of its tile, in a codestream's SIZ segment.
fn jpeg2000(side: u32) -> Vec<u8> {
    let mut bytes = common::read("rgb.j2k");
    let size = bytes.windows(2).position(|w| w == [0xff, 0x51]).unwrap() + 6;
    for at in [size, size + 4, size + 16, size + 20] {
        bytes[at..at + 4].copy_from_slice(&side.to_be_bytes());
    }
    bytes
}

fn too_large(name: &str) -> Vec<u8> {
    std::fs::read(common::fixture("../too_large").join(name)).unwrap()
}

/// A profile of 512 MB of zeros, packed.
fn icc_bomb() -> Vec<u8> {
    // Deflate: a fixed-code block of one zero byte and many matches (length 258, distance 1) of 13 bits each.
    let mut bits = Bits::default();
    bits.push(0b1, 1);
    bits.push(0b01, 2);
    bits.push(0x0c, 8);
    for _ in 0..2_000_000 {
        bits.push(0b1010_0011, 8);
        bits.push(0, 5);
    }
    bits.push(0, 7);
    let mut chunk = b"iCCPbomb\0\0\x78\x01".to_vec();
    chunk.extend(bits.bytes);
    let mut bytes = common::read("rgba8.png");
    let sum = common::crc32(&chunk).to_be_bytes();
    let length = (chunk.len() as u32 - 4).to_be_bytes();
    let whole: Vec<u8> = length.into_iter().chain(chunk).chain(sum).collect();
    bytes.splice(33..33, whole);
    bytes
}

/// Least significant bit first, as deflate packs them.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> bit & 1) as u8) << (self.used % 8);
            }
            self.used += 1;
        }
    }
}

#[cfg(target_os = "linux")]
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1024
}

#[cfg(target_os = "linux")]
#[test]
fn absurd_sizes_are_refused_before_memory_is_taken() {
    for bytes in [
        png(60_000, 60_000),
        png(20_000, 20_000),
        png(30_001, 1),
        jpeg(65_500),
        gif(65_535),
        bmp(60_000),
        tiff(100_000),
        webp(),
        qoi(60_000),
        tga(60_000),
        jpeg2000(60_000),
        too_large("row.avif"),
        too_large("row.jxl"),
    ] {
        let problem = refused(&bytes);
        assert!(
            matches!(problem, Problem::TooManyPixels { .. }),
            "{problem}"
        );
        let sentence = problem.to_string();
        assert!(
            sentence.contains("30000") && sentence.contains("268 million"),
            "{sentence}"
        );
    }
    assert!(matches!(
        refused(&png(0, 5)),
        Problem::NoPixels | Problem::Damaged { .. }
    ));
    refused(&bmp(0));
    refused(&gif_frame(65_535));
    // The profile is dropped, the picture opens.
    assert!(import::decode(&icc_bomb()).is_ok());
    // Within the limits but without the data: the room for 16,000 × 16,000 is never touched.
    refused(&png(16_000, 16_000));
    refused(&tiff(16_000));
    refused(&bmp(16_000));
    refused(&gif_frame(16_000));
    refused(&qoi(16_000));
    refused(&tga(16_000));
    refused(&jpeg2000(10_000));
    refused(&jpeg2000(16_000));
    assert!(peak_megabytes() < 200, "{} MB", peak_megabytes());
}
