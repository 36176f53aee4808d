//! Files appear whole or not at all, under the right name, and each failure says why.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::*;
use document::{Document, LayerContent};
use export::{
    ExportError, PngExtent, PsdOptions, write_file, write_flattened_png, write_layer_pngs,
    write_psd,
};
use image::RgbaImage;
use proptest::prelude::*;

const NO_OPTIONS: PsdOptions = PsdOptions {
    text: export::PsdText::Pixels,
    live2d: false,
    include_source: false,
};

fn small_document() -> Document {
    document_of(
        40,
        30,
        vec![
            layer("back", noise(40, 30, 5, 1), 0, 0),
            layer("front", noise(20, 40, 9, 1), 30, -5),
        ],
    )
}

/// Five layers that do not compress.
fn noisy_document() -> Document {
    let layers = (0..5).map(|seed| layer("noise", noise(300, 300, seed * 8 + 1, 1), 0, 0));
    document_of(300, 300, layers.collect())
}

fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn psd_of(document: &Document, path: &Path) -> Result<PathBuf, ExportError> {
    write_psd(document, path, NO_OPTIONS, &mut |_| true)
}

fn psd_at(path: &Path) -> Result<String, ExportError> {
    let written = psd_of(&small_document(), path)?;
    assert!(written.is_file());
    Ok(written.file_name().unwrap().to_str().unwrap().to_string())
}

#[test]
fn the_extension_tells_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let named = |name: &str| psd_at(&folder.path().join(name)).unwrap();
    assert_eq!(named("poster"), "poster.psd");
    assert_eq!(named("poster.v2"), "poster.v2.psd");
    assert_eq!(named("poster.PSD"), "poster.PSD");
    assert_eq!(named("poster.psb"), "poster.psb");
    let wide = document_of(30_001, 1, vec![layer("wide", noise(30_001, 1, 3, 1), 0, 0)]);
    let written = psd_of(&wide, &folder.path().join("wide.psd")).unwrap();
    assert_eq!(written, folder.path().join("wide.psb"));
    assert!(!folder.path().join("wide.psd").exists());
    let widest = document_of(30_000, 1, vec![layer("wide", noise(30_000, 1, 3, 1), 0, 0)]);
    let written = psd_of(&widest, &folder.path().join("widest")).unwrap();
    assert_eq!(written, folder.path().join("widest.psd"));
}

#[test]
fn what_no_psd_can_hold_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.psd");
    let pixel = RgbaImage::from_pixel(1, 1, image::Rgba([1, 2, 3, 255]));
    let many = document_of(
        1,
        1,
        (0..40_000)
            .map(|_| layer("one", pixel.clone(), 0, 0))
            .collect(),
    );
    let error = psd_of(&many, &path).unwrap_err();
    assert!(
        matches!(error, ExportError::TooManyLayers { count: 40_000, .. }),
        "{error}"
    );
    let error = psd_of(&document_of(300_001, 1, vec![]), &path).unwrap_err();
    assert!(
        matches!(error, ExportError::CanvasSize { width: 300_001, .. }),
        "{error}"
    );
    let error = psd_of(&document_of(0, 1, vec![]), &path).unwrap_err();
    assert!(
        matches!(error, ExportError::CanvasSize { width: 0, .. }),
        "{error}"
    );
    assert!(files_in(folder.path()).is_empty());
}

#[test]
fn missing_folders_are_made_and_old_files_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/report.json");
    write_file(&path, b"first, and longer").unwrap();
    write_file(&path, b"second").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"second");
    assert_eq!(files_in(&folder.path().join("a/b")), ["report.json"]);
}

#[test]
fn what_a_killed_program_left_is_removed_and_what_another_writes_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at(".lamina-gone.part"), b"half").unwrap();
    fs::write(at("mine.part"), b"a user's").unwrap();
    let held = fs::File::create(at(".lamina-held.part")).unwrap();
    held.lock().unwrap();
    write_file(&at("report.json"), b"{}").unwrap();
    assert_eq!(
        files_in(folder.path()),
        [".lamina-held.part", "mine.part", "report.json"]
    );
}

#[cfg(unix)]
#[test]
fn files_are_as_readable_as_those_of_other_programs() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("other"), "").unwrap();
    write_file(&folder.path().join("ours"), b"").unwrap();
    let mode = |name: &str| {
        fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode("ours"), mode("other"));
}

#[test]
fn places_that_cannot_be_written_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "kept").unwrap();
    fs::create_dir(folder.path().join("folder.psd")).unwrap();

    let below_a_file = file.join("sub/poster.psd");
    let error = psd_at(&below_a_file).unwrap_err();
    assert!(matches!(error, ExportError::NotAFolder(_)), "{error:?}");
    assert!(
        error.to_string().contains(&file.display().to_string()),
        "{error}"
    );
    assert!(matches!(
        psd_at(&file.join("poster.psd")),
        Err(ExportError::NotAFolder(_))
    ));
    assert!(matches!(
        psd_at(&folder.path().join("folder.psd")),
        Err(ExportError::NotAFile(_))
    ));
    assert!(matches!(
        psd_at(Path::new("/")),
        Err(ExportError::NoFileName(_) | ExportError::NotAllowed(_))
    ));
    let error =
        write_layer_pngs(&small_document(), &file, PngExtent::Trimmed, &mut |_| true).unwrap_err();
    assert!(matches!(error, ExportError::NotAFolder(_)), "{error:?}");
    assert_eq!(files_in(folder.path()), ["file", "folder.psd"]);
    assert_eq!(fs::read(&file).unwrap(), b"kept");
}

#[cfg(unix)]
#[test]
fn devices_are_never_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let error = write_file(Path::new("/dev/null"), b"text").unwrap_err();
    assert!(matches!(error, ExportError::NotAFile(_)), "{error:?}");
    assert!(
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
}

/// Cancels at the `stop`-th report of progress. Returns whether it came that far.
fn cancelled_at(
    stop: usize,
    export: impl FnOnce(export::OnProgress) -> Result<(), ExportError>,
) -> bool {
    let mut calls = 0;
    let result = export(&mut |_| {
        calls += 1;
        calls < stop
    });
    assert_eq!(calls, calls.min(stop), "no report after the refusal");
    match result {
        Err(ExportError::Cancelled) => true,
        result => {
            result.unwrap();
            false
        }
    }
}

#[test]
fn a_cancelled_export_leaves_nothing_whenever_it_happens() {
    let document = noisy_document();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("new/folder");
    let psd = |progress: export::OnProgress| {
        write_psd(&document, &folder.join("poster.psd"), NO_OPTIONS, progress).map(drop)
    };
    let pngs = |progress: export::OnProgress| {
        write_layer_pngs(&document, &folder, PngExtent::Trimmed, progress).map(drop)
    };
    let mut stops = 0;
    while cancelled_at(stops + 1, psd) {
        assert!(files_in(root.path()).is_empty());
        stops += 1;
    }
    assert!(stops > 10, "{stops}");
    assert_eq!(files_in(&folder), ["poster.psd"]);
    fs::remove_dir_all(root.path().join("new")).unwrap();
    for stop in 1..=10 {
        assert!(cancelled_at(stop, pngs));
        assert!(files_in(root.path()).is_empty());
    }
}

#[test]
fn progress_rises_to_one() {
    let document = noisy_document();
    let folder = tempfile::tempdir().unwrap();
    let mut shares = Vec::new();
    let mut on_progress = |share: f32| {
        shares.push(share);
        true
    };
    write_psd(
        &document,
        &folder.path().join("poster.psd"),
        NO_OPTIONS,
        &mut on_progress,
    )
    .unwrap();
    assert!(shares.is_sorted(), "{shares:?}");
    assert_eq!((shares.first(), shares.last()), (Some(&0.0), Some(&1.0)));
}

/// A limit on file sizes, which binds root too, stands for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 16; exec \"$0\" --exact export_to_a_full_disk --ignored",
        ])
        .arg(std::env::current_exe().unwrap())
        .env("FULL_DISK_FOLDER", folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
    assert!(files_in(folder.path()).is_empty());
}

#[test]
#[ignore = "run by a_full_disk_leaves_nothing, under a limit on file sizes"]
fn export_to_a_full_disk() {
    let folder = std::env::var_os("FULL_DISK_FOLDER").expect("run by a_full_disk_leaves_nothing");
    let path = Path::new(&folder).join("new/poster.psd");
    let document = document_of(300, 300, vec![layer("noise", noise(300, 300, 7, 1), 0, 0)]);
    let error = psd_of(&document, &path).unwrap_err();
    assert!(matches!(error, ExportError::DiskFull(_)), "{error:?}");
    let pngs = write_layer_pngs(
        &document,
        Path::new(&folder),
        PngExtent::Trimmed,
        &mut |_| true,
    );
    assert!(matches!(pngs, Err(ExportError::DiskFull(_))), "{pngs:?}");
    let flat = write_flattened_png(&document, &path);
    assert!(matches!(flat, Err(ExportError::DiskFull(_))), "{flat:?}");
}

#[test]
fn layer_pngs_are_numbered_from_the_bottom_and_named_safely() {
    let mut hidden = layer("hidden", noise(3, 3, 7, 1), 0, 0);
    hidden.visible = false;
    let pixel = || noise(2, 2, 3, 0);
    let layers = vec![
        layer("Text, top", pixel(), 0, 0),
        group("group", vec![layer("背景 2", pixel(), 0, 0), hidden]),
        layer("../../etc/passwd", pixel(), 0, 0),
        layer("CON", pixel(), 0, 0),
        layer("a<b>:\"c\"|d?*\n", pixel(), 0, 0),
        layer("", pixel(), 0, 0),
        layer(" ..", pixel(), 0, 0),
    ];
    let folder = tempfile::tempdir().unwrap();
    let paths = write_layer_pngs(
        &document_of(4, 4, layers),
        folder.path(),
        PngExtent::Trimmed,
        &mut |_| true,
    )
    .unwrap();
    let names: Vec<&str> = paths
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    let expected = [
        "layer_00_Text_top.png",
        "layer_01_背景_2.png",
        "layer_02_hidden.png",
        "layer_03_etc_passwd.png",
        "layer_04_CON.png",
        "layer_05_a_b_c_d.png",
        "layer_06.png",
        "layer_07.png",
    ];
    assert_eq!(names, expected);
    assert_eq!(files_in(folder.path()), expected);
}

#[test]
fn numbers_are_as_wide_as_the_count_needs() {
    let folder = tempfile::tempdir().unwrap();
    let document = document_of(
        1,
        1,
        (0..1001)
            .map(|_| layer("a", noise(1, 1, 3, 0), 0, 0))
            .collect(),
    );
    write_layer_pngs(&document, folder.path(), PngExtent::Trimmed, &mut |_| true).unwrap();
    let names = files_in(folder.path());
    assert_eq!(names.len(), 1001);
    assert_eq!(
        (names[0].as_str(), names[1000].as_str()),
        ("layer_0000_a.png", "layer_1000_a.png")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_name_gives_a_file_in_the_folder(name in prop_oneof![any::<String>(), "[/\\\\. :]{0,10}", "\\PC{300}"]) {
        let folder = tempfile::tempdir().unwrap();
        let document = document_of(2, 2, vec![layer(&name, noise(2, 2, 3, 0), 0, 0)]);
        let paths = write_layer_pngs(&document, folder.path(), PngExtent::Trimmed, &mut |_| true).unwrap();
        prop_assert_eq!(paths[0].parent(), Some(folder.path()));
        let file_name = paths[0].file_name().unwrap().to_str().unwrap();
        prop_assert!(file_name.len() <= 140 && file_name.starts_with("layer_00") && file_name.ends_with(".png"));
        prop_assert!(!file_name.contains(|c: char| c.is_control() || c.is_whitespace() || "<>:\"/\\|?*".contains(c)));
        prop_assert_eq!(files_in(folder.path()), [file_name]);
    }

    #[test]
    fn layer_pngs_hold_the_layers(document in any_document()) {
        let folder = tempfile::tempdir().unwrap();
        let rasters: Vec<_> = document.walk().filter_map(|(_, layer)| layer.as_raster()).collect();
        let trimmed = write_layer_pngs(&document, &folder.path().join("t"), PngExtent::Trimmed, &mut |_| true).unwrap();
        let whole = write_layer_pngs(&document, &folder.path().join("c"), PngExtent::Canvas, &mut |_| true).unwrap();
        prop_assert_eq!((trimmed.len(), whole.len()), (rasters.len(), rasters.len()));
        for ((raster, trimmed), whole) in rasters.iter().zip(&trimmed).zip(&whole) {
            let (pixels, left, top) = document::render_layer(raster, document.canvas());
            let read = image::open(trimmed).unwrap().into_rgba8();
            if pixels.image().is_empty() {
                prop_assert_eq!(read, RgbaImage::new(1, 1));
            } else {
                prop_assert_eq!(&read, pixels.image());
            }
            let mut canvas = RgbaImage::new(document.width(), document.height());
            image::imageops::replace(&mut canvas, pixels.image(), left.into(), top.into());
            prop_assert_eq!(image::open(whole).unwrap().into_rgba8(), canvas);
        }
    }
}

#[test]
fn the_flattened_png_is_the_composite_in_srgb_with_its_resolution() {
    let mut document =
        Document::from_source(document::Pixels::new(noise(20, 10, 3, 1)), Some(300.0));
    let front = layer("front", noise(9, 9, 11, 1), 15, -3);
    assert!(matches!(front.content, LayerContent::Raster(_)));
    document = {
        let mut history = document::History::new(document);
        let mut front = front;
        front.id = history.new_layer_id();
        history
            .apply(document::Edit::Insert {
                parent: None,
                index: 1,
                layer: front,
            })
            .unwrap();
        history.document().clone()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flat.png");
    write_flattened_png(&document, &path).unwrap();
    assert_eq!(
        image::open(&path).unwrap().into_rgba8(),
        document::composite(&document)
    );
    let reader = png::Decoder::new(std::io::BufReader::new(fs::File::open(&path).unwrap()))
        .read_info()
        .unwrap();
    let dimensions = reader.info().pixel_dims.unwrap();
    assert_eq!((dimensions.xppu, dimensions.yppu), (11811, 11811)); // 300 / 0.0254
    assert!(reader.info().srgb.is_some());
}
