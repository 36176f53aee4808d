use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use engine::Layers;
use words::say;

/// One of the engine's words.
pub fn one_of<T>(words: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = String> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| word.parse::<T>())
}

/// A whole number from 0; what is too small or too large is the engine's to know.
pub fn whole<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| say!("argument-whole-number"))
}

/// The range too is the engine's to know.
pub fn layers(text: &str) -> Result<Layers, &'static str> {
    text.parse().map_err(|_| say!("argument-auto-or-number"))
}

/// Its range too is the engine's to know.
pub fn number(text: &str) -> Result<f32, &'static str> {
    text.parse().map_err(|_| say!("argument-number"))
}

/// The first token in a file, which is of one a line.
pub fn token(file: &Path) -> Result<String> {
    let shown = file.display();
    let text = fs::read_to_string(file)
        .with_context(|| say!("argument-token-unreadable", file = shown.to_string()))?;
    let mut lines = text.lines().map(str::trim);
    let token = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    let token = token.with_context(|| say!("argument-no-token", file = shown.to_string()))?;
    Ok(token.to_owned())
}
