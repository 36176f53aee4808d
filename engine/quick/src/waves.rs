use crate::window::Bounds;

/// The layers that have bounds in waves, each bottom first: those of one do not overlap, and what is below a layer is all of
/// earlier ones.
pub fn waves(bounds: &[Bounds]) -> Vec<Vec<usize>> {
    let mut waves: Vec<Vec<usize>> = Vec::new();
    let mut wave_of: Vec<Option<usize>> = Vec::with_capacity(bounds.len());
    for (layer, own) in bounds.iter().enumerate() {
        let overlapped = bounds.iter().zip(&wave_of);
        let overlapped = overlapped.filter(|(below, _)| own.shared(**below).area() > 0);
        let wave = overlapped.filter_map(|(_, wave)| wave.map(|w| w + 1)).max();
        let wave = (own.area() > 0).then(|| wave.unwrap_or(0));
        if let Some(wave) = wave {
            if waves.len() <= wave {
                waves.resize(wave + 1, Vec::new());
            }
            waves[wave].push(layer);
        }
        wave_of.push(wave);
    }
    waves
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn some_bounds()(left in 0..40usize, top in 0..40usize, width in 0..20usize, height in 0..20usize) -> Bounds {
            Bounds { left, top, right: left + width, bottom: top + height }
        }
    }

    proptest! {
        #[test]
        fn all_that_is_below_comes_in_earlier_waves(bounds in prop::collection::vec(some_bounds(), 0..24)) {
            let waves = waves(&bounds);
            let mut laid = vec![false; bounds.len()];
            for wave in &waves {
                for &layer in wave {
                    let below = (0..layer).filter(|&b| bounds[b].shared(bounds[layer]).area() > 0);
                    for below in below {
                        prop_assert!(laid[below]);
                    }
                }
                wave.iter().for_each(|&layer| laid[layer] = true);
            }
            let has_bounds: Vec<bool> = bounds.iter().map(|b| b.area() > 0).collect();
            prop_assert_eq!(laid, has_bounds);
        }
    }
}
