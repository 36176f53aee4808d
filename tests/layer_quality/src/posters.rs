use std::collections::BTreeMap;

use ab_glyph::FontRef;
use anyhow::{Context, Result};
use image::{GrayImage, RgbaImage};

use crate::chance::Chance;
use crate::draw::{
    self, Colour, blurred, coloured, ellipse, filled, rectangle, rounded, star, text,
};
use crate::texture::{clouds, grain, mixed};

/// What a poster tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Flat,
    Gradient,
    Textured,
    SoftEdges,
    Overlaps,
    Photo,
    Illustration,
    Slide,
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Flat,
        Self::Gradient,
        Self::Textured,
        Self::SoftEdges,
        Self::Overlaps,
        Self::Photo,
        Self::Illustration,
        Self::Slide,
    ];
}

/// True layers of the whole canvas, bottom first; the lowest is opaque.
pub struct Poster {
    pub kind: Kind,
    pub layers: Vec<RgbaImage>,
    /// The words of the layers that are text.
    pub texts: BTreeMap<usize, String>,
}

const WORDS: [&str; 14] = [
    "Summer",
    "Festival",
    "Open Air",
    "Jazz & Blues",
    "2026",
    "Grand Opening",
    "Sale 50%",
    "Join us",
    "Coffee",
    "Quarterly",
    "Roadmap",
    "Hello World",
    "Free entry",
    "Saturday 8 pm",
];

impl Poster {
    pub fn new(kind: Kind, seed: u64) -> Result<Self> {
        let mut sheet = Sheet::new(kind, seed)?;
        match kind {
            Kind::Flat | Kind::Gradient | Kind::Textured | Kind::Photo => sheet.usual()?,
            Kind::SoftEdges => sheet.soft_edges()?,
            Kind::Overlaps => sheet.overlaps()?,
            Kind::Illustration => sheet.illustration()?,
            Kind::Slide => sheet.slide()?,
        }
        Ok(Self {
            kind,
            layers: sheet.layers,
            texts: sheet.texts,
        })
    }

    pub fn flattened(&self) -> RgbaImage {
        let (w, h) = self.layers[0].dimensions();
        engine::recompose(w, h, &self.layers.iter().collect::<Vec<_>>())
    }
}

/// A poster being made.
struct Sheet {
    chance: Chance,
    size: (u32, u32),
    w: f32,
    h: f32,
    fonts: Vec<FontRef<'static>>,
    layers: Vec<RgbaImage>,
    texts: BTreeMap<usize, String>,
    hue: f32,
    dark: bool,
}

impl Sheet {
    fn new(kind: Kind, seed: u64) -> Result<Self> {
        let mut chance = Chance::new(seed.wrapping_mul(977) ^ kind as u64);
        let size = chance.pick(&[(480, 640), (560, 560), (640, 480), (448, 720)]);
        let (hue, dark) = (chance.between(0.0, 1.0), chance.below(2) == 0);
        let mut sheet = Self {
            chance,
            size,
            w: size.0 as f32,
            h: size.1 as f32,
            fonts: draw::fonts()?,
            layers: Vec::new(),
            texts: BTreeMap::new(),
            hue,
            dark,
        };
        let ground = sheet.ground(kind);
        sheet.layers.push(ground);
        Ok(sheet)
    }

    fn ground(&mut self, kind: Kind) -> RgbaImage {
        let (w, h) = self.size;
        let light = if self.dark { 0.22 } else { 0.9 };
        let a = colour(self.hue, 0.5, light);
        match kind {
            Kind::Flat | Kind::Overlaps | Kind::Illustration => mixed(w, h, a, a, |_, _| 0.0),
            Kind::Slide => {
                let pale = colour(self.hue, 0.2, self.chance.between(0.95, 1.0));
                mixed(w, h, pale, pale, |_, _| 0.0)
            }
            Kind::Gradient | Kind::SoftEdges => self.gradient(a),
            Kind::Textured => self.paper(a),
            Kind::Photo => {
                let b = colour(self.hue + 0.15, 0.6, if self.dark { 0.45 } else { 0.65 });
                let field = clouds(&mut self.chance, w, h, 5, self.w * 0.6);
                mixed(w, h, a, b, |x, y| field[(y * w + x) as usize])
            }
        }
    }

    fn gradient(&mut self, a: Colour) -> RgbaImage {
        let (w, h) = self.size;
        let b = colour(
            self.hue + self.chance.between(-0.2, 0.2),
            0.7,
            if self.dark { 0.4 } else { 0.7 },
        );
        if self.chance.below(3) == 0 {
            let (cx, cy) = (
                self.chance.between(0.2, 0.8) * self.w,
                self.chance.between(0.2, 0.8) * self.h,
            );
            let reach = self.w.max(self.h) * 0.8;
            return mixed(w, h, a, b, |x, y| {
                ((x as f32 - cx).hypot(y as f32 - cy) / reach).min(1.0)
            });
        }
        let angle = self.chance.between(0.0, std::f32::consts::TAU);
        let (dx, dy) = (angle.cos(), angle.sin());
        let reach = (dx * self.w).abs() + (dy * self.h).abs();
        let (cx, cy) = (self.w / 2.0, self.h / 2.0);
        mixed(w, h, a, b, |x, y| {
            0.5 + ((x as f32 - cx) * dx + (y as f32 - cy) * dy) / reach
        })
    }

    fn paper(&mut self, a: Colour) -> RgbaImage {
        let (w, h) = self.size;
        let b = a.map(|c| c * 0.88);
        let mut paper = match self.chance.below(3) {
            0 => {
                let field = clouds(&mut self.chance, w, h, 4, 24.0);
                mixed(w, h, a, b, |x, y| field[(y * w + x) as usize])
            }
            1 => {
                let period = self.chance.between(5.0, 14.0);
                mixed(w, h, a, b, |x, y| {
                    0.3 + 0.3 * ((x + y) as f32 / period * std::f32::consts::TAU).sin()
                })
            }
            _ => mixed(w, h, a, a, |_, _| 0.0),
        };
        let amount = self.chance.between(0.01, 0.035);
        grain(&mut self.chance, &mut paper, amount);
        paper
    }

    /// A colour that can be told from the ground.
    fn vivid(&mut self) -> Colour {
        let hue = self.hue + self.chance.between(0.2, 0.8);
        let light = if self.dark {
            self.chance.between(0.55, 0.95)
        } else {
            self.chance.between(0.15, 0.6)
        };
        colour(hue, self.chance.between(0.4, 0.95), light)
    }

    fn shape(&mut self, centre: (f32, f32), r: f32) -> Result<GrayImage> {
        let (x, y) = centre;
        let flat = self.chance.between(0.6, 1.0);
        let points = 5 + self.chance.below(4);
        let path = match self.chance.below(5) {
            0 => ellipse(x, y, r, r * flat)?,
            1 => rectangle(x - r, y - r * flat, 2.0 * r, 2.0 * r * flat)?,
            2 => rounded(x - r, y - r * flat, 2.0 * r, 2.0 * r * flat, r * 0.3)?,
            3 => star(x, y, r, points, 0.5)?,
            _ => star(x, y, r, 3, 0.5)?,
        };
        let turn = if self.chance.below(2) == 0 {
            0.0
        } else {
            self.chance.between(0.0, 360.0)
        };
        filled(self.size.0, self.size.1, &path, turn)
    }

    fn lay_text(&mut self, lines: &[&str], at: (f32, f32), size: f32, ink: Colour) {
        let font = self.chance.below(self.fonts.len());
        let coverage = text(self.size, &self.fonts[font..=font], lines, at, size);
        self.texts.insert(self.layers.len(), lines.join(" "));
        self.layers.push(coloured(&coverage, ink, 1.0));
    }

    fn ink(&mut self) -> Colour {
        if self.dark {
            [0.98, 0.97, 0.94]
        } else {
            [0.08, 0.08, 0.12]
        }
    }

    fn title_and_body(&mut self) {
        let (w, h, ink) = (self.w, self.h, self.ink());
        let title = self.chance.pick(&WORDS);
        let size = (w * 1.5 / title.len() as f32).min(h * 0.14);
        self.lay_text(&[title], (w * 0.07, h * 0.06), size, ink);
        let body = [
            self.chance.pick(&WORDS),
            self.chance.pick(&WORDS),
            self.chance.pick(&WORDS),
        ];
        let at = (w * 0.1, h * self.chance.between(0.76, 0.82));
        let size = h * self.chance.between(0.03, 0.045);
        let ink = if self.chance.below(2) == 0 {
            ink
        } else {
            self.vivid()
        };
        self.lay_text(&body, at, size, ink);
    }

    fn usual(&mut self) -> Result<()> {
        let count = 1 + self.chance.below(3);
        for k in 0..count {
            let x = self.w * (k as f32 + 0.5) / count as f32;
            let y = self.h * self.chance.between(0.4, 0.58);
            let r =
                (self.w / count as f32 * 0.4).min(self.h * 0.16) * self.chance.between(0.7, 1.0);
            let shape = self.shape((x, y), r)?;
            let paint = self.vivid();
            self.layers.push(coloured(&shape, paint, 1.0));
        }
        self.title_and_body();
        Ok(())
    }

    fn soft_edges(&mut self) -> Result<()> {
        let r = self.w.min(self.h) * 0.2;
        let at = (self.w * self.chance.between(0.3, 0.7), self.h * 0.42);
        let (glow, sigma) = (self.vivid(), self.chance.between(4.0, 16.0));
        let shape = self.shape(at, r)?;
        self.layers
            .push(coloured(&blurred(&shape, sigma), glow, 1.0));
        let card = rounded(
            self.w * 0.15,
            self.h * 0.66,
            self.w * 0.6,
            self.h * 0.12,
            10.0,
        )?;
        let shadow = rounded(
            self.w * 0.15 + 6.0,
            self.h * 0.66 + 9.0,
            self.w * 0.6,
            self.h * 0.12,
            10.0,
        )?;
        let shadow = blurred(&filled(self.size.0, self.size.1, &shadow, 0.0)?, 6.0);
        self.layers.push(coloured(&shadow, [0.0; 3], 0.45));
        let paint = self.vivid();
        self.layers.push(coloured(
            &filled(self.size.0, self.size.1, &card, 0.0)?,
            paint,
            1.0,
        ));
        self.title_and_body();
        Ok(())
    }

    fn overlaps(&mut self) -> Result<()> {
        let count = 2 + self.chance.below(2);
        let r = self.w.min(self.h) * 0.2;
        for k in 0..count {
            let x = self.w * 0.35 + k as f32 * r * 0.9;
            let y = self.h * 0.5 + self.chance.between(-0.5, 0.5) * r;
            let size = r * self.chance.between(0.75, 1.15);
            let shape = self.shape((x, y), size)?;
            let paint = self.vivid();
            self.layers.push(coloured(&shape, paint, 1.0));
        }
        let word = self.chance.pick(&WORDS);
        let ink = self.ink();
        self.lay_text(&[word], (self.w * 0.25, self.h * 0.45), self.h * 0.07, ink);
        self.title_and_body();
        Ok(())
    }

    /// One object of many colours is one layer.
    fn illustration(&mut self) -> Result<()> {
        let (x, y, r) = (self.w * 0.5, self.h * 0.48, self.w.min(self.h) * 0.16);
        let (w, h) = self.size;
        let mut parts = Vec::new();
        let paints = [self.vivid(), self.vivid(), self.vivid()];
        let shapes = [
            (
                rounded(x - 1.2 * r, y + 0.7 * r, 2.4 * r, 1.2 * r, r * 0.4)?,
                paints[0],
            ),
            (ellipse(x, y, r, r)?, [0.95, 0.76, 0.66]),
            (
                ellipse(x - 0.35 * r, y - 0.1 * r, 0.11 * r, 0.14 * r)?,
                [0.1; 3],
            ),
            (
                ellipse(x + 0.35 * r, y - 0.1 * r, 0.11 * r, 0.14 * r)?,
                [0.1; 3],
            ),
            (
                ellipse(x, y + 0.45 * r, 0.35 * r, 0.12 * r)?,
                [0.8, 0.2, 0.25],
            ),
            (
                rectangle(x - 1.15 * r, y - 0.85 * r, 2.3 * r, 0.3 * r)?,
                paints[1],
            ),
            (
                rectangle(x - 0.7 * r, y - 1.5 * r, 1.4 * r, 0.7 * r)?,
                paints[1],
            ),
            (star(x, y + 1.25 * r, 0.3 * r, 5, 0.45)?, paints[2]),
        ];
        for (path, paint) in shapes {
            parts.push(coloured(&filled(w, h, &path, 0.0)?, paint, 1.0));
        }
        self.layers
            .push(engine::recompose(w, h, &parts.iter().collect::<Vec<_>>()));
        self.title_and_body();
        Ok(())
    }

    fn slide(&mut self) -> Result<()> {
        let (w, h) = self.size;
        self.dark = false;
        let bar = self.vivid();
        let header = filled(w, h, &rectangle(0.0, 0.0, self.w, self.h * 0.16)?, 0.0)?;
        self.layers.push(coloured(&header, bar, 1.0));
        let card = rounded(
            self.w * 0.08,
            self.h * 0.26,
            self.w * 0.4,
            self.h * 0.4,
            8.0,
        )?;
        let paint = colour(self.hue, 0.35, self.chance.between(0.75, 0.88));
        self.layers
            .push(coloured(&filled(w, h, &card, 0.0)?, paint, 1.0));
        let (x, y) = (self.w * 0.74, self.h * 0.46);
        let shape = self.shape((x, y), self.w.min(self.h) * 0.15)?;
        let paint = self.vivid();
        self.layers.push(coloured(&shape, paint, 1.0));
        let title = self.chance.pick(&WORDS);
        self.lay_text(
            &[title],
            (self.w * 0.06, self.h * 0.04),
            self.h * 0.08,
            [1.0; 3],
        );
        let list = [
            self.chance.pick(&WORDS),
            self.chance.pick(&WORDS),
            self.chance.pick(&WORDS),
        ];
        let size = self.w * 0.045;
        self.lay_text(&list, (self.w * 0.11, self.h * 0.3), size, [0.1, 0.1, 0.15]);
        let foot = self.chance.pick(&WORDS);
        self.lay_text(
            &[foot],
            (self.w * 0.5, self.h * 0.88),
            self.h * 0.035,
            [0.3; 3],
        );
        Ok(())
    }
}

/// Hue in turns, saturation and lightness in 0..1 (HSL).
fn colour(hue: f32, saturation: f32, lightness: f32) -> Colour {
    let a = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|n| {
        let k = (n + hue.rem_euclid(1.0) * 12.0) % 12.0;
        lightness - a * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
    })
}

/// The posters the table and the test are made from: `each` of every kind.
pub fn all(each: u64) -> Result<Vec<Poster>> {
    Kind::ALL
        .into_iter()
        .flat_map(|kind| (1..=each).map(move |seed| (kind, seed)))
        .map(|(kind, seed)| Poster::new(kind, seed).context("drawing a poster"))
        .collect()
}
