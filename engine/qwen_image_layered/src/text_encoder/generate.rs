use std::collections::BTreeSet;

use candle_core::Tensor;
use engine::{CaptionLanguage, Progress};
use image::RgbaImage;

use super::TextEncoder;
use super::language::Position;
use super::picture::Patches;
use crate::dump::OnTensor;
use crate::grid::Grid;
use crate::text_encoder::templates::caption;
use crate::{ModelError, Result};

/// New tokens of a caption at most.
pub(crate) const MAX_CAPTION_TOKENS: usize = 512;

impl TextEncoder {
    /// What the picture shows, in words. `on_token` hears the number of tokens and the text after each.
    pub fn caption(
        &self,
        image: &RgbaImage,
        language: CaptionLanguage,
        progress: &dyn Progress,
        on_tensor: OnTensor,
        on_token: &mut dyn FnMut(usize, &str),
    ) -> Result<String> {
        let vision = self.vision.as_ref().ok_or_else(|| {
            ModelError::Request(
                "this text encoder cannot see (it has no vision tower); write a prompt".into(),
            )
        })?;
        let patches = Patches::new(
            image,
            &self.files.config.vision,
            &self.files.processor,
            &self.vision_place,
        )?;
        let picture = vision.forward(&patches, progress)?;
        on_tensor("vision", &picture);
        let (mut tokens, first) = self.with_picture(caption(language), patches.units)?;
        let positions = positions(tokens.len(), first, patches.units);

        let embeddings = self.language.embed(&tokens)?;
        let picture = picture
            .to_device(embeddings.device())?
            .to_dtype(embeddings.dtype())?;
        let end = first + patches.units.tokens();
        let embeddings = Tensor::cat(
            &[
                embeddings.narrow(0, 0, first)?,
                picture,
                embeddings.narrow(0, end, tokens.len() - end)?,
            ],
            0,
        )?;

        let prompt = tokens.len();
        let mut next = positions.last().map_or(0.0, |last| last[0] + 1.0);
        let mut cache = self.language.cache(prompt + MAX_CAPTION_TOKENS);
        let mut hidden =
            self.language
                .forward(&embeddings, &positions, Some(&mut cache), progress)?;
        let mut seen: BTreeSet<u32> = tokens.iter().copied().collect();
        loop {
            let token = self.most_likely(self.language.scores(&hidden)?, &seen)?;
            tokens.push(token);
            let text = strip(&self.files.tokenizer.decode(&tokens[prompt..])?).to_owned();
            on_token(tokens.len() - prompt, &text);
            if self.files.generation.stops_at(token) || tokens.len() - prompt == MAX_CAPTION_TOKENS
            {
                return Ok(text);
            }
            seen.insert(token);
            let embedding = self.language.embed(&[token])?;
            hidden = self
                .language
                .forward(&embedding, &[[next; 3]], Some(&mut cache), progress)?;
            next += 1.0;
        }
    }

    /// The template's tokens with one picture token for each unit, and where those begin.
    fn with_picture(&self, template: &str, units: Grid) -> Result<(Vec<u32>, usize)> {
        let pad = self.files.tokenizer.image_pad();
        let mut tokens = self.files.tokenizer.encode(template)?;
        let first = tokens
            .iter()
            .position(|token| *token == pad)
            .ok_or_else(|| {
                ModelError::Request(
                    "the tokenizer is not the model's own; choose its tokenizer folder".into(),
                )
            })?;
        tokens.splice(first..=first, std::iter::repeat_n(pad, units.tokens()));
        Ok((tokens, first))
    }

    /// The published settings sample with top_k 1, which is the best score after the repetition penalty.
    fn most_likely(&self, mut scores: Vec<f32>, seen: &BTreeSet<u32>) -> Result<u32> {
        let penalty = self.files.generation.repetition_penalty;
        for token in seen {
            if let Some(score) = scores.get_mut(*token as usize) {
                *score = if *score < 0.0 {
                    *score * penalty
                } else {
                    *score / penalty
                };
            }
        }
        if scores.iter().any(|score| score.is_nan()) {
            return Err(ModelError::NotFinite("the caption's scores".into()));
        }
        let best = (0u32..)
            .zip(scores)
            .reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(token, _)| token)
            .ok_or_else(|| ModelError::NotFinite("the empty vocabulary".into()))
    }
}

/// Text counts on all axes alike; a picture's units stand at the time of its first and count rows and columns from
/// there; text goes on after the largest.
fn positions(tokens: usize, first: usize, units: Grid) -> Vec<Position> {
    let after = first + units.rows.max(units.columns);
    let before = (0..first).map(|index| [index as f32; 3]);
    let picture = (0..units.tokens()).map(|unit| {
        let (row, column) = (unit / units.columns, unit % units.columns);
        [first as f32, (first + row) as f32, (first + column) as f32]
    });
    let rest = (0..tokens - first - units.tokens()).map(|index| [(after + index) as f32; 3]);
    before.chain(picture).chain(rest).collect()
}

/// What Python's `str.strip` takes away.
fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c))
}
