//! Antialiased resizing of 8-bit pictures in fixed point, one direction after the other, each pass rounded to 8 bits:
//! Pillow's Lanczos and torch's bicubic, bit for bit. They differ in the filter, in the number of fractional bits and in
//! which direction comes first (python-pillow/Pillow `src/libImaging/Resample.c` at 01f132f, and pull request 9549 of
//! version 13; pytorch/pytorch v2.11.0 `aten/src/ATen/native/cpu/UpSampleKernel.cpp`).

use std::borrow::Cow;

use image::RgbaImage;

/// 32 bits of the sum less 8 of the result and 2 to spare.
const PILLOW_BITS: u32 = 32 - 8 - 2;

/// Pillow's `resize(…, LANCZOS)` of a straight-alpha picture, which filters premultiplied colours; an unchanged size
/// gives the picture itself with its hidden colours.
pub fn resize_lanczos(image: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    if image.dimensions() == (width, height) {
        return image.clone();
    }
    let mut premultiplied = image.clone();
    premultiply(&mut premultiplied);
    let taps = |input, output| Taps::new(input, output, 3.0, lanczos3, |_| PILLOW_BITS);
    let mut resized = if shrinks_most_in_height(image, width, height) {
        let lower = resize(&premultiplied, image.width(), height, taps);
        resize(&lower, width, height, taps)
    } else {
        resize(&premultiplied, width, height, taps)
    };
    unpremultiply(&mut resized);
    resized
}

/// Pillow's RGBA → RGBa: c·a/255, rounded (python-pillow/Pillow 12.0, `src/libImaging/Convert.c`).
fn premultiply(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        let alpha = u32::from(pixel[3]);
        for color in &mut pixel.0[..3] {
            let product = u32::from(*color) * alpha + 128;
            *color = (((product >> 8) + product) >> 8) as u8;
        }
    }
}

/// Pillow's RGBa → RGBA: 255·c/a, rounded down and at most 255; colours of alpha 0 and 255 stay.
fn unpremultiply(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        let alpha = u32::from(pixel[3]);
        if alpha != 0 && alpha != 255 {
            for color in &mut pixel.0[..3] {
                *color = (255 * u32::from(*color) / alpha).min(255) as u8;
            }
        }
    }
}

/// torchvision's `resize(…, BICUBIC, antialias=True)` of uint8 values, each channel for itself.
pub(crate) fn resize_bicubic(image: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    resize(image, width, height, |input, output| {
        Taps::new(input, output, 2.0, bicubic, bits_of_16)
    })
}

/// When Pillow 13 begins with the vertical pass: the height loses more than twice the rows that the width loses columns.
/// Told from its results on 70 sizes; earlier versions always begin with the horizontal one.
fn shrinks_most_in_height(image: &RgbaImage, width: u32, height: u32) -> bool {
    let lost = |from: u32, to: u32| i64::from(from) - i64::from(to);
    let rows = lost(image.height(), height);
    rows > 0 && rows > 2 * lost(image.width(), width)
}

/// Horizontally first.
fn resize(
    image: &RgbaImage,
    width: u32,
    height: u32,
    taps: impl Fn(usize, usize) -> Taps,
) -> RgbaImage {
    let mut current = Cow::Borrowed(image);
    if current.width() != width {
        let taps = taps(current.width() as usize, width as usize);
        current = Cow::Owned(horizontal(&current, &taps));
    }
    if current.height() != height {
        let taps = taps(current.height() as usize, height as usize);
        current = Cow::Owned(vertical(&current, &taps));
    }
    current.into_owned()
}

/// For each output pixel the first input pixel and the weights of it and the following ones.
struct Taps {
    weights: Vec<(usize, Vec<i32>)>,
    bits: u32,
}

impl Taps {
    /// `support` is the filter's radius at scale 1; `bits` gets the largest weight.
    fn new(
        input: usize,
        output: usize,
        support: f64,
        filter: fn(f64) -> f64,
        bits: fn(f64) -> u32,
    ) -> Self {
        let scale = input as f64 / output as f64;
        let stretch = scale.max(1.0);
        let support = support * stretch;
        let exact: Vec<(usize, Vec<f64>)> = (0..output)
            .map(|index| {
                let centre = (index as f64 + 0.5) * scale;
                let first = (centre - support + 0.5).max(0.0) as usize;
                let end = ((centre + support + 0.5) as usize).min(input);
                let inverse = 1.0 / stretch;
                let weights: Vec<f64> = (first..end)
                    .map(|x| filter((x as f64 - centre + 0.5) * inverse))
                    .collect();
                let sum: f64 = weights.iter().sum();
                (first, weights.iter().map(|weight| weight / sum).collect())
            })
            .collect();
        let largest = exact
            .iter()
            .flat_map(|(_, weights)| weights)
            .fold(0.0f64, |largest, weight| largest.max(*weight));
        let bits = bits(largest);
        let one = f64::from(1u32 << bits);
        let fixed = |weight: &f64| (weight * one + 0.5f64.copysign(*weight)) as i32;
        Self {
            weights: exact
                .into_iter()
                .map(|(first, weights)| (first, weights.iter().map(fixed).collect()))
                .collect(),
            bits,
        }
    }
}

fn horizontal(image: &RgbaImage, taps: &Taps) -> RgbaImage {
    let width = taps.weights.len() as u32;
    let mut out = RgbaImage::new(width, image.height());
    let row_length = image.width() as usize * 4;
    for (row, out_row) in image
        .chunks_exact(row_length)
        .zip(out.chunks_exact_mut(width as usize * 4))
    {
        for ((first, weights), pixel) in taps.weights.iter().zip(out_row.chunks_exact_mut(4)) {
            let mut sums = [1i32 << (taps.bits - 1); 4];
            for (weight, source) in weights.iter().zip(row[first * 4..].chunks_exact(4)) {
                for (sum, value) in sums.iter_mut().zip(source) {
                    *sum += weight * i32::from(*value);
                }
            }
            store(pixel, sums, taps.bits);
        }
    }
    out
}

fn vertical(image: &RgbaImage, taps: &Taps) -> RgbaImage {
    let height = taps.weights.len() as u32;
    let row_length = image.width() as usize * 4;
    let mut out = RgbaImage::new(image.width(), height);
    for ((first, weights), out_row) in taps.weights.iter().zip(out.chunks_exact_mut(row_length)) {
        for (column, pixel) in out_row.chunks_exact_mut(4).enumerate() {
            let mut sums = [1i32 << (taps.bits - 1); 4];
            for (row, weight) in (*first..).zip(weights) {
                let place = row * row_length + column * 4;
                for (sum, value) in sums.iter_mut().zip(&image.as_raw()[place..place + 4]) {
                    *sum += weight * i32::from(*value);
                }
            }
            store(pixel, sums, taps.bits);
        }
    }
    out
}

fn store(pixel: &mut [u8], sums: [i32; 4], bits: u32) {
    for (value, sum) in pixel.iter_mut().zip(sums) {
        *value = (sum >> bits).clamp(0, 255) as u8;
    }
}

fn lanczos3(x: f64) -> f64 {
    if (-3.0..3.0).contains(&x) {
        sinc(x) * sinc(x / 3.0)
    } else {
        0.0
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        let x = x * std::f64::consts::PI;
        x.sin() / x
    }
}

/// Keys' cubic with a = −0.5.
fn bicubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

/// As many bits as keep the largest weight within 16 bits signed.
fn bits_of_16(largest: f64) -> u32 {
    (0..22)
        .find(|bits| (0.5 + largest * f64::from(1u32 << (bits + 1))) as i64 >= 1 << 15)
        .unwrap_or(22)
}
