//! Every format is written, by its extension, and begins as files of its kind do.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::fs;

use common::{always, sample};
use project::{ExportFormat, ExportOptions};

#[test]
fn each_format_writes_what_its_extension_says() {
    let folder = tempfile::tempdir().unwrap();
    let document = sample().document;
    let beginnings: [(&str, &[u8]); 6] = [
        ("psd", b"8BPS\0\x01"),
        ("psb", b"8BPS\0\x02"),
        ("ora", b"PK\x03\x04"),
        ("PPTX", b"PK\x03\x04"),
        ("svg", b"<svg "),
        ("png", b"\x89PNG"),
    ];
    for (extension, beginning) in beginnings {
        let format = ExportFormat::of_extension(extension).unwrap();
        let path = folder.path().join(format!("out.{extension}"));
        let exported = format
            .write(&document, &path, ExportOptions::default(), &mut always)
            .unwrap();
        assert_eq!((exported.path, exported.files), (path.clone(), 1));
        assert!(
            fs::read(path).unwrap().starts_with(beginning),
            "{extension}"
        );
    }
    assert_eq!(ExportFormat::of_extension("docx"), None);
    let path = folder.path().join("layers");
    let options = ExportOptions::default();
    let exported = ExportFormat::PngLayers.write(&document, &path, options, &mut always);
    let files = fs::read_dir(path).unwrap().count();
    assert_eq!(exported.unwrap().files, files);
}

#[test]
fn words_stay_words_where_asked() {
    let folder = tempfile::tempdir().unwrap();
    let document = sample().document;
    let path = folder.path().join("out.psd");
    for (editable_text, live2d, expected) in [
        (false, false, false),
        (true, false, true),
        (true, true, false),
    ] {
        let options = ExportOptions {
            editable_text,
            live2d,
            ..ExportOptions::default()
        };
        ExportFormat::Psd
            .write(&document, &path, options, &mut always)
            .unwrap();
        let bytes = fs::read(&path).unwrap();
        let has_text = bytes.windows(8).any(|window| window == b"8BIMTySh");
        assert_eq!(has_text, expected, "{options:?}");
    }
}
