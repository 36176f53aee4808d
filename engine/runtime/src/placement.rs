use std::sync::OnceLock;

use candle_core::{DType, Device, DeviceLocation, Tensor};
use engine::{DeviceChoice, Except, Gpus, Precision};
use kernels::{cuda_count, cuda_devices, keep_freed};

use crate::offload::{Offload, spread};
use crate::spread::{Spread, numbers};

use crate::{ModelError, Result};

/// What can live on a device of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Language,
    Vision,
    Vae,
    /// What stands before and after the transformer's blocks.
    TransformerEnds,
    TransformerBlock(usize),
}

/// A device and the number type that is computed with on it.
#[derive(Debug, Clone)]
pub struct Place {
    pub device: Device,
    pub dtype: DType,
    /// Whether the linears' weights are in FP8, and which are not.
    pub fp8: Option<Except>,
}

impl Place {
    /// Whether attention's own products are in FP8, where the device can.
    pub fn attends_in_fp8(&self) -> bool {
        self.fp8.is_some_and(|except| !except.sdpa)
    }
}

/// The one place that decides where each part of the model lives. Parts move their input to their own place, so a
/// different answer here needs no change elsewhere.
#[derive(Debug, Clone)]
pub struct Placement {
    everything: Place,
    blocks: Place,
    /// Where blocks, or a second transformer, can be besides.
    others: Vec<Place>,
    spread: Spread,
    offload: Offload,
    /// Whether the planner may choose FP8.
    any_precision: bool,
}

impl Placement {
    /// Fails when the device does not exist or this build has no support for it.
    pub fn new(device: DeviceChoice, precision: Precision) -> Result<Self> {
        let device = match device {
            DeviceChoice::Cpu => Device::Cpu,
            DeviceChoice::Auto if gpu_count().is_ok_and(|count| count > 0) => cuda(most_free())?,
            DeviceChoice::Auto => Device::Cpu,
            DeviceChoice::Cuda(index) => cuda(index)?,
        };
        keep_freed(&device)?;
        let is_cuda = device.is_cuda();
        let dtype = match (precision, is_cuda) {
            (Precision::Bf16, _) | (Precision::Auto | Precision::Fp8(_), true) => DType::BF16,
            (Precision::F32, _) | (Precision::Auto | Precision::Fp8(_), false) => DType::F32,
        };
        let everything = Place {
            device,
            dtype,
            fp8: None,
        };
        Ok(Self {
            blocks: Place {
                fp8: precision.fp8(),
                ..everything.clone()
            },
            everything,
            others: Vec::new(),
            spread: Spread::One,
            offload: Offload::None,
            any_precision: precision == Precision::Auto && is_cuda,
        })
    }

    /// The same on several GPUs; `device` is asked for where `gpus` names none. Fails when one does not exist.
    pub fn choose(device: DeviceChoice, gpus: &Gpus, precision: Precision) -> Result<Self> {
        let numbers = numbers(gpus);
        let Some((first, others)) = numbers.split_first() else {
            return Self::new(device, precision);
        };
        let placement = Self::new(DeviceChoice::Cuda(*first), precision)?;
        let others: Vec<_> = others
            .iter()
            .map(|number| cuda(*number))
            .collect::<Result<_>>()?;
        placement.with_others(others)
    }

    /// With further devices, whose use [`Placement::with_spread`] decides.
    pub fn with_others(self, devices: Vec<Device>) -> Result<Self> {
        let others = devices.into_iter().map(|device| {
            keep_freed(&device)?;
            Ok(Place {
                device,
                ..self.blocks.clone()
            })
        });
        Ok(Self {
            others: others.collect::<Result<_>>()?,
            ..self
        })
    }

    #[must_use]
    pub fn with_spread(self, spread: Spread) -> Self {
        Self { spread, ..self }
    }

    #[must_use]
    pub fn with_fp8(mut self, fp8: Option<Except>) -> Self {
        for place in self.others.iter_mut().chain([&mut self.blocks]) {
            place.fp8 = fp8;
        }
        self
    }

    pub fn spread(&self) -> &Spread {
        &self.spread
    }

    /// Where each whole transformer lives, with all that it needs: team by team, each of as many ranks.
    pub fn members(&self) -> Vec<Self> {
        let (prompts, ranks) = self.spread.teams();
        let others = self.others.iter().map(|place| Self {
            everything: Place {
                device: place.device.clone(),
                ..self.everything.clone()
            },
            blocks: place.clone(),
            others: Vec::new(),
            spread: Spread::One,
            offload: self.offload,
            any_precision: false,
        });
        let all = std::iter::once(self.clone()).chain(others);
        all.take(prompts * ranks).collect()
    }

    /// Those that a prompt is for, by its number.
    pub fn team(&self, prompt: usize) -> Vec<Self> {
        let (prompts, ranks) = self.spread.teams();
        let members = self.members().into_iter();
        members.skip(prompt % prompts * ranks).take(ranks).collect()
    }

    #[must_use]
    pub fn with_offload(self, offload: Offload) -> Self {
        Self { offload, ..self }
    }

    pub fn offload(&self) -> Offload {
        self.offload
    }

    /// Whether a block of so many stays on its device.
    pub fn block_stays(&self, index: usize, count: usize) -> bool {
        match self.offload {
            Offload::Block(resident) => spread(index, count, resident.blocks.max(1)),
            Offload::None | Offload::Component => true,
        }
    }

    /// The same of the language model's layers.
    pub fn text_layer_stays(&self, index: usize, count: usize) -> bool {
        match self.offload {
            Offload::Block(resident) => spread(index, count, resident.text_layers),
            Offload::None | Offload::Component => true,
        }
    }

    /// Whether a prompt goes on to this block before the step's other prompts come to the one before it: where GPUs have
    /// blocks of their own, while a block on one GPU is for all prompts at once, so that one that streams comes once.
    pub fn goes_on(&self, block: usize) -> bool {
        let gpu = |block| self.spread.gpu_of(block);
        matches!(self.spread, Spread::Blocks(_)) && block > 0 && gpu(block) == gpu(block - 1)
    }

    /// What is computed with where most of the work is.
    pub fn block_place(&self) -> &Place {
        &self.blocks
    }

    /// What the planner may choose from.
    pub fn asked_precision(&self) -> Precision {
        match self.any_precision {
            true => Precision::Auto,
            false => self.precision(),
        }
    }

    /// Never [`Precision::Auto`].
    pub fn precision(&self) -> Precision {
        match (self.blocks.fp8, self.everything.dtype) {
            (Some(except), _) => Precision::Fp8(except),
            (None, DType::F32) => Precision::F32,
            (None, _) => Precision::Bf16,
        }
    }

    /// Whether no GPU does any of the work.
    pub fn is_processor(&self) -> bool {
        self.devices().iter().all(Device::is_cpu)
    }

    /// Whether the transformer's blocks run by fused kernels.
    pub fn is_fused(&self) -> bool {
        let place = self.block_place();
        place.device.is_cuda()
            && place.dtype == DType::BF16
            && kernels::status(&place.device).is_empty()
    }

    /// What is missing on its devices for the fast paths, and what that costs: sentences for the user.
    pub fn missing(&self) -> Vec<String> {
        let devices = self.devices().into_iter();
        let mut sentences: Vec<_> = devices
            .flat_map(|device| kernels::status(&device))
            .collect();
        sentences.dedup();
        sentences
    }

    /// Waits until all devices have done what they were given.
    pub fn synchronize(&self) -> Result<()> {
        for device in self.devices() {
            device.synchronize()?;
        }
        Ok(())
    }

    /// All that parts can live on, the one with everything but blocks first.
    pub fn devices(&self) -> Vec<Device> {
        let others = self.others.iter().map(|place| &place.device);
        [&self.everything.device]
            .into_iter()
            .chain(others)
            .cloned()
            .collect()
    }

    /// Those of one transformer's blocks, by the numbers that [`Spread::gpu_of`] gives.
    pub fn block_devices(&self) -> Vec<Device> {
        let mut devices = self.devices();
        if !matches!(self.spread, Spread::Blocks(_)) {
            devices.truncate(1);
        }
        devices
    }

    pub fn of(&self, part: Part) -> &Place {
        let Part::TransformerBlock(index) = part else {
            return &self.everything;
        };
        match self.spread.gpu_of(index).checked_sub(1) {
            Some(other) => self.others.get(other).unwrap_or(&self.blocks),
            None => &self.blocks,
        }
    }
}

/// GPUs of the computer, once one of them has run something. Fails where the first cannot.
pub fn gpu_count() -> Result<usize> {
    static FOUND: OnceLock<usize> = OnceLock::new();
    if let Some(count) = FOUND.get() {
        return Ok(*count);
    }
    let count = cuda_count();
    if count > 0 {
        cuda(0)?;
    }
    Ok(*FOUND.get_or_init(|| count))
}

fn most_free() -> usize {
    if cuda_count() < 2 {
        return 0;
    }
    let devices = cuda_devices().into_iter().enumerate();
    let best = devices.max_by_key(|(index, (_, memory))| (memory.free, std::cmp::Reverse(*index)));
    best.map_or(0, |(index, _)| index)
}

fn cuda(index: usize) -> Result<Device> {
    let refused = |reason: String| ModelError::Device {
        device: format!("cuda:{index}"),
        reason,
    };
    if !candle_core::utils::cuda_is_available() {
        return Err(refused("this build has no CUDA support".into()));
    }
    let count = cuda_count();
    if index >= count {
        return Err(refused(format!(
            "the computer has {count} CUDA GPUs that can be used, numbered from 0"
        )));
    }
    let device = Device::new_cuda(index).map_err(|error| refused(error.to_string()))?;
    try_out(&device).map_err(|error| match error {
        ModelError::Compute(error) => refused(format!(
            "this build's kernels do not run on it ({error}), which a newer driver or a build for this GPU mends"
        )),
        other => other,
    })?;
    Ok(device)
}

/// Candle's kernels are built by one toolkit for one kind of GPU, and have no bf16 before Ampere.
fn try_out(device: &Device) -> Result<()> {
    Tensor::ones(1, DType::BF16, device)?;
    Ok(device.synchronize()?)
}

/// "NVIDIA H100 80GB HBM3", or "processor".
pub fn device_name(device: &Device) -> String {
    match device.location() {
        DeviceLocation::Cuda { gpu_id } => {
            let name = cuda_devices().into_iter().nth(gpu_id).map(|(name, _)| name);
            name.unwrap_or_else(|| format!("cuda:{gpu_id}"))
        }
        _ => "processor".into(),
    }
}
