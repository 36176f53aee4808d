use std::ops::Range;

use engine::Content;
use ocr::TextBlock;

use crate::backdrop::{Backdrop, EXPLAINED};
use crate::effects::{Effects, rest_of_things};
use crate::instances::{Class, Instances};
use crate::labels::{Labels, NOWHERE, SPECK};
use crate::picture::{Colour, Picture};
use crate::texts::{Text, Texts};
use crate::upsample::Upsampler;
use crate::window::{Bounds, depth, neighbours};

/// A layer goes on this far under what is above it, so that borders mix with it.
const UNDER: u8 = 3;
/// What is known about a layer's edge reaches this far beyond it.
const MARGIN: usize = 4;
/// This near to what is above it the ground's own colour is mixed.
const MIXED: u8 = 3;
/// Of what is visible in a picture with clear parts, the ground's least part.
const LEAST_GROUND: f32 = 0.3;

/// Where all layers are: 0 is the ground, then things, then texts, bottom first.
pub struct Stack {
    pub contents: Vec<Content>,
    pub scores: Vec<f32>,
    /// The layer seen at each pixel.
    pub seen: Vec<u8>,
    /// The same with all text taken away.
    plain: Vec<u8>,
    /// Of each thing its whole mask, on the instances' grid.
    whole: Vec<Vec<f32>>,
    grid: (usize, usize),
    upsampler: Option<Upsampler>,
    texts: Vec<Text>,
    effects: Effects,
    /// What the ground is where it is simple enough to tell.
    backdrop: Option<Vec<Colour>>,
    /// The ground goes on under everything; not so where a cut-out stands on nothing.
    has_ground: bool,
}

/// Where one layer is.
pub struct LayerRegion<'a> {
    pub layer: u8,
    pub bounds: Bounds,
    /// The bounds' pixels by index in the picture.
    pub at: Vec<usize>,
    /// Where within the bounds it is seen and where it goes on under what is above it.
    pub present: Vec<bool>,
    pub seen: &'a [u8],
    /// Its colours and alpha within the bounds, where they are known already.
    pub exact: Option<Vec<[f32; 4]>>,
    effects: &'a Effects,
}

impl<'a> LayerRegion<'a> {
    /// The same where other layers are seen.
    pub fn seeing(self, seen: &'a [u8]) -> Self {
        Self { seen, ..self }
    }

    /// Another layer is seen there, above it.
    pub fn is_hidden(&self, i: usize) -> bool {
        let seen = self.seen[i];
        seen != NOWHERE && seen > self.layer
    }

    /// What is cast by others on what is seen there.
    pub fn shade(&self, i: usize) -> f32 {
        self.effects.cast_on(i, self.seen[i])
    }

    /// What the layer casts on something below it.
    pub fn effect_of(&self, i: usize) -> Option<f32> {
        let casts = self.effects.owner[i] == self.layer && self.seen[i] < self.layer;
        (casts && self.effects.alpha[i] > 0.0).then(|| self.effects.alpha[i])
    }
}

impl Stack {
    /// Only a ground.
    pub fn empty(picture: &Picture) -> Self {
        let seen: Vec<u8> = picture
            .visible
            .iter()
            .map(|&v| if v { 0 } else { NOWHERE })
            .collect();
        Self {
            contents: vec![Content::Background],
            scores: vec![1.0],
            plain: seen.clone(),
            seen,
            whole: Vec::new(),
            grid: (1, 1),
            upsampler: None,
            texts: Vec::new(),
            effects: Effects::none(picture.len()),
            backdrop: None,
            has_ground: true,
        }
    }

    pub fn of(
        picture: &Picture,
        instances: &Instances,
        labels: &Labels,
        order: &[usize],
        texts: Texts,
        upsampler: Upsampler,
    ) -> Self {
        let mut stack = Self::empty(picture);
        stack.grid = (instances.width, instances.height);
        let mut area = vec![0usize; order.len() + 1];
        labels.of.iter().for_each(|&k| area[usize::from(k)] += 1);
        let least = SPECK * picture.len() as f32;
        let mut layer_of = vec![0u8; order.len() + 1];
        for (layer, &thing) in (1..).zip(order) {
            // What is not seen makes no layer by what it casts.
            if area[thing + 1] as f32 >= least {
                layer_of[thing + 1] = layer;
            }
            stack.contents.push(content(instances.things[thing].class));
            stack.scores.push(instances.things[thing].score);
            stack.whole.push(instances.whole[thing].clone());
        }
        for (i, &label) in labels.of.iter().enumerate() {
            if stack.seen[i] != NOWHERE {
                stack.seen[i] = layer_of[usize::from(label)];
            }
        }
        stack.plain.clone_from(&stack.seen);
        let visible = stack.seen.iter().filter(|s| **s != NOWHERE).count();
        let ground = stack.seen.iter().filter(|s| **s == 0).count();
        stack.has_ground =
            visible == picture.len() || ground as f32 > LEAST_GROUND * visible as f32;
        stack.effects = Effects::of(picture, instances, &layer_of, &upsampler);
        let things = 1..stack.contents.len() as u8;
        let lines = stack.add_texts(picture, texts);
        if stack.has_ground {
            stack.find_backdrop(picture, &things, &lines);
        }
        stack.upsampler = Some(upsampler);
        stack
    }

    /// Tells in which text's lines each pixel lies.
    fn add_texts(&mut self, picture: &Picture, texts: Texts) -> Vec<Option<usize>> {
        let first = self.contents.len();
        for (owner, text) in self.effects.owner.iter_mut().zip(&texts.lines) {
            if let Some(text) = text {
                *owner = (first + text) as u8;
            }
        }
        for text in &texts.all {
            let layer = self.contents.len() as u8;
            self.contents.push(Content::Text);
            self.scores.push(text.score);
            for (i, &[.., alpha]) in text.bounds.indices(picture.width).zip(&text.pixels) {
                if alpha >= 0.5 && self.seen[i] != NOWHERE {
                    self.seen[i] = layer;
                }
            }
        }
        self.texts = texts.all;
        texts.lines
    }

    fn find_backdrop(&mut self, picture: &Picture, things: &Range<u8>, lines: &[Option<usize>]) {
        let seen = &self.seen;
        let Some(backdrop) = Backdrop::find(picture, |i| seen[i] == 0, EXPLAINED) else {
            return;
        };
        let is_open = |i: usize| seen[i] == 0 && lines[i].is_none();
        let is_thing = |layer: u8| things.contains(&layer);
        self.effects
            .measure(picture, &backdrop, seen, is_thing, is_open);
        for (i, thing) in rest_of_things(picture, &backdrop, seen, &self.effects, is_thing) {
            (self.seen[i], self.plain[i]) = (thing, thing);
        }
        self.backdrop = Some(self.ground(picture, backdrop));
    }

    /// The ground as it is seen, and where it is not, or not alone, as it must be.
    fn ground(&self, picture: &Picture, backdrop: Backdrop) -> Vec<Colour> {
        let clear = depth(picture.width, picture.height, |i| self.seen[i] == 0);
        let mut colours = backdrop.colours;
        for (i, colour) in colours.iter_mut().enumerate() {
            if clear[i] > MIXED && !self.casts(i) {
                *colour = picture.rgb[i];
            }
        }
        colours
    }

    /// Where each layer is seen or casts something, with a margin for its soft edge.
    pub fn bounds(&self, picture: &Picture) -> Vec<Bounds> {
        let mut bounds = vec![Bounds::NONE; self.contents.len()];
        bounds[0] = Bounds::whole(picture.width, picture.height);
        for i in 0..self.seen.len() {
            let (x, y) = (i % picture.width, i / picture.width);
            for layer in [self.seen[i], self.plain[i]] {
                if layer != NOWHERE {
                    bounds[usize::from(layer)].include(x, y);
                }
            }
            if self.casts(i) {
                bounds[usize::from(self.effects.owner[i])].include(x, y);
            }
        }
        let first = bounds.len() - self.texts.len();
        for (bounds, text) in bounds[first..].iter_mut().zip(&self.texts) {
            *bounds = if bounds.area() > 0 {
                bounds.joined(text.bounds)
            } else {
                text.bounds
            };
        }
        for (bounds, whole) in bounds[1..].iter_mut().zip(&self.whole) {
            self.include_whole(picture, whole, bounds);
        }
        bounds
            .into_iter()
            .map(|b| {
                if b.area() > 0 {
                    b.grown(MARGIN, picture.width, picture.height)
                } else {
                    b
                }
            })
            .collect()
    }

    fn casts(&self, i: usize) -> bool {
        let owner = self.effects.owner[i];
        owner != NOWHERE && self.effects.alpha[i] > 0.0 && self.seen[i] < owner
    }

    fn include_whole(&self, picture: &Picture, whole: &[f32], bounds: &mut Bounds) {
        if bounds.area() == 0 {
            return;
        }
        let side = |cell: usize, length: usize, grid: usize| {
            (cell * length / grid).min(length.saturating_sub(1))
        };
        for cell in (0..whole.len()).filter(|&c| whole[c] > 0.5) {
            let x = side(cell % self.grid.0, picture.width, self.grid.0);
            let y = side(cell / self.grid.0, picture.height, self.grid.1);
            bounds.include(x, y);
        }
    }

    /// What is cast on what is seen there.
    pub fn shade(&self, i: usize) -> f32 {
        self.effects.cast_on(i, self.seen[i])
    }

    pub fn place<'a>(&'a self, picture: &Picture, layer: usize, bounds: Bounds) -> LayerRegion<'a> {
        let whole = layer.checked_sub(1).and_then(|k| self.whole.get(k));
        let layer = layer as u8;
        let at: Vec<usize> = bounds.indices(picture.width).collect();
        let mut present: Vec<bool> = at
            .iter()
            .map(|&i| match layer {
                0 if self.has_ground => self.seen[i] != NOWHERE,
                _ => self.seen[i] == layer,
            })
            .collect();
        let text = self.text_of(layer).filter(|t| t.is_exact);
        if let Some(whole) = whole {
            present = self.gone_on_under(picture, layer, whole, bounds, &present);
        }
        let exact = match &self.backdrop {
            Some(colours) if layer == 0 => Some(ground(colours, &at, &present)),
            _ => text.map(|t| t.within(bounds)),
        };
        LayerRegion {
            layer,
            bounds,
            at,
            seen: &self.seen,
            present,
            exact,
            effects: &self.effects,
        }
    }

    /// What a layer says, where it was read.
    pub fn block_of(&self, layer: usize) -> Option<&TextBlock> {
        self.text_of(layer as u8)?.block.as_ref()
    }

    fn text_of(&self, layer: u8) -> Option<&Text> {
        let first = self.contents.len() - self.texts.len();
        self.texts.get(usize::from(layer).checked_sub(first)?)
    }

    fn gone_on_under(
        &self,
        picture: &Picture,
        layer: u8,
        whole: &[f32],
        bounds: Bounds,
        present: &[bool],
    ) -> Vec<bool> {
        let width = picture.width;
        let far = depth(bounds.width(), bounds.height(), |k| !present[k]);
        let goes_on = |(k, i): (usize, usize)| {
            let seen = self.seen[i];
            if seen <= layer || seen == NOWHERE {
                return seen == layer;
            }
            let is_whole = |s: &Upsampler| s.at(whole, i % width, i / width) > 0.5;
            let whole_there = || self.upsampler.as_ref().is_some_and(is_whole);
            self.plain[i] == layer || far[k] <= UNDER || whole_there()
        };
        let reach: Vec<bool> = bounds.indices(width).enumerate().map(goes_on).collect();
        connected(bounds.width(), present, &reach)
    }
}

fn ground(colours: &[Colour], at: &[usize], present: &[bool]) -> Vec<[f32; 4]> {
    let pixel = |(&i, &present): (&usize, &bool)| {
        let [r, g, b] = colours[i];
        [r, g, b, f32::from(u8::from(present))]
    };
    at.iter().zip(present).map(pixel).collect()
}

/// The parts of `reach` that are connected with what is seen.
fn connected(width: usize, seen: &[bool], reach: &[bool]) -> Vec<bool> {
    let mut found = seen.to_vec();
    let mut open: Vec<usize> = (0..seen.len()).filter(|&k| seen[k]).collect();
    while let Some(k) = open.pop() {
        for n in neighbours(k, width, seen.len()) {
            if reach[n] && !std::mem::replace(&mut found[n], true) {
                open.push(n);
            }
        }
    }
    found
}

fn content(class: Class) -> Content {
    match class {
        Class::Object => Content::Object,
        Class::Shape => Content::Shape,
        Class::Text => Content::Text,
    }
}
