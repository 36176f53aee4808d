//! What does not open says why in one sentence.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use import::{Format, ImportError, Problem};

fn problem(bytes: &[u8]) -> Problem {
    match import::decode(bytes) {
        Err(ImportError::Bytes(problem)) => problem,
        other => panic!("opened, or named a file: {other:?}"),
    }
}

fn refusal(path: &Path) -> (String, Problem) {
    match import::open(path) {
        Err(error) => {
            let sentence = error.to_string();
            match error {
                ImportError::File { problem, .. } => (sentence, problem),
                ImportError::Bytes(problem) => panic!("named no file: {problem}"),
            }
        }
        Ok(_) => panic!("{} opened", path.display()),
    }
}

/// One sentence on one line that names the file.
fn assert_clear(sentence: &str, path: &Path) {
    assert!(sentence.contains(&path.display().to_string()), "{sentence}");
    assert!(
        sentence.ends_with('.') && !sentence.contains('\n'),
        "{sentence}"
    );
    assert!(sentence.len() < 400, "{sentence}");
}

#[test]
fn a_file_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.png");
    let (sentence, problem) = refusal(&missing);
    assert!(matches!(problem, Problem::Missing));
    assert_clear(&sentence, &missing);

    let (sentence, problem) = refusal(folder.path());
    assert!(matches!(problem, Problem::NotAFile));
    assert_clear(&sentence, folder.path());

    let device = Path::new("/dev/zero");
    if device.exists() {
        assert!(matches!(refusal(device).1, Problem::NotAFile));
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.png");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert!(matches!(refusal(&pipe).1, Problem::NotAFile));
}

#[test]
fn a_file_beyond_the_size_limit_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.tiff");
    // Sparse: it takes no room on the disk.
    fs::File::create(&path).unwrap().set_len(1 << 31).unwrap();
    let (sentence, problem) = refusal(&path);
    assert!(matches!(problem, Problem::FileTooLarge(_)));
    assert_clear(&sentence, &path);
}

#[test]
fn an_empty_or_random_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    fs::write(&path, b"").unwrap();
    let (sentence, problem) = refusal(&path);
    assert!(matches!(problem, Problem::Empty));
    assert_clear(&sentence, &path);
    fs::write(&path, b"Dear diary, this is not a picture.").unwrap();
    let (sentence, problem) = refusal(&path);
    assert!(matches!(problem, Problem::NotAPicture));
    assert_clear(&sentence, &path);
}

#[test]
fn other_formats_are_named() {
    for (bytes, word) in [
        (
            &b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
            "SVG",
        ),
        (b"<svg/>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x1cftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0heic", "HEIC"),
        (b"\0\0\0\x1cftypisom\0\0\0\0", "video"),
        (b"gimp xcf v011", "GIMP"),
        (b"v/1\x01\x02\0\0\0", "OpenEXR"),
    ] {
        let problem = problem(bytes);
        assert!(matches!(problem, Problem::OtherFormat(_)), "{problem}");
        let sentence = problem.to_string();
        assert!(
            sentence.contains(word) && sentence.contains("save it as PNG"),
            "{sentence}"
        );
    }
}

/// Cutting off the last tenth, half, or all but the signature: nothing opens by half.
#[test]
fn a_truncated_picture_is_refused() {
    for (name, format) in [
        ("rgb8.png", Format::Png),
        ("interlaced.png", Format::Png),
        ("rgb.jpg", Format::Jpeg),
        ("progressive.jpg", Format::Jpeg),
        ("cmyk.jpg", Format::Jpeg),
        ("lossless.webp", Format::WebP),
        ("lossy.webp", Format::WebP),
        ("lossy_alpha.webp", Format::WebP),
        ("rgb.bmp", Format::Bmp),
        ("rgb.tiff", Format::Tiff),
        ("planar16.tiff", Format::Tiff),
        ("offset.gif", Format::Gif),
        ("interlaced.gif", Format::Gif),
        ("yuv420.avif", Format::Avif),
        ("alpha.avif", Format::Avif),
        ("rgb.jxl", Format::JpegXl),
        ("alpha.jxl", Format::JpegXl),
        ("lossy.jxl", Format::JpegXl),
        ("rgb.jp2", Format::Jpeg2000),
        ("rgb.j2k", Format::Jpeg2000),
        ("rgba.qoi", Format::Qoi),
        ("first_version.tga", Format::Tga),
        ("sizes.ico", Format::Ico),
        ("bitmap.ico", Format::Ico),
    ] {
        let whole = common::read(name);
        for keep in [whole.len() * 9 / 10, whole.len() / 2, 30] {
            let problem = problem(&whole[..keep]);
            assert!(
                matches!(&problem, Problem::Truncated(f) if *f == format),
                "{name}, {keep} of {} bytes: {problem}",
                whole.len()
            );
        }
    }
}

/// A picture without its last byte: refused, or whole. A GIF, for one, may lack its end marker and still have every pixel.
#[test]
fn no_cut_changes_a_picture() {
    for name in [
        "rgba8.png",
        "rgb.jpg",
        "progressive.jpg",
        "lossless.webp",
        "rgb.bmp",
        "rgb.tiff",
        "offset.gif",
        "alpha.avif",
        "yuv420.avif",
        "rgb.jxl",
        "alpha.jxl",
        "rgb.jp2",
        "rgb.j2k",
        "rgba.qoi",
        "packed.tga",
        "sizes.ico",
        "bitmap.ico",
    ] {
        let whole = common::read(name);
        let image = import::decode(&whole).unwrap().image;
        for keep in 1..whole.len() {
            if let Ok(cut) = import::decode(&whole[..keep]) {
                assert_eq!(cut.image, image, "{name}, {keep} bytes");
            }
        }
    }
}

#[test]
fn damage_in_the_middle_of_a_jpeg_is_not_opened_as_grey() {
    let mut bytes = common::read("progressive.jpg");
    let middle = bytes.len() * 3 / 4;
    bytes.truncate(middle);
    bytes.extend(b"\xff\xd9");
    let problem = problem(&bytes);
    assert!(
        matches!(problem, Problem::Damaged { .. } | Problem::Truncated(_)),
        "{problem}"
    );
}
