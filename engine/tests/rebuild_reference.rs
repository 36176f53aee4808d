//! The rebuild against its rules written down pixel by pixel, without bands, areas or short cuts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use engine::{CancelToken, Content, ModelLayer, rebuild, recompose};
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgba, RgbaImage};
use proptest::prelude::*;

type Pixel = [u8; 4];

const RADIUS: usize = 2;
const EPSILON: f32 = 1e-4;
const SNAP: f32 = 0.02;

fn reference(layers: &[RgbaImage], source: &RgbaImage) -> Vec<RgbaImage> {
    let (width, height) = layers[0].dimensions();
    let finer = width >= source.width() && height >= source.height();
    let mut rebuilt: Vec<_> = layers
        .iter()
        .map(|layer| resized(layer, source.dimensions(), FilterType::CatmullRom))
        .collect();
    if !finer {
        let guide = resized(source, layers[0].dimensions(), FilterType::Box);
        for (large, small) in rebuilt.iter_mut().zip(layers) {
            refine(large, &fit(small, &guide), layers[0].dimensions(), source);
        }
    }
    let layers: Vec<_> = (0..rebuilt.len()).collect();
    for (x, y, source) in source.enumerate_pixels() {
        let mut stack: Vec<_> = layers.iter().map(|&i| rebuilt[i][(x, y)].0).collect();
        settle(&mut stack, source.0);
        for (image, pixel) in rebuilt.iter_mut().zip(stack) {
            image[(x, y)] = Rgba(pixel);
        }
    }
    rebuilt
}

fn resized(image: &RgbaImage, (width, height): (u32, u32), filter: FilterType) -> RgbaImage {
    let from = TypedImageRef::<U8x4>::from_buffer(image.width(), image.height(), image);
    let mut resized = RgbaImage::new(width, height);
    let mut to = TypedImage::<U8x4>::from_buffer(width, height, &mut resized).unwrap();
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new()
        .resize_typed(&from.unwrap(), &mut to, &options)
        .unwrap();
    resized
}

fn color(pixel: Pixel) -> [f32; 3] {
    [0, 1, 2].map(|i| f32::from(pixel[i]) * (f32::from(pixel[3]) / (255.0 * 255.0)))
}

/// Slopes and offset for each pixel of the model's grid.
fn fit(layer: &RgbaImage, guide: &RgbaImage) -> Vec<[f32; 4]> {
    let size = layer.dimensions();
    let products = guide.pixels().zip(layer.pixels()).map(|(guide, layer)| {
        let ([x, y, z], a) = (color(guide.0), f32::from(layer[3]) / 255.0);
        [
            x,
            y,
            z,
            x * x,
            x * y,
            x * z,
            y * y,
            y * z,
            z * z,
            a * x,
            a * y,
            a * z,
            a,
        ]
    });
    let functions = box_means(&products.collect::<Vec<_>>(), size)
        .into_iter()
        .map(|[x, y, z, xx, xy, xz, yy, yz, zz, ax, ay, az, a]| {
            if a <= 0.0 || a >= 1.0 {
                return [0.0, 0.0, 0.0, a];
            }
            let [xx, yy, zz] = [xx - x * x, yy - y * y, zz - z * z].map(|v| v + EPSILON);
            let [xy, xz, yz] = [xy - x * y, xz - x * z, yz - y * z];
            let inverse = [
                [yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy],
                [xz * yz - xy * zz, xx * zz - xz * xz, xy * xz - xx * yz],
                [xy * yz - xz * yy, xy * xz - xx * yz, xx * yy - xy * xy],
            ];
            let determinant = dot([xx, xy, xz], inverse[0]).max(EPSILON * EPSILON * EPSILON);
            let covariance = [ax - a * x, ay - a * y, az - a * z];
            let slope =
                inverse.map(|row| dot(row.map(|cofactor| cofactor / determinant), covariance));
            [slope[0], slope[1], slope[2], a - dot(slope, [x, y, z])]
        });
    box_means(&functions.collect::<Vec<_>>(), size)
}

/// Means over columns, then over rows.
fn box_means<const N: usize>(values: &[[f32; N]], (width, height): (u32, u32)) -> Vec<[f32; N]> {
    let (width, height) = (width as usize, height as usize);
    let mean = |indices: Vec<usize>, values: &[[f32; N]]| {
        let count = indices.len() as f32;
        let mut sum = [0.0; N];
        for index in indices {
            (0..N).for_each(|i| sum[i] += values[index][i]);
        }
        sum.map(|sum| sum / count)
    };
    let window = |centre: usize, length: usize| {
        (0..length).filter(move |other| other.abs_diff(centre) <= RADIUS)
    };
    let across: Vec<_> = (0..width * height)
        .map(|at| window(at % width, width).map(move |x| at / width * width + x))
        .map(|indices| mean(indices.collect(), values))
        .collect();
    (0..width * height)
        .map(|at| window(at / width, height).map(move |y| y * width + at % width))
        .map(|indices| mean(indices.collect(), &across))
        .collect()
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn refine(
    large: &mut RgbaImage,
    functions: &[[f32; 4]],
    (width, height): (u32, u32),
    source: &RgbaImage,
) {
    let place = |fine: u32, coarse: u32, length: u32| {
        let last = f64::from(coarse - 1);
        let centre = (f64::from(fine) + 0.5) * (f64::from(coarse) / f64::from(length)) - 0.5;
        let centre = centre.clamp(0.0, last);
        let first = centre.floor();
        let second = (first + 1.0).min(last);
        (first as usize, second as usize, (centre - first) as f32)
    };
    let mix = |a: f32, b: f32, fraction: f32| a + (b - a) * fraction;
    for (x, y, pixel) in large.enumerate_pixels_mut() {
        let (left, right, along) = place(x, width, source.width());
        let (above, below, down) = place(y, height, source.height());
        let source = source[(x, y)].0;
        let [left, right] = [left, right].map(|column| {
            let [above, below] = [above, below].map(|row| functions[row * width as usize + column]);
            let f: [f32; 4] = std::array::from_fn(|i| mix(above[i], below[i], down));
            dot([f[0], f[1], f[2]], color(source)) + f[3]
        });
        let alpha = (mix(left, right, along) - SNAP) / (1.0 - 2.0 * SNAP);
        set_alpha(&mut pixel.0, alpha.clamp(0.0, 1.0), source);
    }
}

fn set_alpha(pixel: &mut Pixel, alpha: f32, source: Pixel) {
    let alpha = (alpha * 255.0).round() as u8;
    if pixel[3] < 8 && alpha > pixel[3] {
        *pixel = source;
    }
    pixel[3] = alpha;
}

fn settle(stack: &mut [Pixel], source: Pixel) {
    let images: Vec<_> = stack
        .iter()
        .map(|&pixel| RgbaImage::from_pixel(1, 1, Rgba(pixel)))
        .collect();
    if recompose(1, 1, &images.iter().collect::<Vec<_>>())[(0, 0)].0 == source {
        return;
    }
    // The source's alpha: upper layers keep theirs while they fit, the bottom one fills what is left.
    let (mut open, goal) = (1.0, 1.0 - f32::from(source[3]) / 255.0);
    for pixel in stack[1..].iter_mut().rev() {
        let next = open * (1.0 - f32::from(pixel[3]) / 255.0);
        if next < goal {
            pixel[3] = ((1.0 - goal / open) * 255.0).round() as u8;
        }
        open = next.max(goal);
    }
    if open > 0.0 {
        set_alpha(&mut stack[0], 1.0 - goal / open, source);
    }
    // The source's colour: the residual is shared by the layers' visible weights until nothing is left of it.
    let weights = weights(stack);
    let sum = |values: &[f32]| -> f32 { values.iter().zip(&weights).map(|(v, w)| v * w).sum() };
    for channel in 0..3 {
        let wanted = f32::from(source[channel]) * weights.iter().sum::<f32>();
        let mut values: Vec<_> = stack.iter().map(|p| f32::from(p[channel])).collect();
        for _ in 0..stack.len() {
            let residual = wanted - sum(&values);
            let end = if residual > 0.0 { 255.0 } else { 0.0 };
            let free = values.iter().zip(&weights).filter(|(v, _)| **v != end);
            let squares: f32 = free.map(|(_, w)| w * w).sum();
            if residual.abs() < 0.01 || squares == 0.0 {
                break;
            }
            for (value, weight) in values.iter_mut().zip(&weights) {
                *value = (*value + residual * weight / squares).clamp(0.0, 255.0);
            }
        }
        values.iter_mut().for_each(|value| *value = value.round());
        let heaviest = (0..stack.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]));
        if let Some(heaviest) = heaviest.filter(|&heaviest| weights[heaviest] > 0.0) {
            values[heaviest] += (wanted - sum(&values)) / weights[heaviest];
        }
        for (pixel, value) in stack.iter_mut().zip(values) {
            pixel[channel] = value.round().clamp(0.0, 255.0) as u8;
        }
    }
}

/// How much of each layer is seen.
fn weights(stack: &[Pixel]) -> Vec<f32> {
    let mut open = 1.0;
    let mut weights: Vec<_> = stack
        .iter()
        .rev()
        .map(|pixel| {
            let alpha = f32::from(pixel[3]) / 255.0;
            let weight = alpha * open;
            open *= 1.0 - alpha;
            weight
        })
        .collect();
    weights.reverse();
    weights
}

/// Any colour; the alpha of soft edges, of what models leave on clear ground, or of a whole object.
fn pixel() -> impl Strategy<Value = Pixel> {
    let alpha = prop_oneof![3 => Just(0), 3 => Just(255), 1 => 0..8_u8, 2 => any::<u8>()];
    (any::<[u8; 3]>(), alpha).prop_map(|([r, g, b], a)| [r, g, b, a])
}

/// A picture of up to four rectangles of one pixel or of noise, so that it has flat areas, edges and clear borders.
fn image(width: u32, height: u32) -> impl Strategy<Value = RgbaImage> {
    let place = (0..width, 0..height, 1..=width, 1..=height);
    let fill = prop_oneof![
        prop::collection::vec(pixel(), 1),
        prop::collection::vec(pixel(), 37)
    ];
    prop::collection::vec((place, fill), 0..4).prop_map(move |parts| {
        let mut image = RgbaImage::new(width, height);
        for ((left, top, across, down), fill) in parts {
            for y in top..(top + down).min(height) {
                for x in left..(left + across).min(width) {
                    let at = (y * width + x) as usize % fill.len();
                    image[(x, y)] = Rgba(fill[at]);
                }
            }
        }
        image
    })
}

/// A layer's size and a source's, smaller, equal or larger in each direction, over several bands now and then.
fn sizes() -> impl Strategy<Value = (u32, u32, u32, u32)> {
    let any_size = (1..40_u32, 1..40_u32, 1..60_u32, 1..60_u32);
    let high = (1..12_u32, 20..60_u32, 1..24_u32, 100..300_u32);
    let equal = (1..20_u32, 1..20_u32).prop_map(|(width, height)| (width, height, width, height));
    prop_oneof![4 => any_size, 2 => high, 1 => equal]
}

fn stack_and_source() -> impl Strategy<Value = (Vec<RgbaImage>, RgbaImage)> {
    (sizes(), 1..=8_usize, any::<bool>()).prop_flat_map(|((w, h, sw, sh), layers, opaque)| {
        let source = image(sw, sh).prop_map(move |mut source| {
            if opaque {
                source.pixels_mut().for_each(|pixel| pixel[3] = 255);
            }
            source
        });
        (prop::collection::vec(image(w, h), layers), source)
    })
}

proptest! {
    #[test]
    fn the_rebuild_is_its_rules((layers, source) in stack_and_source()) {
        let given = layers.iter().map(|image| ModelLayer::new(image.clone(), Content::Unknown));
        let rebuilt = rebuild(given.collect(), &source, &(), &CancelToken::default()).unwrap();
        let expected = reference(&layers, &source);
        for (index, (rebuilt, expected)) in rebuilt.iter().zip(&expected).enumerate() {
            for (x, y, pixel) in rebuilt.image.enumerate_pixels() {
                let expected = expected[(x, y)];
                prop_assert!(pixel[3].abs_diff(expected[3]) <= 1, "layer {index} at {x}, {y}: {pixel:?} for {expected:?}");
                for channel in 0..3 {
                    let seen = |pixel: &Rgba<u8>| f32::from(pixel[channel]) * f32::from(pixel[3]) / 255.0;
                    let difference = (seen(pixel) - seen(&expected)).abs();
                    prop_assert!(difference <= 1.0, "layer {index} at {x}, {y}: {pixel:?} for {expected:?}");
                }
            }
        }
    }
}
