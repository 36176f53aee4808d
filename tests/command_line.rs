//! `lamina decompose` as a user or a batch meets it: files, messages and exit codes.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use image::{ImageFormat, Rgba, RgbaImage};
use serde_json::Value;
use tempfile::TempDir;

fn lamina() -> Command {
    Command::new(env!("CARGO_BIN_EXE_lamina"))
}

fn decompose(inputs: &[&Path], output: &Path, options: &[&str]) -> Output {
    lamina()
        .arg("decompose")
        .args(inputs)
        .arg("-o")
        .arg(output)
        .args(options)
        .output()
        .expect("lamina starts")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A flat background, a disc and a bar.
fn picture(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let (dx, dy) = (
            x as f32 - width as f32 * 0.3,
            y as f32 - height as f32 * 0.4,
        );
        if dx.hypot(dy) < height as f32 * 0.2 {
            Rgba([200, 40, 50, 255])
        } else if x > width * 6 / 10
            && x < width * 9 / 10
            && y > height * 7 / 10
            && y < height * 8 / 10
        {
            Rgba([20, 30, 90, 255])
        } else {
            Rgba([240, 230, 200, 255])
        }
    })
}

fn png_bytes(image: &RgbaImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("PNG encodes");
    bytes.into_inner()
}

fn write_picture(path: &Path, width: u32, height: u32) -> RgbaImage {
    let image = picture(width, height);
    fs::write(path, png_bytes(&image)).expect("the picture is written");
    image
}

fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeSet::new();
    };
    entries
        .flat_map(|entry| {
            let path = entry.expect("a folder entry").path();
            if path.is_dir() {
                files_below(&path)
            } else {
                BTreeSet::from([path])
            }
        })
        .collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("the report exists")).expect("the report is JSON")
}

/// One sentence on one line, and no panic.
fn assert_one_sentence(message: &str) {
    assert_eq!(
        message.trim_end().lines().count(),
        1,
        "one line: {message:?}"
    );
    assert!(message.starts_with("lamina: "), "{message:?}");
    assert!(!message.contains("panicked"), "{message:?}");
}

#[test]
fn a_picture_becomes_a_psd_layers_and_a_report_that_recompose_to_it() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    let source = write_picture(&input, 400, 300);
    let out = dir.path().join("out");

    let result = decompose(&[&input], &out, &["--png", "canvas"]);
    assert!(result.status.success(), "{}", stderr(&result));
    let said = String::from_utf8_lossy(&result.stdout).into_owned();
    assert!(said.contains("Quick"), "it says which backend ran: {said}");

    let report = report(&out.join("poster.json"));
    assert_eq!(report["backend"]["id"], "quick");
    assert_eq!(report["request"]["seed"], 777);
    assert!(report["recomposition"]["mean"].as_f64().expect("an error") < 1.0);
    assert!(
        report["stages"]
            .as_array()
            .is_some_and(|stages| !stages.is_empty())
    );
    let layers = report["layers"].as_array().expect("layers");
    assert!(layers.len() >= 2, "background and objects: {layers:?}");

    let mut recomposed = RgbaImage::new(400, 300);
    for (index, layer) in layers.iter().enumerate() {
        let file = layer["file"].as_str().expect("a file name");
        assert!(
            file.starts_with(&format!("layer_{index:02}_")),
            "bottom first: {file}"
        );
        let image = image::open(out.join("poster").join(file))
            .expect("the layer opens")
            .to_rgba8();
        assert_eq!(image.dimensions(), (400, 300));
        image::imageops::overlay(&mut recomposed, &image, 0, 0);
    }
    let far = source
        .pixels()
        .zip(recomposed.pixels())
        .filter(|(a, b)| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 2));
    assert!(
        far.count() <= 400 * 300 / 1000,
        "99.9 % of the pixels are the source's"
    );
    assert_eq!(
        &fs::read(out.join("poster.psd")).expect("the PSD exists")[..4],
        b"8BPS"
    );
}

#[test]
fn a_second_run_leaves_no_layers_of_the_first_and_no_other_file_touched() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 200, 150);
    let out = dir.path().join("out");
    assert!(
        decompose(&[&input], &out, &["--layers", "8"])
            .status
            .success()
    );
    fs::write(out.join("poster/notes.txt"), "mine").expect("a file of the user's");

    assert!(
        decompose(&[&input], &out, &["--layers", "1"])
            .status
            .success()
    );
    let names = files_below(&out.join("poster"));
    let layers = names
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "png"))
        .count();
    assert_eq!(layers, 1, "{names:?}");
    assert_eq!(
        fs::read_to_string(out.join("poster/notes.txt")).expect("still there"),
        "mine"
    );
}

#[test]
fn a_bad_input_does_not_stop_the_rest() {
    let dir = folder();
    let (first, bad, last) = (
        dir.path().join("first.png"),
        dir.path().join("bad.png"),
        dir.path().join("last.png"),
    );
    write_picture(&first, 64, 64);
    fs::write(&bad, b"not a picture").expect("written");
    write_picture(&last, 64, 64);
    let out = dir.path().join("out");

    let result = decompose(&[&first, &bad, &last], &out, &[]);
    assert_eq!(result.status.code(), Some(2));
    assert_one_sentence(&stderr(&result));
    assert!(stderr(&result).contains("bad.png"));
    assert!(
        out.join("first.json").exists()
            && out.join("last.json").exists()
            && !out.join("bad.json").exists()
    );
}

#[test]
fn inputs_of_one_name_get_outputs_of_their_own() {
    let dir = folder();
    let inputs = ["a", "b"].map(|sub| {
        fs::create_dir(dir.path().join(sub)).expect("a folder");
        let path = dir.path().join(sub).join("same.png");
        write_picture(&path, 48, 32);
        path
    });
    let out = dir.path().join("out");
    assert!(
        decompose(&[&inputs[0], &inputs[1]], &out, &[])
            .status
            .success()
    );
    assert!(out.join("same.psd").exists() && out.join("same-2.psd").exists());
}

#[test]
fn a_name_without_extension_and_one_with_dots_work() {
    let dir = folder();
    for (name, stem) in [("poster", "poster"), ("v1.2.final.png", "v1.2.final")] {
        let input = dir.path().join(name);
        write_picture(&input, 40, 40);
        let out = dir.path().join("out");
        let result = decompose(&[&input], &out, &[]);
        assert!(result.status.success(), "{}", stderr(&result));
        assert!(
            out.join(format!("{stem}.psd")).exists() && out.join(format!("{stem}.json")).exists()
        );
    }
}

#[test]
fn tiny_pictures_work() {
    let dir = folder();
    for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 2)] {
        let input = dir.path().join(format!("{width}x{height}.png"));
        write_picture(&input, width, height);
        let result = decompose(&[&input], &dir.path().join("out"), &[]);
        assert!(
            result.status.success(),
            "{width} × {height}: {}",
            stderr(&result)
        );
    }
}

#[test]
fn bad_input_is_refused_in_one_sentence_with_code_2_and_leaves_nothing() {
    let dir = folder();
    let good = png_bytes(&picture(64, 64));
    let mut bomb = good.clone();
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]); // 65536 × 65536, the checksum now wrong as well
    let noise: Vec<u8> = (0..4096_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let cases: [(&str, Option<&[u8]>); 5] = [
        ("missing.png", None),
        ("empty.png", Some(&[])),
        ("truncated.png", Some(&good[..good.len() / 2])),
        ("random.png", Some(&noise)),
        ("bomb.png", Some(&bomb)),
    ];
    for (name, bytes) in cases {
        let input = dir.path().join(name);
        if let Some(bytes) = bytes {
            fs::write(&input, bytes).expect("written");
        }
        let out = dir.path().join("out");
        let result = decompose(&[&input], &out, &[]);
        assert_eq!(result.status.code(), Some(2), "{name}: {}", stderr(&result));
        assert_one_sentence(&stderr(&result));
        assert!(stderr(&result).contains(name));
        assert_eq!(files_below(&out), BTreeSet::new(), "{name}");
    }
    let result = decompose(&[dir.path()], &dir.path().join("out"), &[]);
    assert_eq!(
        result.status.code(),
        Some(2),
        "a folder: {}",
        stderr(&result)
    );
}

#[test]
fn settings_out_of_range_are_refused_with_code_2() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 32, 32);
    for options in [
        ["--layers", "0"],
        ["--layers", "17"],
        ["--backend", "nonesuch"],
        ["--seed", "-1"],
    ] {
        let result = decompose(&[&input], &dir.path().join("out"), &options);
        assert_eq!(
            result.status.code(),
            Some(2),
            "{options:?}: {}",
            stderr(&result)
        );
        assert_eq!(files_below(&dir.path().join("out")), BTreeSet::new());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_a_failure_with_code_1() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 32, 32);
    let file = dir.path().join("file");
    fs::write(&file, "a file").expect("written");
    for out in [file.join("below"), PathBuf::from("/proc/nowhere")] {
        let result = decompose(&[&input], &out, &[]);
        assert_eq!(result.status.code(), Some(1), "{}", stderr(&result));
        assert_one_sentence(&stderr(&result));
    }
    // A file where the folder of layers belongs is the user's and stays.
    let out = dir.path().join("out");
    fs::create_dir(&out).expect("made");
    fs::write(out.join("poster"), "mine").expect("written");
    let result = decompose(&[&input], &out, &[]);
    assert_eq!(result.status.code(), Some(1), "{}", stderr(&result));
    assert_eq!(files_below(&out), BTreeSet::from([out.join("poster")]));
}

/// A limit on file sizes stands in for a full disk: both make a write fail half-way.
#[test]
fn a_full_disk_is_a_failure_that_keeps_the_earlier_result() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 500, 400);
    let out = dir.path().join("out");
    assert!(decompose(&[&input], &out, &[]).status.success());
    let before: Vec<_> = files_below(&out)
        .into_iter()
        .map(|path| (fs::read(&path).expect("read"), path))
        .collect();

    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" decompose \"$1\" -o \"$2\"";
    let result = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_lamina")])
        .args([&input, &out])
        .output()
        .expect("bash runs");
    assert_eq!(result.status.code(), Some(1), "{}", stderr(&result));
    assert_one_sentence(&stderr(&result));
    let after: Vec<_> = files_below(&out)
        .into_iter()
        .map(|path| (fs::read(&path).expect("read"), path))
        .collect();
    assert!(before == after, "nothing is lost or half written");
}

#[test]
fn an_interrupted_run_leaves_nothing() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 1600, 1600);
    let out = dir.path().join("out");
    let mut child = lamina()
        .arg("decompose")
        .arg(&input)
        .arg("-o")
        .arg(&out)
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    while !out.exists() {
        std::thread::sleep(Duration::from_millis(2));
        assert!(
            child.try_wait().expect("waits").is_none(),
            "it is still at work when its folder appears"
        );
    }
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(kill.success());
    let status = child.wait().expect("ends");
    assert_eq!(status.code(), Some(130));
    assert_eq!(files_below(&out), BTreeSet::new());
}

/// A small deterministic generator, so that a failure can be repeated.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn two_thousand_mutated_pictures_end_in_a_whole_result_or_a_sentence() {
    let dir = folder();
    let image = picture(24, 18);
    let rgb = image::DynamicImage::ImageRgba8(image).to_rgb8();
    let formats = [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Bmp,
        ImageFormat::Gif,
        ImageFormat::Tiff,
        ImageFormat::WebP,
    ];
    let mut random = Lcg(7);
    let mut inputs = Vec::new();
    for index in 0..2000 {
        let mut bytes = Cursor::new(Vec::new());
        rgb.write_to(&mut bytes, formats[index % formats.len()])
            .expect("encodes");
        let mut bytes = bytes.into_inner();
        if random.below(3) == 0 {
            bytes.truncate(random.below(bytes.len()));
        } else {
            for _ in 0..=random.below(8) {
                let at = random.below(bytes.len());
                bytes[at] = random.below(256) as u8;
            }
        }
        let path = dir.path().join(format!("m{index}.bin"));
        fs::write(&path, bytes).expect("written");
        inputs.push(path);
    }
    let out = dir.path().join("out");
    let mut good = 0;
    for batch in inputs.chunks(500) {
        let batch: Vec<&Path> = batch.iter().map(PathBuf::as_path).collect();
        let result = decompose(&batch, &out, &[]);
        assert!(
            matches!(result.status.code(), Some(0 | 2)),
            "{:?}: {}",
            result.status,
            stderr(&result)
        );
        assert!(!stderr(&result).contains("panicked"), "{}", stderr(&result));
        good += String::from_utf8_lossy(&result.stdout).lines().count();
        assert_eq!(
            result.stdout.split(|b| *b == b'\n').count() - 1 + stderr(&result).lines().count(),
            batch.len()
        );
    }
    let reports = files_below(&out)
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .count();
    let psds = files_below(&out)
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "psd"))
        .count();
    assert_eq!((reports, psds), (good, good), "each result is whole");
    assert!(
        good > 50 && good < 1950,
        "the mutations reach both sides: {good}"
    );
    assert!(
        files_below(&out)
            .iter()
            .all(|path| !path.display().to_string().contains("/.lamina-"))
    );
}
