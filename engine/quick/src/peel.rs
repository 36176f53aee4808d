use engine::{CancelToken, EngineError};

use crate::ground::Ground;
use crate::picture::{Colour, Picture, distance};
use crate::quantile::{median, quantile};
use crate::segment::Regions;
use crate::window::{Bounds, EDGE, Window, depth};

/// Figures within figures are followed this deep.
const DEEPEST: usize = 5;
/// More figures than this mean noise or a photograph; what is inside those found is then left together.
const MOST_FIGURES: usize = 3000;

/// Something that stands out from the surface around it. Figure 0 is the whole picture.
pub struct Figure {
    /// Its own surface and all that stands on it, by picture index.
    pub pixels: Vec<u32>,
    pub parent: usize,
    pub bounds: Bounds,
    /// Median OKLab of its pixels.
    pub colour: Colour,
    /// Median distance of its pixels from that colour.
    pub spread: f32,
    /// Twice the greatest distance of a pixel to its edge: the width of a letter's strokes.
    pub thickness: usize,
    /// Fades into its surroundings instead of ending at an edge.
    pub soft: bool,
    /// The parent's surroundings seen through it, or something of their colour on the parent.
    pub hole: bool,
    /// Lies within its parent's outline rather than reaching over it.
    pub contained: bool,
    level: usize,
}

/// The tree of figures, parents before children: the surface of the picture is found, what stands out from it falls
/// apart into connected figures, and each of these is taken as a picture of its own.
pub fn peel(
    picture: &Picture,
    regions: &Regions,
    cancel: &CancelToken,
) -> Result<Vec<Figure>, EngineError> {
    let mut figures = vec![Figure::new(
        picture,
        (0..picture.len() as u32).collect(),
        0,
        0,
    )];
    if picture.visible.iter().any(|v| !v) {
        let all = figures[0].bounds;
        let parts = components(all, |k| picture.visible[k]);
        for part in parts {
            let pixels = part.into_iter().map(|k| k as u32).collect();
            figures.push(Figure::new(picture, pixels, 0, 1));
        }
    } else {
        figures.extend(children(picture, regions, &figures[0], 0, 1));
    }
    let mut next = 1;
    while next < figures.len() {
        cancel.check()?;
        let figure = &figures[next];
        if figure.level < DEEPEST && figures.len() < MOST_FIGURES && !figure.soft && !figure.hole {
            let found = children(picture, regions, figure, next, figures.len());
            figures.extend(found);
        }
        next += 1;
    }
    Ok(figures)
}

impl Figure {
    fn new(picture: &Picture, pixels: Vec<u32>, parent: usize, level: usize) -> Self {
        let bounds = Bounds::around(&pixels, picture.width);
        let step = (pixels.len() / 500).max(1);
        let colour = [0, 1, 2].map(|c| {
            median(
                pixels
                    .iter()
                    .step_by(step)
                    .map(|&p| picture.lab[p as usize][c])
                    .collect(),
            )
        });
        let spread = median(
            pixels
                .iter()
                .step_by(step)
                .map(|&p| distance(picture.lab[p as usize], colour))
                .collect(),
        );
        let thickness = if level == 0 {
            0
        } else {
            let window = Window::of(picture, &pixels, bounds);
            2 * window.depth.iter().copied().max().map_or(0, usize::from)
        };
        Self {
            pixels,
            parent,
            bounds,
            colour,
            spread,
            thickness,
            soft: false,
            hole: false,
            contained: true,
            level,
        }
    }
}

/// Window indices of the connected parts of a mask (8 neighbours), each sorted, in the order of their first pixel.
fn components(bounds: Bounds, member: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let (w, h) = (bounds.width(), bounds.height());
    let mut left: Vec<bool> = (0..bounds.area()).map(member).collect();
    let mut parts = Vec::new();
    for start in 0..left.len() {
        if !std::mem::take(&mut left[start]) {
            continue;
        }
        let mut part = vec![start];
        let mut next = 0;
        while let Some(&k) = part.get(next) {
            next += 1;
            let (x, y) = (k % w, k / w);
            for v in y.saturating_sub(1)..(y + 2).min(h) {
                for u in x.saturating_sub(1)..(x + 2).min(w) {
                    if std::mem::take(&mut left[v * w + u]) {
                        part.push(v * w + u);
                    }
                }
            }
        }
        part.sort_unstable();
        parts.push(part);
    }
    parts
}

/// What stands out from `figure`'s own surface. `index` is its place in the tree, `first` that of the first child.
fn children(
    picture: &Picture,
    regions: &Regions,
    figure: &Figure,
    index: usize,
    first: usize,
) -> Vec<Figure> {
    let window = Window::of(picture, &figure.pixels, figure.bounds);
    let whole = figure.level == 0;
    let inner = |k: usize| window.inside[k] && (whole || window.depth[k] > EDGE);
    let inner_area = (0..window.inside.len()).filter(|&k| inner(k)).count();
    if !whole && (inner_area < 60 || inner_area * 5 < figure.pixels.len()) {
        return Vec::new();
    }
    let Some(ground) = Ground::find(picture, regions, &window, whole) else {
        return Vec::new();
    };
    let least = if whole {
        4
    } else {
        12.max(figure.pixels.len() / 2000)
    };
    let mut found = Vec::new();
    let mut owner = vec![0u32; window.inside.len()];
    for mut part in components(window.bounds, |k| inner(k) && ground.stands_out(k)) {
        if !whole {
            spread(&window, &ground, &mut part);
        }
        let peak = part.iter().map(|&k| ground.residual[k]).fold(0.0, f32::max);
        if part.len() < least || peak < 1.5 * ground.limit {
            continue;
        }
        let pixels: Vec<u32> = part
            .iter()
            .map(|&k| window.at(k, picture.width) as u32)
            .collect();
        let mut child = Figure::new(picture, pixels, index, figure.level + 1);
        if !whole && is_rim(&child, &window, &part) {
            continue;
        }
        let outside = part
            .iter()
            .filter(|&&k| !whole && window.depth[k] <= 1)
            .count();
        child.contained = outside * 8 < edge_length(&window, &part);
        child.soft = ground.smooth && is_soft(&child, &window, &ground, &part);
        found.push(child);
        for &k in &part {
            owner[k] = (first + found.len() - 1) as u32 + 1;
        }
    }
    found.extend(holes(picture, figure, &window, &owner));
    found
}

/// Takes in the rim that was left out near the edge of the window's figure.
fn spread(window: &Window, ground: &Ground, part: &mut Vec<usize>) {
    let mut seen: std::collections::BTreeSet<usize> = part.iter().copied().collect();
    let mut front = part.clone();
    for _ in 0..EDGE {
        let mut next = Vec::new();
        for k in front {
            for n in window.around(k) {
                if window.inside[n]
                    && window.depth[n] <= EDGE
                    && ground.stands_out(n)
                    && seen.insert(n)
                {
                    next.push(n);
                }
            }
        }
        part.extend(&next);
        front = next;
    }
}

fn edge_length(window: &Window, part: &[usize]) -> usize {
    let members: std::collections::HashSet<usize> = part.iter().copied().collect();
    part.iter()
        .filter(|&&k| window.around(k).any(|n| !members.contains(&n)))
        .count()
}

/// Hard edges reach full strength within two pixels; a soft figure is weak at its rim, has no steps inside, and is one
/// colour mixed into the surface.
fn is_soft(child: &Figure, window: &Window, ground: &Ground, part: &[usize]) -> bool {
    if child.thickness < 10 {
        return false;
    }
    let mut local = vec![false; window.inside.len()];
    part.iter().for_each(|&k| local[k] = true);
    let inside = depth(window.bounds.width(), window.bounds.height(), |k| local[k]);
    let strength = |k: usize| ground.residual[k];
    let strong = quantile(part.iter().map(|&k| strength(k)).collect(), 0.9);
    let rim = median(
        part.iter()
            .filter(|&&k| (2..=4).contains(&inside[k]))
            .map(|&k| strength(k))
            .collect(),
    );
    let steps = part
        .iter()
        .filter(|&&k| inside[k] > 1)
        .map(|&k| (strength(k) - strength(k - 1)).abs());
    rim < 0.45 * strong
        && quantile(steps.collect(), 0.97) < 0.14 * strong
        && is_one_colour(ground, part, strong)
}

/// Whether nearly all that is well off the surface is off it in one direction.
fn is_one_colour(ground: &Ground, part: &[usize], strong: f32) -> bool {
    let clear: Vec<Colour> = part
        .iter()
        .filter(|&&k| ground.residual[k] > 0.4 * strong)
        .map(|&k| ground.offset[k])
        .collect();
    let mean =
        [0, 1, 2].map(|c| clear.iter().map(|o| o[c]).sum::<f32>() / clear.len().max(1) as f32);
    let length = |v: Colour| distance(v, [0.0; 3]).max(1e-6);
    let along = clear
        .iter()
        .map(|&o| (0..3).map(|c| o[c] * mean[c]).sum::<f32>() / (length(o) * length(mean)));
    quantile(along.collect(), 0.1) > 0.93
}

/// A thin sliver along the edge of the figure it is on: the edge itself, mixed with what is beyond.
fn is_rim(child: &Figure, window: &Window, part: &[usize]) -> bool {
    let near = part
        .iter()
        .filter(|&&k| window.depth[k] <= 3 * EDGE)
        .count();
    child.thickness <= 3 * usize::from(EDGE) && near * 10 > part.len() * 7
}

/// Parts of the ground that a single child encloses.
fn holes(picture: &Picture, figure: &Figure, window: &Window, owner: &[u32]) -> Vec<Figure> {
    let w = window.bounds.width();
    let mut parts = components(window.bounds, |k| window.inside[k] && owner[k] == 0);
    let largest = parts.iter().map(Vec::len).max();
    parts.retain(|part| Some(part.len()) != largest && part.len() >= 6);
    let mut found = Vec::new();
    for part in parts {
        let open = part.iter().any(|&k| {
            let (x, y) = (k % w, k / w);
            x == 0
                || y == 0
                || x + 1 == w
                || k + w >= owner.len()
                || window.around(k).any(|n| !window.inside[n])
        });
        let Some(keeper) = part
            .first()
            .and_then(|k| owner.get(k.wrapping_sub(1)))
            .filter(|o| **o > 0)
        else {
            continue;
        };
        if open {
            continue;
        }
        let pixels = part
            .iter()
            .map(|&k| window.at(k, picture.width) as u32)
            .collect();
        let mut hole = Figure::new(picture, pixels, *keeper as usize - 1, figure.level + 2);
        hole.hole = true;
        found.push(hole);
    }
    found
}
