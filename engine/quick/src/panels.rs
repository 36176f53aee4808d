use std::ops::Range;

use crate::backdrop::Backdrop;
use crate::instances::{Class, Instances};
use crate::labels::Labels;
use crate::picture::Picture;
use crate::regions::{each_piece, is_flat};
use crate::upsample::Upsampler;
use crate::window::Bounds;

/// What differs by more, beyond the grain, stands out.
const OUT: f32 = 0.08;
/// Of the picture: smaller ones are the network's to find.
const LEAST: f32 = 0.01;
/// Of its hull at least this part is nobody's, and at most this part is ground.
const OWN: f32 = 0.5;
const NOTCHES: f32 = 0.04;
/// As sure as an instance that was just seen.
const SCORE: f32 = 0.3;

/// Adds what the network has taken for ground though it stands out from a plain one on all sides with a convex outline:
/// photos and panels. Pieces in it of things that are elsewhere become part of it.
pub fn add_missed(
    picture: &Picture,
    backdrop: &Backdrop,
    instances: &mut Instances,
    labels: &mut Labels,
    upsampler: &Upsampler,
) {
    for (hull, class) in missed(picture, backdrop, labels) {
        if instances.things.len() + 1 < usize::from(u8::MAX) {
            add(&hull, class, picture, instances, labels, upsampler);
        }
    }
}

fn missed(picture: &Picture, backdrop: &Backdrop, labels: &Labels) -> Vec<(Hull, Class)> {
    let is_ground = |i: usize| labels.is_ground(i) && picture.visible[i];
    let out = OUT + 3.0 * picture.noise;
    let stands_out = |i: usize| is_ground(i) && backdrop.off(picture, i) > out;
    let least = (LEAST * picture.len() as f32) as usize;
    let mut is_open = vec![false; picture.len()];
    let is_plain = |i: usize| is_ground(i) && !stands_out(i);
    each_piece(
        picture,
        is_plain,
        |_, _| true,
        |piece| {
            // Smaller ones are of its colour by chance.
            if piece.len() > least {
                piece.iter().for_each(|&i| is_open[i] = true);
            }
        },
    );
    let mut found = Vec::new();
    each_piece(
        picture,
        stands_out,
        |_, _| true,
        |piece| {
            if piece.len() > least
                && let Some(hull) = Hull::of(piece, picture)
                && hull.is_card(picture, piece.len(), &is_open)
            {
                let class = match is_flat(picture, piece) {
                    true => Class::Shape,
                    false => Class::Object,
                };
                found.push((hull, class));
            }
        },
    );
    found
}

fn add(
    hull: &Hull,
    class: Class,
    picture: &Picture,
    instances: &mut Instances,
    labels: &mut Labels,
    upsampler: &Upsampler,
) {
    let mut area = vec![0; instances.things.len() + 1];
    labels.of.iter().for_each(|&k| area[usize::from(k)] += 1);
    let mut takes = vec![false; picture.len()];
    for i in hull.indices(picture.width) {
        takes[i] = labels.of[i] == 0;
    }
    let of = &labels.of;
    each_piece(
        picture,
        |i| of[i] != 0,
        |a, b| of[a] == of[b],
        |piece| {
            let is_stray = 2 * piece.len() < area[usize::from(of[piece[0]])];
            if is_stray && piece.iter().all(|&i| hull.holds(i, picture.width)) {
                piece.iter().for_each(|&i| takes[i] = true);
            }
        },
    );
    let cells = upsampler.cells(|i| takes[i]);
    let whole = upsampler.cells(|i| hull.holds(i, picture.width));
    let label = instances.add(class, SCORE, &cells, &whole);
    for i in (0..takes.len()).filter(|&i| takes[i]) {
        labels.of[i] = label;
    }
}

/// The convex hull of a connected piece, row by row.
struct Hull {
    top: usize,
    rows: Vec<Range<usize>>,
}

impl Hull {
    /// `None` where the piece reaches the picture's edge.
    fn of(piece: &[usize], picture: &Picture) -> Option<Self> {
        let (width, height) = (picture.width, picture.height);
        let mut bounds = Bounds::NONE;
        for &i in piece {
            bounds.include(i % width, i / width);
        }
        let is_inner =
            bounds.left > 0 && bounds.top > 0 && bounds.right < width && bounds.bottom < height;
        if !is_inner {
            return None;
        }
        let mut left = vec![f32::MAX; bounds.height()];
        let mut right = left.clone();
        for &i in piece {
            let (x, row) = ((i % width) as f32, i / width - bounds.top);
            left[row] = left[row].min(x);
            right[row] = right[row].min(-x);
        }
        let rows = envelope(&left).into_iter().zip(envelope(&right));
        let row = |(left, right): (f32, f32)| left.ceil() as usize..(-right).floor() as usize + 1;
        Some(Self {
            top: bounds.top,
            rows: rows.map(row).collect(),
        })
    }

    fn is_card(&self, picture: &Picture, own: usize, is_open: &[bool]) -> bool {
        let area: usize = self.rows.iter().map(Range::len).sum();
        let open = self.indices(picture.width).filter(|&i| is_open[i]).count();
        own as f32 > OWN * area as f32 && (open as f32) < NOTCHES * area as f32
    }

    fn indices(&self, width: usize) -> impl Iterator<Item = usize> {
        let rows = (self.top..).zip(&self.rows);
        rows.flat_map(move |(y, row)| row.clone().map(move |x| y * width + x))
    }

    fn holds(&self, i: usize, width: usize) -> bool {
        let row = (i / width).checked_sub(self.top);
        let row = row.and_then(|row| self.rows.get(row));
        row.is_some_and(|row| row.contains(&(i % width)))
    }
}

/// The greatest convex function that is nowhere above the values.
fn envelope(values: &[f32]) -> Vec<f32> {
    let mut corners: Vec<usize> = Vec::new();
    let slope = |a: usize, b: usize| (values[b] - values[a]) / (b - a) as f32;
    for next in 0..values.len() {
        while let [.., a, b] = corners[..]
            && slope(a, b) >= slope(b, next)
        {
            corners.pop();
        }
        corners.push(next);
    }
    let mut result = values.to_vec();
    for pair in corners.windows(2) {
        let (from, slope) = (pair[0], slope(pair[0], pair[1]));
        for (far, value) in result[from..pair[1]].iter_mut().enumerate() {
            *value = values[from] + slope * far as f32;
        }
    }
    result
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a failure is the test's answer")]
mod tests {
    use image::{Rgba, RgbaImage};
    use proptest::prelude::*;

    use super::*;
    use crate::backdrop::PLAIN;

    const SIDE: u32 = 200;

    /// On a graded ground something motley wherever it is told to be; nobody owns any of it.
    fn missed_of(is_there: impl Fn(i32, i32) -> bool) -> Vec<Hull> {
        let picture = Picture::new(&RgbaImage::from_fn(SIDE, SIDE, |x, y| {
            let motley = [30 + (x * 7 % 90) as u8, 40 + (y * 11 % 120) as u8, 20];
            let [r, g, b] = match is_there(x as i32, y as i32) {
                true => motley,
                false => [230, 240 - (y / 10) as u8, 245],
            };
            Rgba([r, g, b, 255])
        }));
        let labels = Labels {
            of: vec![0; picture.len()],
            text: vec![0.0; picture.len()],
        };
        let backdrop = Backdrop::find(&picture, |_| true, PLAIN).expect("a backdrop");
        let found = missed(&picture, &backdrop, &labels).into_iter();
        found.map(|(hull, _)| hull).collect()
    }

    #[test]
    fn a_photo_that_nobody_saw_is_found_to_its_corners() {
        let card = |x: i32, y: i32| (110..170).contains(&x) && (40..120).contains(&y);
        // One corner is cut off.
        let card = |x: i32, y: i32| card(x, y) && x - 110 + y - 40 > 12;
        let found = missed_of(card);
        let [hull] = &found[..] else {
            panic!("{} panels", found.len());
        };
        let held = hull.indices(SIDE as usize).count();
        let truth = (0..200).flat_map(|y| (0..200).map(move |x| (x, y)));
        let truth = truth.filter(|&(x, y)| card(x, y)).count();
        assert!(held.abs_diff(truth) * 100 < truth, "{held} of {truth}");
    }

    #[test]
    fn what_is_small_notched_or_at_the_edge_is_none() {
        let small = |x: i32, y: i32| (100..112).contains(&x) && (100..112).contains(&y);
        let notched = |x: i32, y: i32| {
            let (x, y) = (x - 60, y - 60);
            (0..80).contains(&x) && (0..80).contains(&y) && (x < 25 || y < 25)
        };
        let at_the_edge = |x: i32, y: i32| x < 60 && (50..130).contains(&y);
        assert!(missed_of(small).is_empty());
        assert!(missed_of(notched).is_empty());
        assert!(missed_of(at_the_edge).is_empty());
    }

    proptest! {
        #[test]
        fn an_envelope_is_convex_and_nowhere_above(values in prop::collection::vec(0f32..100.0, 1..60)) {
            let found = envelope(&values);
            prop_assert!(found.iter().zip(&values).all(|(f, v)| *f <= v + 1e-3));
            prop_assert!(found.windows(3).all(|f| f[0] + f[2] >= 2.0 * f[1] - 1e-3));
            prop_assert!((found[0], found.last()) == (values[0], values.last()));
        }
    }
}
