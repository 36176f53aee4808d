//! The neural networks that ship inside the program (`assets/models`, whose README says where each comes from), and the
//! runtime that runs them on the processor. Nobody else names the runtime.
//!
//! A network gives the same numbers on any count of threads; it uses as many as the caller's rayon pool has.

mod network;

use std::sync::OnceLock;

pub use network::{Network, NetworkError, Tensor};

/// What the text recognition's classes stand for, one a line: the first is the blank, the last the space.
pub const TEXT_CHARACTERS: &str = include_str!("../../../assets/models/text_characters.txt");

/// An embedded network, read when it is first asked for and kept.
macro_rules! embedded {
    ($(#[$doc:meta])* $name:ident, $label:literal, $file:literal) => {
        $(#[$doc])*
        pub fn $name() -> Result<&'static Network, NetworkError> {
            static NETWORK: OnceLock<Result<Network, String>> = OnceLock::new();
            NETWORK
                .get_or_init(|| Network::read($label, include_bytes!(concat!("../../../assets/models/", $file))))
                .as_ref()
                .map_err(|reason| NetworkError::Unreadable { network: $label, reason: reason.clone() })
        }
    };
}

embedded!(
    /// `1x3xHxW` (BGR, normalised as ImageNet's; H and W multiples of 32) to `1x1xHxW`: how surely a pixel is text.
    text_detection,
    "text detection",
    "text_detection.onnx"
);
embedded!(
    /// `Nx3x48xW` (BGR, -1 to 1; W a multiple of 8) to `NxW/8xC`: the probability of each of `TEXT_CHARACTERS`.
    text_recognition,
    "text recognition",
    "text_recognition.onnx"
);
embedded!(
    /// `1x3xHxW` (RGB, 0 to 1; H and W multiples of 32) to the maps that the instances are read from.
    layers,
    "layer",
    "layers.onnx"
);
