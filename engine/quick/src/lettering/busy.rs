use rayon::prelude::*;

use super::ground::gap;
use super::inks::{Cluster, clusters};
use super::matte::{Matte, between, nearest, pieces, unmixed};
use super::zone::{MARGIN, Zone, dilated};

use crate::fill::pull_push;
use crate::picture::Colour;

/// The lettering on a photograph: pixels whose colour is nearest to an ink, their borders mixed with what is around.
pub fn matte(zone: &Zone, hint: Colour) -> Matte {
    let clusters = clusters(zone, hint);
    let core = core(zone, &clusters);
    let mut behind = zone.rgb.clone();
    let unknown = dilated(zone.width, &core, 2);
    let known: Vec<bool> = unknown.iter().map(|u| !u).collect();
    pull_push(zone.width, &mut behind, &known);
    let ink = nearest(zone.width, &core, 2);
    let alpha: Vec<f32> = (0..zone.len())
        .into_par_iter()
        .map(|i| {
            if !zone.is_near(i) {
                return 0.0;
            }
            let text = zone.text.as_ref().map_or(1.0, |t| (t[i] * 2.0).min(1.0));
            match ink[i] {
                Some(from) if from == i => 1.0f32.min(0.5 + text),
                Some(from) => {
                    let (t, _) = between(zone.rgb[i], behind[i], zone.rgb[from]);
                    let t = ((t - 0.1) / 0.8).clamp(0.0, 1.0);
                    t * text
                }
                None => 0.0,
            }
        })
        .collect();
    let colour = (0..zone.len())
        .into_par_iter()
        .map(|i| unmixed(zone.rgb[i], behind[i], alpha[i]))
        .collect();
    Matte { alpha, colour }
}

/// Pixels that are all ink: those of the fill in letter-like pieces, and those of other inks that run along them.
fn core(zone: &Zone, clusters: &[Cluster]) -> Vec<bool> {
    let centres: Vec<Colour> = clusters.iter().map(|c| c.colour).collect();
    let labels: Vec<Option<usize>> = (0..zone.len())
        .into_par_iter()
        .map(|i| label(zone, clusters, &centres, i))
        .collect();
    let of = |c: usize| labels.iter().map(|&l| l == Some(c)).collect::<Vec<bool>>();
    let inks = (0..clusters.len()).filter(|&c| clusters[c].is_ink);
    let fill = (0..clusters.len())
        .find(|&c| clusters[c].is_fill)
        .unwrap_or(0);
    let mut core = letters(zone, of(fill));
    let beside = dilated(zone.width, &core, (0.15 * zone.size).max(2.0) as usize);
    for ink in inks.filter(|&c| c != fill) {
        let mask = letters(zone, of(ink));
        let all = mask.iter().filter(|m| **m).count();
        let along = mask.iter().zip(&beside).filter(|(m, b)| **m && **b).count();
        if along * 10 > all * 7 {
            core.iter_mut().zip(mask).for_each(|(core, m)| *core |= m);
        }
    }
    core
}

/// The ink of a pixel, if it has one's colour.
fn label(zone: &Zone, clusters: &[Cluster], centres: &[Colour], i: usize) -> Option<usize> {
    if !zone.is_near(i) {
        return None;
    }
    let seen = zone.rgb[i];
    let ink = (0..clusters.len())
        .filter(|&c| clusters[c].is_ink)
        .min_by(|&a, &b| gap(seen, centres[a]).total_cmp(&gap(seen, centres[b])))?;
    let other = clusters
        .iter()
        .filter(|c| !c.is_ink)
        .map(|c| gap(seen, c.colour))
        .fold(1.0, f32::min);
    let text = zone.text.as_ref().map_or(0.4, |t| t[i]);
    let off = gap(seen, centres[ink]);
    (off < 0.22 && off < other + 0.16 * (text - 0.4) && text > 0.15).then_some(ink)
}

/// Without the pieces that lie mostly beside the lines, and what goes on beyond the letters' reach.
fn letters(zone: &Zone, mut mask: Vec<bool>) -> Vec<bool> {
    let names = pieces(zone.width, &mask);
    let mut within = vec![0u32; names.len()];
    let mut beside = vec![0u32; names.len()];
    let mut out = vec![false; names.len()];
    for (i, name) in names.iter().enumerate() {
        if let Some(name) = *name {
            let to = if zone.away[i] > 0.0 {
                &mut beside
            } else {
                &mut within
            };
            to[name] += 1;
            out[name] |= zone.away[i] > MARGIN - 1.5 / zone.size;
        }
    }
    for (i, name) in names.iter().enumerate() {
        mask[i] = name.is_some_and(|n| {
            let own = if out[n] {
                beside[n] * 2 < within[n]
            } else {
                beside[n] < within[n]
            };
            // Of what a letter runs into, only what is close is its own.
            own && (!out[n] || zone.away[i] < 0.1)
        });
    }
    mask
}
