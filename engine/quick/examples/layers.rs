//! `layers PICTURE… OUT`: writes the layers of each picture as OUT/name/NN-content.png, bottom first, and prints the times.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use engine::{Backend, DecomposeRequest, Progress, Stage};
use quick::QuickBackend;

type Failure = Box<dyn std::error::Error>;

struct Steps(Instant);

impl Progress for Steps {
    fn report(&self, stage: Stage, step: u32, steps: u32) {
        println!(
            "    {:.2} {stage:?} {step}/{steps}",
            self.0.elapsed().as_secs_f32()
        );
    }
}

fn main() -> Result<(), Failure> {
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    let out = paths.pop().ok_or("layers PICTURE… OUT")?;
    for path in &paths {
        let source = image::open(path)?.to_rgba8();
        let mut request = DecomposeRequest::new(Arc::new(source));
        request.layers = engine::Layers::Auto;
        let began = Instant::now();
        let layers = QuickBackend.decompose(&request, &Steps(began))?;
        println!(
            "{path}: {} layers in {:.2} s",
            layers.len(),
            began.elapsed().as_secs_f32()
        );
        let name = Path::new(path).file_stem().ok_or("no name")?;
        let folder = Path::new(&out).join(name);
        std::fs::create_dir_all(&folder)?;
        for (n, layer) in layers.iter().enumerate() {
            let content = format!("{:?}", layer.content).to_lowercase();
            layer
                .image
                .save(folder.join(format!("{n:02}-{content}.png")))?;
        }
    }
    Ok(())
}
