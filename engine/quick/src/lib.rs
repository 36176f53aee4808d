//! The backend that needs nothing but a processor: a small embedded network tells what is seen, and the picture itself
//! where it ends.
//!
//! The network's maps (`network`) are read as instances (`instances`), each pixel gets an owner (`labels`), also what is seen only
//! from afar (`figures`) and what stands out from a plain ground though the network missed it (`panels`), and the instances an
//! order (`order`) and a place in the stack (`stack`). Text is read (`texts`) and cut out to the letter (`lettering`). Each layer
//! is cut out with its soft edges, shadows and hidden parts (`matte`, `fill`), and what panels let through is the ground's
//! (`opacity`). More layers than asked for are joined (`join`).

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
mod stack;
mod strip;
mod surface;
mod texts;
mod upsample;
mod window;

use engine::{
    Backend, BackendId, BackendStatus, Content, Controls, DecomposeRequest, EngineError, Estimate,
    Hardware, Layers, ModelLayer, Progress, Stage,
};

use crate::backdrop::{Backdrop, PLAIN};
use crate::fill::Guess;
use crate::instances::Instances;
use crate::join::Cut;
use crate::labels::Labels;
use crate::network::{FAR, Maps, NEAR};
use crate::opacity::{Sheet, without_sheets};
use crate::picture::Picture;
use crate::stack::Stack;
use crate::upsample::Upsampler;

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
        let scene = Scene::find(request, progress)?;
        let cuts = scene.cut(progress)?;
        let cuts = join::at_most(cuts, most as usize);
        progress.check()?;
        let layers = cuts.into_iter().map(|cut| ModelLayer {
            image: cut.cutting.image(&scene.picture),
            content: cut.content,
            text: cut.text,
        });
        Ok(layers.collect())
    }
}

/// The picture and the places of its layers.
struct Scene {
    picture: Picture,
    stack: Stack,
}

impl Scene {
    fn find(request: &DecomposeRequest, progress: &dyn Progress) -> Result<Self, EngineError> {
        const STEPS: u32 = 4;
        progress.report(Stage::Segment, 0, STEPS);
        let picture = Picture::new(&request.source);
        let step = |n| {
            progress.report(Stage::Segment, n, STEPS);
            progress.check()
        };
        step(1)?;
        let Some(maps) = Maps::of(&picture.image, &NEAR, progress)? else {
            let stack = Stack::empty(&picture);
            step(STEPS)?;
            return Ok(Self { picture, stack });
        };
        step(2)?;
        let mut instances = Instances::read(&maps);
        step(3)?;
        let upsampler = Upsampler::new(&picture, &maps);
        let mut labels = Labels::of(&picture, &maps, &instances, &upsampler);
        if let Some(far) = Maps::of(&picture.image, &FAR, progress)? {
            figures::add_missed(&picture, &far, &mut instances, &mut labels, &upsampler);
        }
        let is_ground = |i: usize| labels.is_ground(i) && picture.visible[i];
        let backdrop = Backdrop::find(&picture, is_ground, PLAIN);
        if let Some(backdrop) = &backdrop {
            panels::add_missed(&picture, backdrop, &mut instances, &mut labels, &upsampler);
        }
        step(4)?;
        let blocks = texts::read(&picture, progress)?;
        let texts = texts::all(
            &picture,
            blocks,
            &instances,
            &labels,
            &upsampler,
            backdrop.as_ref(),
        );
        let order = order::bottom_first(&instances);
        let stack = Stack::of(&picture, &instances, &labels, &order, texts, upsampler);
        Ok(Self { picture, stack })
    }

    fn cut(&self, progress: &dyn Progress) -> Result<Vec<Cut>, EngineError> {
        let count = self.stack.contents.len();
        progress.report(Stage::Inpaint, 0, count as u32);
        let mut under = vec![Guess::default(); self.picture.len()];
        let mut cuts = Vec::with_capacity(count);
        let bounds = self.stack.bounds(&self.picture);
        let sheet = |layer: usize| match layer {
            0 => None,
            _ => Sheet::find(&self.picture, &self.stack, layer as u8, bounds[layer]),
        };
        let sheets: Vec<Option<Sheet>> = (0..count).map(sheet).collect();
        let ground = without_sheets(&self.picture, &self.stack.seen, &sheets);
        for (layer, &content) in self.stack.contents.iter().enumerate() {
            progress.check()?;
            if bounds[layer].area() > 0 {
                let place = self.stack.place(&self.picture, layer, bounds[layer]);
                let (picture, place) = match &ground {
                    Some((picture, seen)) if layer == 0 => (picture, place.seeing(seen)),
                    _ => (&self.picture, place),
                };
                let sheet = sheets[layer].as_ref();
                let cutting = matte::cut(picture, &place, sheet, &mut under, progress)?;
                if layer + 1 == count && cuts.is_empty() || !cutting.is_empty() {
                    cuts.push(Cut {
                        cutting,
                        content,
                        score: self.stack.scores[layer],
                        text: self.stack.block_of(layer).cloned(),
                    });
                }
            }
            progress.report(Stage::Inpaint, layer as u32 + 1, count as u32);
        }
        Ok(cuts)
    }
}
