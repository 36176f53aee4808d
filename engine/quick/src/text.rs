use crate::peel::Figure;
use crate::picture::distance;
use crate::quantile::median;
use crate::union_find::Sets;

/// Blocks of text: for each, the figures that are its letters. A letter is a thin-stroked figure; letters of like size
/// and colour that stand close together are one block. Holes that form text of their own (letters in the colour of what
/// is under a card, cut from the card) count; the holes of letters do not.
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
    let mut blocks = grouped(figures, &solid);
    let mut taken = vec![false; figures.len()];
    blocks.iter().flatten().for_each(|&f| taken[f] = true);
    let holes: Vec<usize> = (1..figures.len())
        .filter(|&f| {
            let (hole, card) = (&figures[f], &figures[figures[f].parent]);
            hole.hole
                && !taken[hole.parent]
                && card.bounds.height() * 2 > hole.bounds.height() * 3
                && is_letter(hole, picture_height)
        })
        .collect();
    blocks.extend(grouped(figures, &holes));
    blocks.iter().flatten().for_each(|&f| taken[f] = true);
    for block in &mut blocks {
        take_dots(figures, block, &mut taken);
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
        // One ink, as far as strokes are broad enough to show it.
        && (figure.thickness < 8 || figure.spread < 0.06)
        && h >= 4
        && h * 5 < picture_height * 2
        && (figure.thickness as f32) < 0.45 * h as f32 + 2.0
        && (long / (w.min(h) as f32)) < 14.0
        // Outlines of larger things are too thin for their size.
        && figure.thickness * 16 > h
        && extent(figure) > 0.1
}

/// Like size, like colour, close together; a word space is wider than a line space.
fn akin(a: &Figure, b: &Figure) -> bool {
    let (ha, hb) = (a.bounds.height() as f32, b.bounds.height() as f32);
    let tall = ha.max(hb);
    let (dx, dy) = a.bounds.gap(b.bounds);
    let (dx, dy) = (dx as f32 / tall, dy as f32 / tall);
    let stroke = (a.thickness.max(1) as f32 / b.thickness.max(1) as f32)
        .ln()
        .abs();
    let near = if dy == 0.0 {
        dx < 1.3
    } else {
        dx < 0.9 && dy < 0.9 && dx + dy < 1.1
    };
    near && tall / ha.min(hb) < 2.6 && stroke < 0.8 && same_ink(a, b)
}

/// Thin strokes are mixed with what is behind them, so small letters of one ink differ more.
fn same_ink(a: &Figure, b: &Figure) -> bool {
    let low = a.bounds.height().min(b.bounds.height()) as f32;
    distance(a.colour, b.colour) < 0.1 + 1.2 / low
}

fn grouped(figures: &[Figure], letters: &[usize]) -> Vec<Vec<usize>> {
    let mut order = letters.to_vec();
    order.sort_by_key(|&f| (figures[f].bounds.top, f));
    let mut sets = Sets::new(order.len());
    for (i, &a) in order.iter().enumerate() {
        let reach = figures[a].bounds.bottom + 4 * figures[a].bounds.height();
        for (j, &b) in order.iter().enumerate().skip(i + 1) {
            if figures[b].bounds.top > reach {
                break;
            }
            if akin(&figures[a], &figures[b]) {
                sets.join(i as u32, j as u32);
            }
        }
    }
    let mut groups = std::collections::BTreeMap::<u32, Vec<usize>>::new();
    for (i, &f) in order.iter().enumerate() {
        groups.entry(sets.find(i as u32)).or_default().push(f);
    }
    groups
        .into_values()
        .filter(|g| is_text(figures, g))
        .collect()
}

fn is_text(figures: &[Figure], group: &[usize]) -> bool {
    let letters: f32 = group
        .iter()
        .map(|&f| {
            let b = figures[f].bounds;
            // A word whose letters touch.
            (b.width() as f32 / b.height() as f32 * 0.9).clamp(1.0, 8.0)
        })
        .sum();
    let filled = median(group.iter().map(|&f| extent(&figures[f])).collect());
    let level = |edge: fn(&Figure) -> usize| {
        let places: Vec<usize> = group.iter().map(|&f| edge(&figures[f])).collect();
        let spread = places
            .iter()
            .max()
            .zip(places.iter().min())
            .map_or(0, |(a, b)| a - b);
        spread * 6 < figures[group[0]].bounds.height()
    };
    match group.len() {
        1 => letters > 2.5 && (0.2..0.6).contains(&filled),
        2 => {
            letters >= 2.0 && filled < 0.72 && level(|f| f.bounds.bottom) && level(|f| f.bounds.top)
        }
        _ => letters >= 2.8 && filled < 0.85,
    }
}

/// Full stops, dots and accents near a letter; and what stands in line with the letters though it looks like none: a
/// dash, a word written in one stroke.
fn take_dots(figures: &[Figure], block: &mut Vec<usize>, taken: &mut [bool]) {
    let tall = median(
        block
            .iter()
            .map(|&f| figures[f].bounds.height() as f32)
            .collect(),
    );
    let letters: Vec<&Figure> = block.iter().map(|&f| &figures[f]).collect();
    let (left, right) = letters.iter().fold((usize::MAX, 0), |(left, right), l| {
        (left.min(l.bounds.left), right.max(l.bounds.right))
    });
    for (f, figure) in figures.iter().enumerate().skip(1) {
        let b = figure.bounds;
        if taken[f] || figure.soft || figure.hole != letters[0].hole {
            continue;
        }
        let is_small = (b.width().max(b.height()) as f32) <= 0.6 * tall;
        let is_inside = b.left >= left && b.right <= right;
        let belongs = letters.iter().any(|letter| {
            let (dx, dy) = b.gap(letter.bounds);
            let is_near = is_small && ((dx + dy) as f32) < 0.5 * tall;
            let is_in_line = is_inside
                && dy == 0
                && dx < 4 * letter.bounds.height()
                && b.height() * 2 < letter.bounds.height() * 3;
            (is_near || is_in_line) && same_ink(figure, letter)
        });
        if belongs {
            taken[f] = true;
            block.push(f);
        }
    }
}
