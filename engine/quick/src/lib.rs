//! The backend that needs nothing but a processor: a small embedded network tells what is seen, and the picture itself
//! where it ends.
//!
//! The network's maps (`network`) are read as instances (`instances`), each pixel gets an owner (`labels`), also what is seen only
//! from afar (`figures`) and what stands out from a plain ground though the network missed it (`panels`), and the instances an
//! order (`order`) and a place in the stack (`stack`). Text is read (`texts`) and cut out to the letter (`lettering`). Each layer
//! is cut out with its soft edges, shadows and hidden parts (`matte`, `fill`), and what panels let through is the ground's
//! (`opacity`), many at once where they do not overlap (`waves`). More layers than asked for are joined (`join`). `scene` leads
//! through all this.

mod backdrop;
mod cutting;
mod effects;
mod estimate;
mod figures;
mod fill;
mod instances;
mod join;
mod known;
mod labels;
mod lettering;
mod matte;
mod network;
mod opacity;
mod order;
mod panels;
mod picture;
mod quantile;
mod ramp;
mod regions;
mod scene;
mod stack;
mod strip;
mod surface;
mod texts;
mod upsample;
mod waves;
mod window;

use std::sync::Arc;

use engine::{
    Backend, BackendId, BackendStatus, Content, Controls, DecomposeRequest, EngineError, Estimate,
    Hardware, Layers, ModelLayer, Progress, Relay,
};
use image::RgbaImage;
use rayon::prelude::*;

use crate::scene::Scene;

/// Splits by what it sees, with the networks inside the program; the same request always gives the same layers.
#[derive(Debug, Clone, Copy, Default)]
pub struct QuickBackend;

impl QuickBackend {
    pub const ID: BackendId = BackendId::new("quick", "Quick");

    pub fn controls() -> Controls {
        Controls::layers_only(Layers::MAX)
    }
}

impl Backend for QuickBackend {
    fn id(&self) -> BackendId {
        Self::ID
    }

    fn status(&self, _hardware: &Hardware) -> BackendStatus {
        BackendStatus {
            backend: self.id(),
            ready: true,
            reason: "Runs on the processor with small built-in networks: it finds objects, shapes and text, reads the \
                     words, and fills what they hid."
                .into(),
            controls: Self::controls(),
            model: None,
        }
    }

    fn estimate(&mut self, request: &DecomposeRequest) -> Result<Estimate, EngineError> {
        Ok(estimate::estimate(request))
    }

    fn estimator(&self) -> Box<dyn Backend> {
        Box::new(Self)
    }

    fn decompose(
        &mut self,
        request: &DecomposeRequest,
        progress: &dyn Progress,
    ) -> Result<Vec<ModelLayer>, EngineError> {
        let most = request.layers.or(Layers::MAX);
        if most <= 1 {
            let image = request.source.as_ref().clone();
            return Ok(vec![ModelLayer::new(image, Content::Background)]);
        }
        let source = Arc::clone(&request.source);
        Relay::run(progress, move |relay| layers(&source, most as usize, relay))
    }
}

fn layers(
    source: &RgbaImage,
    most: usize,
    progress: &(dyn Progress + Sync),
) -> Result<Vec<ModelLayer>, EngineError> {
    let scene = Scene::find(source, progress)?;
    let cuts = scene.cut(progress)?;
    let cuts = join::at_most(cuts, most);
    progress.check()?;
    let layers = cuts.into_par_iter().map(|cut| ModelLayer {
        image: cut.cutting.image(&scene.picture),
        content: cut.content,
        text: cut.text,
    });
    Ok(layers.collect())
}
