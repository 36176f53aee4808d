//! The stack's colour is the source's.

use super::Pixel;

/// Gives one pixel's stack the source's colour with the least change: the residual `r` is shared as
/// `r · w / Σ w²` in proportion to the visible weights `w = a · Π over the layers above (1 − a)`, which is the correction
/// of least norm. Colours end at 0 and 255; what a layer cannot take is shared again among the others. As the weights
/// sum to the source's alpha, a solution always exists.
#[derive(Default)]
pub(super) struct Corrector {
    /// By layer, bottom first. Kept between pixels to save allocations, as is `values`.
    weights: Vec<f32>,
    values: Vec<f32>,
}

impl Corrector {
    /// `stack`, bottom first, already has the source's alpha.
    pub(super) fn correct(&mut self, stack: &mut [Pixel], source: Pixel) {
        self.weigh(stack);
        let visible: f32 = self.weights.iter().sum();
        for channel in 0..3 {
            let wanted = f32::from(source[channel]) * visible;
            self.values.clear();
            self.values
                .extend(stack.iter().map(|pixel| f32::from(pixel[channel])));
            self.share(wanted);
            self.round(wanted);
            for (pixel, value) in stack.iter_mut().zip(&self.values) {
                pixel[channel] = *value as u8;
            }
        }
    }

    fn weigh(&mut self, stack: &[Pixel]) {
        let mut open = 1.0;
        self.weights.clear();
        self.weights.resize(stack.len(), 0.0);
        for (weight, pixel) in self.weights.iter_mut().zip(stack).rev() {
            let alpha = f32::from(pixel[3]) / 255.0;
            *weight = alpha * open;
            open *= 1.0 - alpha;
        }
    }

    /// Changes `values` until their weighted sum is `wanted`. Each round that does not reach it brings at least one more
    /// layer to its end, so there are at most as many rounds as layers.
    fn share(&mut self, wanted: f32) {
        for _ in 0..self.values.len() {
            let residual = wanted - self.seen();
            let end = if residual > 0.0 { 255.0 } else { 0.0 };
            let squares: f32 = self
                .values
                .iter()
                .zip(&self.weights)
                .filter(|(value, _)| **value != end)
                .map(|(_, w)| w * w)
                .sum();
            if residual.abs() < SMALL_RESIDUAL || squares == 0.0 {
                return;
            }
            for (value, weight) in self.values.iter_mut().zip(&self.weights) {
                *value = (*value + residual * weight / squares).clamp(0.0, 255.0);
            }
        }
    }

    /// Rounds all values; the layer that is seen most also takes up what rounding the others changed.
    fn round(&mut self, wanted: f32) {
        self.values
            .iter_mut()
            .for_each(|value| *value = value.round());
        let heaviest =
            (0..self.values.len()).max_by(|&a, &b| self.weights[a].total_cmp(&self.weights[b]));
        if let Some(heaviest) = heaviest.filter(|&index| self.weights[index] > 0.0) {
            let change = (wanted - self.seen()) / self.weights[heaviest];
            self.values[heaviest] = (self.values[heaviest] + change).round().clamp(0.0, 255.0);
        }
    }

    fn seen(&self) -> f32 {
        self.values
            .iter()
            .zip(&self.weights)
            .map(|(value, weight)| value * weight)
            .sum()
    }
}

/// In 1/255 steps: far below what rounding to bytes changes.
const SMALL_RESIDUAL: f32 = 0.01;
