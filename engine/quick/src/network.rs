use std::ops::RangeInclusive;

use engine::{EngineError, Progress};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions};
use image::RgbaImage;
use networks::{NetworkError, Tensor};

use crate::picture::resized;

/// How a picture is looked at: the sides that its longer one is brought to, and how many times its shorter one that may be.
pub struct Look {
    sides: RangeInclusive<u32>,
    longest: f32,
}

/// Where the network is best. Longer strips hold nothing that it could tell.
pub const NEAR: Look = Look {
    sides: 640..=768,
    longest: 16.0,
};
/// What fills much of the picture is seen whole only from here.
pub const FAR: Look = Look {
    sides: 192..=192,
    longest: 3.0,
};
/// Its maps are up to this much smaller than its input, whose sides must be multiples of it.
const STRIDE: usize = 32;
/// Nor do thinner ones, in pixels.
const THINNEST: u32 = 20;

/// One channel after the other, each row by row.
pub struct Map {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl Map {
    fn of(tensor: Tensor) -> Option<Self> {
        match tensor.shape[..] {
            [1, _, height, width] => Some(Self {
                width,
                height,
                values: tensor.values,
            }),
            _ => None,
        }
    }

    pub fn channels(&self) -> usize {
        self.values.len() / (self.width * self.height)
    }

    pub fn channel(&self, c: usize) -> &[f32] {
        &self.values[c * self.width * self.height..][..self.width * self.height]
    }

    pub fn row(&self, c: usize, y: usize) -> &[f32] {
        &self.channel(c)[y * self.width..][..self.width]
    }
}

/// What the layer network says of a picture; each map's meaning is told in `engine/quick/training`.
pub struct Maps {
    /// Of the picture as the network saw it.
    pub width: usize,
    pub height: usize,
    pub classes: Map,
    pub effect: Map,
    pub centers: Map,
    pub kernels: Map,
    pub amodal_kernels: Map,
    pub offsets: Map,
    pub embedding: Map,
    pub ground: Map,
}

const OUTPUTS: [&str; 8] = [
    "classes",
    "effect",
    "centers",
    "kernels",
    "amodal_kernels",
    "offsets",
    "embedding",
    "ground",
];

impl Maps {
    /// `None` for pictures of which the network could tell nothing: a single pixel, a line.
    pub fn of(
        picture: &RgbaImage,
        look: &Look,
        progress: &dyn Progress,
    ) -> Result<Option<Self>, EngineError> {
        let (w, h) = picture.dimensions();
        let (long, short) = (w.max(h), w.min(h));
        if short < THINNEST || long as f32 > look.longest * short as f32 {
            return Ok(None);
        }
        let scale = long.clamp(*look.sides.start(), *look.sides.end()) as f32 / long as f32;
        let side = |s: u32| {
            let cells = (s as f32 * scale / STRIDE as f32).round() as usize;
            cells.max(2) * STRIDE
        };
        let (width, height) = (side(w), side(h));
        let input = Tensor::new([1, 3, height, width], view(picture, width, height));
        let outputs = networks::layers()
            .and_then(|network| network.run_unless(&|| progress.is_cancelled(), input, &OUTPUTS))
            .map_err(failed)?;
        let mut maps = outputs.into_iter().map(Map::of);
        let mut next = || {
            let wrong =
                || EngineError::Backend("the layer network gave a map of wrong shape".into());
            maps.next().flatten().ok_or_else(wrong)
        };
        Ok(Some(Self {
            width,
            height,
            classes: next()?,
            effect: next()?,
            centers: next()?,
            kernels: next()?,
            amodal_kernels: next()?,
            offsets: next()?,
            embedding: next()?,
            ground: next()?,
        }))
    }
}

pub fn failed(error: NetworkError) -> EngineError {
    match error {
        NetworkError::Cancelled => EngineError::Cancelled,
        other => EngineError::Backend(other.to_string()),
    }
}

/// The picture at the network's size, planes of red, green and blue in 0..1; over a plain colour where it is transparent.
fn view(picture: &RgbaImage, width: usize, height: usize) -> Vec<f32> {
    let (w, h) = (width as u32, height as u32);
    let filter = match w < picture.width() {
        true => FilterType::Bilinear,
        false => FilterType::CatmullRom,
    };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    let sized = resized(picture, w, h, &options);
    let paper = paper(&sized);
    let mut planes = vec![0.0; 3 * width * height];
    for (i, pixel) in sized.pixels().enumerate() {
        let alpha = f32::from(pixel[3]) / 255.0;
        for c in 0..3 {
            let colour = f32::from(pixel[c]) / 255.0;
            planes[c * width * height + i] = paper + alpha * (colour - paper);
        }
    }
    planes
}

/// The grey that what is visible stands out from best.
pub fn paper(picture: &RgbaImage) -> f32 {
    let mut near = [0.0f32; 3];
    let greys = [0.9, 0.5, 0.1];
    for pixel in picture.pixels().filter(|p| p[3] > 127) {
        let light =
            (f32::from(pixel[0]) + 2.0 * f32::from(pixel[1]) + f32::from(pixel[2])) / 1020.0;
        for (sum, grey) in near.iter_mut().zip(greys) {
            *sum += (-((light - grey) / 0.15).powi(2)).exp();
        }
    }
    let best = (0..3).min_by(|&a, &b| near[a].total_cmp(&near[b]));
    best.map_or(greys[1], |best| greys[best])
}
