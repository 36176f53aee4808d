//! The language that all of the program speaks now.

use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use crate::catalogue::{Catalogue, Value};

struct Spoken {
    catalogue: Catalogue,
    /// What was said without arguments, by key.
    alone: RwLock<HashMap<&'static str, &'static str>>,
}

/// What was said may still be shown or held when the language changes: each that was spoken stays, for good.
fn spoken() -> &'static RwLock<&'static Spoken> {
    static SPOKEN: OnceLock<RwLock<&'static Spoken>> = OnceLock::new();
    SPOKEN.get_or_init(|| RwLock::new(kept(Catalogue::default())))
}

fn kept(catalogue: Catalogue) -> &'static Spoken {
    Box::leak(Box::new(Spoken {
        catalogue,
        alone: RwLock::default(),
    }))
}

fn now() -> &'static Spoken {
    *spoken().read().unwrap_or_else(PoisonError::into_inner)
}

/// Chooses what all of the program speaks from now on.
pub fn speak(catalogue: Catalogue) {
    *spoken().write().unwrap_or_else(PoisonError::into_inner) = kept(catalogue);
}

/// The message of a [`key!`](crate::key).
pub fn say_key(key: &str) -> String {
    said(key, &[])
}

pub fn said(key: &str, arguments: &[(&'static str, Value<'_>)]) -> String {
    now().catalogue.say(key, arguments)
}

pub fn said_alone(key: &'static str) -> &'static str {
    let now = now();
    let known = now.alone.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(said) = known.get(key) {
        return said;
    }
    drop(known);
    let mut known = now.alone.write().unwrap_or_else(PoisonError::into_inner);
    known
        .entry(key)
        .or_insert_with(|| now.catalogue.say(key, &[]).leak())
}
