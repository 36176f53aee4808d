//! Photoshop's own files, where there are some: `LAMINA_PSD_FILES=FOLDER cargo test --release -p project --test psd_files --
//! --nocapture` opens every PSD and PSB in it and prints which look as Photoshop merged them, by what they contain.
//!
//! Such files come with psd-tools (`tests/psd_files`), ag-psd (`test`) and PhotoshopAPI (`PhotoshopTest/documents`).
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use document::{Document, composite};
use image::RgbaImage;
use project::{Opened, open_any};

/// More than the largest file takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Levels of 255 that a pixel may differ, and the share of the pixels that must not differ more.
const TOLERANCE: u8 = 2;
const SHARE: f64 = 0.99;
/// Whose merged picture lies over white twice, so that its edges are pale.
const FAULTY: &str = "write/vector/expected.psd";
/// Of the text layers; vertical ones, and letters of several sizes, lie elsewhere.
const SHARE_PLACED: f64 = 0.9;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Same,
    Different,
    /// The file has no picture to compare with.
    Unknown,
    Refused(String),
    Panicked,
    Hung,
}

struct Row {
    path: PathBuf,
    outcome: Outcome,
    /// What Lamina says that it does not show.
    notes: Vec<String>,
    /// Pixels within the tolerance.
    share: f64,
    texts: Texts,
}

/// Text layers with pixels, and those among them whose letters are said to be where the pixels are.
#[derive(Debug, Clone, Copy, Default)]
struct Texts {
    all: usize,
    placed: usize,
}

#[test]
fn files_of_photoshop_open_and_look_as_it_merged_them() {
    let Some(folder) = std::env::var_os("LAMINA_PSD_FILES") else {
        eprintln!("skipped: LAMINA_PSD_FILES names no folder of PSDs");
        return;
    };
    let mut rows: Vec<Row> = files_below(Path::new(&folder))
        .into_iter()
        .map(row)
        .collect();
    rows.sort_by(|a, b| (&a.outcome, &a.notes).cmp(&(&b.outcome, &b.notes)));
    let claimed = |row: &&Row| row.notes.is_empty();
    for row in &rows {
        if row.outcome != Outcome::Same {
            let path = row.path.strip_prefix(&folder).unwrap().display();
            println!("{path}: {:?} {:.4} {:?}", row.outcome, row.share, row.notes);
        }
    }
    let count = |outcome: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| outcome(row)).count();
    println!("{} files", rows.len());
    let mut features: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in &rows {
        let notes = row.notes.iter().map(|note| feature(note));
        for feature in notes.chain(row.notes.is_empty().then_some("all that it uses is shown")) {
            let (files, same) = features.entry(feature).or_default();
            *files += 1;
            *same += usize::from(row.outcome == Outcome::Same);
        }
    }
    for (feature, (files, same)) in features {
        println!("{files:4} files, {same:4} the same: {feature}");
    }
    for outcome in [Outcome::Unknown, Outcome::Panicked, Outcome::Hung] {
        println!("{:4} {outcome:?}", count(&|row| row.outcome == outcome));
    }
    println!(
        "{:4} refused",
        count(&|row| matches!(row.outcome, Outcome::Refused(_)))
    );
    let sum = |part: fn(&Texts) -> usize| rows.iter().map(|row| part(&row.texts)).sum::<usize>();
    let (texts, placed) = (sum(|texts| texts.all), sum(|texts| texts.placed));
    println!("{texts:4} text layers, {placed:4} with their letters where their pixels are");
    assert!(placed as f64 >= SHARE_PLACED * texts as f64);
    assert_eq!(
        count(&|row| matches!(row.outcome, Outcome::Panicked | Outcome::Hung)),
        0
    );
    let wrong: Vec<&Row> = rows
        .iter()
        .filter(claimed)
        .filter(|r| r.outcome == Outcome::Different)
        .collect();
    assert!(
        wrong.is_empty(),
        "{} files look different without a word",
        wrong.len()
    );
}

/// A note without the numbers and names in it.
fn feature(note: &str) -> &str {
    let note = note.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let note = note.split(" mode ").next().unwrap_or_default();
    note.trim_start_matches("layers ")
        .trim_start_matches("layer ")
        .split(['(', ':'])
        .next()
        .unwrap_or_default()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if matches!(extension.as_deref(), Some("psd" | "psb")) {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn row(path: PathBuf) -> Row {
    let (sender, receiver) = mpsc::channel();
    let of_thread = path.clone();
    thread::spawn(move || sender.send(measure(&of_thread)));
    let (outcome, notes, share, texts) = match receiver.recv_timeout(PATIENCE) {
        Ok(measured) => measured,
        Err(mpsc::RecvTimeoutError::Timeout) => (Outcome::Hung, Vec::new(), 0.0, Texts::default()),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            (Outcome::Panicked, Vec::new(), 0.0, Texts::default())
        }
    };
    Row {
        path,
        outcome,
        notes,
        share,
        texts,
    }
}

fn measure(path: &Path) -> (Outcome, Vec<String>, f64, Texts) {
    let refused = |why| (Outcome::Refused(why), Vec::new(), 0.0, Texts::default());
    let (document, notes) = match open_any(path) {
        Ok(Opened::Layers(document, notes)) => (document, notes),
        Ok(_) => return refused("no layers".to_owned()),
        Err(error) => return refused(error.to_string()),
    };
    // Of the layers and of the merged picture alike.
    let is_of_colours = |note: &String| note.contains("bits a channel") || note.contains("profile");
    let notes: Vec<String> = notes
        .into_iter()
        .filter(|note| !is_of_colours(note) || note.contains("soft edges"))
        .collect();
    let texts = texts(&document);
    let Ok(merged) = import::open(path) else {
        return (Outcome::Unknown, notes, 0.0, texts);
    };
    if path.ends_with(FAULTY) || !has_real_picture(&std::fs::read(path).unwrap()) {
        return (Outcome::Unknown, notes, 0.0, texts);
    }
    let share = same_share(&composite(&document), &merged.image);
    let outcome = if share >= SHARE {
        Outcome::Same
    } else {
        Outcome::Different
    };
    (outcome, notes, share, texts)
}

fn texts(document: &Document) -> Texts {
    let mut texts = Texts::default();
    for (_, layer) in document.walk() {
        let (Some(raster), Some(text)) = (layer.as_raster(), layer.text()) else {
            continue;
        };
        let (width, height) = (raster.pixels.width(), raster.pixels.height());
        if width == 0 || height == 0 {
            continue;
        }
        // As far apart as letters are high, at most.
        let side = |index: usize, pick: fn(f32, f32) -> f32| {
            text.quad
                .iter()
                .map(|corner| corner[index])
                .reduce(pick)
                .unwrap()
        };
        let near = |side: f32, edge: f32| (side - edge).abs() <= text.size;
        let is_placed = near(side(0, f32::min), 0.0)
            && near(side(1, f32::min), 0.0)
            && near(side(0, f32::max), width as f32)
            && near(side(1, f32::max), height as f32);
        texts.all += 1;
        texts.placed += usize::from(is_placed);
    }
    texts
}

/// What the resource "version info", which Photoshop always writes, says of the merged picture: that is white where it was
/// told to leave it out.
fn has_real_picture(bytes: &[u8]) -> bool {
    const VERSION_INFO: &[u8] = b"8BIM\x04\x21\0\0";
    let at = bytes
        .windows(VERSION_INFO.len())
        .position(|window| window == VERSION_INFO);
    // A length and a version stand before it.
    at.is_some_and(|at| bytes.get(at + VERSION_INFO.len() + 8) != Some(&0))
}

/// Over white, as Photoshop merges for programs that know no transparency.
fn same_share(ours: &RgbaImage, merged: &RgbaImage) -> f64 {
    let over_white = |[r, g, b, a]: [u8; 4]| {
        [r, g, b].map(|c| (u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a)) + 127) / 255)
    };
    let same = ours.pixels().zip(merged.pixels()).filter(|(ours, merged)| {
        let (ours, merged) = (over_white(ours.0), over_white(merged.0));
        ours.iter()
            .zip(merged)
            .all(|(a, b)| a.abs_diff(b) <= u32::from(TOLERANCE))
    });
    same.count() as f64 / (ours.width() as f64 * ours.height() as f64).max(1.0)
}
