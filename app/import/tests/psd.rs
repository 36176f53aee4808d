//! Photoshop documents: layers of every depth and packing, and damaged ones.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use import::{Layered, PictureFile, PsdContent, PsdLayer, PsdTypeLayer};
use proptest::prelude::*;

/// How a channel is packed, by Photoshop's numbers.
const RAW: u16 = 0;
const PACK_BITS: u16 = 1;
const ZIP: u16 = 2;
const ZIP_PREDICTED: u16 = 3;

/// A file of 4 × 3 pixels in RGB with one text layer of 3 × 2 at (1, −1), masked, in a closed group.
#[derive(Debug, Clone, Copy)]
struct File {
    depth: u16,
    packing: u16,
    is_psb: bool,
}

/// Of channel `c`, 0 to 1 in eighths, so that each depth can hold it.
fn value(c: usize, x: usize, y: usize) -> f32 {
    ((c * 3 + x + y * 2) % 9) as f32 / 8.0
}

impl File {
    fn bytes(self) -> Vec<u8> {
        let mut file = b"8BPS".to_vec();
        put16(&mut file, 1 + u16::from(self.is_psb));
        file.extend([0; 6]);
        put16(&mut file, 3);
        for number in [3, 4] {
            put32(&mut file, number);
        }
        put16(&mut file, self.depth);
        put16(&mut file, 3);
        put32(&mut file, 0);
        // 144 pixels per inch.
        let mut resources = b"8BIM\x03\xed\0\0".to_vec();
        put32(&mut resources, 16);
        put32(&mut resources, 144 << 16);
        resources.extend([0; 12]);
        put32(&mut file, resources.len());
        file.extend(resources);
        let list = self.list();
        let mut section = Vec::new();
        if self.depth == 8 {
            self.put_length(&mut section, list.len());
            section.extend(list);
            put32(&mut section, 0);
        } else {
            self.put_length(&mut section, 0);
            put32(&mut section, 0);
            section.extend(b"8BIM");
            section.extend(if self.depth == 16 { b"Lr16" } else { b"Lr32" });
            self.put_length(&mut section, list.len());
            section.extend(list);
        }
        self.put_length(&mut file, section.len());
        file.extend(section);
        put16(&mut file, RAW);
        file.extend(vec![0x40; 12 * 3 * usize::from(self.depth) / 8]);
        file
    }

    fn list(self) -> Vec<u8> {
        let channels: Vec<(i16, Vec<u8>)> = (0..3)
            .map(|c| (c as i16, self.channel(3, 2, |x, y| value(c, x, y))))
            .chain([
                (-1, self.channel(3, 2, |_, _| 1.0)),
                (-2, self.channel(1, 1, |_, _| 0.5)),
            ])
            .collect();
        let empty = vec![];
        let end = self.record([0; 4], &empty, b"</Layer group>", &section(3));
        let mut extra = block(b"luni", &unicode("Größe"));
        let text: Vec<u8> = [&b"junk\0\0\0\0Txt TEXT"[..], &unicode("Hi\rthere\0")].concat();
        extra.extend(block(b"TySh", &text));
        extra.extend(block(b"iOpa", &[128, 0, 0, 0]));
        let layer = self.record([-1, 1, 1, 4], &channels, b"Gr", &extra);
        let group = self.record([0; 4], &empty, b"Group", &section(2));
        let mut list = Vec::new();
        put16(&mut list, 3);
        for record in [end, layer, group] {
            list.extend(record);
        }
        for (_, data) in channels {
            list.extend(data);
        }
        list
    }

    fn record(
        self,
        area: [i32; 4],
        channels: &[(i16, Vec<u8>)],
        name: &[u8],
        blocks: &[u8],
    ) -> Vec<u8> {
        let mut record = Vec::new();
        area.iter()
            .for_each(|side| record.extend(side.to_be_bytes()));
        put16(&mut record, channels.len() as u16);
        for (id, data) in channels {
            record.extend(id.to_be_bytes());
            self.put_length(&mut record, data.len());
        }
        record.extend(b"8BIMnorm");
        // Opaque, not clipped, hidden.
        record.extend([255, 0, 2, 0]);
        let mut extra = Vec::new();
        if channels.is_empty() {
            put32(&mut extra, 0);
        } else {
            // The mask lies over the layer's first pixel; all else is shown.
            put32(&mut extra, 20);
            [-1_i32, 1, 0, 2]
                .iter()
                .for_each(|side| extra.extend(side.to_be_bytes()));
            extra.extend([255, 0, 0, 0]);
        }
        put32(&mut extra, 0);
        extra.push(name.len() as u8);
        extra.extend(name);
        let length = 1 + name.len();
        extra.extend(vec![0; length.next_multiple_of(4) - length]);
        extra.extend(blocks);
        put32(&mut record, extra.len());
        record.extend(extra);
        record
    }

    fn channel(self, width: usize, height: usize, value: impl Fn(usize, usize) -> f32) -> Vec<u8> {
        let mut rows: Vec<Vec<u8>> = Vec::new();
        for y in 0..height {
            let samples = (0..width).map(|x| value(x, y));
            rows.push(match self.depth {
                8 => samples.map(|v| (v * 255.0).round() as u8).collect(),
                16 => samples
                    .flat_map(|v| ((v * 65535.0).round() as u16).to_be_bytes())
                    .collect(),
                _ => samples.flat_map(f32::to_be_bytes).collect(),
            });
        }
        let mut data = Vec::new();
        put16(&mut data, self.packing);
        match self.packing {
            RAW => data.extend(rows.concat()),
            PACK_BITS => {
                for row in &rows {
                    match self.is_psb {
                        true => put32(&mut data, row.len() + 1),
                        false => put16(&mut data, row.len() as u16 + 1),
                    }
                }
                for row in &rows {
                    data.push(row.len() as u8 - 1);
                    data.extend(row);
                }
            }
            packing => {
                if packing == ZIP_PREDICTED {
                    rows.iter_mut().for_each(|row| predict(row, self.depth));
                }
                let mut zip = ZlibEncoder::new(data, Compression::default());
                zip.write_all(&rows.concat()).unwrap();
                return zip.finish().unwrap();
            }
        }
        data
    }

    fn put_length(self, bytes: &mut Vec<u8>, length: usize) {
        if self.is_psb {
            put32(bytes, 0);
        }
        put32(bytes, length);
    }
}

fn predict(row: &mut Vec<u8>, depth: u16) {
    match depth {
        16 => {
            let samples: Vec<u16> = row
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            let first = samples.iter().take(1).copied();
            let rest = samples.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
            *row = first.chain(rest).flat_map(u16::to_be_bytes).collect();
        }
        depth => {
            if depth == 32 {
                *row = (0..4)
                    .flat_map(|byte| {
                        row.iter()
                            .skip(byte)
                            .step_by(4)
                            .copied()
                            .collect::<Vec<_>>()
                    })
                    .collect();
            }
            for index in (1..row.len()).rev() {
                row[index] = row[index].wrapping_sub(row[index - 1]);
            }
        }
    }
}

fn put16(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend(number.to_be_bytes());
}

fn put32(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend((number as u32).to_be_bytes());
}

fn block(key: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut block = b"8BIM".to_vec();
    block.extend(key);
    put32(&mut block, data.len());
    block.extend(data);
    block
}

fn section(kind: u8) -> Vec<u8> {
    block(b"lsct", &[0, 0, 0, kind])
}

fn unicode(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut bytes = Vec::new();
    put32(&mut bytes, units.len());
    bytes.extend(units.iter().flat_map(|unit| unit.to_be_bytes()));
    bytes
}

fn read(path: &Path, bytes: &[u8]) -> Result<Layered, String> {
    fs::write(path, bytes).unwrap();
    let file = PictureFile::read(path).unwrap();
    match file.layers() {
        Some(layers) => layers.map_err(|error| error.to_string()),
        None => file.decode().map(|_| empty()).map_err(|e| e.to_string()),
    }
}

fn empty() -> Layered {
    Layered {
        width: 0,
        height: 0,
        pixels_per_inch: None,
        profile: None,
        bits: 8,
        guides: Vec::new(),
        layers: Vec::new(),
        notes: Vec::new(),
    }
}

fn every_file() -> Vec<File> {
    let mut files = Vec::new();
    for depth in [8, 16, 32] {
        for packing in [RAW, PACK_BITS, ZIP, ZIP_PREDICTED] {
            for is_psb in [false, true] {
                files.push(File {
                    depth,
                    packing,
                    is_psb,
                });
            }
        }
    }
    files
}

#[test]
fn layers_of_every_depth_and_packing_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.psd");
    for file in every_file() {
        let read = read(&path, &file.bytes()).unwrap();
        assert_eq!((read.width, read.height), (4, 3));
        assert_eq!(read.pixels_per_inch, Some(144.0));
        let is_expected = |note: &String| {
            note.contains("text with plain edges")
                || file.depth == 32 && note.contains("linear light")
        };
        assert!(
            read.notes.iter().all(is_expected),
            "{file:?}: {:?}",
            read.notes
        );
        assert_eq!(u16::from(read.bits), file.depth);
        let [group] = read.layers.as_slice() else {
            panic!("{file:?}: {:?}", read.layers)
        };
        let PsdContent::Group { children, is_open } = &group.content else {
            panic!("{file:?}: a group")
        };
        assert_eq!(
            (group.name.as_str(), group.visible, *is_open),
            ("Group", false, false)
        );
        let [
            PsdLayer {
                name,
                opacity,
                content,
                ..
            },
        ] = children.as_slice()
        else {
            panic!("{file:?}: one layer")
        };
        assert_eq!((name.as_str(), *opacity), ("Größe", 128));
        let PsdContent::Pixels {
            image,
            left,
            top,
            text,
            ..
        } = content
        else {
            panic!("{file:?}: pixels")
        };
        let expected = PsdTypeLayer {
            words: "Hi\nthere".to_owned(),
            baseline: Some(0.0),
            ..PsdTypeLayer::default()
        };
        assert_eq!((*left, *top, text.as_deref()), (1, -1, Some(&expected)));
        assert_eq!(image.dimensions(), (3, 2));
        for (x, y, pixel) in image.enumerate_pixels() {
            for c in 0..3 {
                let light = f64::from(value(c, x as usize, y as usize));
                let shown = match file.depth {
                    32 if light > 0.0 => 1.055 * light.powf(1.0 / 2.4) - 0.055,
                    _ => light,
                };
                let off = f64::from(pixel.0[c]) - shown * 255.0;
                assert!(off.abs() <= 1.0, "{file:?} at {x}, {y}: {pixel:?}");
            }
            let alpha = if (x, y) == (0, 0) {
                127..=128
            } else {
                255..=255
            };
            assert!(
                alpha.contains(&pixel.0[3]),
                "{file:?} at {x}, {y}: {pixel:?}"
            );
        }
    }
}

fn first_in_group(read: &Layered) -> &PsdLayer {
    let PsdContent::Group { children, .. } = &read.layers[0].content else {
        panic!("{:?}", read.layers)
    };
    &children[0]
}

#[test]
fn a_clipped_layer_keeps_its_blend_mode() {
    let folder = tempfile::tempdir().unwrap();
    let file = File {
        depth: 8,
        packing: RAW,
        is_psb: false,
    };
    let mut bytes = file.bytes();
    // The layer's mode: the second of the three records.
    let at: Vec<usize> = (0..bytes.len() - 8)
        .filter(|at| &bytes[*at..at + 8] == b"8BIMnorm")
        .collect();
    bytes[at[1] + 4..at[1] + 8].copy_from_slice(b"mul ");
    bytes[at[1] + 9] = 1;
    let read = read(&folder.path().join("made.psd"), &bytes).unwrap();
    assert_eq!(&first_in_group(&read).blend_mode, b"mul ");
    assert!(
        read.notes[0].starts_with("1 layer clipped with a blend mode"),
        "{:?}",
        read.notes
    );
    assert!(
        read.notes[1].starts_with("1 layer of text"),
        "{:?}",
        read.notes
    );
    assert_eq!(read.notes.len(), 2);
}

/// Photoshop draws a shape's mask as large as its pixels, which other programs trim.
#[test]
fn a_shape_is_not_cut_again_by_what_was_drawn_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = File {
        depth: 8,
        packing: RAW,
        is_psb: false,
    };
    let mut bytes = file.bytes();
    let at = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|w| w == what);
    let mask = [-1_i32, 1, 0, 2].map(i32::to_be_bytes).concat();
    let drawn = at(&bytes, &[&mask[..], &[255, 0]].concat()).unwrap();
    // Of a gradient, whose name becomes its vector mask.
    for (key, other) in [(b"TySh", b"GdFl"), (b"luni", b"vmsk")] {
        let key = at(&bytes, key).unwrap();
        bytes[key..key + 4].copy_from_slice(other);
    }
    let mut alphas = |area: [i32; 4], flags: u8| {
        bytes[drawn..drawn + 16].copy_from_slice(&area.map(i32::to_be_bytes).concat());
        bytes[drawn + 17] = flags;
        let read = read(&folder.path().join("made.psd"), &bytes).unwrap();
        let layer = first_in_group(&read);
        let PsdContent::Pixels { image, .. } = &layer.content else {
            panic!("{layer:?}")
        };
        image.pixels().map(|pixel| pixel.0[3]).collect::<Vec<_>>()
    };
    const RENDERED: u8 = 8;
    assert_eq!(alphas([-2, 1, 1, 5], RENDERED), [255; 6]);
    // Drawn by hand, or not of all of it.
    let cut = alphas([-1, 1, 0, 2], 0);
    assert!(cut[0] < 255 && cut[1..] == [255; 5]);
    assert_eq!(alphas([-1, 1, 0, 2], RENDERED), cut);
}

/// Photoshop's lies over white all over; other programs leave any colour where there is nothing.
#[test]
fn a_merged_picture_is_white_where_nothing_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merged.psd");
    let merged = |count: i16, [red, alpha]: [[u8; 3]; 2]| {
        let mut file = b"8BPS\0\x01\0\0\0\0\0\0\0\x04".to_vec();
        for number in [1, 3] {
            put32(&mut file, number);
        }
        file.extend([0, 8, 0, 3]);
        file.extend([0; 8]);
        put32(&mut file, 6);
        put32(&mut file, 2);
        file.extend(count.to_be_bytes());
        put16(&mut file, RAW);
        file.extend([red, red, red, alpha].concat());
        fs::write(&path, file).unwrap();
        let picture = import::open(&path).unwrap().image;
        picture.pixels().map(|pixel| pixel.0).collect::<Vec<_>>()
    };
    let grey = |values: [u8; 3]| values.map(|value| [value, value, value, 255]);
    let channels = [[0, 224, 7], [0, 51, 255]];
    assert_eq!(merged(-1, channels), grey([255, 224, 7]));
    // The fourth channel is a selection.
    assert_eq!(merged(1, channels), grey([0, 224, 7]));
}

#[test]
fn the_merged_picture_is_read_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.psd");
    let file = File {
        depth: 8,
        packing: RAW,
        is_psb: false,
    };
    fs::write(&path, file.bytes()).unwrap();
    let picture = import::open(&path).unwrap();
    assert!(
        picture
            .image
            .pixels()
            .all(|pixel| pixel.0 == [0x40, 0x40, 0x40, 255])
    );
    assert_eq!(picture.pixels_per_inch, Some(144.0));
    // CMYK: no ink in the last channel, three quarters in the others.
    let mut cmyk = file.bytes();
    cmyk[13] = 4;
    cmyk[25] = 4;
    cmyk.extend([255; 12]);
    let picture = import::decode(&cmyk).unwrap();
    let is_dark_grey = |[r, _, b, _]: [u8; 4]| r == b && r < 0x60;
    assert!(picture.image.pixels().all(|pixel| is_dark_grey(pixel.0)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Opened or refused, without a panic, and with no more memory than the data could fill.
    #[test]
    fn a_damaged_file_does_no_harm(
        which in 0..24_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = every_file()[which].bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()).max(1));
        }
        let folder = tempfile::tempdir().unwrap();
        if let Err(sentence) = read(&folder.path().join("made.psd"), &bytes) {
            prop_assert!(!sentence.contains('\n'), "{sentence}");
        }
    }
}
