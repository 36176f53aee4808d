//! Text in pictures: where it stands, and what it says.

mod error;
mod read;
mod text;

pub use error::OcrError;
pub use read::read;
pub use text::{TextBlock, TextLine};
