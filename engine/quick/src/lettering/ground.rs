use rayon::prelude::*;

use super::zone::Zone;
use crate::picture::Colour;

const SAMPLES: usize = 3000;
/// Difference in a channel up to which a pixel may belong to the ground while it is searched for.
const NEAR: f32 = 0.035;
/// Share of what is looked at that has to be ground, so that it is one.
const LEAST: f32 = 0.5;
/// The same of the rim, that letters do not reach: else a second ground begins there.
const LEAST_RIM: f32 = 0.9;
/// The same of the rim before the picture's backdrop.
const LEAST_BACKDROP: f32 = 0.75;
/// Where the rim begins, in letter heights from the lines.
const RIM: f32 = 0.25;

/// A smooth ground behind the letters, and the deviation of its grain.
pub struct Ground {
    pub colour: Vec<Colour>,
    pub grain: f32,
}

type Basis = [f32; 6];

/// The picture's backdrop, where the rim is before it; else what is behind the letters alone.
pub fn find(zone: &Zone) -> Option<Ground> {
    before_backdrop(zone).or_else(|| fit(zone))
}

fn before_backdrop(zone: &Zone) -> Option<Ground> {
    let backdrop = zone.backdrop.as_ref()?;
    let near: Vec<usize> = (0..zone.len()).filter(|&i| zone.is_near(i)).collect();
    let off = |i: usize| gap(zone.rgb[i], backdrop[i]);
    let rim = || near.iter().filter(|&&i| zone.away[i] > RIM);
    let even = rim().filter(|&&i| off(i) < NEAR).count();
    if even == 0 || (even as f32) < LEAST_BACKDROP * rim().count() as f32 {
        return None;
    }
    let inside = near.iter().map(|&i| off(i)).filter(|&off| off < NEAR);
    Some(Ground {
        grain: deviation(inside.collect()),
        colour: backdrop.clone(),
    })
}

fn deviation(off: Vec<f32>) -> f32 {
    (off.iter().map(|off| off * off).sum::<f32>() / off.len() as f32).sqrt()
}

/// The flat colour or gradient that most of the pixels on and around the lines agree on (RANSAC, then least squares
/// with squares of the place); none on a busy ground.
fn fit(zone: &Zone) -> Option<Ground> {
    let points: Vec<usize> = (0..zone.len()).filter(|&i| zone.is_near(i)).collect();
    let step = (points.len() / SAMPLES).max(1);
    // A step that shares no factor with the width meets all columns.
    let points: Vec<usize> = points.into_iter().step_by(step | 1).collect();
    if points.len() < 12 {
        return None;
    }
    let weight = |i: usize| {
        let text = zone.text.as_ref().map_or(0.0, |t| t[i]);
        (1.0 - text) * if zone.away[i] > 0.0 { 2.0 } else { 1.0 }
    };
    let all: f32 = points.iter().map(|&i| weight(i)).sum();
    let mut chance = 1u32;
    let mut any = || {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        points[(chance >> 8) as usize % points.len()]
    };
    let planes = (0..240).filter_map(|round| {
        let first = any();
        match round < 60 {
            true => Some(flat(zone.rgb[first])),
            false => through(zone, [first, any(), any()]),
        }
    });
    let planes: Vec<[Basis; 3]> = planes.collect();
    let score = |plane: &[Basis; 3]| -> f32 {
        points
            .iter()
            .filter(|&&i| gap(zone.rgb[i], value(plane, basis(zone, i))) < NEAR)
            .map(|&i| weight(i))
            .sum()
    };
    let scores: Vec<f32> = planes.par_iter().map(score).collect();
    let mut best = (0.0, [[0.0; 6]; 3]);
    for (score, plane) in scores.into_iter().zip(planes) {
        if score > best.0 * 1.02 {
            best = (score, plane);
        }
    }
    let mut model = best.1;
    for near in [2.0 * NEAR, 1.5 * NEAR, NEAR] {
        let inside: Vec<usize> = points
            .iter()
            .copied()
            .filter(|&i| gap(zone.rgb[i], value(&model, basis(zone, i))) < near)
            .collect();
        model = least_squares(zone, &inside).unwrap_or(model);
    }
    let residuals: Vec<(f32, f32)> = points
        .iter()
        .map(|&i| (gap(zone.rgb[i], value(&model, basis(zone, i))), weight(i)))
        .filter(|r| r.0 < NEAR)
        .collect();
    let share: f32 = residuals.iter().map(|r| r.1).sum::<f32>() / all.max(1e-3);
    if share < LEAST {
        return None;
    }
    let rim = || points.iter().filter(|&&i| zone.away[i] > RIM);
    let even = rim()
        .filter(|&&i| gap(zone.rgb[i], value(&model, basis(zone, i))) < 1.5 * NEAR)
        .count();
    if (even as f32) < LEAST_RIM * rim().count() as f32 {
        return None;
    }
    Some(Ground {
        colour: (0..zone.len())
            .map(|i| value(&model, basis(zone, i)))
            .collect(),
        grain: deviation(residuals.into_iter().map(|r| r.0).collect()),
    })
}

/// 1, the place from -1 to 1, and its products.
fn basis(zone: &Zone, i: usize) -> Basis {
    let long = zone.width.max(zone.height) as f32 / 2.0;
    let x = ((i % zone.width) as f32 - zone.width as f32 / 2.0) / long;
    let y = ((i / zone.width) as f32 - zone.height as f32 / 2.0) / long;
    [1.0, x, y, x * x, x * y, y * y]
}

fn value(model: &[Basis; 3], at: Basis) -> Colour {
    model.map(|channel| channel.iter().zip(at).map(|(c, b)| c * b).sum())
}

/// The largest difference of a channel.
pub fn gap(a: Colour, b: Colour) -> f32 {
    (0..3).map(|c| (a[c] - b[c]).abs()).fold(0.0, f32::max)
}

fn flat(colour: Colour) -> [Basis; 3] {
    colour.map(|c| [c, 0.0, 0.0, 0.0, 0.0, 0.0])
}

/// The gradient through three pixels, unless it is steep: then it goes through letters.
fn through(zone: &Zone, [a, b, c]: [usize; 3]) -> Option<[Basis; 3]> {
    let [pa, pb, pc] = [a, b, c].map(|i| basis(zone, i));
    let (u, v) = (
        [pb[1] - pa[1], pb[2] - pa[2]],
        [pc[1] - pa[1], pc[2] - pa[2]],
    );
    let area = u[0] * v[1] - u[1] * v[0];
    if area.abs() < 0.01 {
        return None;
    }
    Some([0, 1, 2].map(|channel| {
        let at = |i: usize| zone.rgb[i][channel];
        let (du, dv) = (at(b) - at(a), at(c) - at(a));
        let x = (du * v[1] - dv * u[1]) / area;
        let y = (dv * u[0] - du * v[0]) / area;
        [at(a) - x * pa[1] - y * pa[2], x, y, 0.0, 0.0, 0.0]
    }))
}

fn least_squares(zone: &Zone, points: &[usize]) -> Option<[Basis; 3]> {
    if points.len() < 24 {
        return None;
    }
    let mut matrix = nalgebra::Matrix6::<f64>::zeros();
    let mut right = nalgebra::Matrix6x3::<f64>::zeros();
    for &i in points {
        let b = nalgebra::Vector6::from(basis(zone, i).map(f64::from));
        matrix += b * b.transpose();
        right += b * nalgebra::RowVector3::from(zone.rgb[i].map(f64::from));
    }
    // A trace of ridge: on a thin zone not every term is determined.
    matrix += nalgebra::Matrix6::identity() * (1e-6 * points.len() as f64);
    let solved = matrix.cholesky()?.solve(&right);
    Some([0, 1, 2].map(|c| [0, 1, 2, 3, 4, 5].map(|r| solved[(r, c)] as f32)))
}
