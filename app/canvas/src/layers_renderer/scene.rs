//! One frame's picture as a list of steps: what is drawn where, in order. Plain data.

use document::{
    BlendMode, Document, Drawing, DrawingContent, Pixels, Recolor, Transform, drawings,
};
use egui_wgpu::wgpu;
use glam::{DAffine2, DVec2};

use super::pipelines::Quad;
use super::texture_cache::TextureCache;
use crate::Compare;
use crate::view::Viewport;

/// From this magnification on, pixels are shown as squares.
const CRISP_FROM: f64 = 2.0;

/// Equal scenes look alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Width and height in physical pixels.
    pub size: [u32; 2],
    /// All is source-over.
    pub is_plain: bool,
    pub steps: Vec<Step>,
}

/// Left, top, width, height in physical pixels; not empty.
pub type Area = [u32; 4];

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Draw {
        quad: Quad,
        picture: wgpu::BindGroup,
        area: Area,
    },
    /// What follows is drawn over nothing, up to the matching end.
    BeginIsolated,
    /// What follows is drawn over a copy of what is there, up to the matching end.
    BeginPassThrough {
        area: Area,
    },
    EndGroup {
        quad: Quad,
        area: Area,
    },
}

/// Builds the scene of `document` as `compare` wants it seen, and tells whether it lacks what is still on its way to
/// the GPU.
pub fn scene(
    document: &Document,
    compare: Compare,
    viewport: &Viewport,
    textures: &TextureCache,
) -> (Scene, bool) {
    let size = viewport.screen.size_in_pixels();
    let mut builder = Builder {
        viewport,
        textures,
        size,
        clip: [0.0; 4],
        is_plain: true,
        steps: Vec::new(),
        gaps: false,
    };
    let canvas @ [left, top, right, bottom] = viewport.canvas_in_pixels(document.size());
    match compare {
        Compare::After => builder.layers(document, canvas),
        Compare::Before => builder.source(document, canvas, BlendMode::Normal),
        Compare::Difference => {
            builder.layers(document, canvas);
            builder.source(document, canvas, BlendMode::Difference);
        }
        Compare::Split(split) => {
            let divider = (left + (right - left) * f64::from(split)).round();
            let before = [left, top, divider, bottom];
            builder.source(document, before, BlendMode::Normal);
            builder.layers(document, [divider, top, right, bottom]);
        }
    }
    let scene = Scene {
        size,
        is_plain: builder.is_plain,
        steps: builder.steps,
    };
    (scene, builder.gaps)
}

struct Builder<'a> {
    viewport: &'a Viewport,
    textures: &'a TextureCache,
    size: [u32; 2],
    /// Left, top, right, bottom in physical pixels: nothing else is drawn.
    clip: [f64; 4],
    is_plain: bool,
    steps: Vec<Step>,
    gaps: bool,
}

impl Builder<'_> {
    fn source(&mut self, document: &Document, clip: [f64; 4], blend: BlendMode) {
        let Some(pixels) = document.source() else {
            return;
        };
        if self.clip(clip) {
            let transform = Transform::at(0.0, 0.0, pixels.width(), pixels.height());
            self.is_plain &= blend == BlendMode::Normal;
            self.draw(pixels, &transform, &Recolor::default(), (1.0, blend));
        }
    }

    fn layers(&mut self, document: &Document, clip: [f64; 4]) {
        if self.clip(clip) {
            let drawings = drawings(document.layers());
            self.is_plain &= drawings.iter().all(Drawing::is_plain);
            self.stack(&drawings);
        }
    }

    /// False when nothing of it is in view.
    fn clip(&mut self, [left, top, right, bottom]: [f64; 4]) -> bool {
        let [width, height] = self.size.map(f64::from);
        let (left, right) = (left.clamp(0.0, width), right.clamp(0.0, width));
        let (top, bottom) = (top.clamp(0.0, height), bottom.clamp(0.0, height));
        self.clip = [left, top, right, bottom];
        left < right && top < bottom
    }

    fn stack(&mut self, drawings: &[Drawing<'_>]) {
        let Some(area) = self.area([0.0, 0.0, f64::INFINITY, f64::INFINITY]) else {
            return;
        };
        for drawing in drawings {
            let opacity = f32::from(drawing.opacity) / 255.0;
            let (begin, inside, blend) = match &drawing.content {
                DrawingContent::Raster(raster) => {
                    let look = (opacity, drawing.blend);
                    self.draw(&raster.pixels, &raster.transform, &raster.recolor, look);
                    continue;
                }
                DrawingContent::Isolated(inside) => (Step::BeginIsolated, inside, drawing.blend),
                DrawingContent::PassThrough(inside) => (
                    Step::BeginPassThrough { area },
                    inside,
                    BlendMode::PassThrough,
                ),
            };
            self.steps.push(begin);
            self.stack(inside);
            self.steps.push(Step::EndGroup {
                quad: self.whole_target(opacity, blend),
                area,
            });
        }
    }

    /// `look` is the opacity, 0 to 1, and the blend mode.
    fn draw(
        &mut self,
        pixels: &Pixels,
        transform: &Transform,
        recolor: &Recolor,
        look: (f32, BlendMode),
    ) {
        let Some(texture) = self.textures.get(pixels) else {
            self.gaps |= self.textures.is_on_its_way(pixels);
            return;
        };
        let size = pixels.size();
        let document_from_pixels = transform.document_from_pixels(pixels.width(), pixels.height());
        let document_from_unit = document_from_pixels * DAffine2::from_scale(size);
        let target_from_unit = self.viewport.pixels_from_document() * document_from_unit;
        let Some((bounds, area)) = self.bounds(&target_from_unit) else {
            return;
        };
        let on_target = size * transform.scale.abs() * self.viewport.zoom;
        let texture_size = DVec2::new(texture.size[0].into(), texture.size[1].into());
        let is_straight = texture_size == size;
        let magnified = on_target / size;
        let crisp = is_straight && magnified.min_element() >= CRISP_FROM;
        let mip_level = if crisp {
            0.0
        } else {
            mip_level(texture_size, on_target)
        };
        let (opacity, blend) = look;
        let quad = Quad {
            options: [opacity, mip_level],
            recolor: [
                recolor.hue,
                recolor.saturation,
                recolor.lightness,
                recolor.tint.strength,
            ],
            tint: tint(recolor),
            choices: [
                blend as u32,
                (!recolor.is_identity()).into(),
                is_straight.into(),
                crisp.into(),
            ],
            ..placed(bounds, &target_from_unit, on_target)
        };
        self.steps.push(Step::Draw {
            quad,
            picture: texture.picture.clone(),
            area,
        });
    }

    /// The part of the target that the unit square touches, in normalized device coordinates, and what of that may be
    /// drawn; `None` if nothing.
    fn bounds(&self, target_from_unit: &DAffine2) -> Option<([f32; 4], Area)> {
        let corners = [DVec2::ZERO, DVec2::X, DVec2::Y, DVec2::ONE]
            .map(|unit| target_from_unit.transform_point2(unit));
        let (min, max) = corners.iter().fold(
            (DVec2::INFINITY, DVec2::NEG_INFINITY),
            |(min, max), corner| (min.min(*corner), max.max(*corner)),
        );
        let target = DVec2::new(self.size[0].into(), self.size[1].into());
        // One pixel more for the soft edge.
        let (min, max) = ((min - 1.0).max(DVec2::ZERO), (max + 1.0).min(target));
        let device = |point: DVec2| (point / target * 2.0 - 1.0) * DVec2::new(1.0, -1.0);
        let (left_top, right_bottom) = (device(min).as_vec2(), device(max).as_vec2());
        let area = self.area([min.x, min.y, max.x, max.y])?;
        let bounds = [left_top.x, left_top.y, right_bottom.x, right_bottom.y];
        Some((bounds, area))
    }

    /// The pixels that lie in left, top, right, bottom and may be drawn.
    fn area(&self, within: [f64; 4]) -> Option<Area> {
        let [left, top] = [0, 1].map(|side| within[side].floor().max(self.clip[side]));
        let [right, bottom] = [2, 3].map(|side| within[side].ceil().min(self.clip[side]));
        let area = [left, top, right - left, bottom - top];
        (left < right && top < bottom).then(|| area.map(|side| side as u32))
    }

    fn whole_target(&self, opacity: f32, blend: BlendMode) -> Quad {
        let size = DVec2::new(self.size[0].into(), self.size[1].into());
        let quad = placed([-1.0, 1.0, 1.0, -1.0], &DAffine2::from_scale(size), size);
        Quad {
            options: [opacity, 0.0],
            choices: [blend as u32, 0, 0, 0],
            ..quad
        }
    }
}

/// A quad without options.
fn placed(bounds: [f32; 4], target_from_unit: &DAffine2, on_target: DVec2) -> Quad {
    let unit_from_target = target_from_unit.inverse();
    Quad {
        bounds,
        unit_axes: unit_from_target
            .matrix2
            .to_cols_array()
            .map(|value| value as f32),
        unit_origin: unit_from_target.translation.as_vec2().to_array(),
        size: on_target.as_vec2().to_array(),
        options: [0.0; 2],
        recolor: [0.0; 4],
        tint: [0.0; 4],
        choices: [0; 4],
    }
}

/// The mip level for a texture that is drawn `on_target` pixels large.
fn mip_level(texture_size: DVec2, on_target: DVec2) -> f32 {
    let texels_for_each_pixel = texture_size / on_target;
    let mip_level = (texels_for_each_pixel.x * texels_for_each_pixel.y)
        .sqrt()
        .log2()
        .max(0.0);
    mip_level as f32
}

fn tint(recolor: &Recolor) -> [f32; 4] {
    let [r, g, b] = recolor.tint.color.map(|value| f32::from(value) / 255.0);
    [r, g, b, 0.0]
}

impl Step {
    pub fn quad(&self) -> Option<&Quad> {
        match self {
            Self::Draw { quad, .. } | Self::EndGroup { quad, .. } => Some(quad),
            Self::BeginIsolated | Self::BeginPassThrough { .. } => None,
        }
    }
}
