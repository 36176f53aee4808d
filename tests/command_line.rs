//! `lamina decompose` as a user or a batch meets it: files, messages and exit codes.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use image::RgbaImage;
use support::{
    assert_one_sentence, decompose, files_below, folder, interrupt, lamina, report, signal, stderr,
    write_picture,
};

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
    assert_eq!(report["resolved"]["backend"]["id"], "quick");
    assert_eq!(report["request"]["seed"], 777);
    assert_eq!(report["request"]["layers"], "auto");
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
        .env("LAMINA_LANGUAGE", "en")
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

/// A run that writes into `out`, and the folder in which it does so until it ends.
fn run_at_work(input: &Path, out: &Path) -> (Child, PathBuf) {
    let before = staging_folders(out);
    let mut child = lamina()
        .arg("decompose")
        .arg(input)
        .arg("-o")
        .arg(out)
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    loop {
        let mut new = staging_folders(out).into_iter();
        if let Some(folder) = new.find(|folder| !before.contains(folder) && is_claimed(folder)) {
            return (child, folder);
        }
        std::thread::sleep(Duration::from_millis(2));
        assert!(
            child.try_wait().expect("waits").is_none(),
            "it is still at work when its folder appears"
        );
    }
}

fn staging_folders(out: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.display().to_string().contains("/.lamina-"))
        .collect()
}

fn is_claimed(folder: &Path) -> bool {
    folder.join("results").exists()
}

#[cfg(unix)]
#[test]
fn what_a_killed_run_left_is_removed_by_the_next_and_nothing_else() {
    let dir = folder();
    let (large, small) = (dir.path().join("large.png"), dir.path().join("small.png"));
    write_picture(&large, 1600, 1600);
    write_picture(&small, 40, 40);
    let out = dir.path().join("out");
    let (mut killed, left) = run_at_work(&large, &out);
    signal(&killed, "KILL");
    killed.wait().expect("ends");
    assert!(left.exists(), "a killed run cannot remove its folder");
    // Its process stands still, but lives.
    let (mut living, kept) = run_at_work(&large, &out);
    signal(&living, "STOP");
    let foreign = [out.join(".lamina-notes"), out.join(".lamina-mine/results")];
    for folder in &foreign {
        fs::create_dir_all(folder).expect("made");
    }
    fs::write(foreign[0].join("lamina.lock"), "").expect("written");
    fs::write(foreign[0].join("notes.txt"), "mine").expect("written");

    assert!(decompose(&[&small], &out, &[]).status.success());
    assert!(!left.exists(), "the killed run's folder is gone");
    assert!(kept.exists(), "that of a living one stays");
    assert!(foreign.iter().all(|folder| folder.exists()));
    signal(&living, "CONT");
    interrupt(&living);
    assert_eq!(living.wait().expect("ends").code(), Some(130));
    assert!(!kept.exists());
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
    interrupt(&child);
    let status = child.wait().expect("ends");
    assert_eq!(status.code(), Some(130));
    assert_eq!(files_below(&out), BTreeSet::new());
}

#[test]
fn without_a_display_the_window_says_so_and_names_the_way_without_one() {
    let result = lamina()
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .env_remove("DISPLAY")
        .output()
        .expect("lamina starts");
    assert_eq!(result.status.code(), Some(1));
    let said = stderr(&result);
    assert_one_sentence(&said);
    assert!(
        said.contains("no display") && said.contains("lamina decompose"),
        "{said}"
    );
    assert!(!said.contains(".rs:"), "{said}");
}
