use fast_image_resize::Resizer;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use image::{GrayImage, Luma, RgbImage, imageops};
use imageproc::point::Point;
use imageproc::region_labelling::{Connectivity, connected_components};
use networks::{NetworkError, Tensor};

use crate::Steps;
use crate::strip::Strip;

/// The longer side that the network sees at once: small print of a poster still shows, and it takes under a second.
const SIDE: u32 = 1152;
/// Smaller pictures are seen enlarged, at most twice.
const SMALL: u32 = 736;
/// What overlaps between the tiles of a larger picture.
const OVERLAP: u32 = 160;
/// The network was trained to mark the cores of lines: this much of the area over the outline is added around.
const UNCLIP: f32 = 1.6;
const MAP_THRESHOLD: f32 = 0.3;
const LEAST_SCORE: f32 = 0.55;
/// More lines than this nobody names layers by.
const MOST: usize = 400;

/// A line's place, and how sure the map is of it.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub strip: Strip,
    pub score: f32,
}

/// Where lines of text are. Pictures much larger than the network sees at once are looked at a second time in tiles, at
/// twice the scale, for what was too small.
pub fn strips(
    picture: &RgbImage,
    cancelled: &dyn Fn() -> bool,
    steps: Steps,
) -> Result<Vec<Found>, NetworkError> {
    let (w, h) = picture.dimensions();
    let long = w.max(h);
    if w.min(h) < 4 {
        return Ok(Vec::new());
    }
    let scale = if long < SMALL {
        (SMALL as f32 / long as f32).min(2.0)
    } else {
        (SIDE as f32 / long as f32).min(1.0)
    };
    let fine = (2.0 * SIDE as f32 / long as f32).min(1.0);
    let tiles = if fine > 1.3 * scale.max(0.01) && long > SIDE {
        tiles(w, h, fine)
    } else {
        Vec::new()
    };
    let count = 1 + tiles.len() as u32;
    steps(0, count + 1);
    let mut found = in_part(picture, scale, cancelled)?;
    steps(1, count + 1);
    for (n, &[x, y, tile_w, tile_h]) in tiles.iter().enumerate() {
        let part = imageops::crop_imm(picture, x, y, tile_w, tile_h).to_image();
        for mut line in in_part(&part, fine, cancelled)? {
            line.strip = line.strip.resized(1.0, [x as f32, y as f32]);
            // What was seen whole at the smaller scale stays; here it may be cut by the tile.
            if line.strip.height * scale < 24.0
                && !found.iter().any(|f| f.strip.holds(line.strip.centre))
            {
                found.push(line);
            }
        }
        steps(2 + n as u32, count + 1);
    }
    found.sort_by(|a, b| b.strip.height.total_cmp(&a.strip.height));
    found.truncate(MOST);
    Ok(found)
}

/// Left, top, width and height in pixels of the picture.
fn tiles(w: u32, h: u32, scale: f32) -> Vec<[u32; 4]> {
    let side = (SIDE as f32 / scale) as u32;
    let step = ((SIDE - OVERLAP) as f32 / scale) as u32;
    let starts =
        |size: u32| (0..size.saturating_sub(side).div_ceil(step) + 1).map(move |i| i * step);
    starts(h)
        .flat_map(|y| starts(w).map(move |x| [x, y, side.min(w - x), side.min(h - y)]))
        .collect()
}

fn in_part(
    part: &RgbImage,
    scale: f32,
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<Found>, NetworkError> {
    let side = |s: u32| ((s as f32 * scale).round() as u32).max(1);
    let small = resized(part, side(part.width()), side(part.height()));
    let (w, h) = small.dimensions();
    let network = networks::text_detection()?;
    let mut maps = network.run_unless(cancelled, input(&small), &[])?;
    let map = maps.swap_remove(0);
    let stride = map.shape[3];
    let mask = GrayImage::from_fn(w, h, |x, y| {
        let at = map.values[y as usize * stride + x as usize];
        Luma([u8::from(at > MAP_THRESHOLD)])
    });
    let back = part.width() as f32 / w as f32;
    Ok(components(&mask)
        .into_iter()
        .filter_map(|pixels| line(&pixels, |x, y| map.values[y * stride + x]))
        .map(|found| Found {
            strip: found.strip.resized(back, [0.5 * back; 2]),
            ..found
        })
        .collect())
}

fn resized(part: &RgbImage, w: u32, h: u32) -> RgbImage {
    if part.dimensions() == (w, h) {
        return part.clone();
    }
    let resize = || {
        let mut small = RgbImage::new(w, h);
        let source = TypedImageRef::<U8x3>::from_buffer(part.width(), part.height(), part);
        let mut target = TypedImage::from_buffer(w, h, &mut small).ok()?;
        // The resizer's untyped entrance is compiled for each type of pixel there is.
        let done = Resizer::new().resize_typed(&source.ok()?, &mut target, None);
        done.ok().map(|()| small)
    };
    resize().unwrap_or_else(|| imageops::thumbnail(part, w, h))
}

/// Blue first and normalised as the network was trained; to the right and below, what is missing to a multiple of 32.
fn input(picture: &RgbImage) -> Tensor {
    const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
    const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    let (wide, high) = (w.next_multiple_of(32), h.next_multiple_of(32));
    let mut values = vec![0.0; 3 * wide * high];
    for (x, y, pixel) in picture.enumerate_pixels() {
        for c in 0..3 {
            values[(c * high + y as usize) * wide + x as usize] =
                (f32::from(pixel.0[2 - c]) / 255.0 - MEAN[c]) / DEVIATION[c];
        }
    }
    Tensor::new([1, 3, high, wide], values)
}

fn components(mask: &GrayImage) -> Vec<Vec<Point<i32>>> {
    let labels = connected_components(mask, Connectivity::Eight, Luma([0]));
    let mut components: Vec<Vec<Point<i32>>> = Vec::new();
    for (x, y, label) in labels.enumerate_pixels() {
        let label = label.0[0] as usize;
        if label > components.len() {
            components.resize(label, Vec::new());
        }
        if label > 0 {
            components[label - 1].push(Point::new(x as i32, y as i32));
        }
    }
    components
}

fn line(pixels: &[Point<i32>], map: impl Fn(usize, usize) -> f32) -> Option<Found> {
    if pixels.len() < 12 {
        return None;
    }
    let score = pixels
        .iter()
        .map(|p| map(p.x as usize, p.y as usize))
        .sum::<f32>()
        / pixels.len() as f32;
    let mut strip = Strip::around(pixels)?;
    strip.length += 1.0;
    strip.height += 1.0;
    if score < LEAST_SCORE || strip.height < 3.0 {
        return None;
    }
    strip = bent(strip, pixels);
    let by = UNCLIP * strip.length * strip.height / (2.0 * (strip.length + strip.height));
    Some(Found {
        strip: strip.grown(by),
        score,
    })
}

/// Fits the bend of a line that follows a curve: the parabola through the middles of its columns.
fn bent(strip: Strip, pixels: &[Point<i32>]) -> Strip {
    const COLUMNS: usize = 16;
    if strip.length < 2.0 * strip.height {
        return strip;
    }
    let mut columns = [(f32::MAX, f32::MIN); COLUMNS];
    for p in pixels {
        let [x, y] = strip.local([p.x as f32, p.y as f32]);
        let place = ((x / strip.length + 0.5) * COLUMNS as f32).clamp(0.0, COLUMNS as f32 - 1.0);
        let column = &mut columns[place as usize];
        *column = (column.0.min(y), column.1.max(y));
    }
    let seen: Vec<(f32, f32, f32)> = columns
        .iter()
        .enumerate()
        .filter(|(_, c)| c.0 <= c.1)
        .map(|(i, c)| {
            let t = (i as f32 + 0.5) * 2.0 / COLUMNS as f32 - 1.0;
            (t, (c.0 + c.1) / 2.0, c.1 - c.0 + 1.0)
        })
        .collect();
    let mut thickness: Vec<f32> = seen.iter().map(|s| s.2).collect();
    thickness.sort_by(f32::total_cmp);
    let (Some(bend), Some(&thickness)) = (parabola(&seen), thickness.get(thickness.len() / 2))
    else {
        return strip;
    };
    if bend[2].abs() < 0.3 * thickness || thickness > 0.8 * strip.height {
        return strip;
    }
    Strip {
        height: thickness,
        bend,
        ..strip
    }
}

/// Least squares of y = a + b t + c t² by Cramer's rule.
fn parabola(points: &[(f32, f32, f32)]) -> Option<[f32; 3]> {
    let sum = |f: &dyn Fn(f32, f32) -> f32| points.iter().map(|p| f(p.0, p.1)).sum::<f32>();
    let s: Vec<f32> = (0..5).map(|n| sum(&|t, _| t.powi(n))).collect();
    let r: Vec<f32> = (0..3).map(|n| sum(&|t, y| y * t.powi(n))).collect();
    let det = |m: [[f32; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
            - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let base = [[s[0], s[1], s[2]], [s[1], s[2], s[3]], [s[2], s[3], s[4]]];
    let whole = det(base);
    if whole.abs() < 1e-3 {
        return None;
    }
    Some([0, 1, 2].map(|column| {
        let mut m = base;
        for row in 0..3 {
            m[row][column] = r[row];
        }
        det(m) / whole
    }))
}
