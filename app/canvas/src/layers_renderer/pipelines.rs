//! The GPU programs: a layer into the offscreen picture, and that picture over the checkerboard into egui's target.

use std::borrow::Cow;

use egui_wgpu::wgpu;

/// One draw of a picture; see `shader.wgsl` for the fields.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Quad {
    pub bounds: [f32; 4],
    pub unit_axes: [f32; 4],
    pub unit_origin: [f32; 2],
    pub size: [f32; 2],
    pub options: [f32; 3],
    pub recolor: [f32; 4],
    pub tint: [f32; 4],
}

const QUAD_ATTRIBUTES: [wgpu::VertexAttribute; 7] = wgpu::vertex_attr_array![
    0 => Float32x4, 1 => Float32x4, 2 => Float32x2, 3 => Float32x2, 4 => Float32x3, 5 => Float32x4, 6 => Float32x4
];

/// The picture over the checkerboard; see `shader.wgsl` for the fields.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Present {
    pub canvas: [f32; 4],
    pub light: [f32; 4],
    pub dark: [f32; 4],
    pub size: [f32; 3],
}

const PRESENT_ATTRIBUTES: [wgpu::VertexAttribute; 4] =
    wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32x4, 3 => Float32x3];

/// Of the offscreen canvas, in which sRGB values are blended as they are.
pub const CANVAS_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Of groups, which are blended again: finer, so that rounding does not add up, where the adapter can.
fn group_format(adapter: &wgpu::Adapter) -> wgpu::TextureFormat {
    let finer = wgpu::TextureFormat::Rgba16Float;
    let features = adapter.get_texture_format_features(finer);
    let can_draw = features
        .allowed_usages
        .contains(wgpu::TextureUsages::RENDER_ATTACHMENT);
    let can_blend = features
        .flags
        .contains(wgpu::TextureFormatFeatureFlags::BLENDABLE);
    if can_draw && can_blend {
        finer
    } else {
        CANVAS_FORMAT
    }
}

/// A picture as the programs take it. Bound once for each sampler, as OpenGL knows only pairs of texture and sampler.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundPicture {
    pub smooth: wgpu::BindGroup,
    /// Its pixels are squares.
    pub crisp: wgpu::BindGroup,
}

/// How a picture is given to the programs.
#[derive(Debug, Clone)]
pub struct PictureBindings {
    layout: wgpu::BindGroupLayout,
    smooth: wgpu::Sampler,
    nearest: wgpu::Sampler,
}

impl PictureBindings {
    fn new(device: &wgpu::Device) -> Self {
        let sampler = wgpu::BindGroupLayoutEntry {
            binding: 1,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
            count: None,
        };
        let picture = wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Texture {
                sample_type: wgpu::TextureSampleType::Float { filterable: true },
                view_dimension: wgpu::TextureViewDimension::D2,
                multisampled: false,
            },
            count: None,
        };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("canvas picture"),
            entries: &[picture, sampler],
        });
        let smooth = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("canvas smooth"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            mipmap_filter: wgpu::MipmapFilterMode::Linear,
            ..Default::default()
        });
        let nearest = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("canvas nearest"),
            ..Default::default()
        });
        Self {
            layout,
            smooth,
            nearest,
        }
    }

    pub fn bind(&self, device: &wgpu::Device, texture: &wgpu::Texture) -> BoundPicture {
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let bound = |sampler| {
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("canvas picture"),
                layout: &self.layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: wgpu::BindingResource::TextureView(&view),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::Sampler(sampler),
                    },
                ],
            })
        };
        BoundPicture {
            smooth: bound(&self.smooth),
            crisp: bound(&self.nearest),
        }
    }
}

pub struct Pipelines {
    pub bindings: PictureBindings,
    pub group_format: wgpu::TextureFormat,
    pub layer_on_canvas: wgpu::RenderPipeline,
    pub layer_in_group: wgpu::RenderPipeline,
    pub present: wgpu::RenderPipeline,
}

impl Pipelines {
    /// `target_format` is that of the window. egui blends in sRGB values and prefers a target that takes them as they
    /// are; one that converts by itself gets linear values.
    pub fn new(
        adapter: &wgpu::Adapter,
        device: &wgpu::Device,
        target_format: wgpu::TextureFormat,
    ) -> Self {
        let group_format = group_format(adapter);
        let bindings = PictureBindings::new(device);
        let source = concat!(include_str!("shader.wgsl"), include_str!("recolor.wgsl"));
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("canvas"),
            source: wgpu::ShaderSource::Wgsl(Cow::Borrowed(source)),
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("canvas"),
            bind_group_layouts: &[Some(&bindings.layout)],
            immediate_size: 0,
        });
        let layer = |format| Program {
            entry_points: ["layer_vertex", "layer_fragment"],
            stride: size_of::<Quad>(),
            attributes: &QUAD_ATTRIBUTES,
            format,
            blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
        };
        let present = Program {
            entry_points: [
                "present_vertex",
                if target_format.is_srgb() {
                    "present_linear"
                } else {
                    "present_gamma"
                },
            ],
            stride: size_of::<Present>(),
            attributes: &PRESENT_ATTRIBUTES,
            format: target_format,
            blend: None,
        };
        let layer_on_canvas = layer(CANVAS_FORMAT).pipeline(device, &layout, &module);
        let layer_in_group = layer(group_format).pipeline(device, &layout, &module);
        let present = present.pipeline(device, &layout, &module);
        Self {
            bindings,
            group_format,
            layer_on_canvas,
            layer_in_group,
            present,
        }
    }
}

/// What differs between them.
struct Program<'a> {
    /// Of the vertex and the fragment stage.
    entry_points: [&'a str; 2],
    stride: usize,
    attributes: &'a [wgpu::VertexAttribute],
    format: wgpu::TextureFormat,
    blend: Option<wgpu::BlendState>,
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
                    blend: self.blend,
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}
