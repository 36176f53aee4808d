use image::{Rgba, RgbaImage};

use crate::{Content, ModelLayer};

/// A background and `layers - 1` discs side by side. Under the discs the background is its own mean colour.
pub(crate) fn cut_discs(source: &RgbaImage, layers: u32) -> Vec<ModelLayer> {
    let (width, height) = source.dimensions();
    let discs = layers.saturating_sub(1);
    let radius = 0.4 * (width / discs.max(1)).min(height) as f32;
    let disc_at = |x: u32, y: u32| {
        let disc = (x * discs / width).min(discs.saturating_sub(1));
        let centre_x = (disc as f32 + 0.5) * width as f32 / discs.max(1) as f32;
        let (dx, dy) = (
            x as f32 + 0.5 - centre_x,
            y as f32 + 0.5 - height as f32 / 2.0,
        );
        (discs > 0 && dx * dx + dy * dy <= radius * radius).then_some(disc as usize + 1)
    };
    let fill = mean_color(source);
    let mut images = vec![RgbaImage::new(width, height); layers.max(1) as usize];
    for (x, y, &pixel) in source.enumerate_pixels() {
        let disc = disc_at(x, y);
        images[disc.unwrap_or(0)].put_pixel(x, y, pixel);
        if disc.is_some() && pixel[3] == 255 {
            images[0].put_pixel(x, y, fill);
        }
    }
    let content = |index| {
        if index == 0 {
            Content::Background
        } else {
            Content::Object
        }
    };
    images
        .into_iter()
        .enumerate()
        .map(|(index, image)| ModelLayer::new(image, content(index)))
        .collect()
}

fn mean_color(image: &RgbaImage) -> Rgba<u8> {
    let pixels = u64::from(image.width()) * u64::from(image.height());
    let mean = |channel: usize| {
        let sum: u64 = image.pixels().map(|pixel| u64::from(pixel[channel])).sum();
        (sum / pixels.max(1)) as u8
    };
    Rgba([mean(0), mean(1), mean(2), 255])
}
