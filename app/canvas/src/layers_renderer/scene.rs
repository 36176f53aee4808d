//! One frame's picture as a list of steps: what is drawn where, in order. Plain data.

use document::{Document, Layer, LayerContent, Pixels, Raster, Recolor, Transform};
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
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Draws only within left, top, width, height from here on.
    Clip([u32; 4]),
    Draw {
        quad: Quad,
        picture: wgpu::BindGroup,
    },
    /// What follows is drawn for itself, up to the matching end.
    BeginGroup,
    EndGroup {
        quad: Quad,
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
        steps: Vec::new(),
        gaps: false,
    };
    let canvas @ [left, top, right, bottom] = viewport.canvas_in_pixels(document.size());
    match compare {
        Compare::After => builder.layers(document, canvas),
        Compare::Before => builder.source(document, canvas),
        Compare::Split(split) => {
            let divider = (left + (right - left) * f64::from(split)).round();
            builder.source(document, [left, top, divider, bottom]);
            builder.layers(document, [divider, top, right, bottom]);
        }
    }
    let scene = Scene {
        size,
        steps: builder.steps,
    };
    (scene, builder.gaps)
}

struct Builder<'a> {
    viewport: &'a Viewport,
    textures: &'a TextureCache,
    size: [u32; 2],
    steps: Vec<Step>,
    gaps: bool,
}

impl Builder<'_> {
    fn source(&mut self, document: &Document, clip: [f64; 4]) {
        let Some(pixels) = document.source() else {
            return;
        };
        if self.clip(clip) {
            let transform = Transform::at(0.0, 0.0, pixels.width(), pixels.height());
            self.draw(pixels, &transform, &Recolor::default(), 1.0);
        }
    }

    fn layers(&mut self, document: &Document, clip: [f64; 4]) {
        if self.clip(clip) {
            self.stack(document.layers(), 1.0);
        }
    }

    /// False when nothing of it is in view.
    fn clip(&mut self, [left, top, right, bottom]: [f64; 4]) -> bool {
        let [width, height] = self.size.map(f64::from);
        let (left, right) = (left.clamp(0.0, width), right.clamp(0.0, width));
        let (top, bottom) = (top.clamp(0.0, height), bottom.clamp(0.0, height));
        let visible = left < right && top < bottom;
        if visible {
            self.steps.push(Step::Clip(
                [left, top, right - left, bottom - top].map(|side| side as u32),
            ));
        }
        visible
    }

    /// `opacity`, 0 to 1, is that of the groups around.
    fn stack(&mut self, layers: &[Layer], opacity: f32) {
        for layer in layers
            .iter()
            .filter(|layer| layer.visible && layer.opacity > 0)
        {
            let opacity = opacity * f32::from(layer.opacity) / 255.0;
            match &layer.content {
                LayerContent::Raster(Raster {
                    pixels,
                    transform,
                    recolor,
                    text: _,
                }) => {
                    self.draw(pixels, transform, recolor, opacity);
                }
                LayerContent::Group(group) => self.group(&group.children, opacity),
            }
        }
    }

    /// Source-over is associative, so a group matters only where its opacity applies to several layers at once.
    fn group(&mut self, children: &[Layer], opacity: f32) {
        let shown = children
            .iter()
            .filter(|layer| layer.visible && layer.opacity > 0)
            .count();
        if opacity >= 1.0 || shown <= 1 {
            return self.stack(children, opacity);
        }
        self.steps.push(Step::BeginGroup);
        self.stack(children, 1.0);
        self.steps.push(Step::EndGroup {
            quad: self.whole_target(opacity),
        });
    }

    fn draw(&mut self, pixels: &Pixels, transform: &Transform, recolor: &Recolor, opacity: f32) {
        let Some(texture) = self.textures.get(pixels) else {
            self.gaps |= self.textures.is_on_its_way(pixels);
            return;
        };
        let size = pixels.size();
        let document_from_pixels = transform.document_from_pixels(pixels.width(), pixels.height());
        let document_from_unit = document_from_pixels * DAffine2::from_scale(size);
        let target_from_unit = self.viewport.pixels_from_document() * document_from_unit;
        let Some(bounds) = self.bounds(&target_from_unit) else {
            return;
        };
        let on_target = size * transform.scale.abs() * self.viewport.zoom;
        let texture_size = DVec2::new(texture.size[0].into(), texture.size[1].into());
        let magnified = on_target / size;
        let crisp = magnified.min_element() >= CRISP_FROM && texture_size == size;
        let (picture, mip_level) = if crisp {
            (&texture.picture.crisp, 0.0)
        } else {
            (&texture.picture.smooth, mip_level(texture_size, on_target))
        };
        let recolored = !recolor.is_identity();
        let quad = Quad {
            options: [opacity, mip_level, flag(recolored)],
            recolor: [
                recolor.hue,
                recolor.saturation,
                recolor.lightness,
                recolor.tint.strength,
            ],
            tint: tint(recolor),
            ..placed(bounds, &target_from_unit, on_target)
        };
        self.steps.push(Step::Draw {
            quad,
            picture: picture.clone(),
        });
    }

    /// The part of the target that the unit square touches, in normalized device coordinates; `None` if there is none.
    fn bounds(&self, target_from_unit: &DAffine2) -> Option<[f32; 4]> {
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
        let visible = min.cmplt(max).all();
        visible.then_some([left_top.x, left_top.y, right_bottom.x, right_bottom.y])
    }

    fn whole_target(&self, opacity: f32) -> Quad {
        let size = DVec2::new(self.size[0].into(), self.size[1].into());
        let quad = placed([-1.0, 1.0, 1.0, -1.0], &DAffine2::from_scale(size), size);
        Quad {
            options: [opacity, 0.0, 0.0],
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
        options: [0.0; 3],
        recolor: [0.0; 4],
        tint: [0.0; 4],
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

fn flag(set: bool) -> f32 {
    if set { 1.0 } else { 0.0 }
}

impl Step {
    pub fn quad(&self) -> Option<&Quad> {
        match self {
            Self::Draw { quad, .. } | Self::EndGroup { quad } => Some(quad),
            Self::Clip(_) | Self::BeginGroup => None,
        }
    }
}
