//! Carries out a scene: offscreen before egui's pass, then into it.

use egui_wgpu::wgpu;

use super::pipelines::{CANVAS_FORMAT, Pipelines, Present, Quad};
use super::scene::{Scene, Step};

/// An offscreen picture of the view's size: the canvas itself, or an open group.
struct Target {
    view: wgpu::TextureView,
    /// Shown pixel by pixel.
    picture: wgpu::BindGroup,
}

pub struct ScenePainter {
    pipelines: Pipelines,
    /// The canvas, then one for each level of groups within groups.
    targets: Vec<Target>,
    target_size: [u32; 2],
    quads: wgpu::Buffer,
    present: wgpu::Buffer,
    /// What the canvas' target holds.
    drawn: Option<Scene>,
}

impl ScenePainter {
    pub fn new(device: &wgpu::Device, pipelines: Pipelines) -> Self {
        Self {
            pipelines,
            targets: Vec::new(),
            target_size: [0, 0],
            quads: instance_buffer(device, 16 * size_of::<Quad>()),
            present: instance_buffer(device, size_of::<Present>()),
            drawn: None,
        }
    }

    /// Draws the scene offscreen, unless it looks as it did in the last frame.
    pub fn prepare(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        scene: &Scene,
        present: &Present,
    ) {
        queue.write_buffer(&self.present, 0, bytemuck::bytes_of(present));
        if self.drawn.as_ref() == Some(scene) {
            return;
        }
        self.make_targets(device, scene);
        self.write_quads(device, queue, scene);
        self.draw(encoder, scene);
        self.drawn = Some(scene.clone());
    }

    /// Into egui's pass, whose viewport is the canvas widget.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'static>) {
        let Some(canvas) = self.targets.first() else {
            return;
        };
        pass.set_pipeline(&self.pipelines.present);
        pass.set_bind_group(0, &canvas.picture, &[]);
        pass.set_vertex_buffer(0, self.present.slice(..));
        pass.draw(0..4, 0..1);
    }

    fn make_targets(&mut self, device: &wgpu::Device, scene: &Scene) {
        if self.target_size != scene.size {
            self.target_size = scene.size;
            self.targets.clear();
        }
        let (mut depth, mut deepest) = (0, 0);
        for step in &scene.steps {
            match step {
                Step::BeginGroup => depth += 1,
                Step::EndGroup { .. } => depth -= 1,
                Step::Clip(_) | Step::Draw { .. } => {}
            }
            deepest = deepest.max(depth);
        }
        self.targets.truncate(deepest + 1);
        while self.targets.len() <= deepest {
            let format = if self.targets.is_empty() {
                CANVAS_FORMAT
            } else {
                self.pipelines.group_format
            };
            self.targets.push(self.new_target(device, format));
        }
    }

    fn new_target(&self, device: &wgpu::Device, format: wgpu::TextureFormat) -> Target {
        let [width, height] = self.target_size;
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
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Target {
            view,
            picture: self.pipelines.bindings.bind(device, &texture).crisp,
        }
    }

    fn write_quads(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, scene: &Scene) {
        let quads: Vec<Quad> = scene.steps.iter().filter_map(Step::quad).copied().collect();
        let bytes = bytemuck::cast_slice::<Quad, u8>(&quads);
        if self.quads.size() < bytes.len() as u64 {
            self.quads = instance_buffer(device, bytes.len().next_power_of_two());
        }
        queue.write_buffer(&self.quads, 0, bytes);
    }

    fn draw(&self, encoder: &mut wgpu::CommandEncoder, scene: &Scene) {
        let mut depth = 0;
        let mut clip = [0, 0, scene.size[0], scene.size[1]];
        let mut instance = 0;
        let mut pass = self.begin(encoder, depth, clip, Content::Fresh);
        for step in &scene.steps {
            match step {
                Step::Clip(rect) => {
                    clip = *rect;
                    set_clip(&mut pass, clip);
                }
                Step::Draw { picture, .. } => draw_quad(&mut pass, picture, &mut instance),
                Step::BeginGroup => {
                    drop(pass);
                    depth += 1;
                    pass = self.begin(encoder, depth, clip, Content::Fresh);
                }
                Step::EndGroup { .. } => {
                    drop(pass);
                    depth -= 1;
                    pass = self.begin(encoder, depth, clip, Content::Kept);
                    draw_quad(&mut pass, &self.targets[depth + 1].picture, &mut instance);
                }
            }
        }
    }

    fn begin(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        depth: usize,
        clip: [u32; 4],
        content: Content,
    ) -> wgpu::RenderPass<'static> {
        let load = match content {
            Content::Fresh => wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
            Content::Kept => wgpu::LoadOp::Load,
        };
        let mut pass = encoder
            .begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("canvas layers"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &self.targets[depth].view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load,
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            })
            .forget_lifetime();
        let pipelines = &self.pipelines;
        pass.set_pipeline(if depth == 0 {
            &pipelines.layer_on_canvas
        } else {
            &pipelines.layer_in_group
        });
        pass.set_vertex_buffer(0, self.quads.slice(..));
        set_clip(&mut pass, clip);
        pass
    }
}

enum Content {
    Fresh,
    Kept,
}

fn set_clip(pass: &mut wgpu::RenderPass<'static>, [left, top, width, height]: [u32; 4]) {
    pass.set_scissor_rect(left, top, width, height);
}

/// The next instance with `picture`.
fn draw_quad(pass: &mut wgpu::RenderPass<'static>, picture: &wgpu::BindGroup, instance: &mut u32) {
    pass.set_bind_group(0, picture, &[]);
    pass.draw(0..4, *instance..*instance + 1);
    *instance += 1;
}

fn instance_buffer(device: &wgpu::Device, bytes: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("canvas instances"),
        size: bytes as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}
