//! Filling against plain pull-push, on pictures of which all is known: NAME.png beside NAME.mask.png, white = hidden.
//! `FILL_CASES=DIR cargo test --release -p quick --lib compare_on_cases -- --ignored --nocapture`

use std::path::{Path, PathBuf};
use std::time::Instant;

use engine::CancelToken;
use image::{Rgb, RgbImage};

use super::{Cell, fill, pull_push};
use crate::picture::Colour;

struct Case {
    path: PathBuf,
    width: usize,
    truth: Vec<Colour>,
    cells: Vec<Cell>,
}

fn read(path: &Path) -> Option<(usize, Vec<Colour>)> {
    let image = image::open(path).ok()?.to_rgb8();
    let colours = image.pixels().map(|p| p.0.map(|c| f32::from(c) / 255.0));
    Some((image.width() as usize, colours.collect()))
}

fn cases() -> Vec<Case> {
    let folder = std::env::var("FILL_CASES").expect("FILL_CASES names the folder of the cases");
    let mut masks: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.to_string_lossy().ends_with(".mask.png"))
        .collect();
    masks.sort();
    let case = |mask: PathBuf| {
        let path = PathBuf::from(mask.to_string_lossy().replace(".mask.png", ""));
        let (width, truth) = read(&path.with_extension("png")).unwrap();
        let hidden = read(&mask).unwrap().1;
        let cell = |c: Colour| {
            if c[0] > 0.5 {
                Cell::Hidden
            } else {
                Cell::Known
            }
        };
        let cells = hidden.into_iter().map(cell).collect();
        Case {
            path,
            width,
            truth,
            cells,
        }
    };
    masks.into_iter().map(case).collect()
}

/// Of 255.
fn error(case: &Case, filled: &[Colour]) -> f32 {
    let hidden: Vec<usize> = (0..filled.len())
        .filter(|&k| case.cells[k] == Cell::Hidden)
        .collect();
    let off = |&k: &usize| {
        (0..3)
            .map(|c| (filled[k][c] - case.truth[k][c]).abs())
            .sum::<f32>()
            / 3.0
    };
    255.0 * hidden.iter().map(off).sum::<f32>() / hidden.len() as f32
}

fn save(case: &Case, filled: &[Colour], way: &str) {
    let height = filled.len() / case.width;
    let image = RgbImage::from_fn(case.width as u32, height as u32, |x, y| {
        Rgb(filled[y as usize * case.width + x as usize].map(|c| (c * 255.0).round() as u8))
    });
    image
        .save(case.path.with_extension(format!("{way}.out.png")))
        .unwrap();
}

#[test]
#[ignore = "needs FILL_CASES"]
fn compare_on_cases() {
    let cancel = CancelToken::default();
    println!(
        "{:<40}{:>8}{:>11}{:>8}{:>8}",
        "", "hidden", "pull-push", "fill", "s"
    );
    let (mut sums, mut count) = ([0.0; 2], 0.0);
    for case in cases() {
        let height = case.truth.len() / case.width;
        let known: Vec<bool> = case.cells.iter().map(|&c| c == Cell::Known).collect();
        let (mut smooth, mut filled) = (case.truth.clone(), case.truth.clone());
        pull_push(case.width, height, &mut smooth, &known);
        let began = Instant::now();
        fill(case.width, height, &mut filled, &case.cells, &cancel).unwrap();
        let took = began.elapsed().as_secs_f32();
        let name = case
            .path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let share = 100 * known.iter().filter(|k| !**k).count() / known.len();
        let errors = [error(&case, &smooth), error(&case, &filled)];
        println!(
            "{name:<40.40}{share:>7}%{:>11.2}{:>8.2}{took:>8.2}",
            errors[0], errors[1]
        );
        sums = [sums[0] + errors[0], sums[1] + errors[1]];
        count += 1.0;
        save(&case, &smooth, "pull-push");
        save(&case, &filled, "fill");
    }
    println!("mean{:>55.2}{:>8.2}", sums[0] / count, sums[1] / count);
}
