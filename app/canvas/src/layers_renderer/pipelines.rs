//! The GPU programs: a layer or a group into an offscreen picture, and that of the canvas over the checkerboard into
//! egui's target.

use document::BlendMode;
use egui_wgpu::wgpu;

use super::bindings::Bindings;

/// One draw of a picture; see `shader.wgsl` for the fields.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Quad {
    pub bounds: [f32; 4],
    pub unit_axes: [f32; 4],
    pub unit_origin: [f32; 2],
    pub size: [f32; 2],
    pub options: [f32; 2],
    pub recolor: [f32; 4],
    pub tint: [f32; 4],
    pub choices: [u32; 4],
}

const QUAD_ATTRIBUTES: [wgpu::VertexAttribute; 8] = wgpu::vertex_attr_array![
    0 => Float32x4, 1 => Float32x4, 2 => Float32x2, 3 => Float32x2, 4 => Float32x2, 5 => Float32x4, 6 => Float32x4,
    7 => Uint32x4
];

/// The picture over the checkerboard; see `shader.wgsl` for the fields.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Present {
    pub canvas: [f32; 4],
    pub light: [f32; 4],
    pub dark: [f32; 4],
    pub size: [f32; 4],
}

const PRESENT_ATTRIBUTES: [wgpu::VertexAttribute; 4] =
    wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32x4, 3 => Float32x4];

/// Of offscreen pictures of normal layers.
const BYTES: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Of those with blend modes, which blow rounding errors up: as fine as the adapter can draw.
fn fine_format(adapter: &wgpu::Adapter) -> wgpu::TextureFormat {
    let can_draw = |format: &wgpu::TextureFormat| {
        let features = adapter.get_texture_format_features(*format);
        features
            .allowed_usages
            .contains(wgpu::TextureUsages::RENDER_ATTACHMENT)
    };
    let finest_first = [
        wgpu::TextureFormat::Rgba32Float,
        wgpu::TextureFormat::Rgba16Float,
    ];
    finest_first.into_iter().find(can_draw).unwrap_or(BYTES)
}

pub struct Pipelines {
    pub bindings: Bindings,
    /// Normal layers.
    pub in_bytes: Over,
    pub blended: Over,
    pub present: wgpu::RenderPipeline,
    /// In the colors of a table.
    pub present_converted: wgpu::RenderPipeline,
}

/// What goes over a copy of what lies beneath.
pub struct Over {
    pub format: wgpu::TextureFormat,
    pub layer: wgpu::RenderPipeline,
    pub group: wgpu::RenderPipeline,
}

impl Pipelines {
    /// `target_format` is that of the window. egui blends in sRGB values and prefers a target that takes them as they
    /// are; one that converts by itself gets linear values.
    pub fn new(
        adapter: &wgpu::Adapter,
        device: &wgpu::Device,
        target_format: wgpu::TextureFormat,
    ) -> Self {
        let bindings = Bindings::new(device);
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("canvas"),
            source: wgpu::ShaderSource::Wgsl(source().into()),
        });
        let layout = |bound: &[&wgpu::BindGroupLayout]| {
            let bound: Vec<_> = bound.iter().copied().map(Some).collect();
            device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some("canvas"),
                bind_group_layouts: &bound,
                immediate_size: 0,
            })
        };
        let (picture, target) = (&bindings.picture_layout, &bindings.target_layout);
        let over = |[layer, group]: [&str; 2], format| {
            let program = |entry_point, first| {
                let program = Program {
                    entry_points: ["layer_vertex", entry_point],
                    stride: size_of::<Quad>(),
                    attributes: &QUAD_ATTRIBUTES,
                    format,
                };
                program.pipeline(device, &layout(&[first, target]), &module)
            };
            Over {
                format,
                layer: program(layer, picture),
                group: program(group, target),
            }
        };
        let present = |[gamma, linear]: [&'static str; 2], layout| {
            let fragment = if target_format.is_srgb() {
                linear
            } else {
                gamma
            };
            let program = Program {
                entry_points: ["present_vertex", fragment],
                stride: size_of::<Present>(),
                attributes: &PRESENT_ATTRIBUTES,
                format: target_format,
            };
            program.pipeline(device, &layout, &module)
        };
        let table = &bindings.table_layout;
        let present_converted = present(
            ["present_converted_gamma", "present_converted_linear"],
            layout(&[target, table]),
        );
        let present = present(["present_gamma", "present_linear"], layout(&[target]));
        let in_bytes = over(["layer_in_bytes", "group_in_bytes"], BYTES);
        let blended = over(["layer_blended", "group_blended"], fine_format(adapter));
        Self {
            bindings,
            in_bytes,
            blended,
            present,
            present_converted,
        }
    }
}

/// The programs, with the modes' numbers before them.
fn source() -> String {
    let modes = BlendMode::OF_LAYERS
        .into_iter()
        .chain([BlendMode::PassThrough]);
    let numbers = modes.map(|mode| format!("const {mode:?}: u32 = {}u;\n", mode as u32));
    let programs = [
        include_str!("shader.wgsl"),
        include_str!("recolor.wgsl"),
        include_str!("blend.wgsl"),
        include_str!("source_over.wgsl"),
    ];
    numbers.collect::<String>() + &programs.concat()
}

/// What differs between them.
struct Program<'a> {
    /// Of the vertex and the fragment stage.
    entry_points: [&'a str; 2],
    stride: usize,
    attributes: &'a [wgpu::VertexAttribute],
    format: wgpu::TextureFormat,
}

impl Program<'_> {
    /// Draws one four-cornered strip for each instance. One sample, no depth: eframe's own defaults.
    fn pipeline(
        &self,
        device: &wgpu::Device,
        layout: &wgpu::PipelineLayout,
        module: &wgpu::ShaderModule,
    ) -> wgpu::RenderPipeline {
        let [vertex, fragment] = self.entry_points;
        device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(fragment),
            layout: Some(layout),
            vertex: wgpu::VertexState {
                module,
                entry_point: Some(vertex),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: self.stride as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: self.attributes,
                })],
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..Default::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module,
                entry_point: Some(fragment),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format: self.format,
                    blend: None,
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}
