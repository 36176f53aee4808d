//! Damaged PSD, PSB, OpenRaster and project files: each opens or is refused in one sentence, without panic and within
//! seconds. `LAMINA_MUTATIONS=100000` sets how many; with `LAMINA_PSD_FILES=FOLDER` small files of Photoshop's are damaged
//! as well.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;
#[path = "../../import/tests/common/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use common::{always, sample};
use export::{PsdOptions, PsdText, write_psd};
use project::{open_any, save, save_openraster};
use rayon::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use random::Random;

const MUTATIONS: u64 = 2_000;
const PATIENCE: Duration = Duration::from_secs(20);
/// Larger ones of Photoshop's files would take the time of many.
const MOST_BYTES: u64 = 200_000;

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    match random.below(5) {
        0 => bytes.truncate(random.below(bytes.len())),
        1 => {
            for _ in 0..=random.below(16) {
                let at = random.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
        2 => {
            // Lengths and sizes are at the front, and of the extreme most is asked.
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len().min(400));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = [0, 1, 0x7f, 0x80, 0xff, random.next() as u8][random.below(6)];
                }
            }
        }
        3 => {
            let (from, length) = (random.below(bytes.len()), random.below(300));
            let piece = bytes[from..bytes.len().min(from + length)].to_vec();
            let at = random.below(bytes.len() + 1);
            bytes.splice(at..at, piece);
        }
        _ => {
            let (from, length) = (random.below(bytes.len()), random.below(300));
            bytes.drain(from..bytes.len().min(from + length));
        }
    }
}

/// A ZIP whose checksums are right again, so that the damage reaches what reads the entry.
fn damage_entry(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let chosen = random.below(archive.len());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if index == chosen {
            damage(&mut content, random);
        }
        zip.start_file(entry.name().unwrap(), SimpleFileOptions::default())
            .unwrap();
        zip.write_all(&content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// By the kind of file.
fn seeds(folder: &Path) -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let at = |name: &str| folder.join(name);
    let options = PsdOptions {
        include_source: true,
        text: PsdText::Editable,
        ..PsdOptions::default()
    };
    let project = sample();
    for name in ["seed.psd", "seed.psb"] {
        write_psd(&project.document, &at(name), options, &mut always).unwrap();
    }
    save(&project, &at("seed.lamina"), None, &mut always).unwrap();
    save_openraster(&project.document, &at("seed.ora"), &mut always).unwrap();
    let mut seeds: BTreeMap<&str, Vec<Vec<u8>>> = ["psd", "psb", "ora", "lamina"]
        .into_iter()
        .map(|kind| (kind, vec![fs::read(at(&format!("seed.{kind}"))).unwrap()]))
        .collect();
    if let Some(given) = std::env::var_os("LAMINA_PSD_FILES") {
        add_small_files(Path::new(&given), seeds.get_mut("psd").unwrap());
    }
    seeds
}

fn add_small_files(folder: &Path, files: &mut Vec<Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_psd = path.extension().is_some_and(|e| e == "psd" || e == "psb");
        if path.is_dir() {
            add_small_files(&path, files);
        } else if is_psd && fs::metadata(&path).unwrap().len() <= MOST_BYTES {
            files.push(fs::read(&path).unwrap());
        }
    }
}

#[test]
fn damaged_files_open_or_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let seeds = seeds(folder.path());
    let count = std::env::var("LAMINA_MUTATIONS").map_or(MUTATIONS, |count| count.parse().unwrap());
    let kinds: Vec<(&str, &Vec<Vec<u8>>)> =
        seeds.iter().map(|(kind, files)| (*kind, files)).collect();
    let outcomes: Vec<(bool, Duration)> = (0..count)
        .into_par_iter()
        .map(|number| {
            let mut random = Random(number);
            let (kind, files) = kinds[number as usize % kinds.len()];
            let mut bytes = files[random.below(files.len())].clone();
            if matches!(kind, "ora" | "lamina") && random.below(2) == 0 {
                bytes = damage_entry(&bytes, &mut random);
            } else {
                damage(&mut bytes, &mut random);
            }
            let path = folder.path().join(format!("{number}.{kind}"));
            fs::write(&path, &bytes).unwrap();
            let started = Instant::now();
            let opened = catch_unwind(AssertUnwindSafe(|| open_any(&path)));
            let took = started.elapsed();
            assert!(took < PATIENCE, "{kind} {number} took {took:?}");
            fs::remove_file(&path).unwrap();
            match opened.unwrap_or_else(|_| panic!("{kind} {number} panics")) {
                Ok(_) => (true, took),
                Err(error) => {
                    let sentence = error.to_string();
                    let is_one = sentence.len() < 500 && !sentence.contains('\n');
                    assert!(is_one, "{kind} {number}: {sentence}");
                    (false, took)
                }
            }
        })
        .collect();
    let opened = outcomes.iter().filter(|(opened, _)| *opened).count();
    let longest = outcomes.iter().map(|(_, took)| *took).max().unwrap();
    println!(
        "{count} damaged files: {opened} opened, the rest refused; the longest took {longest:?}"
    );
    assert!(opened > 0 && opened < outcomes.len());
}
