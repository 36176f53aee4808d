use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::Device;
use engine::{DecomposeRequest, Estimate, Hardware, Lora, ModelSource, Progress, Stage, Tiling};
use kernels::return_freed;
use runtime::Placement;
use runtime::plan::{self, Budget, GpuUse, Plan, Run, Sizes, Speed, plan_on, plan_over};

use crate::backend::fitting::{Fitting, Planned, fitting, options};
use crate::backend::peaks::Peaks;
use crate::parts::Parts;
use crate::pipeline::{Pipeline, task_of};
use crate::{ModelError, Result};

/// The model that stays between jobs, and what it has learned about the device.
#[derive(Default)]
pub(crate) struct Loaded {
    model: Option<Model>,
    /// The last job's, also where its model did not load.
    last: Option<Planned>,
    /// What was in use before the last job.
    before: Vec<(Device, GpuUse)>,
    /// What the last estimate looked at while no model was loaded.
    considered: Option<Considered>,
    /// What those know of the model that only estimate beside it.
    told: Arc<Mutex<Told>>,
}

/// What a model takes that is loaded, or about to be, and what a job may.
#[derive(Default, Clone)]
struct Told {
    plan: Option<Plan>,
    /// Bytes of the device at most, since a job met its end of memory.
    limit: Option<u64>,
}

/// Opening devices and files takes a moment, which the next estimate does not.
struct Considered {
    source: ModelSource,
    hardware: Hardware,
    placement: Placement,
    sizes: Sizes,
}

struct Model {
    pipeline: Pipeline,
    planned: Planned,
    source: ModelSource,
    hardware: Hardware,
    loras: Vec<Lora>,
}

impl Loaded {
    pub fn is_some(&self) -> bool {
        self.model.is_some()
    }

    /// One that has no model, and counts the memory of this one's as free.
    pub fn beside(&self) -> Self {
        Self {
            told: Arc::clone(&self.told),
            ..Self::default()
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // It is valid after each statement.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Frees the model, and gives its memory back to the devices.
    pub fn free(&mut self) {
        self.drop_model();
        self.last = None;
        self.told().limit = None;
        self.considered = None;
    }

    /// What a job would take, from what the devices have free now.
    pub fn estimate(
        &mut self,
        source: &ModelSource,
        request: &DecomposeRequest,
    ) -> Result<Estimate> {
        let told = self.told().clone();
        let limit = smallest(request.hardware.vram_budget, told.limit);
        if let Some(model) = self
            .model
            .as_ref()
            .filter(|model| model.serves(source, request))
        {
            let Planned {
                sizes, placement, ..
            } = &model.planned;
            let plan = match fitting(&model.planned, request, limit)? {
                Fitting::AsLoaded(plan) | Fitting::Anew(plan) => plan,
            };
            return Ok(plan.estimate(placement, sizes, &task_of(request)));
        }
        let known = self.considered.take();
        let known = known
            .filter(|known| known.source == *source && same(&known.hardware, &request.hardware));
        let Considered {
            placement, sizes, ..
        } = match known {
            Some(known) => self.considered.insert(known),
            None => self
                .considered
                .insert(Considered::new(source, &request.hardware)?),
        };
        let (task, options) = (task_of(request), options(&request.hardware, placement));
        // A model that is loaded otherwise would make room.
        let gpus = Budget::of(placement, told.plan.as_ref(), limit)?;
        let plan = plan_over(sizes, &Speed::of(placement)?, &task, &gpus, &options)?;
        Ok(plan.estimate(placement, sizes, &task))
    }

    /// The model, loaded as the fastest plan for this job has it, and the plan. What is loaded stays as it is where the
    /// job fits into that.
    pub fn prepare(
        &mut self,
        source: &ModelSource,
        request: &DecomposeRequest,
        progress: &Peaks,
    ) -> Result<(&mut Pipeline, Run)> {
        let limit = smallest(request.hardware.vram_budget, self.told().limit);
        self.told().plan = None;
        // Two models seldom fit: one that is not kept is dropped here.
        let kept = match self.model.take() {
            Some(model) if model.serves(source, request) => {
                let fitting = fitting(&model.planned, request, limit)?;
                fitting.into_loaded().map(|plan| model.with(plan, request))
            }
            _ => None,
        };
        let model = match kept {
            Some(model) => {
                self.begin(&model.planned, progress)?;
                model
            }
            None => {
                let (parts, planned) = decide(source, request, limit)?;
                self.considered = None;
                self.begin(&planned, progress)?;
                progress.check()?;
                self.told().plan = Some(planned.plan.clone());
                let pipeline = Pipeline::from_parts(parts, &planned.placement, progress);
                Model {
                    pipeline: pipeline.inspect_err(|_| self.told().plan = None)?,
                    planned,
                    source: source.clone(),
                    hardware: request.hardware.clone(),
                    loras: request.diffusion.loras.clone(),
                }
            }
        };
        self.told().plan = Some(model.planned.plan.clone());
        let model = self.model.insert(model);
        progress.check()?;
        Ok((&mut model.pipeline, model.planned.plan.run))
    }

    /// Ends the preparation.
    fn begin(&mut self, planned: &Planned, progress: &Peaks) -> Result<()> {
        progress.planned(&planned.plan.told(&planned.placement));
        self.last = Some(planned.clone());
        let devices = planned.placement.devices().into_iter();
        let gpus = devices.filter_map(|device| match GpuUse::begin(&device) {
            Ok(gpu) => Some(Ok((device, gpu?))),
            Err(error) => Some(Err(error)),
        });
        self.before = gpus.collect::<Result<_>>()?;
        progress.watch(self.before.iter().map(|(device, _)| device));
        progress.report(Stage::Prepare, 1, 1);
        Ok(())
    }

    /// What to say of how a job ran, after it: what the devices lack, and that a GPU did not hold it.
    pub fn notes(&self, peaks: &Peaks) -> Vec<String> {
        let gpus = self.before.iter().zip(peaks.end());
        let gpus = gpus.map(|((_, before), tensors)| GpuUse { tensors, ..*before });
        let spilled = plan::spill_note(&gpus.collect::<Vec<_>>());
        let missing = self.last.iter().flat_map(|last| last.placement.missing());
        let loras = self.model.iter().flat_map(|model| model.pipeline.notes());
        missing.chain(loras).chain(spilled).collect()
    }

    /// After a job found no memory: frees the model and has the next job use less. Returns what that would be.
    pub fn shrink(&mut self, request: &DecomposeRequest) -> Result<Plan> {
        self.drop_model();
        let last = self.last.take().ok_or(ModelError::OutOfMemory)?;
        let limit = plan::lower_limit(&last.plan);
        let limit = smallest(self.told().limit, Some(limit));
        self.told().limit = limit;
        let options = options(&request.hardware, &last.placement);
        let task = task_of(request);
        plan_on(&last.placement, &last.sizes, &task, &options, limit)
            .map_err(|_| ModelError::OutOfMemory)
    }

    /// On the thread that loaded it: another would have no context to free it in. Memory is freed in the order of one
    /// device's work, so all are waited for first. A device that fails here fails again where somebody can be told.
    fn drop_model(&mut self) {
        let last = self.last.iter();
        let devices: Vec<_> = last.flat_map(|last| last.placement.devices()).collect();
        for device in &devices {
            let _ = device.synchronize();
        }
        self.model = None;
        self.told().plan = None;
        for device in &devices {
            let _ = return_freed(device);
        }
    }
}

impl Model {
    fn serves(&self, source: &ModelSource, request: &DecomposeRequest) -> bool {
        self.source == *source
            && self.loras == request.diffusion.loras
            && same(&self.hardware, &request.hardware)
    }

    fn with(self, plan: Plan, request: &DecomposeRequest) -> Self {
        Self {
            planned: Planned {
                plan,
                ..self.planned
            },
            hardware: request.hardware.clone(),
            ..self
        }
    }
}

impl Considered {
    fn new(source: &ModelSource, hardware: &Hardware) -> Result<Self> {
        let (placement, parts) = open(source, hardware, &[])?;
        Ok(Self {
            placement,
            sizes: parts.sizes(),
            source: source.clone(),
            hardware: hardware.clone(),
        })
    }
}

/// The devices that a job would use, and the model's files.
fn open(source: &ModelSource, hardware: &Hardware, loras: &[Lora]) -> Result<(Placement, Parts)> {
    let placement = Placement::choose(hardware.device, &hardware.gpus, hardware.precision)?;
    Ok((placement, Parts::open(source, loras)?))
}

/// Opens the model's files and plans the job on them.
fn decide(
    source: &ModelSource,
    request: &DecomposeRequest,
    limit: Option<u64>,
) -> Result<(Parts, Planned)> {
    let hardware = &request.hardware;
    let (placement, parts) = open(source, hardware, &request.diffusion.loras)?;
    let sizes = parts.sizes();
    let options = options(hardware, &placement);
    let plan = plan_on(&placement, &sizes, &task_of(request), &options, limit)?;
    let placement = plan.placed(placement);
    Ok((
        parts,
        Planned {
            plan,
            sizes,
            placement,
        },
    ))
}

/// Whether a model loaded for one serves the other: tiling and what to do on failure need no other weights.
fn same(a: &Hardware, b: &Hardware) -> bool {
    let key = |hardware: &Hardware| Hardware {
        tiling: Tiling::Off,
        retry: false,
        ..hardware.clone()
    };
    key(a) == key(b)
}

fn smallest(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
