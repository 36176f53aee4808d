use rayon::prelude::*;

use crate::{Document, composite};

/// How far what the layers make together is from the source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fidelity {
    /// Over the four channels, premultiplied, in 255ths.
    pub mean_error: f64,
    /// Peak signal-to-noise ratio of those channels in decibels: 10 · log₁₀(255² ÷ mean squared error). `None` when nothing
    /// differs.
    pub psnr: Option<f64>,
}

impl Fidelity {
    /// `None` when there is no source of the canvas's size to compare with. As slow as [`composite`].
    pub fn of(document: &Document) -> Option<Self> {
        let source = document.source()?.image();
        let stack = composite(document);
        if source.dimensions() != stack.dimensions() || stack.is_empty() {
            return None;
        }
        let pairs = source.as_chunks::<4>().0.par_iter();
        let (sum, squares) = pairs
            .zip(stack.as_chunks::<4>().0)
            .map(|(source, stack)| errors(*source, *stack))
            .reduce(|| (0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        let samples = source.as_raw().len() as f64;
        let mean_square = squares / samples;
        Some(Self {
            mean_error: sum / samples,
            psnr: (mean_square > 0.0).then(|| 10.0 * (255.0 * 255.0 / mean_square).log10()),
        })
    }
}

/// The sum of a pixel's errors, and of their squares.
fn errors(source: [u8; 4], stack: [u8; 4]) -> (f64, f64) {
    let premultiplied = |[r, g, b, a]: [u8; 4]| {
        let alpha = f64::from(a) / 255.0;
        [r, g, b]
            .map(|value| f64::from(value) * alpha)
            .into_iter()
            .chain([f64::from(a)])
    };
    let errors = premultiplied(source).zip(premultiplied(stack));
    errors.fold((0.0, 0.0), |(sum, squares), (source, stack)| {
        let error = (source - stack).abs();
        (sum + error, squares + error * error)
    })
}
