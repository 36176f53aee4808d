use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candle_core::Tensor;
use kernels::{HostTensors, Ring};

use crate::Result;

/// Slots on the device for layers that stream: one is computed with while the next is filled.
const SLOTS: usize = 2;

/// One of a network's equal layers.
pub trait Layer {
    /// All of its weights, in the same order for each layer that streams.
    fn tensors(&self) -> Vec<&Tensor>;
}

/// A network's layers, which run one after the other. Some stay on the device; the others stay in the computer's memory
/// and stream through slots on the device, each copied while the layers before it compute.
pub struct Layers<L> {
    homes: Vec<Home>,
    resident: Vec<L>,
    stream: Option<Stream<L>>,
}

enum Home {
    /// By its number among the resident ones.
    Device(usize),
    /// Whichever streams next.
    Stream,
}

struct Stream<L> {
    ring: Ring,
    /// Read a slot's tensors as a layer.
    slots: Vec<L>,
    count: usize,
    /// The streaming layers that the slots hold or are being filled with, in the order they are used.
    ahead: Mutex<VecDeque<Held>>,
}

struct Held {
    layer: usize,
    slot: usize,
}

impl<L: Layer> Layers<L> {
    /// `stays`: whether a layer stays on the device. Those that do not must have equal shapes.
    pub fn load(
        count: usize,
        stays: impl Fn(usize) -> bool,
        load: impl Fn(usize) -> Result<L>,
    ) -> Result<Self> {
        // Those that stay come first and lie together: what the others leave behind is then free in one piece.
        let resident: Vec<L> = (0..count)
            .filter(|index| stays(*index))
            .map(&load)
            .collect::<Result<_>>()?;
        let mut stayed = 0..;
        let homes = (0..count)
            .filter_map(|index| match stays(index) {
                true => stayed.next().map(Home::Device),
                false => Some(Home::Stream),
            })
            .collect();
        // The first come last, as they stay in the slots: no more than these are ever on the device.
        let streaming: Vec<usize> = (0..count).filter(|index| !stays(*index)).collect();
        let (mut slots, mut sources) = (VecDeque::new(), VecDeque::new());
        for (slot, index) in streaming.into_iter().enumerate().rev() {
            let layer = load(index)?;
            sources.push_front(HostTensors::copy_of(&layer.tensors())?);
            if slot < SLOTS {
                slots.push_front(layer);
            }
        }
        let stream = match slots.is_empty() {
            true => None,
            false => Some(Stream::new(slots.into(), sources.into())?),
        };
        Ok(Self {
            homes,
            resident,
            stream,
        })
    }

    pub fn count(&self) -> usize {
        self.homes.len()
    }

    /// Visits all layers in order.
    pub fn each(&self, mut visit: impl FnMut(usize, &L) -> Result<()>) -> Result<()> {
        self.each_stretch(
            |_| false,
            |stretch| {
                stretch
                    .iter()
                    .try_for_each(|(index, layer)| visit(*index, layer))?;
                Ok(true)
            },
        )
    }

    /// Visits the layers in order, by their numbers, until `visit` says that it needs no more; those after it do not stream.
    /// One that `goes_on` is visited together with the one before it, unless either streams.
    pub fn each_stretch(
        &self,
        goes_on: impl Fn(usize) -> bool,
        mut visit: impl FnMut(&[(usize, &L)]) -> Result<bool>,
    ) -> Result<()> {
        if let Some(stream) = &self.stream {
            stream.rewind()?;
        }
        let mut stretch = Vec::new();
        for (index, home) in self.homes.iter().enumerate() {
            let joins = matches!(home, Home::Device(_)) && goes_on(index);
            let ends = !(stretch.is_empty() || joins);
            if ends && !visit(&std::mem::take(&mut stretch))? {
                return Ok(());
            }
            match (home, &self.stream) {
                (Home::Device(number), _) => {
                    stretch.extend(self.resident.get(*number).map(|layer| (index, layer)));
                }
                (Home::Stream, Some(stream)) => {
                    if !stream.next(|layer| visit(&[(index, layer)]))? {
                        return Ok(());
                    }
                }
                (Home::Stream, None) => {}
            }
        }
        if !stretch.is_empty() {
            visit(&stretch)?;
        }
        Ok(())
    }
}

impl<L: Layer> Stream<L> {
    /// The first slots are still what their sources were copied from.
    fn new(slots: Vec<L>, sources: Vec<HostTensors>) -> Result<Self> {
        let count = sources.len();
        let tensors: Vec<Vec<Tensor>> = slots
            .iter()
            .map(|layer| layer.tensors().into_iter().cloned().collect())
            .collect();
        let device = match tensors.first().and_then(|tensors| tensors.first()) {
            Some(tensor) => tensor.device().clone(),
            None => candle_core::Device::Cpu,
        };
        let held = |slot| Held { layer: slot, slot };
        Ok(Self {
            ring: Ring::new(&device, tensors, sources)?,
            ahead: Mutex::new((0..slots.len()).map(held).collect()),
            slots,
            count,
        })
    }

    /// A pass that was broken off anywhere leaves what `rewind` mends.
    fn ahead(&self) -> MutexGuard<'_, VecDeque<Held>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After a pass that was broken off the slots hold other layers than the first.
    fn rewind(&self) -> Result<()> {
        let mut ahead = self.ahead();
        let complete = ahead.len() == self.slots.len();
        if complete && ahead.front().is_some_and(|held| held.layer == 0) {
            return Ok(());
        }
        ahead.clear();
        for slot in 0..self.slots.len() {
            self.ring.fill(slot, slot)?;
            ahead.push_back(Held { layer: slot, slot });
        }
        Ok(())
    }

    /// Visits the next layer and, if the visits go on, has its slot filled with the one that comes after those held, at the
    /// end with the first again. Returns whether they do.
    fn next(&self, visit: impl FnOnce(&L) -> Result<bool>) -> Result<bool> {
        let Some(Held { layer, slot }) = self.ahead().pop_front() else {
            return Ok(true);
        };
        self.ring.wait(slot)?;
        if let Some(weights) = self.slots.get(slot)
            && !visit(weights)?
        {
            self.ahead().push_front(Held { layer, slot });
            return Ok(false);
        }
        let layer = (layer + self.slots.len()) % self.count;
        self.ring.fill(slot, layer)?;
        self.ahead().push_back(Held { layer, slot });
        Ok(true)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::ModelError;
    use crate::offload::spread;

    struct Number(Tensor);

    impl Layer for Number {
        fn tensors(&self) -> Vec<&Tensor> {
            vec![&self.0]
        }
    }

    fn layers(count: usize, resident: usize) -> Layers<Number> {
        let load = |index| Ok(Number(Tensor::new(&[index as f32], &Device::Cpu)?));
        Layers::load(count, |index| spread(index, count, resident), load).unwrap()
    }

    fn seen(layers: &Layers<Number>, last: usize) -> Vec<(usize, f32)> {
        let mut seen = Vec::new();
        let _ = layers.each(|index, layer| {
            if index == last {
                return Err(ModelError::Cancelled);
            }
            seen.push((index, layer.0.to_vec1::<f32>()?[0]));
            Ok(())
        });
        seen
    }

    #[test]
    fn each_layer_is_visited_with_its_own_weights() {
        for count in 1..8 {
            for resident in 0..=count {
                let layers = layers(count, resident);
                // Several passes, of which one is broken off.
                for last in [count, count, count / 2, count, count] {
                    let expected: Vec<_> = (0..last).map(|index| (index, index as f32)).collect();
                    assert_eq!(seen(&layers, last), expected, "{resident} of {count} stay");
                }
            }
        }
    }

    #[test]
    fn a_pass_that_ends_early_streams_nothing_more_and_the_next_one_is_whole() {
        let count = 5;
        for resident in 0..=count {
            let layers = layers(count, resident);
            for last in [0, 0, 3, 0, count - 1, 0] {
                let mut seen = Vec::new();
                let stop = |stretch: &[(usize, &Number)]| {
                    for (index, layer) in stretch {
                        seen.push((*index, layer.0.to_vec1::<f32>()?[0]));
                    }
                    Ok(stretch.iter().all(|(index, _)| *index < last))
                };
                layers.each_stretch(|_| false, stop).unwrap();
                let expected: Vec<_> = (0..=last).map(|index| (index, index as f32)).collect();
                assert_eq!(seen, expected, "{resident} of {count} stay");
                if let (0, Some(stream)) = (last, &layers.stream) {
                    let held: Vec<_> = stream.ahead().iter().map(|held| held.layer).collect();
                    let first: Vec<_> = (0..stream.slots.len()).collect();
                    assert_eq!(held, first, "{resident} of {count} stay");
                }
            }
        }
    }

    #[test]
    fn layers_that_go_on_are_visited_together_but_those_that_stream_alone() {
        let count = 6;
        for resident in 0..=count {
            let layers = layers(count, resident);
            let mut stretches = Vec::new();
            let visit = |stretch: &[(usize, &Number)]| {
                stretches.push(stretch.iter().map(|(index, _)| *index).collect::<Vec<_>>());
                Ok(true)
            };
            layers.each_stretch(|index| index % 3 > 0, visit).unwrap();
            assert_eq!(stretches.concat(), (0..count).collect::<Vec<_>>());
            for (a, b) in (0..count).zip(1..count) {
                let together = stretches
                    .iter()
                    .any(|stretch| stretch.contains(&a) && stretch.contains(&b));
                let stay = [a, b].iter().all(|index| spread(*index, count, resident));
                assert_eq!(
                    together,
                    stay && b % 3 > 0,
                    "{a} and {b}, {resident} of {count} stay"
                );
            }
        }
    }

    #[test]
    fn resident_layers_are_as_many_as_asked_for_and_end_with_the_last() {
        for count in 1..70 {
            for resident in 1..=count {
                let stay: Vec<_> = (0..count)
                    .filter(|index| spread(*index, count, resident))
                    .collect();
                assert_eq!(stay.len(), resident);
                assert_eq!(stay.last(), Some(&(count - 1)));
            }
        }
    }
}
