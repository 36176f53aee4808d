#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use layer_quality::{Score, decompose, full_canvas, posters, score, strict_score};

/// The limits of issue 2, over all kinds of poster, with no merging to help and in strict order.
#[test]
fn layers_of_generated_posters_are_near_the_true_ones() {
    let scores: Vec<Score> = posters::all(2)
        .unwrap()
        .iter()
        .map(|poster| {
            let found = decompose(poster.flattened(), poster.layers.len() as u32).unwrap();
            strict_score(&full_canvas(&found), &poster.layers)
        })
        .collect();
    let mean = Score::mean(&scores);
    assert!(mean.iou >= 0.70, "{mean:?}");
    assert!(mean.l1 <= 0.08, "{mean:?}");
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
