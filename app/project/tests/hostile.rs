//! Files that are no projects, or mean harm: one sentence, no panic, no memory that is not there.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use common::{always, sample};
use project::{open, save};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn saved(folder: &Path) -> Vec<u8> {
    let path = folder.join("good.lamina");
    save(&sample(), &path, None, &mut always).unwrap();
    fs::read(path).unwrap()
}

fn zip_of(folder: &Path, entries: &[(&str, &[u8])]) -> PathBuf {
    let path = folder.join("made.lamina");
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn refusal(path: &Path) -> String {
    let sentence = open(path).unwrap_err().to_string();
    assert!(
        sentence.starts_with("Could not open ") && !sentence.contains('\n'),
        "{sentence}"
    );
    sentence
}

/// One layer whose picture has this name.
fn manifest(picture: &str) -> String {
    format!(
        r#"{{"format":1,"program":"","width":4,"height":4,"pixels_per_inch":72.0,"source":null,"layers":[
        {{"id":1,"parent":null,"name":"","visible":true,"locked":false,"opacity":255,"kind":"raster","pixels":"{picture}",
        "center":[0.0,0.0],"scale":[1.0,1.0],"rotation":0.0,"text":null,
        "recolor":{{"hue":0.0,"saturation":0.0,"lightness":0.0,"tint":[0,0,0],"tint_strength":0.0}}}}]}}"#
    )
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = saved(folder.path());
    let path = folder.path().join("cut.lamina");
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        refusal(&path);
    }
}

#[test]
fn a_changed_byte_is_refused_or_changes_nothing_but_words() {
    let folder = tempfile::tempdir().unwrap();
    let whole = saved(folder.path());
    let path = folder.path().join("changed.lamina");
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= [1, 0x80, 0xff][place % 3];
        fs::write(&path, &bytes).unwrap();
        if let Ok(project) = open(&path) {
            // Only in what nobody reads: previews, and the ZIP's dates and the like.
            assert_eq!(project, sample(), "byte {place}");
        }
    }
}

#[test]
fn bombs_are_refused_for_what_they_claim() {
    let folder = tempfile::tempdir().unwrap();
    // Zeros that deflate packs a thousandfold.
    let spaces = vec![b' '; 80 << 20];
    let path = zip_of(folder.path(), &[("lamina.json", &spaces)]);
    assert!(fs::metadata(&path).unwrap().len() < 1 << 20);
    assert!(refusal(&path).contains("longer than it can be"));
    // A header of 250,000 × 250,000 pixels on a few bytes.
    let mut png =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x03\xd0\x90\0\x03\xd0\x90\x08\x06\0\0\0".to_vec();
    png.extend(crc32(&png[12..]).to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    let path = zip_of(
        folder.path(),
        &[
            ("lamina.json", manifest("data/0.png").as_bytes()),
            ("data/0.png", &png),
        ],
    );
    assert!(
        refusal(&path).contains("larger than its data"),
        "{}",
        refusal(&path)
    );
    let huge = manifest("x").replace(
        r#""width":4,"height":4"#,
        r#""width":299999,"height":299999"#,
    );
    let path = zip_of(folder.path(), &[("lamina.json", huge.as_bytes())]);
    assert!(refusal(&path).contains("million pixels"));
}

#[test]
fn a_name_outside_the_file_reads_nothing() {
    let folder = tempfile::tempdir().unwrap();
    common::picture(4, 4, 1)
        .image()
        .save(folder.path().join("outside.png"))
        .unwrap();
    for name in ["../outside.png", "/etc/passwd", "outside.png"] {
        let path = zip_of(folder.path(), &[("lamina.json", manifest(name).as_bytes())]);
        assert!(refusal(&path).contains("damaged"));
    }
}

#[test]
fn trees_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let group = |id: u32, parent: &str| {
        format!(
            r#"{{"id":{id},"parent":{parent},"name":"","visible":true,"locked":false,"opacity":255,"kind":"group","collapsed":false}}"#
        )
    };
    let of_layers = |layers: String| {
        format!(
            r#"{{"format":1,"program":"","width":4,"height":4,"pixels_per_inch":72.0,"source":null,"layers":[{layers}]}}"#
        )
    };
    let chain = |count: u32| {
        let groups: Vec<String> = (1..=count)
            .map(|id| {
                group(
                    id,
                    &if id == 1 {
                        "null".to_owned()
                    } else {
                        (id - 1).to_string()
                    },
                )
            })
            .collect();
        of_layers(groups.join(","))
    };
    let deep = zip_of(folder.path(), &[("lamina.json", chain(200).as_bytes())]);
    assert_eq!(open(&deep).unwrap().document.walk().count(), 200);
    for wrong in [
        chain(100_000),
        of_layers(group(1, "1")),
        of_layers(group(1, "7")),
        of_layers(format!("{},{}", group(1, "null"), group(1, "null"))),
        of_layers(format!("{},{}", group(1, "2"), group(2, "1"))),
    ] {
        let path = zip_of(folder.path(), &[("lamina.json", wrong.as_bytes())]);
        assert!(refusal(&path).contains("damaged"));
    }
}

#[test]
fn what_is_no_project_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let newer = zip_of(
        folder.path(),
        &[("lamina.json", br#"{"format":2,"anything":[]}"#)],
    );
    assert!(refusal(&newer).contains("update Lamina"));
    let other = zip_of(folder.path(), &[("word/document.xml", b"<a/>")]);
    assert!(refusal(&other).contains("not a Lamina project"));
    let text = folder.path().join("text.lamina");
    fs::write(&text, "hello").unwrap();
    assert!(refusal(&text).contains("not a Lamina project"));
    assert!(refusal(folder.path()).contains("not a Lamina project"));
    assert!(refusal(&folder.path().join("none.lamina")).contains("no such file"));
}

/// Of a PNG chunk (ISO 3309, as in the PNG specification, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                0xedb8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            }
        })
    })
}
