//! Where the transformer runs: on one device, or whole on each of several.

mod abort;
mod prompt;
#[cfg(test)]
mod tests;

use std::thread;

use candle_core::{Device, Tensor};
use engine::Progress;
use kernels::{Rank, SynchronizeAtEnd, ranks};
use runtime::weights::Loading;
use runtime::{Placement, copy_to};

use crate::transformer::{Modulations, Prompt, Transformer, TransformerFiles};
use crate::{ModelError, Result};
use abort::{Abort, UntilAborted};
pub(crate) use prompt::PromptOfRun;

/// Whole transformers on a device each, in teams of equal size. A team takes every so many'th prompt, and its ranks share
/// the prompt's tokens. One device is one team of one rank.
pub(crate) struct Denoiser {
    /// Team by team.
    transformers: Vec<Transformer>,
    devices: Vec<Device>,
    /// In a team.
    ranks: usize,
}

/// What the times of a run do, for each of the transformers.
pub(crate) struct TimesOfRun(Vec<Modulations>);

/// What one transformer does in a step.
struct Work<'a> {
    transformer: &'a Transformer,
    modulations: &'a Modulations,
    prompts: Vec<Prompt<'a>>,
}

impl TimesOfRun {
    pub fn new(first: Modulations, placement: &Placement) -> Result<Self> {
        let members = placement.members();
        let others = members.iter().skip(1);
        let copies = others.map(|member| first.on(&member.block_place().device));
        let copies = copies.collect::<Result<Vec<_>>>()?;
        Ok(Self([first].into_iter().chain(copies).collect()))
    }
}

impl Denoiser {
    pub fn load(
        files: &TransformerFiles,
        loading: &Loading,
        placement: &Placement,
    ) -> Result<Self> {
        let (prompts, ranks) = placement.spread().teams();
        let members = placement.members();
        if members.len() != prompts * ranks {
            let reason = format!("this plan takes {} GPUs; name as many", prompts * ranks);
            return Err(ModelError::Request(reason));
        }
        let devices: Vec<_> = members
            .iter()
            .map(|member| member.block_place().device.clone())
            .collect();
        let mut transformers = Vec::with_capacity(members.len());
        for (team, devices) in members.chunks(ranks).zip(devices.chunks(ranks)) {
            for (member, rank) in team.iter().zip(team_of(devices)?) {
                transformers.push(Transformer::load(files, loading, member, rank)?);
            }
        }
        Ok(Self {
            transformers,
            devices,
            ranks,
        })
    }

    /// Whether a transformer has left the others; they cannot work together again.
    pub fn is_broken(&self) -> bool {
        self.transformers.iter().any(Transformer::has_given_up)
    }

    /// The velocity of all image tokens [tokens, in_channels] at the time of this number, for each prompt, on the tokens'
    /// device. `progress` can end it before each block.
    pub fn forward(
        &self,
        tokens: &Tensor,
        prompts: &mut [PromptOfRun],
        times: &TimesOfRun,
        time: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<Tensor>> {
        let count = prompts.len();
        let mut work = self.work(prompts, times);
        if let [only] = work.as_mut_slice() {
            return only.run(tokens, time, progress);
        }
        // Each thread has streams of its own on all GPUs. What this one gave the others must be there before their threads
        // begin, which bring their results back themselves and so wait for what they have queued.
        let on_host = &tokens.to_device(&Device::Cpu)?;
        for device in &self.devices {
            device.synchronize()?;
        }
        let abort = &Abort::default();
        let parts: Vec<Option<Vec<Tensor>>> = thread::scope(|scope| {
            let mut work = work.into_iter();
            let first = work.next();
            let others = work.zip(self.devices.iter().skip(1));
            let others = others.map(|(mut work, device)| {
                let transformer = work.transformer;
                let run = move || {
                    // Other threads free next what this one's work may still read.
                    let _end = SynchronizeAtEnd(&self.devices);
                    abort.note(transformer, || {
                        work.run_beside(on_host, device, time, abort)
                    })
                };
                let thread = thread::Builder::new().name("denoiser".into());
                let thread = thread.spawn_scoped(scope, run);
                let thread = thread.map_err(|error| candle_core::Error::wrap(error).into());
                abort.note(transformer, || thread)
            });
            let others: Vec<_> = others.collect();
            let progress = UntilAborted { progress, abort };
            let own = first.and_then(|mut first| {
                abort.note(first.transformer, || first.run(tokens, time, &progress))
            });
            let others = others.into_iter().map(|thread| {
                let joined = thread?.join();
                joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            [own].into_iter().chain(others).collect()
        });
        abort.result()?;
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        let whole = |prompt| self.join(&parts, prompt, tokens.device());
        (0..count).map(whole).collect()
    }

    /// Those that have prompts, which are the first.
    fn work<'a>(&'a self, prompts: &'a mut [PromptOfRun], times: &'a TimesOfRun) -> Vec<Work<'a>> {
        let work = |(transformer, modulations)| Work {
            transformer,
            modulations,
            prompts: Vec::new(),
        };
        let mut work: Vec<_> = self.transformers.iter().zip(&times.0).map(work).collect();
        for (number, prompt) in prompts.iter_mut().enumerate() {
            let first = number % self.teams() * self.ranks;
            for (work, prompt) in work.iter_mut().skip(first).zip(prompt.prompts()) {
                work.prompts.push(prompt);
            }
        }
        work.retain(|work| !work.prompts.is_empty());
        work
    }

    /// A prompt's velocity from what each transformer made of its prompts.
    fn join(&self, parts: &[Vec<Tensor>], prompt: usize, device: &Device) -> Result<Tensor> {
        let (team, among) = (prompt % self.teams(), prompt / self.teams());
        let ranks = parts.iter().skip(team * self.ranks).take(self.ranks);
        let own = ranks.filter_map(|prompts| prompts.get(among));
        let own: Vec<_> = own
            .map(|part| copy_to(part, device))
            .collect::<Result<_>>()?;
        Ok(Tensor::cat(&own, 0)?)
    }

    fn teams(&self) -> usize {
        self.transformers.len() / self.ranks
    }
}

/// The ranks of transformers that share tokens; one alone is none.
fn team_of(devices: &[Device]) -> Result<Vec<Option<Rank>>> {
    match devices.len() {
        1 => Ok(vec![None]),
        _ => Ok(ranks(devices)?.into_iter().map(Some).collect()),
    }
}

impl Work<'_> {
    fn run(
        &mut self,
        tokens: &Tensor,
        time: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<Tensor>> {
        let Self {
            transformer,
            modulations,
            prompts,
        } = self;
        transformer.forward(tokens, prompts, modulations, time, progress)
    }

    /// With tokens and results in the computer's memory.
    fn run_beside(
        &mut self,
        tokens: &Tensor,
        device: &Device,
        time: usize,
        abort: &Abort,
    ) -> Result<Vec<Tensor>> {
        let progress = UntilAborted {
            progress: &(),
            abort,
        };
        let parts = self.run(&tokens.to_device(device)?, time, &progress)?;
        let parts = parts.iter().map(|part| part.to_device(&Device::Cpu));
        Ok(parts.collect::<Result<_, _>>()?)
    }
}
