use engine::{EngineError, Progress, Stage};
use image::RgbaImage;
use ocr::TextBlock;
use rayon::prelude::*;

use crate::backdrop::{Backdrop, PLAIN};
use crate::cutting::Cutting;
use crate::fill::Guess;
use crate::instances::Instances;
use crate::join::Cut;
use crate::labels::Labels;
use crate::matte::Matte;
use crate::network::{FAR, Maps, NEAR};
use crate::opacity::{Sheet, without_sheets};
use crate::picture::Picture;
use crate::stack::Stack;
use crate::upsample::Upsampler;
use crate::waves::waves;
use crate::{figures, matte, order, panels, texts};

/// Of [`Stage::Segment`].
const STEPS: u32 = 4;

/// The picture and the places of its layers.
pub struct Scene {
    pub picture: Picture,
    stack: Stack,
}

impl Scene {
    pub fn find(source: &RgbaImage, progress: &(dyn Progress + Sync)) -> Result<Self, EngineError> {
        let step = |n| {
            progress.report(Stage::Segment, n, STEPS);
            progress.check()
        };
        step(0)?;
        let picture = Picture::new(source);
        step(1)?;
        let Some(maps) = Maps::of(&picture.image, &NEAR, progress)? else {
            let stack = Stack::empty(&picture);
            step(STEPS)?;
            return Ok(Self { picture, stack });
        };
        step(2)?;
        // Reading needs nothing of what is seen, and the other way round.
        let (blocks, sight) = rayon::join(
            || texts::read(&picture, progress),
            || Sight::find(&picture, maps, progress),
        );
        let (blocks, sight) = (blocks?, sight?);
        step(STEPS)?;
        progress.report(Stage::Read, 0, 1);
        let stack = sight.stack(&picture, blocks);
        progress.report(Stage::Read, 1, 1);
        progress.check()?;
        Ok(Self { picture, stack })
    }

    pub fn cut(&self, progress: &(dyn Progress + Sync)) -> Result<Vec<Cut>, EngineError> {
        let count = self.stack.contents.len();
        progress.report(Stage::Inpaint, 0, count as u32);
        let bounds = self.stack.bounds(&self.picture);
        let sheet = |layer: usize| match layer {
            0 => None,
            _ => Sheet::find(&self.picture, &self.stack, layer as u8, bounds[layer]),
        };
        let sheets: Vec<Option<Sheet>> = (0..count).into_par_iter().map(sheet).collect();
        let ground = without_sheets(&self.picture, &self.stack.seen, &sheets);
        let mut under = vec![Guess::default(); self.picture.len()];
        let mut cuttings: Vec<Option<Cutting>> = (0..count).map(|_| None).collect();
        let mut done = 0;
        for wave in waves(&bounds) {
            let cut = |&layer: &usize| {
                progress.check()?;
                let place = self.stack.place(&self.picture, layer, bounds[layer]);
                let (picture, place) = match &ground {
                    Some((picture, seen)) if layer == 0 => (picture, place.seeing(seen)),
                    _ => (&self.picture, place),
                };
                let sheet = sheets[layer].as_ref();
                matte::cut(picture, &place, sheet, &under, progress)
            };
            let cut: Vec<Result<Matte, EngineError>> = wave.par_iter().map(cut).collect();
            for (&layer, matte) in wave.iter().zip(cut) {
                let matte = matte?;
                matte.lay_over(&mut under, self.picture.width);
                cuttings[layer] = Some(matte.cutting);
            }
            done += wave.len();
            if done < count {
                progress.report(Stage::Inpaint, done as u32, count as u32);
            }
        }
        let mut cuts = Vec::with_capacity(count);
        for (layer, cutting) in cuttings.into_iter().enumerate() {
            let Some(cutting) = cutting else { continue };
            if layer + 1 == count && cuts.is_empty() || !cutting.is_empty() {
                cuts.push(Cut {
                    cutting,
                    content: self.stack.contents[layer],
                    score: self.stack.scores[layer],
                    text: self.stack.block_of(layer).cloned(),
                });
            }
        }
        progress.report(Stage::Inpaint, count as u32, count as u32);
        Ok(cuts)
    }
}

/// What is seen of a picture, but for its words.
struct Sight {
    instances: Instances,
    labels: Labels,
    upsampler: Upsampler,
    backdrop: Option<Backdrop>,
}

impl Sight {
    fn find(picture: &Picture, maps: Maps, progress: &dyn Progress) -> Result<Self, EngineError> {
        let mut instances = Instances::read(&maps);
        let upsampler = Upsampler::new(picture, &maps);
        let mut labels = Labels::of(picture, &maps, &instances, &upsampler);
        drop(maps);
        progress.report(Stage::Segment, 3, STEPS);
        if let Some(far) = Maps::of(&picture.image, &FAR, progress)? {
            figures::add_missed(picture, &far, &mut instances, &mut labels, &upsampler);
        }
        progress.check()?;
        let is_ground = |i: usize| labels.is_ground(i) && picture.visible[i];
        let backdrop = Backdrop::find(picture, is_ground, PLAIN);
        if let Some(backdrop) = &backdrop {
            panels::add_missed(picture, backdrop, &mut instances, &mut labels, &upsampler);
        }
        Ok(Self {
            instances,
            labels,
            upsampler,
            backdrop,
        })
    }

    fn stack(self, picture: &Picture, blocks: Vec<TextBlock>) -> Stack {
        let Self {
            instances,
            labels,
            upsampler,
            backdrop,
        } = self;
        let texts = texts::all(
            picture,
            blocks,
            &instances,
            &labels,
            &upsampler,
            backdrop.as_ref(),
        );
        let order = order::bottom_first(&instances);
        Stack::of(picture, &instances, &labels, &order, texts, upsampler)
    }
}
