//! Without arguments: the table of layer quality by kind of poster. `layer_quality -n 12` draws 12 of each kind.
//! `layer_quality --show DIR [PICTURE…]` writes a sheet of source and layers for each picture, or for each poster.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use image::{Rgba, RgbaImage, imageops};
use layer_quality::{Kind, Score, decompose, full_canvas, posters, score, strict_score};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("--show") => show(&arguments[1..]),
        Some("-n") => table(arguments.get(1).context("how many?")?.parse()?),
        _ => table(6),
    }
}

fn table(each: u64) -> Result<()> {
    let mut rows: Vec<(Kind, [Score; 4])> = Vec::new();
    for poster in posters::all(each)? {
        let found = |layers| anyhow::Ok(full_canvas(&decompose(poster.flattened(), layers)?));
        let (same, eight) = (found(poster.layers.len() as u32)?, found(8)?);
        rows.push((
            poster.kind,
            [
                strict_score(&same, &poster.layers),
                score(&same, &poster.layers, 0),
                score(&same, &poster.layers, 5),
                score(&eight, &poster.layers, 5),
            ],
        ));
    }
    println!(
        "| kind | strict order: IoU | L1 | IoU | L1 | ≤ 5 merges: IoU | L1 | layers = 8, ≤ 5 merges: IoU | L1 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for kind in Kind::ALL {
        print_row(
            &format!("{kind:?}"),
            rows.iter().filter(|r| r.0 == kind).map(|r| r.1),
        );
    }
    print_row("all", rows.iter().map(|r| r.1));
    Ok(())
}

fn print_row(name: &str, scores: impl Iterator<Item = [Score; 4]>) {
    let scores: Vec<_> = scores.collect();
    let mean = |column: usize| Score::mean(&scores.iter().map(|s| s[column]).collect::<Vec<_>>());
    let cells: Vec<String> = (0..4)
        .map(|c| format!("{:.3} | {:.3}", mean(c).iou, mean(c).l1))
        .collect();
    println!("| {name} | {} |", cells.join(" | "));
}

fn show(arguments: &[String]) -> Result<()> {
    let folder = PathBuf::from(arguments.first().context("a folder is missing")?);
    std::fs::create_dir_all(&folder)?;
    if arguments.len() > 1 {
        for path in &arguments[1..] {
            let picture = image::open(path).with_context(|| path.clone())?.to_rgba8();
            let name = Path::new(path)
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            for layers in [4, 8, 16] {
                sheet(
                    &folder.join(format!("{name}_{layers}.png")),
                    &picture,
                    layers,
                    &[],
                )?;
            }
        }
        return Ok(());
    }
    for (n, poster) in posters::all(3)?.iter().enumerate() {
        let path = folder.join(format!("{:?}_{}.png", poster.kind, n % 3));
        sheet(
            &path,
            &poster.flattened(),
            poster.layers.len() as u32,
            &poster.layers,
        )?;
    }
    Ok(())
}

fn sheet(path: &Path, source: &RgbaImage, layers: u32, truth: &[RgbaImage]) -> Result<()> {
    let start = Instant::now();
    let result = decompose(source.clone(), layers)?;
    let names: Vec<&str> = result.layers.iter().map(|l| l.name.as_str()).collect();
    println!(
        "{}: {:.1?}, {:?}, {}",
        path.display(),
        start.elapsed(),
        result.report.recomposition,
        names.join("; ")
    );
    let found = full_canvas(&result);
    if !truth.is_empty() {
        println!(
            "  {:?} {:?}",
            score(&found, truth, 0),
            score(&found, truth, 5)
        );
    }
    let rows: Vec<Vec<&RgbaImage>> = [found.iter().collect(), truth.iter().collect()]
        .into_iter()
        .filter(|r: &Vec<_>| !r.is_empty())
        .map(|r| std::iter::once(source).chain(r).collect())
        .collect();
    let cell = 300;
    let high = (cell as f32 * source.height() as f32 / source.width() as f32).max(1.0) as u32;
    let across = rows.iter().map(|r| r.len()).max().unwrap_or(1).min(6);
    let lines: Vec<&[&RgbaImage]> = rows.iter().flat_map(|r| r.chunks(across)).collect();
    let mut out = RgbaImage::from_pixel(
        (cell + 6) * across as u32,
        (high + 6) * lines.len() as u32,
        Rgba([255; 4]),
    );
    for (y, line) in lines.iter().enumerate() {
        for (x, image) in line.iter().enumerate() {
            let small = imageops::thumbnail(*image, cell, high);
            let mut tile = RgbaImage::from_fn(cell, high, |x, y| {
                Rgba(if (x / 8 + y / 8) % 2 == 0 {
                    [200, 200, 200, 255]
                } else {
                    [150, 150, 150, 255]
                })
            });
            imageops::overlay(&mut tile, &small, 0, 0);
            imageops::replace(
                &mut out,
                &tile,
                (x as i64) * i64::from(cell + 6),
                (y as i64) * i64::from(high + 6),
            );
        }
    }
    out.save(path)?;
    Ok(())
}
