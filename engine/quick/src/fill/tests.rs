use engine::CancelToken;
use proptest::prelude::*;

use super::{Cell, fill};
use crate::picture::Colour;

fn filled(width: usize, picture: &[Colour], cells: &[Cell]) -> Vec<Colour> {
    let colours: Vec<Colour> = picture
        .iter()
        .zip(cells)
        .map(|(&c, &cell)| {
            if cell == Cell::Known {
                c
            } else {
                [0.3, 0.9, 0.1]
            }
        })
        .collect();
    let guesses = fill(width, &colours, cells, &CancelToken::default()).unwrap();
    guesses.into_iter().map(|guess| guess.colour).collect()
}

fn drawn(width: usize, height: usize, colour: impl Fn(usize, usize) -> Colour) -> Vec<Colour> {
    (0..width * height)
        .map(|k| colour(k % width, k / width))
        .collect()
}

/// A disc in the middle and a box that the edge cuts.
fn holed(width: usize, height: usize) -> Vec<Cell> {
    (0..width * height)
        .map(|k| {
            let (x, y) = (k % width, k / width);
            let far = x.abs_diff(width / 2).pow(2) + y.abs_diff(height / 2).pow(2);
            let cut = x < width / 6 && y < height / 4;
            if cut || far < (width.min(height) / 5).pow(2) {
                Cell::Hidden
            } else {
                Cell::Known
            }
        })
        .collect()
}

/// Mean absolute difference over what was hidden.
fn error(picture: &[Colour], filled: &[Colour], cells: &[Cell]) -> f32 {
    let off: Vec<f32> = (0..cells.len())
        .filter(|&k| cells[k] == Cell::Hidden)
        .map(|k| {
            (0..3)
                .map(|c| (picture[k][c] - filled[k][c]).abs())
                .sum::<f32>()
                / 3.0
        })
        .collect();
    off.iter().sum::<f32>() / off.len() as f32
}

#[test]
fn flat_stays_exactly_flat() {
    let picture = drawn(90, 70, |_, _| [0.2, 0.4, 0.7]);
    assert_eq!(filled(90, &picture, &holed(90, 70)), picture);
}

#[test]
fn flat_stays_exactly_flat_beside_a_pattern() {
    let picture = drawn(120, 80, |x, y| {
        if x > 100 {
            [((x + y) % 7) as f32 / 7.0; 3]
        } else {
            [0.9, 0.8, 0.1]
        }
    });
    assert_eq!(filled(120, &picture, &holed(120, 80)), picture);
}

#[test]
fn a_gradient_goes_on() {
    let byte = |v: f32| (v * 255.0).round() / 255.0;
    let picture = drawn(160, 120, |x, y| {
        let (u, v) = (x as f32 / 160.0, y as f32 / 120.0);
        [
            byte(0.1 + 0.6 * u),
            byte(0.8 - 0.5 * v),
            byte(0.2 + 0.1 * u + 0.3 * v),
        ]
    });
    let after = filled(160, &picture, &holed(160, 120));
    for (a, b) in after.iter().zip(&picture) {
        assert!(
            (0..3).all(|c| (a[c] - b[c]).abs() <= 1.0 / 255.0),
            "{a:?} {b:?}"
        );
    }
}

#[test]
fn stripes_go_on() {
    let picture = drawn(160, 120, |x, _| {
        if x / 8 % 2 == 0 {
            [0.9; 3]
        } else {
            [0.1, 0.2, 0.6]
        }
    });
    let cells = holed(160, 120);
    let after = filled(160, &picture, &cells);
    assert!(
        error(&picture, &after, &cells) < 0.06,
        "{}",
        error(&picture, &after, &cells)
    );
}

#[test]
fn a_checker_goes_on() {
    let picture = drawn(160, 160, |x, y| {
        if (x / 10 + y / 10) % 2 == 0 {
            [0.9; 3]
        } else {
            [0.1; 3]
        }
    });
    let cells = holed(160, 160);
    let after = filled(160, &picture, &cells);
    assert!(
        error(&picture, &after, &cells) < 0.12,
        "{}",
        error(&picture, &after, &cells)
    );
}

#[test]
fn a_horizon_goes_on_sharp() {
    let picture = drawn(160, 120, |_, y| {
        if y < 60 {
            [0.5, 0.7, 1.0]
        } else {
            [0.2, 0.6, 0.2]
        }
    });
    let cells = holed(160, 120);
    let after = filled(160, &picture, &cells);
    assert!(
        error(&picture, &after, &cells) < 0.02,
        "{}",
        error(&picture, &after, &cells)
    );
}

#[test]
fn known_pixels_stay_and_only_they_are_taken_from() {
    // Red around a disc of blue and green stripes whose middle is hidden: no red comes in.
    let picture = drawn(120, 120, |x, y| {
        let far = x.abs_diff(60).pow(2) + y.abs_diff(60).pow(2);
        match (far < 2500, y / 6 % 2) {
            (false, _) => [1.0, 0.0, 0.0],
            (_, 0) => [0.0, 0.0, 1.0],
            _ => [0.0, 1.0, 0.0],
        }
    });
    let cells: Vec<Cell> = (0..picture.len())
        .map(|k| match (k % 120, k / 120) {
            _ if picture[k][0] > 0.5 => Cell::Other,
            (50..75, 45..80) => Cell::Hidden,
            _ => Cell::Known,
        })
        .collect();
    let after = filled(120, &picture, &cells);
    for k in 0..after.len() {
        match cells[k] {
            Cell::Known => assert_eq!(after[k], picture[k]),
            Cell::Hidden => assert!(after[k][0] < 0.02),
            Cell::Other => {}
        }
    }
    assert!(error(&picture, &after, &cells) < 0.12);
}

#[test]
fn the_smallest_cases() {
    assert_eq!(filled(1, &[[0.5; 3]], &[Cell::Hidden]), [[0.0; 3]]);
    assert_eq!(filled(1, &[[0.5; 3]], &[Cell::Known]), [[0.5; 3]]);
    assert!(
        filled(40, &vec![[0.5; 3]; 1600], &[Cell::Hidden; 1600])
            .iter()
            .all(|&c| c == [0.0; 3])
    );
    let mut one = vec![Cell::Hidden; 1600];
    one[77] = Cell::Known;
    assert!(
        filled(40, &vec![[0.5; 3]; 1600], &one)
            .iter()
            .all(|&c| c == [0.5; 3])
    );
    let line = drawn(300, 1, |x, _| [(x % 3) as f32 / 2.0; 3]);
    let cells: Vec<Cell> = (0..300)
        .map(|x| {
            if x % 50 < 20 {
                Cell::Hidden
            } else {
                Cell::Known
            }
        })
        .collect();
    assert_eq!(filled(300, &line, &cells).len(), 300);
}

#[test]
fn a_cancelled_fill_stops() {
    let cancel = CancelToken::default();
    cancel.cancel();
    let colours = drawn(64, 64, |x, y| [((x * y) % 5) as f32 / 5.0; 3]);
    assert!(fill(64, &colours, &holed(64, 64), &cancel).is_err());
}

#[test]
fn threads_do_not_matter() {
    let picture = drawn(300, 200, |x, y| {
        let wave = (x as f32 / 9.0).sin() * (y as f32 / 7.0).cos();
        [0.5 + 0.4 * wave, (x * 7 + y * 3) as f32 % 31.0 / 31.0, 0.3]
    });
    let cells = holed(300, 200);
    let with = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| filled(300, &picture, &cells))
    };
    assert_eq!(with(1), with(4));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_holes_are_filled_within_range(
        width in 1usize..40,
        kinds in prop::collection::vec((0u8..3, 0f32..1.0), 1..900),
    ) {
        let height = kinds.len() / width;
        prop_assume!(height > 0);
        let kinds = &kinds[..width * height];
        let picture: Vec<Colour> = kinds.iter().map(|k| [k.1, 1.0 - k.1, 0.5]).collect();
        let cells: Vec<Cell> = kinds.iter().map(|k| [Cell::Known, Cell::Hidden, Cell::Other][k.0 as usize]).collect();
        let after = filled(width, &picture, &cells);
        for (k, c) in after.iter().enumerate() {
            prop_assert!(c.iter().all(|v| (0.0..=1.0).contains(v)), "{c:?}");
            prop_assert!(cells[k] != Cell::Known || *c == picture[k]);
        }
    }
}
