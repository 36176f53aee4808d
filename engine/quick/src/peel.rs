use engine::{CancelToken, EngineError};

use crate::figure::Figure;
use crate::ground::Ground;
use crate::hull::Hull;
use crate::parts::{SURFACE, components, is_rim, join_slivers, owners, share_rims};
use crate::picture::Picture;
use crate::segment::Regions;
use crate::window::{Bounds, EDGE, Window};

/// Figures within figures are followed this deep.
const DEEPEST: usize = 5;
/// More figures than this mean noise or a photograph; what is inside those found is then left together.
const MOST_FIGURES: usize = 3000;

/// The tree of figures, parents before children: the surface of the picture is found, what stands out from it falls
/// apart into connected figures, and each of these is taken as a picture of its own.
pub fn peel(
    picture: &Picture,
    regions: &Regions,
    cancel: &CancelToken,
) -> Result<Vec<Figure>, EngineError> {
    let all = (0..picture.len() as u32).collect();
    let mut figures = vec![Figure::new(picture, all, 0, 0)];
    if picture.visible.iter().any(|v| !v) {
        for part in components(figures[0].bounds, |k| picture.visible[k]) {
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
    let mut parts = components(window.bounds, |k| inner(k) && ground.stands_out(k));
    join_slivers(&window, &mut parts);
    parts.retain(|part| {
        part.len() >= least
            && part
                .iter()
                .any(|&k| ground.residual[k] >= 1.5 * ground.limit)
            && (whole || !is_rim(picture, &window, part))
    });
    if !whole {
        share_rims(&window, &ground, &mut parts);
    }
    let mut found: Vec<Figure> = parts
        .iter()
        .map(|part| Figure::standing_on(picture, (&window, index), &ground, part, figure.level + 1))
        .collect();
    if figure.level > 1 && !figure.on_even {
        found.iter_mut().for_each(|child| child.on_even = false);
    }
    let mut owner = owners(&window, &parts);
    let mut rest = components(window.bounds, |k| window.inside[k] && owner[k] == 0);
    let largest = (0..rest.len()).max_by_key(|&r| rest[r].len());
    if let Some(surface) = largest.map(|r| rest.swap_remove(r)).filter(|_| !whole) {
        surface.iter().for_each(|&k| owner[k] = SURFACE);
        find_behind(picture, &window, &owner, &mut found);
    }
    for hole in rest {
        if let Some(keeper) = keeper(&window, &owner, &hole) {
            let pixels = hole.iter().map(|&k| window.at(k, picture.width) as u32);
            let parent = first + keeper as usize - 1;
            let mut hole = Figure::new(picture, pixels.collect(), parent, figure.level + 2);
            hole.hole = true;
            found.push(hole);
        }
    }
    found
}

/// Of two things one of which reaches over the other, the upper bulges into the lower where they meet: most of what the
/// border between them goes around is the upper one's. A straight border is an edge of the larger, the surface.
fn find_behind(picture: &Picture, window: &Window, owner: &[u32], found: &mut [Figure]) {
    for (child, name) in found.iter_mut().zip(1..) {
        if child.contained || child.soft {
            continue;
        }
        let place = |&p: &u32| window.place(p as usize, picture.width);
        let meets = |p: &u32| window.around(place(p)).any(|n| owner[n] == SURFACE);
        let border: Vec<u32> = child.pixels.iter().copied().filter(meets).collect();
        let Some(hull) = Hull::around(&border, picture.width) else {
            continue;
        };
        let (mut own, mut under) = (0, 0);
        for i in Bounds::around(&border, picture.width).indices(picture.width) {
            if hull.contains(i % picture.width, i / picture.width) {
                let owner = owner[window.place(i, picture.width)];
                own += usize::from(owner == name);
                under += usize::from(owner == SURFACE);
            }
        }
        let own = own.saturating_sub(border.len());
        // The bulge of a jagged thing is half notches; a straight border takes up no room but its own.
        child.behind = 3 * own <= own + under + border.len();
    }
}

/// The one part that encloses a piece of the ground; `None` where the piece is open to a side.
fn keeper(window: &Window, owner: &[u32], piece: &[usize]) -> Option<u32> {
    let (w, h) = (window.bounds.width(), window.bounds.height());
    let open = |&k: &usize| {
        let (x, y) = (k % w, k / w);
        x == 0 || y == 0 || x + 1 == w || y + 1 == h || window.around(k).any(|n| !window.inside[n])
    };
    if piece.len() < 6 || piece.iter().any(open) {
        return None;
    }
    let left = piece.first()?.checked_sub(1)?;
    owner.get(left).copied().filter(|&o| o > 0 && o != SURFACE)
}
