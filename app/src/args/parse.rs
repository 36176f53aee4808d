use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use engine::Layers;

/// One of the engine's words.
pub fn one_of<T>(words: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = String> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| word.parse::<T>())
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

/// The first token in a file, which is of one a line.
pub fn token(file: &Path) -> Result<String> {
    let shown = file.display();
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read the token in {shown}; give another file"))?;
    let mut lines = text.lines().map(str::trim);
    let token = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    let token = token.with_context(|| format!("{shown} holds no token; write one there"))?;
    Ok(token.to_owned())
}
