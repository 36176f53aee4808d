use crate::figure::Figure;
use crate::picture::distance;
use crate::quantile::median;
use crate::union_find::Sets;

/// Fewer letters in a row are no line of text.
const LEAST_LETTERS: f32 = 2.8;
/// Letters times their height, in pixels: the smaller they are, the more look alike by chance.
const LEAST_IN_ALL: f32 = 40.0;
/// On an arc, where nothing stands level, more are needed.
const LEAST_ON_ARC: usize = 5;

/// Blocks of text: for each, the figures that are its letters. Letters are thin-stroked figures; several of like height,
/// stroke and ink side by side on one level, or along an arc, are a line, and lines near each other a block. Holes that
/// form lines of their own (letters in the colour of what is under a card, cut from the card) count; the holes of
/// letters do not.
pub fn blocks(figures: &[Figure], picture_height: usize) -> Vec<Vec<usize>> {
    let mut on_it = vec![0; figures.len()];
    figures
        .iter()
        .skip(1)
        .filter(|f| !f.hole)
        .for_each(|f| on_it[f.parent] += f.pixels.len());
    let solid: Vec<usize> = (1..figures.len())
        .filter(|&f| !figures[f].hole && is_letter(&figures[f], picture_height))
        // What carries much else is an object.
        .filter(|&f| on_it[f] * 5 < figures[f].pixels.len())
        .collect();
    let mut taken = vec![false; figures.len()];
    let mut blocks = found(figures, &solid, &mut taken);
    let holes: Vec<usize> = (1..figures.len())
        .filter(|&f| {
            let (hole, card) = (&figures[f], &figures[figures[f].parent]);
            hole.hole
                && !taken[hole.parent]
                && extent(card) > 0.6
                && card.bounds.height() * 2 > hole.bounds.height() * 3
                && is_letter(hole, picture_height)
        })
        .collect();
    blocks.extend(found(figures, &holes, &mut taken));
    blocks
}

fn found(figures: &[Figure], letters: &[usize], taken: &mut [bool]) -> Vec<Vec<usize>> {
    let (mut lines, rest): (Vec<_>, Vec<_>) = linked(figures, letters, level)
        .into_iter()
        .partition(|line| is_line(figures, line));
    let arcs = linked(figures, &rest.concat(), on_arc);
    lines.extend(arcs.into_iter().filter(|arc| is_arc(figures, arc)));
    let in_line: std::collections::HashSet<usize> = lines.iter().flatten().copied().collect();
    // Two letters alone, or a word in one stroke, are text where there are lines of the same.
    let is_alike = |pair: &Vec<usize>| {
        (pair.len() == 2 || count(figures, pair) >= LEAST_LETTERS)
            && pair.iter().all(|f| !in_line.contains(f))
            && lines.iter().any(|line| alike(figures, pair, line, 1.5))
    };
    let pairs: Vec<Vec<usize>> = rest.into_iter().filter(is_alike).collect();
    lines.extend(pairs);
    let mut blocks = joined(figures, lines);
    blocks.retain(|block| count(figures, block) * tall(figures, block) >= LEAST_IN_ALL);
    blocks.iter().flatten().for_each(|&f| taken[f] = true);
    for block in &mut blocks {
        take_signs(figures, block, taken);
    }
    blocks
}

fn extent(figure: &Figure) -> f32 {
    figure.pixels.len() as f32 / figure.bounds.area().max(1) as f32
}

fn is_letter(figure: &Figure, picture_height: usize) -> bool {
    let (w, h) = (figure.bounds.width(), figure.bounds.height());
    let long = w.max(h) as f32;
    !figure.soft
        && figure.contrast > 2.0
        // One ink, as far as strokes are broad enough to show it.
        && (figure.thickness < 16 || figure.spread < 0.06)
        && h >= 4
        && h * 5 < picture_height * 2
        && (figure.thickness as f32) < 0.45 * h as f32 + 2.0
        && (long / (w.min(h) as f32)) < 14.0
        // Outlines of larger things are too thin for their size.
        && figure.thickness * 16 > h
        && (0.1..0.9).contains(&extent(figure))
}

/// How many letters a figure may be: more where they touch.
fn letters(figure: &Figure) -> f32 {
    let shape = figure.bounds.width() as f32 / figure.bounds.height() as f32;
    (0.9 * shape).clamp(1.0, 8.0)
}

fn count(figures: &[Figure], line: &[usize]) -> f32 {
    line.iter().map(|&f| letters(&figures[f])).sum()
}

fn tall(figures: &[Figure], line: &[usize]) -> f32 {
    median(
        line.iter()
            .map(|&f| figures[f].bounds.height() as f32)
            .collect(),
    )
    .max(1.0)
}

/// Thin strokes are mixed with what is behind them, so small letters of one ink differ more.
fn same_ink(a: &Figure, b: &Figure) -> bool {
    let low = a.bounds.height().min(b.bounds.height()) as f32;
    distance(a.colour, b.colour) < 0.06 + 1.2 / low
}

/// Of like size, stroke and ink.
fn of_one_hand(a: &Figure, b: &Figure, sizes: (f32, f32), most: f32) -> bool {
    let (ta, tb) = (a.thickness as f32, b.thickness as f32);
    sizes.0.max(sizes.1) < most * sizes.0.min(sizes.1)
        && ta.max(tb) <= 1.6 * ta.min(tb) + 2.0
        && same_ink(a, b)
}

/// At one height, but for the grid of pixels.
fn on_level(a: usize, b: usize, tall: f32) -> bool {
    a.abs_diff(b) as f32 <= 0.07 * tall + 1.0
}

/// Side by side, feet or heads on one level.
fn level(a: &Figure, b: &Figure) -> bool {
    let heights = (a.bounds.height() as f32, b.bounds.height() as f32);
    let tall = heights.0.max(heights.1);
    let narrow = a.bounds.width().min(b.bounds.width()) as f32;
    let gap = a.bounds.left.max(b.bounds.left) as f32 - a.bounds.right.min(b.bounds.right) as f32;
    (-0.5 * narrow..tall).contains(&gap)
        && (on_level(a.bounds.bottom, b.bounds.bottom, tall)
            || on_level(a.bounds.top, b.bounds.top, tall))
        && of_one_hand(a, b, heights, 2.6)
}

/// Enough letters, most of which stand on one level with the one before; two figures only where one is a whole word, or
/// reaches over the letters that it begins.
fn is_line(figures: &[Figure], line: &[usize]) -> bool {
    let words = line
        .iter()
        .filter(|&&f| letters(&figures[f]) >= LEAST_LETTERS);
    let on_feet = line.windows(2).filter(|pair| {
        let (a, b) = (&figures[pair[0]], &figures[pair[1]]);
        let tall = a.bounds.height().max(b.bounds.height()) as f32;
        // The feet of whole words may be below the line.
        on_level(a.bounds.bottom, b.bounds.bottom, tall) || letters(a).max(letters(b)) > 1.5
    });
    let over = line
        .windows(2)
        .filter(|pair| figures[pair[0]].bounds.right > figures[pair[1]].bounds.left);
    line.len() + words.count() + over.count() > 2
        && count(figures, line) >= LEAST_LETTERS
        && on_feet.count() * 2 >= line.len() - 1
}

fn centre(figure: &Figure) -> (f32, f32) {
    let b = figure.bounds;
    (
        (b.left + b.right) as f32 / 2.0,
        (b.top + b.bottom) as f32 / 2.0,
    )
}

fn on_arc(a: &Figure, b: &Figure) -> bool {
    let (ca, cb) = (centre(a), centre(b));
    let size = |f: &Figure| f.bounds.height().max(f.bounds.width()) as f32;
    let sizes = (size(a), size(b));
    let is_one = |f: &Figure| {
        f.bounds.width().max(f.bounds.height()) < 3 * f.bounds.width().min(f.bounds.height())
    };
    is_one(a)
        && is_one(b)
        && (ca.0 - cb.0).hypot(ca.1 - cb.1) < 1.6 * sizes.0.min(sizes.1)
        && of_one_hand(a, b, sizes, 2.0)
}

/// Every letter that is not at an end goes on about straight from its neighbour on one side to that on the other.
fn is_arc(figures: &[Figure], line: &[usize]) -> bool {
    if line.len() < LEAST_ON_ARC {
        return false;
    }
    let centres: Vec<(f32, f32)> = line.iter().map(|&f| centre(&figures[f])).collect();
    let bent = (0..centres.len())
        .filter(|&i| {
            let (x, y) = centres[i];
            let mut ways: Vec<(f32, f32)> = centres
                .iter()
                .map(|c| (c.0 - x, c.1 - y))
                .filter(|w| *w != (0.0, 0.0))
                .collect();
            ways.sort_by(|a, b| a.0.hypot(a.1).total_cmp(&b.0.hypot(b.1)));
            match ways[..] {
                [a, b, ..] => a.0 * b.0 + a.1 * b.1 > -0.8 * a.0.hypot(a.1) * b.0.hypot(b.1),
                _ => true,
            }
        })
        .count();
    bent <= 2 + line.len() / 6
}

/// Sets of letters linked by neighbours.
fn linked(
    figures: &[Figure],
    letters: &[usize],
    are_linked: fn(&Figure, &Figure) -> bool,
) -> Vec<Vec<usize>> {
    let mut order = letters.to_vec();
    order.sort_by_key(|&f| (figures[f].bounds.left, f));
    let mut sets = Sets::new(order.len());
    for (i, &a) in order.iter().enumerate() {
        let a = &figures[a];
        // No letter a link away is further.
        let reach = a.bounds.right + 3 * a.bounds.height().max(a.bounds.width());
        for (j, &b) in order.iter().enumerate().skip(i + 1) {
            if figures[b].bounds.left > reach {
                break;
            }
            if are_linked(a, &figures[b]) {
                sets.join(i as u32, j as u32);
            }
        }
    }
    collected(&mut sets, order.into_iter().map(|f| vec![f]).collect())
}

fn collected(sets: &mut Sets, members: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mut groups = std::collections::BTreeMap::<u32, Vec<usize>>::new();
    for (i, member) in members.into_iter().enumerate() {
        groups
            .entry(sets.find(i as u32))
            .or_default()
            .extend(member);
    }
    groups.into_values().collect()
}

fn alike(figures: &[Figure], a: &[usize], b: &[usize], heights: f32) -> bool {
    let (ta, tb) = (tall(figures, a), tall(figures, b));
    let same = |a: &usize, b: &usize| same_ink(&figures[*a], &figures[*b]);
    ta.max(tb) < heights * ta.min(tb) && a.first().zip(b.first()).is_some_and(|(a, b)| same(a, b))
}

/// Lines of like letters that are nearer than about two of their heights become blocks.
fn joined(figures: &[Figure], lines: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let bounds: Vec<_> = lines
        .iter()
        .map(|line| {
            line.iter()
                .fold(figures[line[0]].bounds, |b, &f| b.joined(figures[f].bounds))
        })
        .collect();
    let mut sets = Sets::new(lines.len());
    for a in 0..lines.len() {
        for b in a + 1..lines.len() {
            let (dx, dy) = bounds[a].gap(bounds[b]);
            let near = 2.2 * tall(figures, &lines[a]).max(tall(figures, &lines[b]));
            if dx as f32 <= near && dy as f32 <= near && alike(figures, &lines[a], &lines[b], 1.5) {
                sets.join(a as u32, b as u32);
            }
        }
    }
    collected(&mut sets, lines)
}

/// Full stops, dots and accents near a letter; and what stands in line with the letters though it looks like none: a
/// dash, a letter far from the others, a word written in one stroke.
fn take_signs(figures: &[Figure], block: &mut Vec<usize>, taken: &mut [bool]) {
    let tall = tall(figures, block);
    let hole = figures[block[0]].hole;
    let mut next = 0;
    while let Some(&letter) = block.get(next) {
        next += 1;
        let letter = &figures[letter];
        for (f, figure) in figures.iter().enumerate().skip(1) {
            let b = figure.bounds;
            if taken[f] || figure.soft || figure.hole != hole || b.height() as f32 > 2.0 * tall {
                continue;
            }
            let (dx, dy) = b.gap(letter.bounds);
            let is_small = (b.width().max(b.height()) as f32) <= 0.6 * tall;
            let is_near = is_small && ((dx + dy) as f32) < 0.5 * tall;
            let slack = (0.5 * tall) as usize;
            let is_in_line = b.top + slack >= letter.bounds.top
                && b.bottom <= letter.bounds.bottom + slack
                && (dx as f32) < tall
                && figure.thickness as f32 <= 0.5 * tall + 2.0;
            if (is_near || is_in_line) && same_ink(figure, letter) {
                taken[f] = true;
                block.push(f);
            }
        }
    }
}
