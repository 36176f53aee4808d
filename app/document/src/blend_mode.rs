use glam::{Vec3, Vec4};

/// How a layer's colours meet those beneath: the sixteen modes that PSD and OpenRaster both have, by Photoshop's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BlendMode {
    /// Of groups only: the layers inside meet what lies beneath the group as if there were no group. All other modes
    /// isolate it: its layers meet each other first, and the outcome meets what lies beneath.
    PassThrough,
    #[default]
    Normal,
    Darken,
    Multiply,
    ColorBurn,
    Lighten,
    Screen,
    ColorDodge,
    LinearDodge,
    Overlay,
    SoftLight,
    HardLight,
    Difference,
    Hue,
    Saturation,
    Color,
    Luminosity,
}

/// A quarter of a byte's step. Divisors stay above it, so that a rounding error is never blown up to a colour; between
/// bytes it changes nothing.
const LEAST_DIVISOR: f32 = 1.0 / 1020.0;

impl BlendMode {
    /// Those of every layer, in Photoshop's order. A group may be [`BlendMode::PassThrough`] besides.
    pub const OF_LAYERS: [Self; 16] = [
        Self::Normal,
        Self::Darken,
        Self::Multiply,
        Self::ColorBurn,
        Self::Lighten,
        Self::Screen,
        Self::ColorDodge,
        Self::LinearDodge,
        Self::Overlay,
        Self::SoftLight,
        Self::HardLight,
        Self::Difference,
        Self::Hue,
        Self::Saturation,
        Self::Color,
        Self::Luminosity,
    ];

    /// Photoshop's name.
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// The key of Adobe's Photoshop File Formats Specification, "Layer records".
    pub fn psd_key(self) -> [u8; 4] {
        *self.names().1
    }

    /// `composite-op` of OpenRaster 0.0.6, <https://www.openraster.org/baseline/layer-stack-spec.html>. One that passes
    /// through has none of its own: it is a normal group that is not isolated.
    pub fn openraster_name(self) -> &'static str {
        self.names().2
    }

    pub fn from_psd_key(key: [u8; 4]) -> Option<Self> {
        let mut all = Self::OF_LAYERS.into_iter().chain([Self::PassThrough]);
        all.find(|mode| mode.psd_key() == key)
    }

    /// Never [`BlendMode::PassThrough`].
    pub fn from_openraster_name(name: &str) -> Option<Self> {
        let mut all = Self::OF_LAYERS.into_iter();
        all.find(|mode| mode.openraster_name() == name)
    }

    #[rustfmt::skip] // A table reads best as one.
    fn names(self) -> (&'static str, &'static [u8; 4], &'static str) {
        match self {
            Self::PassThrough => ("Pass Through", b"pass", "svg:src-over"),
            Self::Normal => ("Normal", b"norm", "svg:src-over"),
            Self::Darken => ("Darken", b"dark", "svg:darken"),
            Self::Multiply => ("Multiply", b"mul ", "svg:multiply"),
            Self::ColorBurn => ("Color Burn", b"idiv", "svg:color-burn"),
            Self::Lighten => ("Lighten", b"lite", "svg:lighten"),
            Self::Screen => ("Screen", b"scrn", "svg:screen"),
            Self::ColorDodge => ("Color Dodge", b"div ", "svg:color-dodge"),
            Self::LinearDodge => ("Linear Dodge (Add)", b"lddg", "svg:plus"),
            Self::Overlay => ("Overlay", b"over", "svg:overlay"),
            Self::SoftLight => ("Soft Light", b"sLit", "svg:soft-light"),
            Self::HardLight => ("Hard Light", b"hLit", "svg:hard-light"),
            Self::Difference => ("Difference", b"diff", "svg:difference"),
            Self::Hue => ("Hue", b"hue ", "svg:hue"),
            Self::Saturation => ("Saturation", b"sat ", "svg:saturation"),
            Self::Color => ("Color", b"colr", "svg:color"),
            Self::Luminosity => ("Luminosity", b"lum ", "svg:luminosity"),
        }
    }

    /// `above` over `below`, both in premultiplied sRGB values: section 10 of W3C's Compositing and Blending Level 1,
    /// <https://www.w3.org/TR/compositing-1/>. The canvas shader computes the same.
    pub(crate) fn over(self, below: Vec4, above: Vec4) -> Vec4 {
        let plain = above + below * (1.0 - above.w);
        if matches!(self, Self::Normal | Self::PassThrough) || below.w <= 0.0 || above.w <= 0.0 {
            return plain;
        }
        let straight = |color: Vec4| (color.truncate() / color.w).clamp(Vec3::ZERO, Vec3::ONE);
        let source = straight(above);
        let met = self.met(straight(below), source);
        plain + ((met - source) * (above.w * below.w)).extend(0.0)
    }

    /// What becomes of the source's straight colour over a backdrop's.
    fn met(self, backdrop: Vec3, source: Vec3) -> Vec3 {
        match self {
            Self::Normal | Self::PassThrough => source,
            Self::Darken => backdrop.min(source),
            Self::Multiply => backdrop * source,
            Self::ColorBurn => {
                1.0 - ((1.0 - backdrop) / source.max(Vec3::splat(LEAST_DIVISOR))).min(Vec3::ONE)
            }
            Self::Lighten => backdrop.max(source),
            Self::Screen => screen(backdrop, source),
            Self::ColorDodge => {
                (backdrop / (1.0 - source).max(Vec3::splat(LEAST_DIVISOR))).min(Vec3::ONE)
            }
            Self::LinearDodge => (backdrop + source).min(Vec3::ONE),
            Self::Overlay => hard_light(source, backdrop),
            Self::SoftLight => soft_light(backdrop, source),
            Self::HardLight => hard_light(backdrop, source),
            Self::Difference => (backdrop - source).abs(),
            Self::Hue => with_luminosity(
                with_saturation(source, saturation(backdrop)),
                luminosity(backdrop),
            ),
            Self::Saturation => with_luminosity(
                with_saturation(backdrop, saturation(source)),
                luminosity(backdrop),
            ),
            Self::Color => with_luminosity(source, luminosity(backdrop)),
            Self::Luminosity => with_luminosity(backdrop, luminosity(source)),
        }
    }
}

fn screen(backdrop: Vec3, source: Vec3) -> Vec3 {
    backdrop + source - backdrop * source
}

fn hard_light(backdrop: Vec3, source: Vec3) -> Vec3 {
    Vec3::select(
        source.cmple(Vec3::splat(0.5)),
        backdrop * 2.0 * source,
        screen(backdrop, 2.0 * source - 1.0),
    )
}

fn soft_light(backdrop: Vec3, source: Vec3) -> Vec3 {
    let lifted = Vec3::select(
        backdrop.cmple(Vec3::splat(0.25)),
        ((16.0 * backdrop - 12.0) * backdrop + 4.0) * backdrop,
        backdrop.map(f32::sqrt),
    );
    let strength = 2.0 * source - 1.0;
    backdrop
        + strength
            * Vec3::select(
                source.cmple(Vec3::splat(0.5)),
                backdrop * (1.0 - backdrop),
                lifted - backdrop,
            )
}

fn luminosity(color: Vec3) -> f32 {
    color.dot(Vec3::new(0.3, 0.59, 0.11))
}

fn saturation(color: Vec3) -> f32 {
    color.max_element() - color.min_element()
}

fn with_saturation(color: Vec3, wanted: f32) -> Vec3 {
    (color - color.min_element()) * (wanted / saturation(color).max(LEAST_DIVISOR))
}

/// As much of the colour as can be seen at that luminosity.
fn with_luminosity(color: Vec3, wanted: f32) -> Vec3 {
    let moved = color + (wanted - luminosity(color));
    let grey = luminosity(moved);
    let (least, most) = (moved.min_element(), moved.max_element());
    let mut clipped = moved;
    if least < 0.0 {
        clipped = grey + (clipped - grey) * (grey / (grey - least));
    }
    if most > 1.0 {
        clipped = grey + (clipped - grey) * ((1.0 - grey) / (most - grey));
    }
    clipped.clamp(Vec3::ZERO, Vec3::ONE)
}
