use engine::Content;

use crate::figure::Figure;
use crate::picture::{Colour, Picture, distance};
use crate::quantile::median;
use crate::window::{Bounds, grow};

/// Beyond this many, the smallest go to what they are on or near before any comparing of pairs.
const MOST_COMPARED: usize = 160;
/// Joins cheaper than this are made even when more layers are allowed.
const TOO_SMALL: f32 = 0.012;
/// What weighs less, in parts of the picture, is too slight for a layer of its own.
const SLIGHT: f32 = 0.0004;
/// What is smaller, in parts of the picture, and on the ground by itself, stays there.
const SPECK: f32 = 0.000_04;

/// A layer to be: figures that belong together.
pub struct Group {
    pub figures: Vec<usize>,
    pub content: Content,
    bounds: Bounds,
    /// Pixels that count: those of text by its bounds, of anything else by what it is beyond edges and slivers.
    weight: f32,
    /// Height of a letter.
    tall: f32,
    colour: Colour,
    /// Fades at its edges, but for slight things joined to it.
    pub soft: bool,
}

/// At most `most` groups, bottom first. The ground (figure 0) is not among them.
pub fn groups(
    picture: &Picture,
    figures: &[Figure],
    blocks: &[Vec<usize>],
    most: usize,
) -> Vec<Group> {
    let (mut groups, mut of) = first_groups(figures, blocks);
    place_slight(picture, &mut groups, &mut of, figures);
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
    ordered(groups, &of, figures)
}

/// One for each block of text and each other figure. `of[f]` is the group of figure f; the ground has none, and what is
/// seen through a hole has none.
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
        // What stands on a letter belongs to it.
        let parent = of[figures[f].parent].filter(|&g| groups[g].content == Content::Text);
        if let Some(g) = parent {
            if !figures[f].hole {
                of[f] = Some(g);
                groups[g].figures.push(f);
            }
        } else if figures[f].hole && figures[f].core == 0 {
            // A gap no wider than an edge is no hole in a whole thing.
            of[f] = of[figures[f].parent];
            if let Some(g) = of[f] {
                groups[g].figures.push(f);
            }
        } else if !figures[f].hole {
            of[f] = Some(groups.len());
            groups.push(Group::new(figures, vec![f], Content::Object));
        }
    }
    // What stands on a figure is not its own.
    for f in figures.iter().skip(1).filter(|f| !f.hole) {
        if let Some(g) = of[f.parent].filter(|&g| groups[g].content == Content::Object) {
            groups[g].weight = (groups[g].weight - weight(f)).max(0.0);
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
        let weight = match content {
            Content::Text => bounds.area() as f32 * 0.5,
            _ => members.iter().map(|&f| weight(&figures[f])).sum(),
        };
        let heights = members.iter().map(|&f| figures[f].bounds.height() as f32);
        Self {
            content,
            bounds,
            weight,
            tall: median(heights.collect()).max(1.0),
            colour: first.colour,
            soft: first.soft,
            figures: members,
        }
    }
}

/// What a figure is beyond its edge; less where it has no clear edge.
fn weight(figure: &Figure) -> f32 {
    if figure.soft {
        return figure.pixels.len() as f32;
    }
    figure.core as f32 * (figure.contrast - 1.0).clamp(0.0, 1.0)
}

/// Joins objects too slight for a layer to what they stand on, else to the nearest object, else to each other; leaves
/// lone specks to the ground.
fn place_slight(
    picture: &Picture,
    groups: &mut Vec<Group>,
    of: &mut [Option<usize>],
    figures: &[Figure],
) {
    let canvas = picture.len() as f32;
    let objects = groups.iter().filter(|g| g.content != Content::Text);
    let mut weights: Vec<f32> = objects.map(|g| weight(&figures[g.figures[0]])).collect();
    weights.sort_by(|a, b| b.total_cmp(a));
    let least = weights
        .get(MOST_COMPARED)
        .copied()
        .unwrap_or(0.0)
        .max(SLIGHT * canvas);
    let is_slight =
        |g: &Group| g.content != Content::Text && weight(&figures[g.figures[0]]) < least;
    let near = nearest(picture, groups, figures, |g| {
        g.content != Content::Text && !is_slight(g)
    });
    let mut loose: Option<usize> = None;
    // Where each goes; parents come before children.
    let mut into: Vec<Option<usize>> = (0..groups.len()).map(Some).collect();
    for g in (0..groups.len()).filter(|&g| is_slight(&groups[g])) {
        let figure = &figures[groups[g].figures[0]];
        let beside = figure
            .pixels
            .iter()
            .find_map(|&p| (near[p as usize] as usize).checked_sub(1));
        into[g] = match of[figure.parent] {
            Some(parent) => into[parent],
            None if beside.is_some() => beside,
            None if (figure.pixels.len() as f32) < SPECK * canvas => None,
            None => Some(*loose.get_or_insert(g)),
        };
    }
    let mut place = vec![None; groups.len()];
    let mut left: Vec<Option<Group>> = std::mem::take(groups).into_iter().map(Some).collect();
    for g in (0..left.len()).filter(|&g| into[g] == Some(g)) {
        place[g] = Some(groups.len());
        groups.extend(left[g].take());
    }
    for g in 0..left.len() {
        place[g] = into[g].and_then(|to| place[to]);
        if let Some((slight, to)) = left[g].take().zip(place[g]) {
            let soft = groups[to].soft;
            absorb(&mut groups[to], slight);
            groups[to].soft = soft;
        }
    }
    of.iter_mut().for_each(|g| *g = g.and_then(|g| place[g]));
}

/// The group, counted from 1, whose figures on the ground are nearest to each pixel; 0 where none is near.
fn nearest(
    picture: &Picture,
    groups: &[Group],
    figures: &[Figure],
    counts: impl Fn(&Group) -> bool,
) -> Vec<u32> {
    let mut labels = vec![0; picture.len()];
    for (g, name) in groups.iter().zip(1..).filter(|(g, _)| counts(g)) {
        for figure in g
            .figures
            .iter()
            .map(|&f| &figures[f])
            .filter(|f| f.parent == 0)
        {
            figure
                .pixels
                .iter()
                .for_each(|&p| labels[p as usize] = name);
        }
    }
    grow(
        &mut labels,
        picture.width,
        picture.width.max(picture.height) / 32,
        |_| true,
    );
    labels
}

fn absorb(group: &mut Group, other: Group) {
    if other.weight > group.weight {
        group.colour = other.colour;
        group.tall = other.tall;
        if group.content != other.content {
            group.content = Content::Object;
        }
    }
    group.figures.extend(other.figures);
    group.bounds = group.bounds.joined(other.bounds);
    group.weight += other.weight;
    group.soft &= other.soft;
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
    let size = (a.weight.min(b.weight) / canvas).sqrt();
    let colour = distance(a.colour, b.colour);
    let (dx, dy) = a.bounds.gap(b.bounds);
    let gap = (dx * dx + dy * dy) as f32;
    if a.content == Content::Text && b.content == Content::Text {
        let (ha, hb) = (a.tall, b.tall);
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
        on.next()
            .map(|&f| match (figures[f].on_even, figures[f].contained) {
                (false, _) => 0.03,
                (_, true) => 0.35,
                (_, false) => 0.55,
            })
    };
    let contact = stands_on(a, pair.1).or_else(|| stands_on(b, pair.0));
    let other = if a.soft == b.soft { 0.0 } else { 0.4 };
    match contact {
        Some(loss) => size * (loss + other),
        None => {
            let far = gap.sqrt() / canvas.sqrt();
            let scale = (a.weight.max(1.0) / b.weight.max(1.0)).ln().abs();
            size * (0.6 + far.min(1.0) * 0.5 + colour + 0.06 * scale + other)
        }
    }
}

/// Bottom first: what stands on something is above it unless it is behind, and otherwise objects before text, in reading
/// order.
fn ordered(groups: Vec<Group>, of: &[Option<usize>], figures: &[Figure]) -> Vec<Group> {
    let mut below = vec![std::collections::BTreeSet::new(); groups.len()];
    for (f, figure) in figures.iter().enumerate() {
        let (Some(top), Some(under)) = (of[f], of[figure.parent]) else {
            continue;
        };
        if top != under {
            if figure.behind && groups[top].content != Content::Text {
                below[under].insert(top);
            } else {
                below[top].insert(under);
            }
        }
    }
    let is_text = |g: usize| groups[g].content == Content::Text;
    let mut left: Vec<usize> = (0..groups.len()).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let free = |g: &usize| below[*g].iter().all(|b| order.contains(b));
        let mut next: Vec<usize> = left.iter().copied().filter(free).collect();
        if next.is_empty() {
            // Groups that lie both over and under each other have no free one among them.
            next.clone_from(&left);
        }
        if !next.iter().all(|&g| is_text(g)) {
            next.retain(|&g| !is_text(g));
        }
        // In a row with the topmost is what begins above its middle.
        let middle = |g: usize| (groups[g].bounds.top + groups[g].bounds.bottom) / 2;
        let row = next.iter().map(|&g| middle(g)).min().unwrap_or(0);
        next.retain(|&g| groups[g].bounds.top <= row);
        let Some(first) = next.into_iter().min_by_key(|&g| (groups[g].bounds.left, g)) else {
            break;
        };
        left.retain(|&g| g != first);
        order.push(first);
    }
    let mut groups: Vec<Option<Group>> = groups.into_iter().map(Some).collect();
    order.iter().filter_map(|&g| groups[g].take()).collect()
}
