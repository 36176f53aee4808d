//! The offscreen pictures that a scene is drawn into, all of the view's size.

use egui_wgpu::wgpu;

use super::bindings::Bindings;
use super::scene::{Area, Scene, Step};

/// The canvas itself, an open group, or a copy of either.
pub struct RenderTarget {
    pub texture: wgpu::Texture,
    pub view: wgpu::TextureView,
    /// Read pixel by pixel.
    pub picture: wgpu::BindGroup,
}

#[derive(Default)]
pub struct Targets {
    /// The canvas, then one for each level of groups within groups.
    pub levels: Vec<RenderTarget>,
    /// A copy of what lies beneath the thing that is drawn.
    pub beneath: Option<RenderTarget>,
    made_for: Option<([u32; 2], wgpu::TextureFormat)>,
}

impl Targets {
    /// Makes those that `scene` needs, and no others.
    pub fn prepare(
        &mut self,
        device: &wgpu::Device,
        bindings: &Bindings,
        format: wgpu::TextureFormat,
        scene: &Scene,
    ) {
        let needed = Some((scene.size, format));
        if self.made_for != needed {
            *self = Self {
                made_for: needed,
                ..Self::default()
            };
        }
        let new = || RenderTarget::new(device, bindings, format, scene.size);
        self.beneath.get_or_insert_with(new);
        self.levels.resize_with(deepest(&scene.steps) + 1, new);
    }
}

impl RenderTarget {
    fn new(
        device: &wgpu::Device,
        bindings: &Bindings,
        format: wgpu::TextureFormat,
        [width, height]: [u32; 2],
    ) -> Self {
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("canvas target"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::COPY_SRC
                | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let picture = bindings.target(device, &view);
        Self {
            texture,
            view,
            picture,
        }
    }

    /// The same place of `other`.
    pub fn copy_to(
        &self,
        other: &Self,
        encoder: &mut wgpu::CommandEncoder,
        [left, top, width, height]: Area,
    ) {
        let origin = wgpu::Origin3d {
            x: left,
            y: top,
            z: 0,
        };
        let (mut from, mut to) = (self.texture.as_image_copy(), other.texture.as_image_copy());
        from.origin = origin;
        to.origin = origin;
        let size = wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        };
        encoder.copy_texture_to_texture(from, to, size);
    }
}

/// How many groups lie within each other at most.
fn deepest(steps: &[Step]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for step in steps {
        match step {
            Step::BeginIsolated | Step::BeginPassThrough { .. } => depth += 1,
            Step::EndGroup { .. } => depth -= 1,
            Step::Draw { .. } => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
