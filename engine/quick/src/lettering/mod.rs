//! A block of text, cut out to the letter: fill, outline, shadow and glow of the lettering, soft, with its own colours.
//!
//! Around the lines (`zone`) the ground behind the letters is found, or is the picture's backdrop. Where it is smooth (`ground`), all that differs
//! from it and hangs together with the letters is theirs (`plain`). Where it is busy, the letters are what has the inks
//! that are more frequent on the lines than beside them (`inks`, `busy`).

mod busy;
mod ground;
mod inks;
mod matte;
mod plain;
mod zone;

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a failure is the test's answer")]
mod tests;

use ocr::TextBlock;

use crate::picture::Colour;
pub use matte::pieces;
use zone::Zone;

/// What to cut from: the picture, and how surely each pixel is text where a network has said so.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub width: usize,
    pub height: usize,
    /// sRGB, 0..1.
    pub rgb: &'a [Colour],
    pub text: Option<&'a [f32]>,
    /// What is behind everything, where that is simple enough to tell.
    pub backdrop: Option<&'a [Colour]>,
}

/// A block cut out: where, how much of each pixel is lettering, and the lettering's own colour, row by row.
pub struct Lettering {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
    pub alpha: Vec<f32>,
    pub colour: Vec<Colour>,
}

/// `others` are the blocks beside it, whose letters are not its own.
pub fn cut(source: &Source, block: &TextBlock, others: &[&TextBlock]) -> Lettering {
    let zone = Zone::around(source, block, others);
    let fill = block.colour.map(|c| f32::from(c) / 255.0);
    let mut matte = match ground::find(&zone) {
        Some(ground) => plain::matte(&zone, &ground, fill),
        None => busy::matte(&zone, fill),
    };
    matte.keep_letters(&zone);
    Lettering {
        left: zone.left,
        top: zone.top,
        width: zone.width,
        height: zone.height,
        alpha: matte.alpha,
        colour: matte.colour,
    }
}
