//! How an AVIF's numbers mean colours (ITU-T H.273): the container says it, or else the AV1 stream.

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, TransferCharacteristics,
};
use re_rav1d::pixel::{MatrixCoefficients as Stream, YUVRange};
use zenavif_parse::ColorInformation;

use super::av1::Frame;

/// From light and two differences of colour to RGB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Matrix {
    /// The planes are green, blue and red.
    Identity,
    YCgCo,
    /// The shares of red and blue in the light.
    Shares(f32, f32),
    Unknown,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Encoding {
    pub matrix: Matrix,
    pub full_range: bool,
}

const BT_601: Matrix = Matrix::Shares(0.299, 0.114);
const BT_709: Matrix = Matrix::Shares(0.2126, 0.0722);
const BT_2020: Matrix = Matrix::Shares(0.2627, 0.0593);

impl Encoding {
    pub(super) fn of(container: Option<&ColorInformation>, frame: &Frame) -> Self {
        match container {
            Some(ColorInformation::Nclx {
                matrix_coefficients,
                full_range,
                ..
            }) => Self {
                matrix: match matrix_coefficients {
                    0 => Matrix::Identity,
                    1 => BT_709,
                    // "Unspecified" is decoded as BT.601 everywhere.
                    2 | 5 | 6 => BT_601,
                    8 => Matrix::YCgCo,
                    9 => BT_2020,
                    _ => Matrix::Unknown,
                },
                full_range: *full_range,
            },
            _ => Self {
                matrix: match frame.matrix_coefficients() {
                    Stream::Identity => Matrix::Identity,
                    Stream::BT709 => BT_709,
                    Stream::Unspecified | Stream::BT470BG | Stream::ST170M => BT_601,
                    Stream::YCgCo => Matrix::YCgCo,
                    Stream::BT2020NonConstantLuminance => BT_2020,
                    _ => Matrix::Unknown,
                },
                full_range: frame.color_range() == YUVRange::Full,
            },
        }
    }
}

/// The ICC profile, or one for the primaries and the curve that are named instead; `None` is sRGB.
pub(super) fn profile(container: Option<&ColorInformation>) -> Option<Vec<u8>> {
    const BT_709: u16 = 1;
    const UNSPECIFIED: u16 = 2;
    const SRGB: u8 = 13;
    let (primaries, curve) = match container? {
        ColorInformation::IccProfile(profile) => return Some(profile.clone()),
        ColorInformation::Nclx {
            color_primaries,
            transfer_characteristics,
            ..
        } => (*color_primaries, *transfer_characteristics),
    };
    // The curves of video cameras are shown as sRGB.
    let curve = match curve {
        BT_709 | UNSPECIFIED | 6 | 14 | 15 => SRGB,
        other => u8::try_from(other).ok()?,
    };
    if matches!(primaries, BT_709 | UNSPECIFIED) && curve == SRGB {
        return None;
    }
    let primaries = if primaries == UNSPECIFIED {
        BT_709
    } else {
        primaries
    };
    let cicp = CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(u8::try_from(primaries).ok()?).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(curve).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    ColorProfile::new_from_cicp(cicp).encode().ok()
}
