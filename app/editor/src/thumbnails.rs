use std::collections::HashMap;
use std::io;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use document::{Document, LayerId, Pixels, Raster, Recolor};
use egui::{Color32, ColorImage, TextureHandle, TextureOptions};
use image::RgbaImage;
use image::imageops::{FilterType, resize};
use import::ToSrgb;

use crate::theme::{DARK, THUMBNAIL};

/// Most physical pixels of the width and of the height: sharp on a screen of scale 2.
const ROOM: [u32; 2] = [THUMBNAIL.x as u32 * 2, THUMBNAIL.y as u32 * 2];
/// Squares of the checkerboard behind transparency, in physical pixels.
const CHECKER: u32 = 8;
/// Pictures that wait for the thread; more are asked for in later frames.
const WAITING: usize = 64;

/// Small pictures of the layers. A thread scales each layer's pixels once; recolouring the small copy is quick
/// enough for the window's thread.
pub struct Thumbnails {
    requests: Sender<(LayerId, Pixels)>,
    results: Receiver<Small>,
    entries: HashMap<LayerId, Entry>,
}

struct Small {
    layer: LayerId,
    pixels: Pixels,
    image: RgbaImage,
}

struct Entry {
    /// What was asked for. Held, so that its key stays its own.
    pixels: Pixels,
    /// Its small copy, in the layer's own colours, once it is there.
    small: Option<RgbaImage>,
    recolor: Recolor,
    texture: Option<TextureHandle>,
}

impl Thumbnails {
    pub fn spawn(ctx: &egui::Context) -> io::Result<Self> {
        let (requests, queue) = bounded::<(LayerId, Pixels)>(WAITING);
        let (sender, results) = bounded(WAITING);
        let ctx = ctx.clone();
        thread::Builder::new()
            .name("thumbnails".to_owned())
            .spawn(move || {
                for (layer, pixels) in queue {
                    let image = scaled(pixels.image());
                    if sender
                        .send(Small {
                            layer,
                            pixels,
                            image,
                        })
                        .is_err()
                    {
                        return;
                    }
                    ctx.request_repaint();
                }
            })?;
        Ok(Self {
            requests,
            results,
            entries: HashMap::new(),
        })
    }

    /// Takes what is finished and asks for what is missing. Once a frame.
    pub fn update(
        &mut self,
        ctx: &egui::Context,
        document: Option<&Document>,
        to_srgb: Option<&ToSrgb>,
    ) {
        for small in self.results.try_iter() {
            if let Some(entry) = self.entries.get_mut(&small.layer)
                && entry.pixels.ptr_eq(&small.pixels)
            {
                entry.small = Some(small.image);
                entry.texture = None;
            }
        }
        let Some(document) = document else {
            self.entries.clear();
            return;
        };
        self.entries.retain(|id, _| document.layer(*id).is_some());
        for (_, layer) in document.walk() {
            if let Some(raster) = layer.as_raster() {
                self.request(layer.id, raster);
                if let Some(entry) = self.entries.get_mut(&layer.id) {
                    entry.refresh(ctx, raster.recolor, to_srgb);
                }
            }
        }
    }

    /// `None` until the thread has made it.
    pub fn get(&self, layer: LayerId) -> Option<&TextureHandle> {
        self.entries.get(&layer)?.texture.as_ref()
    }

    fn request(&mut self, layer: LayerId, raster: &Raster) {
        if self
            .entries
            .get(&layer)
            .is_some_and(|entry| entry.pixels.ptr_eq(&raster.pixels))
        {
            return;
        }
        if self
            .requests
            .try_send((layer, raster.pixels.clone()))
            .is_ok()
        {
            let entry = Entry {
                pixels: raster.pixels.clone(),
                small: None,
                recolor: raster.recolor,
                texture: None,
            };
            self.entries.insert(layer, entry);
        }
    }
}

impl Entry {
    fn refresh(&mut self, ctx: &egui::Context, recolor: Recolor, to_srgb: Option<&ToSrgb>) {
        let Some(small) = &self.small else { return };
        if self.recolor == recolor && self.texture.is_some() {
            return;
        }
        let mut image = small.clone();
        recolor.apply_to_image(&mut image);
        if let Some(to_srgb) = to_srgb {
            to_srgb.apply(&mut image);
        }
        let image = over_squares(&image, contrasting(&image));
        match &mut self.texture {
            Some(texture) => texture.set(image, TextureOptions::LINEAR),
            None => {
                self.texture = Some(ctx.load_texture("thumbnail", image, TextureOptions::LINEAR))
            }
        }
        self.recolor = recolor;
    }
}

/// A layer as it is shown small, in its own colours. Slow for a large one.
pub fn small_picture(image: &RgbaImage, to_srgb: Option<&ToSrgb>) -> ColorImage {
    let mut small = scaled(image);
    if let Some(to_srgb) = to_srgb {
        to_srgb.apply(&mut small);
    }
    over_squares(&small, contrasting(&small))
}

/// Scaled to fit [`ROOM`], never up; straight alpha in and out.
fn scaled(image: &RgbaImage) -> RgbaImage {
    let shrink = |length: u32, most: u32| f64::from(length) / f64::from(most);
    let shrink = shrink(image.width(), ROOM[0]).max(shrink(image.height(), ROOM[1]));
    if shrink <= 1.0 {
        return image.clone();
    }
    let side = |length: u32| ((f64::from(length) / shrink).round() as u32).max(1);
    let (width, height) = (side(image.width()), side(image.height()));
    // A box filter first, exact and quick; its whole blocks leave a rest for the smooth one.
    let block = ((shrink / 2.0) as u32).max(1);
    let boxed = if block > 1 {
        box_scaled(image, block)
    } else {
        premultiplied(image)
    };
    let mut small = resize(&boxed, width, height, FilterType::Triangle);
    for pixel in small.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        let unmultiplied = |c: u8| {
            if a == 0 {
                0
            } else {
                (u32::from(c) * 255 / u32::from(a)).min(255) as u8
            }
        };
        pixel.0 = [unmultiplied(r), unmultiplied(g), unmultiplied(b), a];
    }
    small
}

fn premultiplied(image: &RgbaImage) -> RgbaImage {
    let mut image = image.clone();
    for pixel in image.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        let multiplied = |c: u8| ((u32::from(c) * u32::from(a) + 127) / 255) as u8;
        pixel.0 = [multiplied(r), multiplied(g), multiplied(b), a];
    }
    image
}

/// Premultiplied means of `block` × `block` pixels; the last ones may be smaller.
fn box_scaled(image: &RgbaImage, block: u32) -> RgbaImage {
    let (width, height) = (
        image.width().div_ceil(block),
        image.height().div_ceil(block),
    );
    RgbaImage::from_fn(width, height, |x, y| {
        let columns = x * block..((x + 1) * block).min(image.width());
        let rows = y * block..((y + 1) * block).min(image.height());
        let mut sum = [0u64; 4];
        for (row, column) in rows
            .clone()
            .flat_map(|row| columns.clone().map(move |column| (row, column)))
        {
            let [r, g, b, a] = image.get_pixel(column, row).0.map(u64::from);
            for (total, value) in sum
                .iter_mut()
                .zip([r * a / 255, g * a / 255, b * a / 255, a])
            {
                *total += value;
            }
        }
        let count = u64::from(columns.end - columns.start) * u64::from(rows.end - rows.start);
        image::Rgba(sum.map(|total| (total / count.max(1)) as u8))
    })
}

/// The two greys behind transparency.
type Squares = [Color32; 2];

const LIGHT_SQUARES: Squares = [DARK.checker_light, DARK.checker_dark];
const DARK_SQUARES: Squares = [Color32::from_gray(0x60), Color32::from_gray(0x48)];

/// From this mean on, 0 to 255, a layer is too light to be seen on light squares.
const LIGHT_MEAN: u64 = 190;

/// The squares on which the layer is seen best: a line of white letters would be lost on white ones.
fn contrasting(image: &RgbaImage) -> Squares {
    let (mut light, mut weight) = (0, 0);
    for [r, g, b, a] in image.pixels().map(|pixel| pixel.0.map(u64::from)) {
        // ITU-R BT.601's weights of red, green and blue.
        light += a * (299 * r + 587 * g + 114 * b) / 1000;
        weight += a;
    }
    if light > LIGHT_MEAN * weight {
        DARK_SQUARES
    } else {
        LIGHT_SQUARES
    }
}

pub fn over_checkerboard(image: &RgbaImage) -> ColorImage {
    over_squares(image, LIGHT_SQUARES)
}

fn over_squares(image: &RgbaImage, [even, odd]: Squares) -> ColorImage {
    let size = [image.width() as usize, image.height() as usize];
    let pixels = image.enumerate_pixels().map(|(x, y, pixel)| {
        let is_even = (x / CHECKER + y / CHECKER).is_multiple_of(2);
        let [r, g, b, a] = pixel.0;
        let square = if is_even { even } else { odd };
        square.blend(Color32::from_rgba_unmultiplied(r, g, b, a))
    });
    ColorImage::new(size, pixels.collect())
}
