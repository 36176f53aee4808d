use engine::Content;

use crate::peel::Figure;
use crate::picture::{Colour, Picture, distance};
use crate::window::Bounds;

/// Beyond this many, the smallest are joined to what they stand on or to the last one before any comparing of pairs.
const MOST_COMPARED: usize = 160;
/// Joins cheaper than this are made even when more layers are allowed: details too small for a layer.
const TOO_SMALL: f32 = 0.012;

/// A layer to be: figures that belong together.
pub struct Group {
    pub figures: Vec<usize>,
    pub content: Content,
    bounds: Bounds,
    /// Pixels, those of text counted by its bounds.
    area: f32,
    colour: Colour,
    soft: bool,
    hole: bool,
}

/// At most `most` groups, bottom first. The ground (figure 0) is not among them.
pub fn groups(
    picture: &Picture,
    figures: &[Figure],
    blocks: &[Vec<usize>],
    most: usize,
) -> Vec<Group> {
    let (mut groups, mut of) = first_groups(figures, blocks);
    drop_to(&mut groups, &mut of, figures);
    let canvas = picture.len() as f32;
    loop {
        let mut cheapest: Option<(f32, usize, usize)> = None;
        for a in 0..groups.len() {
            for b in a + 1..groups.len() {
                let cost = cost(&groups, &of, figures, (a, b), canvas);
                if cheapest.is_none_or(|c| cost < c.0) {
                    cheapest = Some((cost, a, b));
                }
            }
        }
        match cheapest {
            Some((cost, a, b)) if groups.len() > most || cost < TOO_SMALL => {
                join(&mut groups, &mut of, a, b);
            }
            _ => break,
        }
    }
    ordered(groups, &of, figures, picture.height)
}

/// One for each block of text and each other figure. `of[f]` is the group of figure f; holes that are not text have
/// none, and the ground has none.
fn first_groups(figures: &[Figure], blocks: &[Vec<usize>]) -> (Vec<Group>, Vec<Option<usize>>) {
    let mut of = vec![None; figures.len()];
    let mut groups: Vec<Group> = Vec::new();
    for block in blocks {
        block.iter().for_each(|&f| of[f] = Some(groups.len()));
        groups.push(Group::new(figures, block.clone(), Content::Text));
    }
    for f in 1..figures.len() {
        if of[f].is_some() {
            continue;
        }
        // What stands on a letter belongs to it; a hole is nothing.
        let parent = of[figures[f].parent].filter(|&g| groups[g].content == Content::Text);
        if let Some(g) = parent {
            if !figures[f].hole {
                of[f] = Some(g);
                groups[g].figures.push(f);
            }
        } else if !figures[f].hole {
            of[f] = Some(groups.len());
            groups.push(Group::new(figures, vec![f], Content::Object));
        }
    }
    (groups, of)
}

impl Group {
    fn new(figures: &[Figure], members: Vec<usize>, content: Content) -> Self {
        let first = &figures[members[0]];
        let bounds = members
            .iter()
            .fold(first.bounds, |b, &f| b.joined(figures[f].bounds));
        let area = match content {
            Content::Text => bounds.area() as f32 * 0.5,
            _ => members
                .iter()
                .map(|&f| figures[f].pixels.len() as f32)
                .sum(),
        };
        Self {
            content,
            bounds,
            area,
            colour: first.colour,
            soft: first.soft,
            hole: first.hole,
            figures: members,
        }
    }

    fn letter_height(&self, figures: &[Figure]) -> f32 {
        let heights = self
            .figures
            .iter()
            .map(|&f| figures[f].bounds.height() as f32);
        crate::quantile::median(heights.collect()).max(1.0)
    }
}

/// Joins the smallest objects to what they stand on, or to each other, until the rest can be compared pair by pair.
fn drop_to(groups: &mut Vec<Group>, of: &mut [Option<usize>], figures: &[Figure]) {
    if groups.len() <= MOST_COMPARED {
        return;
    }
    let mut areas: Vec<f32> = groups.iter().map(|g| g.area).collect();
    areas.sort_by(|a, b| b.total_cmp(a));
    let least = areas[MOST_COMPARED - 1];
    let mut loose: Option<usize> = None;
    let mut into: Vec<usize> = (0..groups.len()).collect();
    for g in 0..groups.len() {
        if groups[g].area >= least {
            continue;
        }
        let on = of[figures[groups[g].figures[0]].parent].filter(|&p| p != g && into[p] != g);
        into[g] = match on {
            Some(parent) if groups[g].content != Content::Text => into[parent],
            _ => *loose.get_or_insert(g),
        };
    }
    let mut kept: Vec<Option<Group>> = std::mem::take(groups).into_iter().map(Some).collect();
    let mut place = vec![usize::MAX; kept.len()];
    for g in 0..kept.len() {
        if into[g] == g {
            place[g] = groups.len();
            groups.extend(kept[g].take());
        }
    }
    for g in 0..kept.len() {
        if let Some(small) = kept[g].take() {
            // A chain of joins ends at one that was kept.
            let mut to = into[g];
            while place[to] == usize::MAX {
                to = into[to];
            }
            place[g] = place[to];
            absorb(&mut groups[place[g]], small);
        }
    }
    of.iter_mut().flatten().for_each(|g| *g = place[*g]);
}

fn absorb(group: &mut Group, other: Group) {
    if other.area > group.area {
        group.colour = other.colour;
        if group.content != other.content {
            group.content = Content::Object;
        }
    }
    group.figures.extend(other.figures);
    group.bounds = group.bounds.joined(other.bounds);
    group.area += other.area;
    group.soft &= other.soft;
    group.hole &= other.hole;
}

fn join(groups: &mut Vec<Group>, of: &mut [Option<usize>], a: usize, b: usize) {
    let gone = groups.remove(b);
    absorb(&mut groups[a], gone);
    for g in of.iter_mut().flatten() {
        if *g == b {
            *g = a;
        } else if *g > b {
            *g -= 1;
        }
    }
}

/// How much is lost by making one layer of two: more the larger the smaller one is and the less they have in common.
fn cost(
    groups: &[Group],
    of: &[Option<usize>],
    figures: &[Figure],
    pair: (usize, usize),
    canvas: f32,
) -> f32 {
    let (a, b) = (&groups[pair.0], &groups[pair.1]);
    let size = (a.area.min(b.area) / canvas).sqrt();
    let colour = distance(a.colour, b.colour);
    let (dx, dy) = a.bounds.gap(b.bounds);
    let gap = (dx * dx + dy * dy) as f32;
    if a.content == Content::Text && b.content == Content::Text {
        let (ha, hb) = (a.letter_height(figures), b.letter_height(figures));
        let lines = gap.sqrt() / ha.max(hb);
        let scale = (ha / hb).ln().abs();
        return size * (0.25 + 0.12 * lines.min(8.0) + 0.8 * colour + 0.35 * scale);
    }
    if a.content != b.content {
        return size * 3.5 + 0.05;
    }
    let stands_on = |top: &Group, under: usize| {
        let mut on = top
            .figures
            .iter()
            .filter(|&&f| of[figures[f].parent] == Some(under));
        on.next().map(|&f| figures[f].contained)
    };
    let contact = stands_on(a, pair.1).or_else(|| stands_on(b, pair.0));
    let other = if a.soft == b.soft { 0.0 } else { 0.4 };
    match contact {
        Some(true) => size * (0.35 + other),
        Some(false) => size * (0.55 + other),
        None => {
            let far = gap.sqrt() / canvas.sqrt();
            let scale = (a.area / b.area).ln().abs();
            size * (0.6 + far.min(1.0) * 0.5 + colour + 0.06 * scale + other)
        }
    }
}

/// Bottom first: what stands on something is above it, a fading figure that reaches beyond what it was found on (a
/// shadow) is below it, and otherwise objects before text, larger before smaller, and in
/// reading order.
fn ordered(
    groups: Vec<Group>,
    of: &[Option<usize>],
    figures: &[Figure],
    height: usize,
) -> Vec<Group> {
    let mut below = vec![std::collections::BTreeSet::new(); groups.len()];
    for (f, figure) in figures.iter().enumerate() {
        let (Some(top), Some(under)) = (of[f], of[figure.parent]) else {
            continue;
        };
        if top != under {
            if figure.soft && !figure.contained {
                below[under].insert(top);
            } else {
                below[top].insert(under);
            }
        }
    }
    // Sizes within a factor of four count as equal.
    let size = |g: &Group| -(g.area.max(1.0).log(4.0).round() as i32);
    // In rows of a sixth of the picture.
    let row = (height / 6).max(1);
    let place = |g: &Group| {
        (
            (g.bounds.top + g.bounds.bottom) / 2 / row,
            g.bounds.left,
            g.bounds.top,
        )
    };
    let rank = |g: &Group| match g.content {
        Content::Text => (1, 0, place(g)),
        _ => (0, size(g), place(g)),
    };
    let mut left: Vec<usize> = (0..groups.len()).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let free = |g: &usize| below[*g].iter().all(|b| order.contains(b));
        // Groups that lie both over and under each other have no free one among them.
        let next = left
            .iter()
            .filter(|g| free(g))
            .min_by_key(|g| rank(&groups[**g]))
            .or_else(|| left.iter().min_by_key(|g| rank(&groups[**g])))
            .copied();
        let Some(next) = next else { break };
        left.retain(|&g| g != next);
        order.push(next);
    }
    let mut groups: Vec<Option<Group>> = groups.into_iter().map(Some).collect();
    order.iter().filter_map(|&g| groups[g].take()).collect()
}
