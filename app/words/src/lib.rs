//! What the program says to its user: the messages, by key, in one Fluent file for each language.
//!
//! English is in the program and whole. The language is chosen once, before anything is said; what its file lacks stays
//! English, message by message.

mod built_in;
mod catalogue;
mod choice;

use std::sync::OnceLock;

pub use catalogue::{Argument, Catalogue, Value};
pub use choice::{LanguageError, of_user};

static SPOKEN: OnceLock<Catalogue> = OnceLock::new();

/// Chooses what all of the program speaks from now on. Without effect once something was said.
pub fn speak(catalogue: Catalogue) {
    let _ = SPOKEN.set(catalogue);
}

/// The message of a key of `languages/en.ftl`, in the language that was chosen.
///
/// Without arguments it is a `&'static str` that is looked up once for each place that says it, so that a window may
/// say it every frame. With arguments, which are text or whole numbers, it is a `String`.
///
/// ```
/// use words::say;
///
/// assert_eq!(say!("button-cancel"), "Cancel");
/// assert_eq!(say!("action-quit".tooltip), "Close the window");
/// assert_eq!(say!("layers-hide", name = "Sky"), "Hide Sky");
/// ```
#[macro_export]
macro_rules! say {
    ($key:literal) => {
        $crate::said_once!($key)
    };
    ($key:literal . $attribute:ident) => {
        $crate::said_once!(concat!($key, ".", stringify!($attribute)))
    };
    ($key:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::said($key, &[$((stringify!($name), $crate::Argument::value(&$value))),+])
    };
    ($key:literal . $attribute:ident, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::said(
            concat!($key, ".", stringify!($attribute)),
            &[$((stringify!($name), $crate::Argument::value(&$value))),+],
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! said_once {
    ($key:expr) => {{
        static SAID: ::std::sync::OnceLock<&'static str> = ::std::sync::OnceLock::new();
        *SAID.get_or_init(|| $crate::said($key, &[]).leak())
    }};
}

#[doc(hidden)]
pub fn said(key: &str, arguments: &[(&'static str, Value<'_>)]) -> String {
    SPOKEN.get_or_init(Catalogue::default).say(key, arguments)
}
