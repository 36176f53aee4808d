//! The languages in the program.

pub const ENGLISH: &str = "en";

/// Name and messages of each file of `languages/`.
pub const ALL: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// The messages of a language by its name.
pub fn messages(language: &str) -> Option<&'static str> {
    let found = ALL.iter().find(|(name, _)| *name == language);
    found.map(|(_, messages)| *messages)
}
