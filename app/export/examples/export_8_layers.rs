//! Exports 8 layers of 4000 × 4000 and prints how long it took; for `/usr/bin/time -v`, which tells the memory.
//!
//! `export_8_layers FILE.psd` or `export_8_layers FOLDER` (PNGs)

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;
use std::time::Instant;

use export::{PngExtent, PsdOptions, write_layer_pngs, write_psd};

#[path = "../benches/scene/mod.rs"]
mod scene;

fn main() {
    let path = PathBuf::from(std::env::args().nth(1).expect("a file or folder to write"));
    let document = scene::document(4000, 4000, 8);
    let start = Instant::now();
    let mut progress = |_| true;
    if path.extension().is_some() {
        let options = PsdOptions::default();
        println!(
            "{}",
            write_psd(&document, &path, options, &mut progress)
                .unwrap()
                .display()
        );
    } else {
        let files = write_layer_pngs(&document, &path, PngExtent::Trimmed, &mut progress).unwrap();
        println!("{} files", files.len());
    }
    println!("{:.2} s", start.elapsed().as_secs_f64());
}
