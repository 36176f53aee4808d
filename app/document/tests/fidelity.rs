//! How near the layers come to the source.
#![allow(clippy::unwrap_used)]

use document::{Document, Edit, Fidelity, History, Layer, LayerId, Pixels};
use image::{Rgba, RgbaImage};

fn with_layer(source: RgbaImage, layer: RgbaImage) -> Document {
    let mut history = History::new(Document::from_source(Pixels::new(source), None));
    let layers = vec![Layer::raster(LayerId(7), "layer", layer, 0, 0)];
    history.apply(Edit::SetLayers { layers }).unwrap();
    history.document().clone()
}

#[test]
fn the_source_itself_differs_by_nothing() {
    let source = RgbaImage::from_fn(20, 10, |x, y| Rgba([x as u8, y as u8, 9, (x * 12) as u8]));
    let fidelity = Fidelity::of(&Document::from_source(Pixels::new(source), None)).unwrap();
    assert_eq!((fidelity.mean_error, fidelity.psnr), (0.0, None));
}

/// Two of four channels off by 10: a mean of 5 and a mean square of 50.
#[test]
fn the_measures_are_those_of_the_textbook() {
    let source = RgbaImage::from_pixel(8, 8, Rgba([100, 100, 100, 255]));
    let layer = RgbaImage::from_pixel(8, 8, Rgba([110, 90, 100, 255]));
    let fidelity = Fidelity::of(&with_layer(source, layer)).unwrap();
    assert!((fidelity.mean_error - 5.0).abs() < 1e-9);
    let expected = 10.0 * (255.0 * 255.0 / 50.0_f64).log10();
    assert!((fidelity.psnr.unwrap() - expected).abs() < 1e-9);
}

#[test]
fn without_a_source_there_is_nothing_to_compare() {
    assert_eq!(Fidelity::of(&Document::new(4, 4)), None);
}
