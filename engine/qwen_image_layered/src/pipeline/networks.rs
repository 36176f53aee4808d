use std::sync::Arc;

use engine::Progress;
use kernels::{return_freed, tensor_memory};
use runtime::weights::{Loading, Weights};
use runtime::{Offload, Part, Placement};

use crate::Result;
use crate::parts::Parts;
use crate::pipeline::denoiser::{Denoiser, TimesOfRun};
use crate::pipeline::warm_up::{Sizes, WarmUp};
use crate::text_encoder::TextEncoder;
use crate::vae::Vae;

/// The networks that are in memory. Without offloading that is all of them; otherwise the text encoder and the
/// transformer, which are never needed together, make room for each other. The VAE is small and stays.
pub(crate) struct Networks {
    pub parts: Parts,
    pub placement: Placement,
    text_encoder: Option<TextEncoder>,
    denoiser: Option<Denoiser>,
    vae: Arc<Vae>,
    /// The sizes that all kernels were last made for.
    warm: Option<Sizes>,
    /// Of the last times that were asked for; the weights behind it are read from their files each time.
    modulations: Option<(Vec<f32>, Arc<TimesOfRun>)>,
}

/// What each network takes of the first device, in bytes; 0 where it is not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NetworkBytes {
    pub text_encoder: u64,
    pub transformer: u64,
    pub vae: u64,
}

impl Networks {
    pub fn load(parts: Parts, placement: &Placement, progress: &dyn Progress) -> Result<Self> {
        let all = placement.offload() == Offload::None;
        let bytes = if all {
            let more = placement.members().len().saturating_sub(1) as u64;
            parts.bytes() + more * parts.transformer.files.bytes()
        } else {
            parts.vae.files.bytes()
        };
        let loading = Loading::new(bytes, progress);
        let weights = Weights::new(&parts.vae.files, &loading, placement.of(Part::Vae));
        let vae = Arc::new(Vae::load(&parts.vae.config, &weights, placement)?);
        let (mut text_encoder, mut denoiser) = (None, None);
        if all {
            denoiser = Some(Denoiser::load(&parts.transformer, &loading, placement)?);
            text_encoder = Some(TextEncoder::load(
                &parts.text_encoder,
                &loading,
                placement,
                true,
            )?);
        }
        loading.finish();
        Ok(Self {
            parts,
            placement: placement.clone(),
            text_encoder,
            denoiser,
            vae,
            warm: None,
            modulations: None,
        })
    }

    pub fn vae(&self) -> &Vae {
        &self.vae
    }

    /// `captions`: with what only captions need.
    pub fn text_encoder(
        &mut self,
        captions: bool,
        progress: &dyn Progress,
    ) -> Result<&TextEncoder> {
        let loaded = self.text_encoder.take();
        let fits = |encoder: &TextEncoder| encoder.can_caption() || !captions;
        let encoder = match loaded.filter(fits) {
            Some(encoder) => encoder,
            None => {
                self.make_room()?;
                let files = &self.parts.text_encoder;
                let loading = Loading::new(files.files.bytes(), progress);
                let encoder = TextEncoder::load(files, &loading, &self.placement, captions)?;
                loading.finish();
                encoder
            }
        };
        Ok(self.text_encoder.insert(encoder))
    }

    /// The transformer, and the VAE for previews.
    pub fn denoiser(&mut self, progress: &dyn Progress) -> Result<(&Denoiser, &Vae)> {
        let loaded = self.denoiser.take();
        let denoiser = match loaded.filter(|denoiser| !denoiser.is_broken()) {
            Some(denoiser) => denoiser,
            None => {
                self.make_room()?;
                let files = &self.parts.transformer;
                let transformers = self.placement.members().len() as u64;
                let loading = Loading::new(transformers * files.files.bytes(), progress);
                let denoiser = Denoiser::load(files, &loading, &self.placement)?;
                loading.finish();
                denoiser
            }
        };
        Ok((self.denoiser.insert(denoiser), &*self.vae))
    }

    pub fn modulations(
        &mut self,
        times: &[f32],
        progress: &dyn Progress,
    ) -> Result<Arc<TimesOfRun>> {
        if let Some((of, modulations)) = &self.modulations
            && of == times
        {
            return Ok(modulations.clone());
        }
        let transformer = &self.parts.transformer;
        let modulations = transformer.modulations(times, &self.placement, progress)?;
        let modulations = Arc::new(TimesOfRun::new(modulations, &self.placement)?);
        self.modulations = Some((times.to_vec(), modulations.clone()));
        Ok(modulations)
    }

    /// Makes ready for a run of these sizes, until what is returned is dropped; nothing where that was done.
    pub fn warm_up(&mut self, sizes: Sizes) -> Option<WarmUp> {
        if !self.placement.is_fused() || self.warm.as_ref() == Some(&sizes) {
            return None;
        }
        self.warm = Some(sizes.clone());
        Some(WarmUp::begin(
            sizes,
            self.vae.clone(),
            self.placement.clone(),
        ))
    }

    /// Frees the text encoder where it may not stay.
    pub fn done_with_text(&mut self) {
        if self.placement.offload() != Offload::None {
            self.text_encoder = None;
        }
    }

    /// So that the next run computes all modulations.
    pub fn forget(&mut self) {
        self.modulations = None;
    }

    /// Frees one network after the other and sees what each gives back.
    pub fn weigh(self) -> Result<NetworkBytes> {
        let device = &self.placement.of(Part::Vae).device;
        let taken = || -> Result<u64> {
            device.synchronize()?;
            Ok(tensor_memory(device)?.now)
        };
        let whole = taken()?;
        drop(self.text_encoder);
        let without_text = taken()?;
        drop(self.denoiser);
        let without_transformer = taken()?;
        drop(self.vae);
        Ok(NetworkBytes {
            text_encoder: whole - without_text,
            transformer: without_text - without_transformer,
            vae: without_transformer - taken()?,
        })
    }

    /// Frees both large networks and what the driver holds of them.
    fn make_room(&mut self) -> Result<()> {
        self.text_encoder = None;
        self.denoiser = None;
        for device in self.placement.devices() {
            return_freed(&device)?;
        }
        Ok(())
    }
}
