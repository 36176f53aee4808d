use engine::Content;
use rayon::prelude::*;

use crate::instances::{Class, Instances};
use crate::labels::{Between, Labels, positions};
use crate::network::Maps;
use crate::picture::Picture;
use crate::window::{Bounds, depth};

/// No layer: nothing is seen there.
pub const NOWHERE: u8 = u8::MAX;
/// A layer goes on this far under what is above it, so that borders mix with it.
const UNDER: u8 = 3;
/// Text of fewer pixels than this is none.
const LEAST_TEXT: usize = 24;

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
    network: (usize, usize),
    pub effects: Vec<f32>,
    pub effect_owner: Vec<u8>,
}

/// Where one layer is.
pub struct Place<'a> {
    pub layer: u8,
    pub seen: &'a [u8],
    /// Where it is seen and where it goes on under what is above it.
    pub present: Vec<bool>,
    /// Around what is present and what is cast.
    pub bounds: Bounds,
    /// The alphas of all shadows and glows, and whose they are.
    pub effects: &'a [f32],
    effect_owner: &'a [u8],
}

impl Place<'_> {
    pub fn is_above(&self, other: u8) -> bool {
        other > self.layer
    }

    /// What the layer casts on something below it.
    pub fn effect_of(&self, i: usize) -> Option<f32> {
        let casts = self.effect_owner[i] == self.layer && self.seen[i] < self.layer;
        casts.then(|| self.effects[i])
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
            network: (1, 1),
            effects: vec![0.0; picture.len()],
            effect_owner: vec![NOWHERE; picture.len()],
        }
    }

    pub fn of(
        picture: &Picture,
        maps: &Maps,
        instances: &Instances,
        labels: &Labels,
        order: &[usize],
    ) -> Self {
        let mut stack = Self::empty(picture);
        stack.grid = (instances.width, instances.height);
        stack.network = (maps.width, maps.height);
        let mut layer_of = vec![0u8; order.len() + 1];
        for (layer, &thing) in (1..).zip(order) {
            layer_of[thing + 1] = layer;
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
        stack.add_effects(picture, instances, &layer_of);
        stack.add_texts(picture, instances, labels);
        stack
    }

    fn add_effects(&mut self, picture: &Picture, instances: &Instances, layer_of: &[u8]) {
        if instances.things.is_empty() {
            return;
        }
        let (columns, rows) = self.grid_positions(picture);
        let width = self.grid.0;
        let found: Vec<(f32, u8)> = (0..picture.len())
            .into_par_iter()
            .map(|i| {
                let (x, y) = (columns[i % picture.width], rows[i / picture.width]);
                let [alpha] = x.mix(y, width, |c| [instances.effect[c]]);
                let thing = instances.effect_owner[x.nearest(y, width)];
                (alpha, layer_of[usize::from(thing) + 1])
            })
            .collect();
        (self.effects, self.effect_owner) = found.into_iter().unzip();
    }

    fn grid_positions(&self, picture: &Picture) -> (Vec<Between>, Vec<Between>) {
        let halved = |side: usize, network: usize, grid: usize| {
            let places = positions(side, network).into_iter();
            places.map(|p| p.halved(grid)).collect()
        };
        (
            halved(picture.width, self.network.0, self.grid.0),
            halved(picture.height, self.network.1, self.grid.1),
        )
    }

    /// Text as the network sees it, one layer for each that it tells apart.
    fn add_texts(&mut self, picture: &Picture, instances: &Instances, labels: &Labels) {
        let count = instances.texts.len();
        if count == 0 {
            return;
        }
        let (columns, rows) = self.grid_positions(picture);
        let owner = |i: usize| {
            if labels.text[i] < 0.5 || !picture.visible[i] {
                return None;
            }
            let cell = columns[i % picture.width].nearest(rows[i / picture.width], self.grid.0);
            let shares = &instances.text_ownership[cell * count..][..count];
            (0..count).max_by(|&a, &b| shares[a].total_cmp(&shares[b]).then(b.cmp(&a)))
        };
        let owners: Vec<Option<usize>> = (0..picture.len()).into_par_iter().map(owner).collect();
        let mut area = vec![0; count];
        owners.iter().flatten().for_each(|&k| area[k] += 1);
        let mut layer_of = vec![None; count];
        for k in (0..count).filter(|&k| area[k] >= LEAST_TEXT) {
            layer_of[k] = Some(self.contents.len() as u8);
            self.contents.push(Content::Text);
            self.scores.push(instances.texts[k].score);
        }
        for (i, owner) in owners.into_iter().enumerate() {
            if let Some(layer) = owner.and_then(|k| layer_of[k]) {
                self.seen[i] = layer;
            }
        }
    }

    pub fn place<'a>(&'a self, picture: &Picture, layer: usize) -> Place<'a> {
        let layer = layer as u8;
        let mut present: Vec<bool> = match layer {
            0 => self.seen.iter().map(|&s| s != NOWHERE).collect(),
            _ => self.seen.iter().map(|&s| s == layer).collect(),
        };
        if let Some(whole) = usize::from(layer).checked_sub(1).and_then(|k| self.whole.get(k)) {
            self.go_on_under(picture, layer, whole, &mut present);
        }
        let casts = |i: usize| self.effect_owner[i] == layer && self.effects[i] > 0.02;
        let pixels: Vec<u32> = (0..present.len())
            .filter(|&i| present[i] || (layer > 0 && casts(i)))
            .map(|i| i as u32)
            .collect();
        Place {
            layer,
            seen: &self.seen,
            present,
            bounds: Bounds::around(&pixels, picture.width),
            effects: &self.effects,
            effect_owner: &self.effect_owner,
        }
    }

    fn go_on_under(&self, picture: &Picture, layer: u8, whole: &[f32], present: &mut [bool]) {
        let width = picture.width;
        let far = depth(width, picture.height, |i| !present[i]);
        let (columns, rows) = self.grid_positions(picture);
        let goes_on = |i: usize| {
            let seen = self.seen[i];
            if seen <= layer || seen == NOWHERE {
                return seen == layer;
            }
            let whole_there = || {
                let (x, y) = (columns[i % width], rows[i / width]);
                x.mix(y, self.grid.0, |c| [whole[c]])[0] > 0.5
            };
            self.plain[i] == layer || far[i] <= UNDER || whole_there()
        };
        let all: Vec<bool> = (0..present.len()).into_par_iter().map(goes_on).collect();
        present.copy_from_slice(&all);
    }
}

/// Objects and shapes are one to the engine as yet.
fn content(class: Class) -> Content {
    match class {
        Class::Text => Content::Text,
        _ => Content::Object,
    }
}
