//! The measured figures, by kind and in all, beside those of an earlier run.

use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::assigned::{Figures, mean};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub picture: String,
    pub kind: String,
    pub figures: Figures,
    pub seconds: f64,
    /// The most memory the process held meanwhile, where the system tells.
    pub peak_mib: Option<f64>,
}

pub fn write(rows: &[Row], path: &Path) -> Result<()> {
    Ok(std::fs::write(path, serde_json::to_string_pretty(rows)?)?)
}

pub fn read(path: &Path) -> Result<Vec<Row>> {
    let context = || path.display().to_string();
    serde_json::from_str(&std::fs::read_to_string(path).with_context(context)?)
        .with_context(context)
}

type Measure = (&'static str, fn(&Row) -> Option<f64>, fn(f64) -> String);

const MEASURES: [Measure; 8] = [
    (
        "mean IoU of a true layer with its best",
        |r| Some(r.figures.iou),
        |v| format!("{v:.3}"),
    ),
    (
        "found well enough to use (IoU ≥ 0.85)",
        |r| Some(r.figures.usable),
        percent,
    ),
    ("IoU of all text", |r| r.figures.text, |v| format!("{v:.3}")),
    (
        "text layers named by their words",
        |r| r.figures.named,
        percent,
    ),
    (
        "error of the count",
        |r| Some(r.figures.count),
        |v| format!("{v:.2}"),
    ),
    (
        "error of the hidden background, of 255",
        |r| r.figures.hidden,
        |v| format!("{v:.1}"),
    ),
    ("seconds", |r| Some(r.seconds), |v| format!("{v:.1}")),
    ("peak memory, MiB", |r| r.peak_mib, |v| format!("{v:.0}")),
];

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// Means over pictures; with `before`, each cell is "classical → new".
pub fn print(rows: &[Row], before: Option<&[Row]>) {
    let mut kinds: Vec<&str> = Vec::new();
    for row in rows {
        if !kinds.contains(&row.kind.as_str()) {
            kinds.push(&row.kind);
        }
    }
    let arrow = if before.is_some() {
        "classical → new"
    } else {
        ""
    };
    println!("| {arrow} | {} | all |", kinds.join(" | "));
    println!("|---|{}", "---|".repeat(kinds.len() + 1));
    for (name, value, shown) in MEASURES {
        let one = |rows: &[Row], kind: Option<&str>| {
            let of_kind = rows.iter().filter(|r| kind.is_none_or(|k| r.kind == k));
            mean(of_kind.filter_map(value)).map_or("–".into(), shown)
        };
        let cells: Vec<String> = kinds
            .iter()
            .map(|k| Some(*k))
            .chain([None])
            .map(|kind| match before {
                Some(before) => format!("{} → {}", one(before, kind), one(rows, kind)),
                None => one(rows, kind),
            })
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}
