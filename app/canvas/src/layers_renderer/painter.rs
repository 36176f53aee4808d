//! Carries out a scene: offscreen before egui's pass, then into it.

use egui_wgpu::wgpu;

use super::color_table::{BoundTable, ColorTable};
use super::pipelines::{Over, Pipelines, Present, Quad};
use super::scene::{Area, Scene, Step};
use super::targets::{RenderTarget, Targets};

pub struct ScenePainter {
    pipelines: Pipelines,
    targets: Targets,
    quads: wgpu::Buffer,
    present: wgpu::Buffer,
    table: BoundTable,
    /// What the canvas' target holds.
    drawn: Option<Scene>,
}

impl ScenePainter {
    pub fn new(device: &wgpu::Device, pipelines: Pipelines) -> Self {
        Self {
            pipelines,
            targets: Targets::default(),
            quads: instance_buffer(device, 16 * size_of::<Quad>()),
            present: instance_buffer(device, size_of::<Present>()),
            table: BoundTable::default(),
            drawn: None,
        }
    }

    /// Shows colors by way of this table, or as they are.
    pub fn convert(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        table: Option<&ColorTable>,
    ) {
        let bindings = &self.pipelines.bindings;
        self.table.update(device, queue, bindings, table);
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
        self.write_quads(device, queue, scene);
        let over = match scene.is_plain {
            true => &self.pipelines.in_bytes,
            false => &self.pipelines.blended,
        };
        let bindings = &self.pipelines.bindings;
        self.targets.prepare(device, bindings, over.format, scene);
        let mut drawing = SceneDrawing {
            over,
            targets: &self.targets,
            quads: &self.quads,
            encoder,
            depth: 0,
            instance: 0,
        };
        drop(drawing.begin(Content::Fresh));
        scene.steps.iter().for_each(|step| drawing.step(step));
        self.drawn = Some(scene.clone());
    }

    /// Into egui's pass, whose viewport is the canvas widget.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'static>) {
        let Some(canvas) = self.targets.levels.first() else {
            return;
        };
        match self.table.get() {
            Some(table) => {
                pass.set_pipeline(&self.pipelines.present_converted);
                pass.set_bind_group(1, table, &[]);
            }
            None => pass.set_pipeline(&self.pipelines.present),
        }
        pass.set_bind_group(0, &canvas.picture, &[]);
        pass.set_vertex_buffer(0, self.present.slice(..));
        pass.draw(0..4, 0..1);
    }

    fn write_quads(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, scene: &Scene) {
        let quads: Vec<Quad> = scene.steps.iter().filter_map(Step::quad).copied().collect();
        let bytes = bytemuck::cast_slice::<Quad, u8>(&quads);
        if self.quads.size() < bytes.len() as u64 {
            self.quads = instance_buffer(device, bytes.len().next_power_of_two());
        }
        queue.write_buffer(&self.quads, 0, bytes);
    }
}

/// A scene halfway.
struct SceneDrawing<'a> {
    over: &'a Over,
    targets: &'a Targets,
    quads: &'a wgpu::Buffer,
    encoder: &'a mut wgpu::CommandEncoder,
    /// How many groups are open.
    depth: usize,
    /// The next quad.
    instance: u32,
}

enum Content {
    Fresh,
    Kept,
}

impl SceneDrawing<'_> {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Draw { picture, area, .. } => self.draw(&self.over.layer, picture, *area),
            Step::BeginIsolated => {
                self.depth += 1;
                drop(self.begin(Content::Fresh));
            }
            Step::BeginPassThrough { area } => {
                self.copy_to(&self.targets.levels[self.depth + 1], *area);
                self.depth += 1;
            }
            Step::EndGroup { area, .. } => {
                let inside = &self.targets.levels[self.depth].picture;
                self.depth -= 1;
                self.draw(&self.over.group, inside, *area);
            }
        }
    }

    /// The next quad with `picture`, which touches no more than `area`.
    fn draw(&mut self, pipeline: &wgpu::RenderPipeline, picture: &wgpu::BindGroup, area: Area) {
        let Some(beneath) = &self.targets.beneath else {
            return;
        };
        self.copy_to(beneath, area);
        let mut pass = self.begin(Content::Kept);
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, picture, &[]);
        pass.set_bind_group(1, &beneath.picture, &[]);
        pass.set_vertex_buffer(0, self.quads.slice(..));
        let [left, top, width, height] = area;
        pass.set_scissor_rect(left, top, width, height);
        pass.draw(0..4, self.instance..self.instance + 1);
        self.instance += 1;
    }

    fn copy_to(&mut self, target: &RenderTarget, area: Area) {
        self.targets.levels[self.depth].copy_to(target, self.encoder, area);
    }

    /// A pass into the target at this depth.
    fn begin(&mut self, content: Content) -> wgpu::RenderPass<'static> {
        let load = match content {
            Content::Fresh => wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
            Content::Kept => wgpu::LoadOp::Load,
        };
        self.encoder
            .begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("canvas layers"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &self.targets.levels[self.depth].view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load,
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            })
            .forget_lifetime()
    }
}

fn instance_buffer(device: &wgpu::Device, bytes: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("canvas instances"),
        size: bytes as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}
