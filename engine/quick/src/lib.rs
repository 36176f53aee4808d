//! The backend without weights: colour segmentation, text grouping and inpainting on the CPU.
//!
//! A picture is taken apart as a figure on a ground: the surface it is made of is found (`segment`, `ground`), what
//! stands out from it falls apart (`parts`) into figures, each a picture of its own (`figure`, `peel`). Figures that look like letters form
//! text (`text`), the rest are joined until they fit the layers asked for (`group`). Then each layer gets its place in
//! the stack (`stack`), its alpha and its hidden parts (`matte`, `inpaint`).

mod figure;
mod ground;
mod group;
mod hull;
mod inpaint;
#[allow(dead_code, reason = "the decomposition that calls it comes next")]
mod lettering;
mod matte;
mod parts;
mod peel;
mod picture;
mod quantile;
mod segment;
mod stack;
mod surface;
mod text;
mod union_find;
mod window;

use engine::{
    Backend, BackendId, BackendStatus, CancelToken, Content, Controls, DecomposeRequest,
    EngineError, ModelLayer, Progress, Stage,
};

use crate::matte::Place;
use crate::picture::{Colour, Picture};
use crate::stack::Stack;

/// At most, where nothing is asked for.
const AUTO_LAYERS: u32 = 8;

/// Splits by colour, shape and place alone; the same request always gives the same layers.
#[derive(Debug, Clone, Copy, Default)]
pub struct QuickBackend;

impl Backend for QuickBackend {
    fn id(&self) -> BackendId {
        BackendId {
            id: "quick",
            label: "Quick",
        }
    }

    fn status(&self) -> BackendStatus {
        BackendStatus {
            backend: self.id(),
            ready: true,
            reason: "Runs on the processor with small built-in networks: it finds objects, shapes and text, reads the \
                     words, and fills what they hid."
                .into(),
            controls: Controls::default(),
        }
    }

    fn decompose(
        &mut self,
        request: &DecomposeRequest,
        progress: &mut dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Vec<ModelLayer>, EngineError> {
        if request.layers.or(AUTO_LAYERS) <= 1 {
            let image = request.source.as_ref().clone();
            return Ok(vec![ModelLayer::new(image, Content::Background)]);
        }
        let scene = Scene::find(request, progress, cancel)?;
        scene.layers(progress, cancel)
    }
}

/// The picture taken apart: which layer is seen where, and where it is though hidden.
struct Scene {
    picture: Picture,
    contents: Vec<Content>,
    soft: Vec<bool>,
    seen: Vec<u8>,
    present: Vec<Vec<bool>>,
}

impl Scene {
    fn find(
        request: &DecomposeRequest,
        progress: &mut dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Self, EngineError> {
        const STEPS: u32 = 4;
        let mut step = |n| {
            progress.report(Stage::Segment, n, STEPS);
            cancel.check()
        };
        step(0)?;
        let picture = Picture::new(&request.source);
        step(1)?;
        let regions = segment::segment(&picture, cancel)?;
        step(2)?;
        let figures = peel::peel(&picture, &regions, cancel)?;
        step(3)?;
        let blocks = text::blocks(&figures, picture.height);
        let layers = request.layers.or(AUTO_LAYERS);
        let groups = group::groups(&picture, &figures, &blocks, layers as usize - 1);
        step(4)?;
        let stack = Stack::new(picture.width, &picture.visible, &figures, &groups);
        let (seen, present) = (stack.seen(), stack.presence());
        let contents = std::iter::once(Content::Background)
            .chain(groups.iter().map(|g| g.content))
            .collect();
        let soft = std::iter::once(false)
            .chain(groups.iter().map(|g| g.soft))
            .collect();
        Ok(Self {
            picture,
            contents,
            soft,
            seen,
            present,
        })
    }

    fn layers(
        self,
        progress: &mut dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Vec<ModelLayer>, EngineError> {
        let count = self.present.len() as u32;
        progress.report(Stage::Inpaint, 0, count);
        let mut under: Vec<Colour> = vec![[0.0; 3]; self.picture.len()];
        let mut layers = Vec::new();
        for (layer, &content) in self.contents.iter().enumerate() {
            cancel.check()?;
            let place = Place {
                layer: layer as u8,
                seen: &self.seen,
                present: &self.present[layer],
                soft: self.soft[layer],
            };
            let image = matte::cut(&self.picture, &place, &mut under);
            layers.push(ModelLayer::new(image, content));
            progress.report(Stage::Inpaint, layer as u32 + 1, count);
        }
        Ok(layers)
    }
}
