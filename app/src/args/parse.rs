use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use engine::Layers;

/// A value by its word.
pub fn one_of<T: Copy + Send + Sync + 'static>(
    words: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    let known = PossibleValuesParser::new(words.iter().map(|(word, _)| *word));
    known.try_map(move |given| {
        let found = words.iter().find(|(word, _)| *word == given);
        found.map(|(_, value)| *value).ok_or("it is none of these")
    })
}

/// A whole number from 0; what is too small or too large is the engine's to know.
pub fn whole<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "choose a whole number, 0 or more")
}

/// The range too is the engine's to know.
pub fn layers(text: &str) -> Result<Layers, &'static str> {
    text.parse().map_err(|_| "choose auto or a whole number")
}

/// Its range too is the engine's to know.
pub fn number(text: &str) -> Result<f32, &'static str> {
    text.parse().map_err(|_| "choose a number such as 4.0")
}
