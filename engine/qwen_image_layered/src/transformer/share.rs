use std::ops::Range;

use candle_core::Tensor;
use kernels::{Rotation, shares};

use crate::Result;

/// The tokens that one of several ranks works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Share {
    pub text: Range<usize>,
    /// Never none.
    pub image: Range<usize>,
    /// How many tokens each rank has.
    pub rows: Vec<usize>,
}

impl Share {
    /// The shares of so many ranks, at most as many as there are image tokens. All have as many tokens; the text is the first
    /// ranks', so that the others compute one stream only, and that the ranks' tokens are in the sequence's order.
    pub fn of_ranks(ranks: usize, text: usize, image: usize) -> Vec<Self> {
        let rows = shares(text + image, ranks);
        let (mut text_end, mut image_end) = (0, 0);
        let share = |own: &usize| {
            let (text_first, image_first) = (text_end, image_end);
            text_end += (text - text_end).min(own.saturating_sub(1));
            image_end += own - (text_end - text_first);
            Self {
                text: text_first..text_end,
                image: image_first..image_end,
                rows: rows.clone(),
            }
        };
        rows.iter().map(share).collect()
    }

    /// This share's rows of what all tokens have, text before the picture.
    pub fn rotation(&self, all: &Rotation, text_tokens: usize) -> Result<Rotation> {
        let own = |rows: &Tensor| -> Result<Tensor> {
            let image = rows.narrow(0, text_tokens + self.image.start, self.image.len())?;
            if self.text.is_empty() {
                return Ok(image);
            }
            let text = rows.narrow(0, self.text.start, self.text.len())?;
            Ok(Tensor::cat(&[text, image], 0)?)
        };
        Ok(Rotation {
            cos: own(&all.cos)?,
            sin: own(&all.sin)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_in_one_share_and_all_are_as_large() {
        for ranks in 1..9 {
            for (text, image) in [(0, 8), (1, 40), (7, 9), (256, 9600), (500, 8), (8, 8)] {
                let shares = Share::of_ranks(ranks, text, image);
                let (mut texts, mut images) = (0, 0);
                for (share, rows) in shares.iter().zip(&shares[0].rows) {
                    assert_eq!((share.text.start, share.image.start), (texts, images));
                    (texts, images) = (share.text.end, share.image.end);
                    assert!(!share.image.is_empty(), "{shares:?}");
                    assert_eq!(share.text.len() + share.image.len(), *rows);
                    assert!(rows.abs_diff((text + image) / ranks) <= 1);
                }
                assert_eq!((shares.len(), texts, images), (ranks, text, image));
            }
        }
    }
}
