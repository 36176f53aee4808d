//! A look at unfinished layers: recomposed on a thread, shown over the canvas while the job runs.

use std::sync::Arc;

use egui::{ColorImage, TextureHandle, TextureOptions};
use engine::JobId;
use image::{RgbaImage, imageops};
use import::ToSrgb;
use session::{Task, Waker};

use crate::thumbnails::{over_checkerboard, small_picture};

/// Pixels of the longer side: a preview is smaller than this, but for a backend that works at the picture's size.
const LONGEST_SIDE: u32 = 1536;

/// What the window shows of the latest look.
pub struct Preview {
    pub moment: PreviewStep,
    /// The layers over each other and over a checkerboard.
    pub picture: TextureHandle,
    /// Each for itself, bottom first.
    pub layers: Vec<TextureHandle>,
}

/// Where in a job a look was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviewStep {
    pub job: JobId,
    /// Completed steps.
    pub step: u32,
    pub steps: u32,
}

struct Composed {
    picture: ColorImage,
    layers: Vec<ColorImage>,
}

/// One look at a time is recomposed; of those that come meanwhile the latest is kept.
#[derive(Default)]
pub struct Previews {
    running: Option<(PreviewStep, Task<Option<Composed>>)>,
    waiting: Option<(PreviewStep, Arc<Vec<RgbaImage>>, Option<ToSrgb>)>,
}

impl Previews {
    /// `layers` bottom first, of a document in these colours.
    pub fn push(
        &mut self,
        moment: PreviewStep,
        layers: Arc<Vec<RgbaImage>>,
        to_srgb: Option<ToSrgb>,
    ) {
        self.waiting = Some((moment, layers, to_srgb));
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The latest look, once it is recomposed. Once a frame.
    pub fn poll(&mut self, ctx: &egui::Context, waker: &Waker) -> Option<Preview> {
        let done = self
            .running
            .as_ref()
            .and_then(|(moment, task)| Some((*moment, task.poll()?)));
        if done.is_some() {
            self.running = None;
        }
        if self.running.is_none()
            && let Some((moment, layers, to_srgb)) = self.waiting.take()
        {
            // Without a thread this look is left out.
            let task = Task::spawn("preview", waker, move || compose(&layers, to_srgb.as_ref()));
            self.running = task.ok().map(|task| (moment, task));
        }
        let (moment, composed) = done?;
        let Composed { picture, layers } = composed.ok()??;
        let load = |image| ctx.load_texture("preview", image, TextureOptions::LINEAR);
        Some(Preview {
            moment,
            picture: load(picture),
            layers: layers.into_iter().map(load).collect(),
        })
    }
}

/// `None` when there is nothing to see, or the layers are of different sizes.
fn compose(layers: &[RgbaImage], to_srgb: Option<&ToSrgb>) -> Option<Composed> {
    let (width, height) = layers.first()?.dimensions();
    let fit = layers
        .iter()
        .all(|layer| layer.dimensions() == (width, height));
    if !fit || width == 0 || height == 0 {
        return None;
    }
    let stack = engine::recompose(width, height, &layers.iter().collect::<Vec<_>>());
    let longer = width.max(height);
    let mut stack = if longer > LONGEST_SIDE {
        let side = |length: u32| {
            (u64::from(length) * u64::from(LONGEST_SIDE) / u64::from(longer)).max(1) as u32
        };
        imageops::thumbnail(&stack, side(width), side(height))
    } else {
        stack
    };
    if let Some(to_srgb) = to_srgb {
        to_srgb.apply(&mut stack);
    }
    let small = |layer| small_picture(layer, to_srgb);
    Some(Composed {
        picture: over_checkerboard(&stack),
        layers: layers.iter().map(small).collect(),
    })
}
