#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use engine::Layers;
use layer_quality::assigned::mean;
use layer_quality::{Found, Poster, Score, decompose, figures, posters, score, strict_score};

/// What the default backend must reach on two generated posters of each kind.
mod floor {
    /// LayerD's measure, with no merging to help and in strict order: at least, at most.
    pub const STRICT_IOU: f64 = 0.73;
    pub const STRICT_L1: f64 = 0.10;
    /// Each true layer with its best layer, at least.
    pub const IOU: f64 = 0.83;
    pub const TEXT_IOU: f64 = 0.88;
    /// Layers named by their words: a share, at least.
    pub const NAMED: f64 = 0.90;
    /// Of 255, at most; nearly all of it where a wide glow stays in the background.
    pub const HIDDEN: f64 = 9.0;
}

#[test]
fn layers_of_generated_posters_are_near_the_true_ones() {
    let (strict, all): (Vec<Score>, Vec<_>) = posters::all(2)
        .unwrap()
        .iter()
        .map(|poster| {
            let result = decompose(poster.flattened(), Layers::Auto).unwrap();
            let found = Found::new(&result);
            (
                strict_score(&found.layers, &poster.layers),
                figures(&found, &poster.layers, &poster.texts),
            )
        })
        .unzip();
    let strict = Score::mean(&strict);
    assert!(strict.iou >= floor::STRICT_IOU, "{strict:?}");
    assert!(strict.l1 <= floor::STRICT_L1, "{strict:?}");
    let iou = mean(all.iter().map(|f| f.iou)).unwrap();
    let text = mean(all.iter().filter_map(|f| f.text)).unwrap();
    let named = mean(all.iter().filter_map(|f| f.named)).unwrap();
    let hidden = mean(all.iter().filter_map(|f| f.hidden)).unwrap();
    let told = format!("IoU {iou:.3}, text {text:.3}, named {named:.2}, hidden {hidden:.1}");
    println!("{told}");
    assert!(iou >= floor::IOU, "{told}");
    assert!(text >= floor::TEXT_IOU, "{told}");
    assert!(named >= floor::NAMED, "{told}");
    assert!(hidden <= floor::HIDDEN, "{told}");
}

/// The true layers as if they had been found, named by their words.
fn found(poster: &Poster) -> Found {
    let texts = &poster.texts;
    let name = |n| texts.get(&n).cloned().unwrap_or_default();
    Found {
        layers: poster.layers.clone(),
        names: (0..poster.layers.len()).map(name).collect(),
        is_text: (0..poster.layers.len())
            .map(|n| texts.contains_key(&n))
            .collect(),
    }
}

#[test]
fn the_true_layers_get_the_best_figures_in_any_order() {
    for poster in posters::all(1).unwrap() {
        let found = found(&poster);
        let best = figures(&found, &poster.layers, &poster.texts);
        assert!(best.iou > 0.999_999 && best.usable == 1.0, "{best:?}");
        assert_eq!((best.text, best.named), (Some(1.0), Some(1.0)));
        assert_eq!((best.count, best.hidden), (0.0, Some(0.0)));
    }
}

#[test]
fn two_layers_taken_for_one_cost_one_of_them() {
    let poster = posters::all(1).unwrap().remove(0);
    let n = poster.layers.len();
    let mut joined = found(&poster);
    let top = joined.layers.pop().unwrap();
    let below = joined.layers.pop().unwrap();
    let (w, h) = top.dimensions();
    joined.layers.push(engine::recompose(w, h, &[&below, &top]));
    let worse = figures(&joined, &poster.layers, &poster.texts);
    let rest = (n - 3) as f64;
    assert!(
        worse.iou < (rest + 0.99) / (n - 1) as f64 && worse.iou > rest / (n - 1) as f64,
        "{worse:?}"
    );
    assert_eq!(worse.count, 1.0);
}

#[test]
fn the_true_layers_score_full_marks() {
    for poster in posters::all(1).unwrap() {
        let found = score(&poster.layers, &poster.layers, 0);
        assert!(
            found.iou > 0.999_999 && found.l1 < 1e-9,
            "{:?} {found:?}",
            poster.kind
        );
    }
}

#[test]
fn a_layer_cut_in_two_costs_nothing_unless_order_is_strict() {
    let poster = posters::all(1).unwrap().remove(0);
    let mut found = poster.layers.clone();
    let top = found.pop().unwrap();
    let (mut left, mut right) = (top.clone(), top.clone());
    left.enumerate_pixels_mut()
        .filter(|(x, _, _)| x % 80 < 40)
        .for_each(|(_, _, p)| p.0[3] = 0);
    right
        .enumerate_pixels_mut()
        .filter(|(x, _, _)| x % 80 >= 40)
        .for_each(|(_, _, p)| p.0[3] = 0);
    found.extend([left, right]);
    let strict = strict_score(&found, &poster.layers);
    let by_level = score(&found, &poster.layers, 0);
    assert!(strict.iou < 0.95, "{strict:?}");
    assert!(by_level.iou > 0.999, "{by_level:?}");
}
