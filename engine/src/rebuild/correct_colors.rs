//! The stack's colour is the source's.

use super::{Pixel, to_byte};

/// Gives one pixel's stack the source's colour with the least change: the residual `r` is shared as
/// `r · w / Σ w²` in proportion to the visible weights `w = a · Π over the layers above (1 − a)`, which is the correction
/// of least norm. Colours end at 0 and 255; what a layer cannot take is shared again among the others. As the weights
/// sum to the source's alpha, a solution always exists.
#[derive(Default)]
pub(super) struct Corrector {
    /// The layers that are seen, bottom first. Kept between pixels to save allocations.
    seen: Vec<Seen>,
}

struct Seen {
    layer: usize,
    weight: f32,
    /// Of one channel.
    value: f32,
}

impl Corrector {
    /// `stack`, bottom first, already has the source's alpha.
    pub(super) fn correct(&mut self, stack: &mut [Pixel], source: Pixel) {
        self.weigh(stack);
        let visible: f32 = self.seen.iter().map(|seen| seen.weight).sum();
        for channel in 0..3 {
            let wanted = f32::from(source[channel]) * visible;
            for seen in &mut self.seen {
                seen.value = f32::from(stack[seen.layer][channel]);
            }
            self.share(wanted);
            self.round(wanted);
            for seen in &self.seen {
                stack[seen.layer][channel] = seen.value as u8;
            }
        }
    }

    fn weigh(&mut self, stack: &[Pixel]) {
        let mut open = 1.0;
        self.seen.clear();
        for (layer, pixel) in stack.iter().enumerate().rev() {
            let alpha = f32::from(pixel[3]) / 255.0;
            let weight = alpha * open;
            open *= 1.0 - alpha;
            if weight > 0.0 {
                self.seen.push(Seen {
                    layer,
                    weight,
                    value: 0.0,
                });
            }
        }
        self.seen.reverse();
    }

    /// Changes the values until their weighted sum is `wanted`. Each round that does not reach it brings at least one
    /// more layer to its end, so there are at most as many rounds as layers.
    fn share(&mut self, wanted: f32) {
        for _ in 0..self.seen.len() {
            let residual = wanted - self.sum();
            if residual.abs() < SMALL_RESIDUAL {
                return;
            }
            let end = if residual > 0.0 { 255.0 } else { 0.0 };
            let free = self.seen.iter().filter(|seen| seen.value != end);
            let squares: f32 = free.map(|seen| seen.weight * seen.weight).sum();
            if squares == 0.0 {
                return;
            }
            for seen in &mut self.seen {
                seen.value = (seen.value + residual * seen.weight / squares).clamp(0.0, 255.0);
            }
        }
    }

    /// Rounds all values; the layer that is seen most also takes up what rounding the others changed.
    fn round(&mut self, wanted: f32) {
        for seen in &mut self.seen {
            seen.value = to_byte(seen.value).into();
        }
        let missing = wanted - self.sum();
        let most = |a: &&mut Seen, b: &&mut Seen| a.weight.total_cmp(&b.weight);
        if let Some(heaviest) = self.seen.iter_mut().max_by(most) {
            heaviest.value = to_byte(heaviest.value + missing / heaviest.weight).into();
        }
    }

    fn sum(&self) -> f32 {
        let parts = self.seen.iter().map(|seen| seen.value * seen.weight);
        parts.sum()
    }
}

/// In 1/255 steps: far below what rounding to bytes changes.
const SMALL_RESIDUAL: f32 = 0.01;
