use super::ground::gap;
use super::zone::Zone;
use crate::picture::Colour;

const CLUSTERS: usize = 9;
const SAMPLES: usize = 6000;
/// An ink covers at least this share of the lines.
const LEAST_SHARE: f32 = 0.05;
/// And is so many times as frequent on them as beside them.
const LEAST_RATIO: f32 = 3.0;

/// A colour of the zone.
pub struct Cluster {
    pub colour: Colour,
    /// What the letters are filled with.
    pub is_fill: bool,
    pub is_ink: bool,
}

/// The zone's main colours (k-means, seeded by the furthest point), and which of them are inks of the lettering.
pub fn clusters(zone: &Zone, hint: Colour) -> Vec<Cluster> {
    let step = (zone.len() / SAMPLES).max(1) | 1;
    let points: Vec<usize> = (0..zone.len())
        .step_by(step)
        .filter(|&i| !zone.foreign[i])
        .collect();
    let mut centres = vec![hint];
    while centres.len() < CLUSTERS {
        let away = |i: usize| {
            centres
                .iter()
                .map(|&c| gap(zone.rgb[i], c))
                .fold(f32::MAX, f32::min)
        };
        match points
            .iter()
            .copied()
            .max_by(|&a, &b| away(a).total_cmp(&away(b)))
        {
            Some(i) if away(i) > 0.08 => centres.push(zone.rgb[i]),
            _ => break,
        }
    }
    for _ in 0..8 {
        let mut sums = vec![[0.0f32; 4]; centres.len()];
        for &i in &points {
            let sum = &mut sums[closest(&centres, zone.rgb[i])];
            (0..3).for_each(|c| sum[c] += zone.rgb[i][c]);
            sum[3] += 1.0;
        }
        for (centre, sum) in centres.iter_mut().zip(&sums).filter(|(_, s)| s[3] > 0.0) {
            *centre = [sum[0], sum[1], sum[2]].map(|s| s / sum[3]);
        }
    }
    let mut on = vec![0.0f32; centres.len()];
    let mut off = vec![0.0f32; centres.len()];
    for &i in &points {
        let text = zone
            .text
            .as_ref()
            .map_or(1.0 - (zone.away[i] * 4.0).min(1.0), |t| t[i]);
        let cluster = closest(&centres, zone.rgb[i]);
        on[cluster] += text;
        off[cluster] += 1.0 - text;
    }
    let (all_on, all_off) = (
        on.iter().sum::<f32>().max(1.0),
        off.iter().sum::<f32>().max(1.0),
    );
    let share = |c: usize| on[c] / all_on;
    let ratio = |c: usize| share(c) / (off[c] / all_off).max(1e-3);
    // The reading's guess at the fill counts, but may be what is behind the letters.
    let likely = |c: usize| {
        let guess = zone.text.is_none() && gap(centres[c], hint) < 0.15;
        ratio(c).min(20.0) * share(c).sqrt() * if guess { 3.0 } else { 1.0 }
    };
    let fill = (0..centres.len())
        .filter(|&c| share(c) > LEAST_SHARE)
        .max_by(|&a, &b| likely(a).total_cmp(&likely(b)))
        .unwrap_or(0);
    (0..centres.len())
        .map(|c| Cluster {
            colour: centres[c],
            is_fill: c == fill,
            is_ink: c == fill || (share(c) > LEAST_SHARE && ratio(c) > LEAST_RATIO),
        })
        .collect()
}

fn closest(centres: &[Colour], colour: Colour) -> usize {
    let mut best = (0, f32::MAX);
    for (c, &centre) in centres.iter().enumerate() {
        let d = gap(colour, centre);
        if d < best.1 {
            best = (c, d);
        }
    }
    best.0
}
