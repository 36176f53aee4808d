//! Without arguments: the tables of layer quality of generated posters. With `--set`: of pictures with known layers in a
//! folder. With `--show`: sheets to be looked at instead.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use engine::{Decomposition, Layers};
use image::RgbaImage;
use layer_quality::frozen::{self, Picture};
use layer_quality::table::{self, Row};
use layer_quality::{
    Found, Kind, Poster, Score, decompose, figures, posters, score, sheet, strict_score,
};

#[derive(Parser)]
#[command(about = "How near the layers of the default backend come to the true ones")]
struct Arguments {
    /// Generated posters of each kind.
    #[arg(short, default_value_t = 6)]
    n: u64,
    /// A folder of pictures with known layers, as frozen_set.py writes it.
    #[arg(long)]
    set: Option<PathBuf>,
    /// At most so many layers are asked for.
    #[arg(long, default_value = "auto")]
    layers: Layers,
    /// The true number of layers is asked for.
    #[arg(long)]
    told: bool,
    /// Writes the figures of each picture.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Figures written by --json earlier, to be printed beside the new ones.
    #[arg(long)]
    compare: Option<PathBuf>,
    /// Writes a sheet of source, layers and their names for each of the pictures, of the set or of some generated posters.
    #[arg(long)]
    show: Option<PathBuf>,
    #[arg(requires = "show")]
    pictures: Vec<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(folder) = &arguments.show {
        return show(folder, &arguments);
    }
    let before = arguments.compare.as_deref().map(table::read).transpose()?;
    let rows = match &arguments.set {
        Some(folder) => of_set(folder, &arguments)?,
        None => of_posters(&arguments)?,
    };
    table::print(&rows, before.as_deref());
    match &arguments.json {
        Some(path) => table::write(&rows, path),
        None => Ok(()),
    }
}

impl Arguments {
    fn asked(&self, truth: usize) -> Layers {
        match self.told {
            true => Layers::AtMost(truth as u32),
            false => self.layers,
        }
    }
}

fn of_set(folder: &Path, arguments: &Arguments) -> Result<Vec<Row>> {
    let measure = |picture: &Picture| {
        let (result, seconds, peak_mib) =
            timed(picture.source()?, arguments.asked(picture.count()))?;
        Ok(Row {
            picture: picture.name.clone(),
            kind: picture.kind.clone(),
            figures: figures(&Found::new(&result), &picture.layers()?, &picture.texts),
            seconds,
            peak_mib,
        })
    };
    Picture::all(folder)?.iter().map(measure).collect()
}

/// Also prints LayerD's measure of them.
fn of_posters(arguments: &Arguments) -> Result<Vec<Row>> {
    let (mut rows, mut scores) = (Vec::new(), Vec::new());
    for (n, poster) in posters::all(arguments.n)?.iter().enumerate() {
        let (result, seconds, peak_mib) =
            timed(poster.flattened(), arguments.asked(poster.layers.len()))?;
        let found = Found::new(&result);
        scores.push((
            poster.kind,
            [
                strict_score(&found.layers, &poster.layers),
                score(&found.layers, &poster.layers, 0),
                score(&found.layers, &poster.layers, 5),
            ],
        ));
        rows.push(Row {
            picture: n.to_string(),
            kind: format!("{:?}", poster.kind),
            figures: figures(&found, &poster.layers, &poster.texts),
            seconds,
            peak_mib,
        });
    }
    println!("| kind | strict order: IoU | L1 | IoU | L1 | ≤ 5 merges: IoU | L1 |");
    println!("|---|---|---|---|---|---|---|");
    for kind in Kind::ALL {
        let of_kind = scores.iter().filter(|s| s.0 == kind).map(|s| s.1);
        print_scores(&format!("{kind:?}"), &of_kind.collect::<Vec<_>>());
    }
    print_scores("all", &scores.iter().map(|s| s.1).collect::<Vec<_>>());
    println!();
    Ok(rows)
}

fn print_scores(name: &str, scores: &[[Score; 3]]) {
    let mean = |column: usize| Score::mean(&scores.iter().map(|s| s[column]).collect::<Vec<_>>());
    let cells: Vec<String> = (0..3)
        .map(|c| format!("{:.3} | {:.3}", mean(c).iou, mean(c).l1))
        .collect();
    println!("| {name} | {} |", cells.join(" | "));
}

fn timed(source: RgbaImage, layers: Layers) -> Result<(Decomposition, f64, Option<f64>)> {
    // Linux begins the peak anew.
    let counted = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let start = Instant::now();
    let result = decompose(source, layers)?;
    let seconds = start.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .filter(|_| counted)
        .map(|kib: f64| kib / 1024.0);
    Ok((result, seconds, peak))
}

fn show(folder: &Path, arguments: &Arguments) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for path in &arguments.pictures {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        write_sheet(
            &folder.join(format!("{name}.png")),
            frozen::open(path)?,
            arguments.layers,
            &[],
        )?;
    }
    if !arguments.pictures.is_empty() {
        return Ok(());
    }
    if let Some(set) = &arguments.set {
        for picture in Picture::all(set)? {
            let path = folder.join(format!("{}_{}.png", picture.kind, picture.name));
            let layers = arguments.asked(picture.count());
            write_sheet(&path, picture.source()?, layers, &picture.layers()?)?;
        }
        return Ok(());
    }
    for (n, poster) in posters::all(3)?.iter().enumerate() {
        let Poster { kind, layers, .. } = poster;
        let path = folder.join(format!("{kind:?}_{}.png", n % 3));
        write_sheet(
            &path,
            poster.flattened(),
            arguments.asked(layers.len()),
            layers,
        )?;
    }
    Ok(())
}

/// The found layers, and below them the true ones where they are known.
fn write_sheet(path: &Path, source: RgbaImage, layers: Layers, truth: &[RgbaImage]) -> Result<()> {
    let (result, seconds, _) = timed(source.clone(), layers)?;
    let found = Found::new(&result);
    println!(
        "{}: {seconds:.1} s, {:?}, {}",
        path.display(),
        result.report.recomposition,
        found.names.join("; ")
    );
    let named = found
        .layers
        .iter()
        .zip(found.names.iter().map(String::as_str));
    let mut rows = vec![std::iter::once((&source, "Source")).chain(named).collect()];
    if !truth.is_empty() {
        rows.push(truth.iter().map(|layer| (layer, "true")).collect());
    }
    sheet::sheet(&rows)?.save(path)?;
    Ok(())
}
