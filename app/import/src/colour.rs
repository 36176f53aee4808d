//! From a file's colours to 8 bits of RGB.
//!
//! RGB keeps its numbers, and the profile that says which colours they are goes with them. Of grey, CMYK and linear RGB an embedded
//! profile leads to sRGB; one that does not parse, or is for another kind of colour, is ignored, as browsers do. Without
//! one, grey and RGB are sRGB already and CMYK is multiplied out.

use std::sync::Arc;

use image::RgbaImage;
use moxcms::{
    CmsError, ColorProfile, DataColorSpace, Layout, ProfileText, TransformExecutor,
    TransformOptions,
};

use crate::raster::{Colour, Raster, Samples};

/// A picture's profile where it is of RGB other than sRGB, whose numbers are kept.
pub(crate) fn kept_profile(profile: Option<&[u8]>, colour: Colour) -> Option<&[u8]> {
    profile.filter(|bytes| usable_profile(bytes, colour).is_some_and(|p| keeps_numbers(&p, colour)))
}

/// Of RGB, unless its numbers are light itself: of those 8 bits would show bands where it is dark.
fn keeps_numbers(profile: &ColorProfile, colour: Colour) -> bool {
    const MIDDLE: u8 = 128;
    /// A gamma of 1.8 is 9 levels off, light 60.
    const MOST: u8 = 40;
    let mut grey = [0; 3];
    colour == Colour::Rgb
        && u8::transform(profile, colour)
            .is_ok_and(|transform| transform.transform(&[MIDDLE; 3], &mut grey).is_ok())
        && grey[1].abs_diff(MIDDLE) <= MOST
}

pub(crate) type Transform = Arc<dyn TransformExecutor<u16> + Send + Sync>;

/// Of RGB, where that is not sRGB already.
pub(crate) fn transform_to_srgb(profile: &[u8]) -> Option<Transform> {
    let profile = usable_profile(profile, Colour::Rgb)?;
    u16::transform(&profile, Colour::Rgb).ok()
}

/// The other way; also `None` where the profile tells only the one.
pub(crate) fn transform_from_srgb(profile: &[u8]) -> Option<Transform> {
    let profile = usable_profile(profile, Colour::Rgb)?;
    let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
    srgb.create_transform_16bit(Layout::Rgb, &profile, Layout::Rgb, options)
        .ok()
}

/// What a profile calls itself.
pub(crate) fn profile_name(bytes: &[u8]) -> Option<String> {
    let name = match ColorProfile::new_from_slice(bytes).ok()?.description? {
        ProfileText::PlainString(name) => name,
        ProfileText::Localizable(names) => names.into_iter().next()?.value,
        ProfileText::Description(name) => name.ascii_string,
    };
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    (!name.is_empty()).then_some(name)
}

/// Converts to 8 bits and straight alpha: RGB as it is, all else to sRGB. The orientation is not applied.
pub(crate) fn to_rgba8(raster: Raster) -> RgbaImage {
    let profile = raster
        .profile
        .as_deref()
        .and_then(|bytes| usable_profile(bytes, raster.colour))
        .filter(|profile| !keeps_numbers(profile, raster.colour));
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
        // It is what profiles lead to.
        Colour::Lab => return None,
    };
    let fits = profile.color_space == wanted;
    (fits && !changes_nothing(&profile, colour)).then_some(profile)
}

/// Whether the profile is sRGB within rounding: then the file's own values are kept exactly.
fn changes_nothing(profile: &ColorProfile, colour: Colour) -> bool {
    const STEPS: [u8; 9] = [0, 10, 31, 63, 95, 127, 159, 207, 255];
    let probes: Vec<u8> = match colour {
        Colour::Cmyk | Colour::Lab => return false,
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

/// By ICC.1:2022 (6.3.2 and annex E) and IEC 61966-2-1: through XYZ at D50 and linear sRGB.
fn srgb_of_lab(lightness: f32, a: f32, b: f32) -> [f32; 3] {
    const D50: [f32; 3] = [0.964_2, 1.0, 0.824_9];
    /// From XYZ at D50, adapted to D65 by Bradford's matrix.
    const LINEAR: [[f32; 3]; 3] = [
        [3.133_856, -1.616_866_7, -0.490_614_6],
        [-0.978_768_4, 1.916_141_5, 0.033_454],
        [0.071_945_3, -0.228_991_4, 1.405_242_7],
    ];
    let y = (lightness + 16.0) / 116.0;
    let cube = |root: f32| match root > 6.0 / 29.0 {
        true => root.powi(3),
        false => (root - 4.0 / 29.0) * 3.0 * (6.0_f32 / 29.0).powi(2),
    };
    let roots = [y + a / 500.0, y, y - b / 200.0];
    let xyz: [f32; 3] = std::array::from_fn(|i| cube(roots[i]) * D50[i]);
    LINEAR.map(|row| {
        let light: f32 = row
            .iter()
            .zip(xyz)
            .map(|(factor, value)| factor * value)
            .sum();
        encoded(light.clamp(0.0, 1.0))
    })
}

fn untagged<S: Sample>(colours: &[S], colour: Colour, rgb: &mut [S]) {
    match colour {
        Colour::Rgb => rgb.copy_from_slice(colours),
        Colour::Grey => {
            for (grey, rgb) in colours.iter().zip(rgb.chunks_exact_mut(3)) {
                rgb.fill(*grey);
            }
        }
        Colour::Lab => {
            for (lab, rgb) in colours.chunks_exact(3).zip(rgb.chunks_exact_mut(3)) {
                let (a, b) = (lab[1].about_middle(), lab[2].about_middle());
                let srgb = srgb_of_lab(lab[0].share() * 100.0, a, b);
                rgb.copy_from_slice(&srgb.map(S::of_share));
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
    /// 0 to 1.
    fn share(self) -> f32;
    fn of_share(share: f32) -> Self;
    /// In levels of 8 bits, −128 to 127.
    fn about_middle(self) -> f32;
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

    fn share(self) -> f32 {
        f32::from(self) / 255.0
    }

    fn of_share(share: f32) -> Self {
        (share * 255.0).round() as u8
    }

    fn about_middle(self) -> f32 {
        f32::from(self) - 128.0
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

    fn share(self) -> f32 {
        f32::from(self) / 65_535.0
    }

    fn of_share(share: f32) -> Self {
        (share * 65_535.0).round() as u16
    }

    fn about_middle(self) -> f32 {
        (f32::from(self) - 32_768.0) / 256.0
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
        Colour::Rgb | Colour::Lab => Layout::Rgb,
        Colour::Cmyk => Layout::Rgba,
    }
}
