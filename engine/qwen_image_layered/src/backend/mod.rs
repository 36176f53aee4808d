mod captions;
mod fitting;
mod loaded;
mod peaks;

use std::fs;
use std::slice;

use engine::{
    Backend, BackendId, BackendStatus, Content, Controls, DecomposeRequest, DeviceChoice,
    EngineError, Estimate, Gpus, Hardware, Model, ModelLayer, ModelSource, ModelStatus, Progress,
    Stage,
};
use image::RgbaImage;
use runtime::gpu_count;

use crate::dump::{Dump, OnTensor, keep_no_tensor};
use crate::files::{ModelFiles, find};
use crate::pipeline::{MODEL_CARD_LAYERS, Pipeline};
use crate::{ModelError, Result};
use captions::{Captions, key};
use loaded::Loaded;
use peaks::Peaks;

/// The model was trained on pictures of up to so many layers.
const MOST_LAYERS: u32 = 16;

/// A model larger than this is not run on a processor unless asked for: the published one would take days.
const MAX_BYTES_ON_PROCESSOR: u64 = 4 << 30;

/// Why it cannot run before anybody has named a model.
pub const NO_MODEL: &str = "no model is chosen; choose the folder of Qwen-Image-Layered in the window, or name it in the variable LAMINA_MODEL";

/// Qwen-Image-Layered as a backend. The model is loaded by the first job, stays loaded, and is loaded anew when another one
/// is chosen or the job's hardware is another.
#[derive(Default)]
pub struct QwenBackend {
    source: Option<ModelSource>,
    loaded: Loaded,
    captions: Captions,
}

impl Model for QwenBackend {
    fn status(&self) -> ModelStatus {
        ModelStatus {
            source: self.source.clone(),
            is_loaded: self.loaded.is_some(),
        }
    }

    fn choose(&mut self, source: ModelSource) -> Result<(), EngineError> {
        find(&source)?;
        self.source = Some(source);
        Ok(())
    }

    fn load(
        &mut self,
        request: &DecomposeRequest,
        progress: &dyn Progress,
    ) -> Result<(), EngineError> {
        progress.report(Stage::Prepare, 0, 1);
        let source = self.chosen()?;
        let peaks = Peaks::told_to(progress);
        self.loaded.prepare(&source, request, &peaks)?;
        Ok(())
    }

    fn free(&mut self) {
        self.loaded.free();
    }
}

impl QwenBackend {
    pub const ID: BackendId = BackendId::new("qwen", "Qwen-Image-Layered");

    /// Everything that the pipeline has.
    pub fn controls() -> Controls {
        Controls::of_diffusion(MOST_LAYERS, MODEL_CARD_LAYERS)
    }

    pub fn new(source: Option<ModelSource>) -> Self {
        Self {
            source,
            ..Self::default()
        }
    }

    fn chosen(&self) -> Result<ModelSource> {
        self.source.clone().ok_or_else(|| {
            ModelError::Request("no Qwen-Image-Layered model is chosen; choose one".into())
        })
    }

    fn run(
        &mut self,
        request: &DecomposeRequest,
        progress: &dyn Progress,
        on_tensor: OnTensor,
    ) -> Result<Vec<RgbaImage>> {
        // Told before anything that takes time.
        progress.report(Stage::Prepare, 0, 1);
        let source = self.chosen()?;
        loop {
            match self.attempt(&source, request, progress, on_tensor) {
                Err(ModelError::OutOfMemory) => {
                    let smaller = self.loaded.shrink(request)?;
                    if !request.hardware.retry {
                        return Err(ModelError::OutOfMemoryNow(smaller));
                    }
                    progress.report(Stage::Prepare, 0, 1);
                }
                other => return other,
            }
        }
    }

    /// Runs a job as the planner has it.
    fn attempt(
        &mut self,
        source: &ModelSource,
        request: &DecomposeRequest,
        progress: &dyn Progress,
        on_tensor: OnTensor,
    ) -> Result<Vec<RgbaImage>> {
        let progress = &Peaks::told_to(progress);
        let (model, run) = self.loaded.prepare(source, request, progress)?;
        let image = Pipeline::resize(request);
        let prompt = if request.diffusion.wants_caption() {
            let language = request.diffusion.caption_language;
            let key = key(&image, language, Some(source));
            let caption = match self.captions.get(&key) {
                Some(caption) => caption.to_owned(),
                None => {
                    let caption = model.caption(&image, language, progress, on_tensor)?;
                    self.captions.insert(key, caption.clone());
                    caption
                }
            };
            progress.caption(&caption);
            caption
        } else {
            request.diffusion.prompt.clone()
        };
        // As the planner has it.
        let mut request = request.clone();
        request.hardware.tiling = run.tiling;
        let layers = model.run(&request, &prompt, &image, progress, on_tensor)?;
        for sentence in self.loaded.notes(progress) {
            progress.note(&sentence);
        }
        Ok(layers)
    }

    /// Refuses what no run could make, before anything is loaded.
    pub fn validate(request: &DecomposeRequest) -> std::result::Result<(), EngineError> {
        request.validate()?;
        Self::controls().check_layers(&Self::ID, request.layers)
    }
}

impl Backend for QwenBackend {
    fn id(&self) -> BackendId {
        Self::ID
    }

    fn status(&self, hardware: &Hardware) -> BackendStatus {
        let (ready, reason) = match readiness(self.source.as_ref(), hardware) {
            Ok(reason) => (true, reason),
            Err(reason) => (false, reason),
        };
        BackendStatus {
            backend: Self::ID,
            ready,
            reason,
            controls: Self::controls(),
            model: Some(Model::status(self)),
        }
    }

    fn estimate(&mut self, request: &DecomposeRequest) -> Result<Estimate, EngineError> {
        Self::validate(request)?;
        let source = self.chosen()?;
        Ok(self.loaded.estimate(&source, request)?)
    }

    /// It counts what is loaded here as free.
    fn estimator(&self) -> Box<dyn Backend> {
        Box::new(Self {
            source: self.source.clone(),
            loaded: self.loaded.beside(),
            captions: Captions::default(),
        })
    }

    fn model(&mut self) -> Option<&mut dyn Model> {
        Some(self)
    }

    fn decompose(
        &mut self,
        request: &DecomposeRequest,
        progress: &dyn Progress,
    ) -> Result<Vec<ModelLayer>, EngineError> {
        Self::validate(request)?;
        let Some(path) = &request.dump else {
            return Ok(as_layers(self.run(request, progress, &keep_no_tensor)?));
        };
        let dump = Dump::default();
        let layers = self.run(request, progress, &|name, value| dump.add(name, value))?;
        dump.save(path)?;
        Ok(as_layers(layers))
    }
}

/// Why the backend can run, or why not.
fn readiness(source: Option<&ModelSource>, hardware: &Hardware) -> Result<String, String> {
    let Some(source) = source else {
        return Err(NO_MODEL.into());
    };
    let files = find(source).map_err(|error| error.to_string())?;
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
