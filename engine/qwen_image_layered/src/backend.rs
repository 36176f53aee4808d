use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use candle_core::Tensor;
use engine::{
    Backend, BackendId, BackendStatus, CancelToken, Content, Controls, DecomposeRequest,
    DeviceChoice, EngineError, Gpus, Hardware, ModelControl, ModelLayer, Progress, Stage,
};
use image::RgbaImage;

use crate::captions::{Captions, key};
use crate::dump::Dump;
use crate::files::{ModelFiles, ModelSource};
use crate::loaded::Loaded;
use crate::pipeline::{CARD_LAYERS, Pipeline};
use crate::placement::{Placement, gpu_count};
use crate::plan::Plan;
use crate::watch::Watch;
use crate::{ModelError, Result};

const ID: BackendId = BackendId::new("qwen", "Qwen-Image-Layered");

/// Everything that the pipeline has; it was trained on pictures of up to so many layers.
const CONTROLS: Controls = Controls {
    max_layers: 16,
    auto_layers: Some(CARD_LAYERS),
    resolution: true,
    steps: true,
    guidance: true,
    prompt: true,
    seed: true,
};

/// A model larger than this is not run on a processor unless asked for: the published one would take days.
const MAX_BYTES_ON_PROCESSOR: u64 = 4 << 30;

const NO_MODEL: &str = "no model is chosen; name the folder of Qwen-Image-Layered with --model or the variable LAMINA_MODEL, or choose it in the window";

/// Previews in a run at most.
const PREVIEWS: u32 = 5;

/// Qwen-Image-Layered as a backend. The model is loaded by the first job, stays loaded, and is loaded anew when the
/// settings name another one.
pub struct QwenBackend {
    handle: Handle,
    previews: bool,
}

/// Reaches the backend while an engine owns it. Clones share one state.
#[derive(Clone, Default)]
pub struct Handle {
    source: Arc<Mutex<Option<ModelSource>>>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    loaded: Loaded,
    captions: Captions,
}

impl Handle {
    fn source(&self) -> Option<ModelSource> {
        lock(&self.source).clone()
    }
}

impl ModelControl for Handle {
    fn backend(&self) -> BackendId {
        ID
    }

    fn folder(&self) -> Option<PathBuf> {
        match self.source() {
            Some(ModelSource::Folder(folder)) => Some(folder),
            _ => None,
        }
    }

    fn choose_folder(&self, folder: PathBuf) -> Result<(), EngineError> {
        let source = ModelSource::Folder(folder);
        source.find()?;
        *lock(&self.source) = Some(source);
        Ok(())
    }

    /// A running job holds the model.
    fn is_loaded(&self) -> bool {
        match self.state.try_lock() {
            Ok(state) => state.loaded.is_some(),
            Err(TryLockError::Poisoned(error)) => error.into_inner().loaded.is_some(),
            Err(TryLockError::WouldBlock) => true,
        }
    }

    fn free(&self) -> bool {
        match self.state.try_lock() {
            Ok(mut state) => state.loaded.free(),
            Err(TryLockError::Poisoned(error)) => error.into_inner().loaded.free(),
            Err(TryLockError::WouldBlock) => return false,
        }
        true
    }
}

impl QwenBackend {
    pub fn new(source: Option<ModelSource>) -> Self {
        let handle = Handle::default();
        *lock(&handle.source) = source;
        Self {
            handle,
            previews: false,
        }
    }

    /// Decodes a look at the unfinished layers now and then.
    #[must_use]
    pub fn with_previews(self) -> Self {
        Self {
            previews: true,
            ..self
        }
    }

    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    fn run(&self, request: &DecomposeRequest, watch: &EngineWatch) -> Result<Vec<RgbaImage>> {
        // Told before anything that takes time, also to a job that waits here for memory to be given back.
        watch.progress(Stage::Prepare, 0, 1);
        let source = self.handle.source().ok_or_else(|| {
            ModelError::Request("no Qwen-Image-Layered model is chosen; choose its folder".into())
        })?;
        let mut state = lock(&self.handle.state);
        loop {
            match attempt(&source, request, &mut state, watch) {
                Err(ModelError::OutOfMemory) => {
                    let smaller = state.loaded.shrink(request)?;
                    if !request.hardware.retry {
                        return Err(ModelError::OutOfMemoryNow(smaller));
                    }
                    watch.progress(Stage::Prepare, 0, 1);
                }
                other => return other,
            }
        }
    }
}

/// Runs a job as the planner has it.
fn attempt(
    source: &ModelSource,
    request: &DecomposeRequest,
    State { loaded, captions }: &mut State,
    watch: &EngineWatch,
) -> Result<Vec<RgbaImage>> {
    let (model, run) = loaded.prepare(source, request, watch)?;
    let image = Pipeline::resize(request);
    let prompt = if request.diffusion.wants_caption() {
        let key = key(&image, request.diffusion.caption_language, Some(source));
        let caption = match captions.get(&key) {
            Some(caption) => caption.to_owned(),
            None => {
                let caption = model.caption(&image, request.diffusion.caption_language, watch)?;
                captions.insert(key, caption.clone());
                caption
            }
        };
        watch.caption(&caption);
        caption
    } else {
        request.diffusion.prompt.clone()
    };
    let layers = model.run(request, &prompt, &image, run.tiling, watch)?;
    for sentence in loaded.notes()? {
        watch.note(&sentence);
    }
    Ok(layers)
}

impl QwenBackend {
    /// Refuses what no run could make, before anything is loaded.
    pub fn validate(request: &DecomposeRequest) -> std::result::Result<(), EngineError> {
        request.validate()?;
        CONTROLS.check_layers(&ID, request.layers)
    }
}

impl Backend for QwenBackend {
    fn id(&self) -> BackendId {
        ID
    }

    fn status(&self, hardware: &Hardware) -> BackendStatus {
        let (ready, reason) = match readiness(self.handle.source().as_ref(), hardware) {
            Ok(reason) => (true, reason),
            Err(reason) => (false, reason),
        };
        BackendStatus {
            backend: ID,
            ready,
            reason,
            controls: CONTROLS,
        }
    }

    fn decompose(
        &mut self,
        request: &DecomposeRequest,
        progress: &mut dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Vec<ModelLayer>, EngineError> {
        Self::validate(request)?;
        let watch = EngineWatch {
            progress: RefCell::new(progress),
            cancel,
            dump: request.dump.as_ref().map(|_| Dump::default()),
            previews: self.previews,
        };
        let layers = self.run(request, &watch);
        if let (Ok(_), Some(dump), Some(path)) = (&layers, watch.dump, &request.dump) {
            dump.save(path)?;
        }
        Ok(as_layers(layers?))
    }
}

/// Why the backend can run, or why not.
fn readiness(source: Option<&ModelSource>, hardware: &Hardware) -> Result<String, String> {
    let Some(source) = source else {
        return Err(NO_MODEL.into());
    };
    let files = source.find().map_err(|error| error.to_string())?;
    let (count, unusable) = match gpu_count() {
        Ok(count) => (count, None),
        Err(error) => (0, Some(error.to_string())),
    };
    let no_gpu = |sentence: String| unusable.clone().unwrap_or(sentence);
    if hardware.gpus != Gpus::One && count == 0 {
        return Err(no_gpu(
            "several GPUs are asked for and no CUDA GPU was found; choose one device".into(),
        ));
    }
    let named = match (&hardware.gpus, &hardware.device) {
        (Gpus::Named(numbers), _) => numbers.as_slice(),
        (_, DeviceChoice::Cuda(number)) => slice::from_ref(number),
        _ => &[],
    };
    if let Some(missing) = named.iter().find(|number| **number >= count) {
        return Err(no_gpu(format!(
            "the device cuda:{missing} cannot be used, {count} CUDA GPUs were found; choose another device"
        )));
    }
    let on_processor = match hardware.device {
        DeviceChoice::Cpu => true,
        DeviceChoice::Auto => count == 0,
        DeviceChoice::Cuda(_) => false,
    };
    if on_processor
        && hardware.device == DeviceChoice::Auto
        && weight_bytes(&files) > MAX_BYTES_ON_PROCESSOR
    {
        return Err(no_gpu(
            "it needs a CUDA GPU, and there is none; choose the device cpu to run it on the processor for days".into(),
        ));
    }
    Ok(if on_processor {
        "The model runs on the processor.".into()
    } else {
        "The model runs on the GPU.".into()
    })
}

fn weight_bytes(files: &ModelFiles) -> u64 {
    [&files.transformer, &files.vae, &files.text_encoder]
        .into_iter()
        .flat_map(|part| &part.shards)
        .filter_map(|shard| Some(fs::metadata(shard).ok()?.len()))
        .sum()
}

fn as_layers(images: Vec<RgbaImage>) -> Vec<ModelLayer> {
    images
        .into_iter()
        .enumerate()
        .map(|(index, image)| {
            let content = match index {
                0 => Content::Background,
                _ => Content::Unknown,
            };
            ModelLayer::new(image, content)
        })
        .collect()
}

/// Passes what happens on to the engine.
struct EngineWatch<'a> {
    progress: RefCell<&'a mut dyn Progress>,
    cancel: &'a CancelToken,
    dump: Option<Dump>,
    previews: bool,
}

impl Watch for EngineWatch<'_> {
    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    fn progress(&self, stage: Stage, step: u32, steps: u32) {
        self.progress.borrow_mut().report(stage, step, steps);
    }

    fn caption(&self, text: &str) {
        self.progress.borrow_mut().caption(text);
    }

    fn plan(&self, plan: &Plan, placement: &Placement) {
        self.progress.borrow_mut().planned(&plan.told(placement));
    }

    fn skipped_steps(&self, steps: &[u32]) {
        self.progress.borrow_mut().skipped_steps(steps);
    }

    fn note(&self, sentence: &str) {
        self.progress.borrow_mut().note(sentence);
    }

    fn wants_preview(&self, step: u32, steps: u32) -> bool {
        self.previews && step.is_multiple_of(steps.div_ceil(PREVIEWS + 1))
    }

    fn preview(&self, layers: Vec<RgbaImage>) {
        self.progress.borrow_mut().preview(&as_layers(layers));
    }

    fn tensor(&self, name: &str, value: &Tensor) {
        if let Some(dump) = &self.dump {
            dump.add(name, value);
        }
    }
}

/// What the locks guard is valid after each statement, so a panic elsewhere does not spoil it.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
