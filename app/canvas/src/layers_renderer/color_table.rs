//! What the document's colours are on the screen, as a texture.

use std::sync::Arc;

use egui_wgpu::wgpu;

use super::bindings::Bindings;

/// What some colours, evenly spread over all, become on the screen. Cheap to clone; a table made anew is uploaded anew.
#[derive(Debug, Clone)]
pub struct ColorTable {
    side: u32,
    rgba: Arc<[u8]>,
}

impl ColorTable {
    /// Of `side`³ colours, red first; four bytes of each. `None` when they are not so many.
    pub fn new(side: u32, rgba: Vec<u8>) -> Option<Self> {
        let bytes = u64::from(side).checked_pow(3)?.checked_mul(4)?;
        (bytes == rgba.len() as u64 && side > 1).then(|| Self {
            side,
            rgba: rgba.into(),
        })
    }
}

/// The table that was last on the GPU.
#[derive(Default)]
pub struct BoundTable(Option<(ColorTable, wgpu::BindGroup)>);

impl BoundTable {
    pub fn update(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        bindings: &Bindings,
        table: Option<&ColorTable>,
    ) {
        let is_kept = match (&self.0, table) {
            (Some((bound, _)), Some(table)) => Arc::ptr_eq(&bound.rgba, &table.rgba),
            (bound, table) => bound.is_none() && table.is_none(),
        };
        if !is_kept {
            self.0 = table.map(|table| {
                let texture = uploaded(device, queue, table);
                (table.clone(), bindings.table(device, &texture))
            });
        }
    }

    pub fn get(&self) -> Option<&wgpu::BindGroup> {
        self.0.as_ref().map(|(_, bound)| bound)
    }
}

fn uploaded(device: &wgpu::Device, queue: &wgpu::Queue, table: &ColorTable) -> wgpu::Texture {
    let size = wgpu::Extent3d {
        width: table.side,
        height: table.side,
        depth_or_array_layers: table.side,
    };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("canvas colors"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D3,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(4 * table.side),
        rows_per_image: Some(table.side),
    };
    queue.write_texture(texture.as_image_copy(), &table.rgba, layout, size);
    texture
}
