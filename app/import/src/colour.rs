//! From a file's colours to 8 bits of sRGB.
//!
//! An embedded profile decides where it fits the samples; one that does not parse, or is for another kind of colour,
//! is ignored, as browsers do. Without one, grey and RGB are sRGB already and CMYK is multiplied out.

use std::sync::Arc;

use image::RgbaImage;
use moxcms::{CmsError, ColorProfile, DataColorSpace, Layout, TransformExecutor, TransformOptions};

use crate::raster::{Colour, Raster, Samples};

/// Converts to straight-alpha sRGB. The orientation is not applied.
pub(crate) fn to_srgb(raster: Raster) -> RgbaImage {
    let profile = raster
        .profile
        .as_deref()
        .and_then(|bytes| usable_profile(bytes, raster.colour));
    let (width, height) = (raster.width, raster.height);
    let rgba = match raster.samples {
        Samples::Eight(samples)
            if profile.is_none() && raster.colour == Colour::Rgb && raster.alpha =>
        {
            samples
        }
        Samples::Eight(samples) => convert(
            &samples,
            width,
            raster.colour,
            raster.alpha,
            profile.as_ref(),
        ),
        Samples::Sixteen(samples) => convert(
            &samples,
            width,
            raster.colour,
            raster.alpha,
            profile.as_ref(),
        ),
    };
    // The decoders give exactly width × height pixels, so the buffer always fits.
    RgbaImage::from_raw(width, height, rgba).unwrap_or_else(|| RgbaImage::new(width, height))
}

/// Light, 0 to 1, as sRGB encodes it (IEC 61966-2-1).
pub(crate) fn encoded(light: f32) -> f32 {
    if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

/// The profile, if it speaks of this kind of colour and is not sRGB itself.
fn usable_profile(bytes: &[u8], colour: Colour) -> Option<ColorProfile> {
    let profile = ColorProfile::new_from_slice(bytes).ok()?;
    let wanted = match colour {
        Colour::Grey => DataColorSpace::Gray,
        Colour::Rgb => DataColorSpace::Rgb,
        Colour::Cmyk => DataColorSpace::Cmyk,
    };
    let fits = profile.color_space == wanted;
    (fits && !changes_nothing(&profile, colour)).then_some(profile)
}

/// Whether the profile is sRGB within rounding: then the file's own values are kept exactly.
fn changes_nothing(profile: &ColorProfile, colour: Colour) -> bool {
    const STEPS: [u8; 9] = [0, 10, 31, 63, 95, 127, 159, 207, 255];
    let probes: Vec<u8> = match colour {
        Colour::Cmyk => return false,
        Colour::Grey => STEPS.to_vec(),
        Colour::Rgb => STEPS
            .iter()
            .flat_map(|r| STEPS.iter().map(move |g| (*r, *g)))
            .flat_map(|(r, g)| STEPS.iter().flat_map(move |b| [r, g, *b]))
            .collect(),
    };
    let Ok(transform) = u8::transform(profile, colour) else {
        return false;
    };
    let mut out = vec![0; probes.len() / colour.channels() * 3];
    if transform.transform(&probes, &mut out).is_err() {
        return false;
    }
    let repeat = 3 / colour.channels();
    probes
        .iter()
        .flat_map(|value| std::iter::repeat_n(*value, repeat))
        .zip(out)
        .all(|(before, after)| before.abs_diff(after) <= 1)
}

fn convert<S: Sample>(
    samples: &[S],
    width: u32,
    colour: Colour,
    alpha: bool,
    profile: Option<&ColorProfile>,
) -> Vec<u8> {
    let transform = profile.and_then(|profile| S::transform(profile, colour).ok());
    let width = width as usize;
    let channels = colour.channels();
    let stride = channels + usize::from(alpha);
    let rows = samples.len() / (width * stride);
    let mut rgba = vec![u8::MAX; width * rows * 4];
    let mut colours = vec![S::default(); width * channels];
    let mut rgb = vec![S::default(); width * 3];
    for (row, out) in samples
        .chunks_exact(width * stride)
        .zip(rgba.chunks_exact_mut(width * 4))
    {
        for (pixel, colour) in row
            .chunks_exact(stride)
            .zip(colours.chunks_exact_mut(channels))
        {
            colour.copy_from_slice(&pixel[..channels]);
        }
        let converted = transform
            .as_ref()
            .is_some_and(|transform| transform.transform(&colours, &mut rgb).is_ok());
        if !converted {
            untagged(&colours, colour, &mut rgb);
        }
        for ((pixel, rgb), out) in row
            .chunks_exact(stride)
            .zip(rgb.chunks_exact(3))
            .zip(out.chunks_exact_mut(4))
        {
            for (out, value) in out.iter_mut().zip(rgb) {
                *out = value.to_u8();
            }
            if alpha {
                out[3] = pixel[channels].to_u8();
            }
        }
    }
    rgba
}

fn untagged<S: Sample>(colours: &[S], colour: Colour, rgb: &mut [S]) {
    match colour {
        Colour::Rgb => rgb.copy_from_slice(colours),
        Colour::Grey => {
            for (grey, rgb) in colours.iter().zip(rgb.chunks_exact_mut(3)) {
                rgb.fill(*grey);
            }
        }
        Colour::Cmyk => {
            for (cmyk, rgb) in colours.chunks_exact(4).zip(rgb.chunks_exact_mut(3)) {
                for (ink, out) in cmyk.iter().zip(rgb) {
                    *out = ink.under(cmyk[3]);
                }
            }
        }
    }
}

/// A sample of 8 or 16 bits.
trait Sample: Copy + Default {
    fn to_u8(self) -> u8;
    /// The light that this ink and `black` let through: (1 − ink) · (1 − black).
    fn under(self, black: Self) -> Self;
    fn transform(
        profile: &ColorProfile,
        colour: Colour,
    ) -> Result<Arc<dyn TransformExecutor<Self> + Send + Sync>, CmsError>;
}

impl Sample for u8 {
    fn to_u8(self) -> u8 {
        self
    }

    fn under(self, black: u8) -> u8 {
        let light = u32::from(u8::MAX - self) * u32::from(u8::MAX - black);
        ((light + 127) / 255) as u8
    }

    fn transform(
        profile: &ColorProfile,
        colour: Colour,
    ) -> Result<Arc<dyn TransformExecutor<u8> + Send + Sync>, CmsError> {
        let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
        profile.create_transform_8bit(layout(colour), &srgb, Layout::Rgb, options)
    }
}

impl Sample for u16 {
    fn to_u8(self) -> u8 {
        ((u32::from(self) + 128) / 257) as u8
    }

    fn under(self, black: u16) -> u16 {
        let light = u64::from(u16::MAX - self) * u64::from(u16::MAX - black);
        ((light + 32_767) / 65_535) as u16
    }

    fn transform(
        profile: &ColorProfile,
        colour: Colour,
    ) -> Result<Arc<dyn TransformExecutor<u16> + Send + Sync>, CmsError> {
        let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
        profile.create_transform_16bit(layout(colour), &srgb, Layout::Rgb, options)
    }
}

/// moxcms's name for the samples' order. Any four channels are "RGBA"; the profile tells what they mean.
fn layout(colour: Colour) -> Layout {
    match colour {
        Colour::Grey => Layout::Gray,
        Colour::Rgb => Layout::Rgb,
        Colour::Cmyk => Layout::Rgba,
    }
}
