//! What the program says to its user: the messages, by key, in one Fluent file for each language.
//!
//! English is in the program and whole; what the file of another language lacks stays English, message by message. A
//! window may change the language while it is open.

mod built_in;
mod catalogue;
mod languages;
mod numbers;
mod spoken;

pub use catalogue::{Argument, Catalogue, Value};
pub use languages::{Language, LanguageError, Languages};
pub use numbers::{decimal, typed_number};
#[doc(hidden)]
pub use spoken::{said, said_alone};
pub use spoken::{say_key, speak};

/// The key of a message that is said later, by [`say_key`], in what is spoken then.
#[macro_export]
macro_rules! key {
    ($key:literal) => {
        $key
    };
}

/// The message of a key of `languages/en.ftl`, in the language that is spoken.
///
/// Without arguments it is a `&'static str` that is made once for each language, so that a window may say it every
/// frame. With arguments, which are text or whole numbers, it is a `String`.
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
        $crate::said_alone($key)
    };
    ($key:literal . $attribute:ident) => {
        $crate::said_alone(concat!($key, ".", stringify!($attribute)))
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
