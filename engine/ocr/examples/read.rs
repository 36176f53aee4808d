//! Prints the text of pictures: `cargo run --release -p ocr --example read -- PICTURE...`
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let picture = image::open(&path)?.to_rgb8();
        let start = Instant::now();
        let blocks = ocr::read(&picture, &|| false, &mut |_, _| {})?;
        println!(
            "{path}: {:?}, {:.2} s",
            picture.dimensions(),
            start.elapsed().as_secs_f32()
        );
        for block in blocks {
            println!(
                "  {:.2} angle {:.0} size {:.0} {:?} at {:.0?}",
                block.confidence, block.angle, block.size, block.colour, block.quad
            );
            for line in &block.lines {
                println!("      {:.2} {}", line.confidence, line.words);
            }
        }
    }
    Ok(())
}
