//! The program run as a user or a batch runs it, and pictures for it.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod hub;
pub mod server;

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use image::{ImageFormat, Rgba, RgbaImage};
use serde_json::Value;
use tempfile::TempDir;

/// The program, as on a computer without a model.
pub fn lamina() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamina"));
    // Whatever model or language this computer has is no part of the tests.
    command
        .env("LAMINA_LANGUAGE", "en")
        .env_remove("LAMINA_MODEL")
        .env("HF_HUB_CACHE", "/nowhere")
        .env("LAMINA_MODELS", "/nowhere")
        .env("XDG_CONFIG_HOME", "/nowhere")
        .env("XDG_DATA_HOME", std::env::temp_dir().join("lamina-tests"));
    command
}

pub fn decompose(inputs: &[&Path], output: &Path, options: &[&str]) -> Output {
    lamina()
        .arg("decompose")
        .args(inputs)
        .arg("-o")
        .arg(output)
        .args(options)
        .output()
        .expect("lamina starts")
}

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A flat background, a disc and a bar.
pub fn picture(width: u32, height: u32) -> RgbaImage {
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

pub fn png_bytes(image: &RgbaImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("PNG encodes");
    bytes.into_inner()
}

pub fn write_picture(path: &Path, width: u32, height: u32) -> RgbaImage {
    let image = picture(width, height);
    fs::write(path, png_bytes(&image)).expect("the picture is written");
    image
}

pub fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
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

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn report(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("the report exists")).expect("the report is JSON")
}

/// One sentence on one line, and no panic.
pub fn assert_one_sentence(message: &str) {
    assert_eq!(
        message.trim_end().lines().count(),
        1,
        "one line: {message:?}"
    );
    assert!(message.starts_with("lamina: "), "{message:?}");
    assert!(!message.contains("panicked"), "{message:?}");
}

/// As Ctrl-C does it.
pub fn interrupt(child: &Child) {
    signal(child, "INT");
}

/// By the shell's own `kill`: a bare machine has no program of that name.
pub fn signal(child: &Child, name: &str) {
    let script = format!("kill -{name} {}", child.id());
    let kill = Command::new("bash").args(["-c", &script]).status();
    assert!(kill.expect("bash runs").success());
}
