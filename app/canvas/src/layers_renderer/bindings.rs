//! How pictures and offscreen targets are given to the GPU programs.

use egui_wgpu::wgpu;

const PLANE: wgpu::TextureViewDimension = wgpu::TextureViewDimension::D2;
const CUBE: wgpu::TextureViewDimension = wgpu::TextureViewDimension::D3;

#[derive(Debug, Clone)]
pub struct Bindings {
    pub picture_layout: wgpu::BindGroupLayout,
    pub target_layout: wgpu::BindGroupLayout,
    pub table_layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
}

impl Bindings {
    pub fn new(device: &wgpu::Device) -> Self {
        let sampler = wgpu::BindGroupLayoutEntry {
            binding: 1,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
            count: None,
        };
        let layout = |label, entries: &[_]| {
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(label),
                entries,
            })
        };
        Self {
            picture_layout: layout("canvas picture", &[texture(true, PLANE), sampler]),
            target_layout: layout("canvas target", &[texture(false, PLANE)]),
            table_layout: layout("canvas colors", &[texture(true, CUBE), sampler]),
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("canvas smooth"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                mipmap_filter: wgpu::MipmapFilterMode::Linear,
                ..Default::default()
            }),
        }
    }

    /// A picture with its mipmaps.
    pub fn picture(&self, device: &wgpu::Device, texture: &wgpu::Texture) -> wgpu::BindGroup {
        self.smooth(device, &self.picture_layout, texture)
    }

    /// Colors in all directions.
    pub fn table(&self, device: &wgpu::Device, texture: &wgpu::Texture) -> wgpu::BindGroup {
        self.smooth(device, &self.table_layout, texture)
    }

    fn smooth(
        &self,
        device: &wgpu::Device,
        layout: &wgpu::BindGroupLayout,
        texture: &wgpu::Texture,
    ) -> wgpu::BindGroup {
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("canvas smooth"),
            layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(&view),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::Sampler(&self.sampler),
                },
            ],
        })
    }

    /// What was drawn offscreen, to be read pixel by pixel.
    pub fn target(&self, device: &wgpu::Device, view: &wgpu::TextureView) -> wgpu::BindGroup {
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("canvas target"),
            layout: &self.target_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(view),
            }],
        })
    }
}

fn texture(
    filterable: bool,
    view_dimension: wgpu::TextureViewDimension,
) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding: 0,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable },
            view_dimension,
            multisampled: false,
        },
        count: None,
    }
}
