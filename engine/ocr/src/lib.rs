//! The text of a picture: where its lines are (`detect`, `strip`), what they say (`crop`, `recognise`, `mend`), what they look
//! like (`ink`), and which of them belong together (`group`); and what a layer by itself says (`layer`).

mod block;
mod crop;
mod detect;
mod group;
mod ink;
mod layer;
mod mend;
mod recognise;
mod strip;

use image::RgbImage;

pub use block::{Quad, TextBlock, TextLine};
pub use layer::read_layer;
pub use networks::NetworkError;

/// How far `read` is: the steps done, and how many there are as far as is known.
pub type Steps<'a> = &'a mut dyn FnMut(u32, u32);

/// The blocks of text in a picture, from the top down. The same picture always gives the same.
pub fn read(
    picture: &RgbImage,
    cancelled: &dyn Fn() -> bool,
    steps: Steps,
) -> Result<Vec<TextBlock>, NetworkError> {
    let found = detect::strips(picture, cancelled, steps)?;
    let readings = recognise::read(picture, found, cancelled, steps)?;
    let readings = mend::whole(picture, readings, cancelled)?;
    Ok(group::blocks(picture, readings))
}
