use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use candle_core::{Device, Tensor};

use crate::Result;
use crate::files::Loading;
use crate::gpus::bring;
use crate::placement::Placement;
use crate::transformer::{Modulations, Prompt, Transformer, TransformerFiles};
use crate::watch::Watch;

/// The transformer, or two of them on two GPUs, of which the second takes the negative prompt.
pub(crate) struct Denoiser {
    first: Transformer,
    second: Option<(Transformer, Placement)>,
}

/// What the times of a run do, for each of the transformers.
pub(crate) struct TimesOfRun {
    first: Modulations,
    second: Option<Modulations>,
}

/// Ends the second GPU's pass when the first's has ended without a result.
struct WhileWanted<'a>(&'a AtomicBool);

impl Watch for WhileWanted<'_> {
    fn cancelled(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}

impl TimesOfRun {
    pub fn new(first: Modulations, placement: &Placement) -> Result<Self> {
        let second = placement.second();
        let copy = second.map(|second| first.on(&second.block_place().device));
        Ok(Self {
            second: copy.transpose()?,
            first,
        })
    }
}

impl Denoiser {
    pub fn load(
        files: &TransformerFiles,
        loading: &Loading,
        placement: &Placement,
    ) -> Result<Self> {
        let second = placement.second().map(|second| -> Result<_> {
            let transformer = Transformer::load(files, loading, &second)?;
            Ok((transformer, second))
        });
        Ok(Self {
            second: second.transpose()?,
            first: Transformer::load(files, loading, placement)?,
        })
    }

    /// As [`Transformer::forward`], with results on the first's device. Of two prompts the second is on the second
    /// transformer's device where there is one.
    pub fn forward(
        &self,
        tokens: &Tensor,
        prompts: &mut [Prompt],
        times: &TimesOfRun,
        time: usize,
        watch: &dyn Watch,
    ) -> Result<Vec<Tensor>> {
        let first = |prompts: &mut [Prompt]| {
            let modulations = &times.first;
            self.first
                .forward(tokens, prompts, modulations, time, watch)
        };
        let (Some((second, placement)), Some(modulations)) = (&self.second, &times.second) else {
            return first(prompts);
        };
        let [positive, negative] = prompts else {
            return first(prompts);
        };
        // Each thread has streams of its own on all GPUs. What this one gave the second GPU must be there before the
        // other thread begins, which brings its result back itself and so waits for what it has queued.
        let on_host = tokens.to_device(&Device::Cpu)?;
        placement.synchronize()?;
        let wanted = AtomicBool::new(true);
        let beside = || -> Result<Vec<Tensor>> {
            let tokens = on_host.to_device(negative.embeddings.device())?;
            let watch = WhileWanted(&wanted);
            let prompts = slice::from_mut(negative);
            let outputs = second.forward(&tokens, prompts, modulations, time, &watch)?;
            let outputs = outputs.iter();
            Ok(outputs
                .map(|output| output.to_device(&Device::Cpu))
                .collect::<Result<_, _>>()?)
        };
        thread::scope(|scope| {
            let thread = thread::Builder::new().name("negative prompt".into());
            let beside = thread
                .spawn_scoped(scope, beside)
                .map_err(candle_core::Error::wrap)?;
            let own = first(slice::from_mut(positive));
            wanted.store(own.is_ok(), Ordering::Relaxed);
            let other = beside
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let mut outputs = own?;
            for output in other? {
                outputs.push(bring(&output, tokens.device())?);
            }
            Ok(outputs)
        })
    }
}
