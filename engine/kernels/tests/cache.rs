//! Compiled kernels are kept in the user's cache directory, and nothing depends on it.
#![cfg(all(feature = "cuda", target_os = "linux"))]
#![allow(clippy::expect_used, reason = "a test ends where something fails")]

use std::path::{Path, PathBuf};
use std::process::Command;

use candle_core::{DType, Device, Tensor};

const INSIDE: &str = "KERNELS_CACHE_TEST";

/// Runs this file's other test in a program of its own, which compiles or finds the kernels.
fn run_with_cache(directory: &Path) {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["--exact", "kernels_run"])
        .env("XDG_CACHE_HOME", directory)
        .env(INSIDE, "1")
        .output()
        .expect("a program");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
}

#[test]
fn kernels_run() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let device = Device::new_cuda(0).expect("a CUDA device");
    assert_eq!(kernels::status(&device), Vec::<String>::new());
    let x = Tensor::ones((3, 8), DType::BF16, &device).expect("memory");
    let sum = kernels::silu(&x).and_then(|y| y.to_dtype(DType::F32)?.sum_all()?.to_scalar::<f32>());
    assert!((sum.expect("a result") - 24.0 * 0.7311).abs() < 0.1);
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let folder = directory.join("lamina/kernels");
    let entries = std::fs::read_dir(folder).expect("the cache's folder");
    entries.map(|entry| entry.expect("a file").path()).collect()
}

#[test]
fn a_cache_is_made_used_and_mended() {
    let directory = tempfile::tempdir().expect("a directory");
    run_with_cache(directory.path());
    let [file] = files(directory.path()).try_into().expect("one file");
    let whole = std::fs::read(&file).expect("the file");

    std::fs::write(&file, &whole[..whole.len() / 2]).expect("room");
    run_with_cache(directory.path());
    assert_eq!(files(directory.path()), std::slice::from_ref(&file));
    assert_eq!(std::fs::read(&file).expect("the file"), whole);

    let changed = std::fs::metadata(&file).and_then(|file| file.modified());
    run_with_cache(directory.path());
    let later = std::fs::metadata(&file).and_then(|file| file.modified());
    assert_eq!(changed.expect("a time"), later.expect("a time"));
}

#[test]
fn without_a_cache_the_kernels_run() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    run_with_cache(file.path());
}
