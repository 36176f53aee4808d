//! A look at unfinished layers on its way: one message with one PNG, in which they stand below each other, as small as a message
//! must be. It is not kept, and lost where nobody listens.

use async_nats::{HeaderMap, Message};
use engine::{EventKind, png};
use image::RgbaImage;
use image::imageops::{crop_imm, replace, thumbnail};
use uuid::Uuid;

use crate::job::picture;
use crate::layout::preview_subject;
use crate::link::Link;

/// Names how many layers are in the picture.
const LAYERS: &str = "Lamina-Layers";
/// More than a request can ask for.
const MOST_LAYERS: u32 = 256;
/// Of a layer's longer side.
const LONGEST_SIDE: u32 = 256;
/// Noise does not get smaller in a PNG, and a message has more than that.
const SHARE: f64 = 0.85;

impl Link {
    /// Without an acknowledgement: a lost preview does no harm.
    pub async fn show(&self, job: Uuid, layers: &[RgbaImage]) {
        let most = self.client.server_info().max_payload;
        let Some(png) = stacked(layers, most).and_then(|stack| png(&stack).ok()) else {
            return;
        };
        if png.len() < most && self.is_connected() {
            let mut headers = HeaderMap::new();
            headers.insert(LAYERS, layers.len().to_string());
            let subject = preview_subject(job);
            let sent = self
                .client
                .publish_with_headers(subject, headers, png.into());
            let _ = sent.await;
        }
    }
}

/// As an event, unless it cannot be read.
pub fn preview_of(message: &Message) -> Option<EventKind> {
    let layers = message.headers.as_ref()?.get(LAYERS)?;
    let layers = layers.as_str().parse().ok()?;
    let stack = picture(message.payload.to_vec()).ok()?;
    let layers = apart(&stack, layers)?.into();
    Some(EventKind::Preview { layers })
}

/// All of one size, that of the first, and together of no more than so many bytes.
fn stacked(layers: &[RgbaImage], most: usize) -> Option<RgbaImage> {
    let (width, height) = layers.first()?.dimensions();
    let count = layers.len() as f64;
    let fits = (most as f64 * SHARE / (4.0 * count * f64::from(width) * f64::from(height))).sqrt();
    let shown = f64::from(LONGEST_SIDE) / f64::from(width.max(height));
    let scale = fits.min(shown).min(1.0);
    let side = |side: u32| ((f64::from(side) * scale) as u32).max(1);
    let (width, height) = (side(width), side(height));
    let mut stack = RgbaImage::new(width, height * layers.len() as u32);
    for (n, layer) in layers.iter().enumerate() {
        let small = thumbnail(layer, width, height);
        replace(&mut stack, &small, 0, n as i64 * i64::from(height));
    }
    Some(stack)
}

fn apart(stack: &RgbaImage, layers: u32) -> Option<Vec<RgbaImage>> {
    if !(1..=MOST_LAYERS).contains(&layers) || !stack.height().is_multiple_of(layers) {
        return None;
    }
    let (width, height) = (stack.width(), stack.height() / layers);
    let layer = |n| crop_imm(stack, 0, n * height, width, height).to_image();
    Some((0..layers).map(layer).collect())
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn layers_are_shrunk_to_a_message_and_come_apart_again() {
        let noise = |x: u32, y: u32| {
            let bits = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_mul(97);
            Rgba(bits.to_be_bytes())
        };
        let layers = vec![RgbaImage::from_fn(640, 480, noise); 16];
        let most = 1 << 20;
        let stack = stacked(&layers, most).unwrap();
        assert!(png(&stack).unwrap().len() < most);
        let back = apart(&stack, 16).unwrap();
        assert_eq!(back.len(), 16);
        let (width, height) = back[0].dimensions();
        assert!(width <= LONGEST_SIDE && width > 100, "{width}");
        assert_eq!(height, (width * 3) / 4);
        assert_eq!(back[15], thumbnail(&layers[15], width, height));
        assert!(apart(&stack, 0).is_none() && apart(&stack, 7).is_none());
    }

    #[test]
    fn small_layers_stay_as_they_are() {
        let layers = [[9, 0, 0, 255], [0, 9, 0, 60]].map(|c| RgbaImage::from_pixel(7, 5, Rgba(c)));
        let stack = stacked(&layers, 1 << 20).unwrap();
        assert_eq!(apart(&stack, 2).unwrap(), layers);
    }
}
