//! Brings pictures to the GPU on a thread of its own: makes the mipmaps and writes them in bands, so that the window is
//! never held up.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use document::Pixels;
use egui_wgpu::wgpu;

use super::bindings::Bindings;
use super::mipmaps::{Level, half_of, halved, halvings, premultiply_row};

/// Pictures waiting for the thread, and finished ones waiting for the window.
const QUEUE_LENGTH: usize = 2;

/// Written to the GPU at a time. While one band is copied the window cannot submit its frame: about a millisecond.
const BAND_BYTES: usize = 2 << 20;

/// A picture on the GPU: sRGB values with all mipmaps, 4/3 of its 8-bit RGBA size. The picture itself has straight alpha;
/// whatever is smaller is premultiplied.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureTexture {
    pub picture: wgpu::BindGroup,
    /// Smaller than the picture where the GPU takes none so large.
    pub size: [u32; 2],
}

pub struct Request {
    pub pixels: Pixels,
    /// Repainted once the picture is there.
    pub window: egui::Context,
}

pub struct Finished {
    pub pixels: Pixels,
    /// `None`: the GPU has no memory left for it.
    pub texture: Option<PictureTexture>,
}

/// Dropping it ends the thread after the picture at hand.
pub struct Uploader {
    requests: Option<Sender<Request>>,
    finished: Option<Receiver<Finished>>,
    thread: Option<JoinHandle<()>>,
}

impl Uploader {
    /// Without a thread, when the system gives none, nothing is ever finished.
    pub fn new(device: wgpu::Device, queue: wgpu::Queue, bindings: Bindings) -> Self {
        let (requests, to_upload) = bounded::<Request>(QUEUE_LENGTH);
        let (send_finished, finished) = bounded(QUEUE_LENGTH);
        let gpu = Gpu {
            device,
            queue,
            bindings,
        };
        let run = move || {
            for Request { pixels, window } in to_upload {
                let texture = gpu.upload(&pixels);
                if send_finished.send(Finished { pixels, texture }).is_err() {
                    return;
                }
                window.request_repaint();
            }
        };
        let thread = std::thread::Builder::new()
            .name("canvas upload".to_owned())
            .spawn(run)
            .ok();
        Self {
            requests: Some(requests),
            finished: Some(finished),
            thread,
        }
    }

    /// False when the queue is full; ask again in a later frame.
    pub fn request(&self, request: Request) -> bool {
        let Some(requests) = &self.requests else {
            return false;
        };
        !matches!(requests.try_send(request), Err(TrySendError::Full(_)))
    }

    pub fn finished(&self) -> impl Iterator<Item = Finished> {
        self.finished.iter().flat_map(Receiver::try_iter)
    }
}

impl Drop for Uploader {
    fn drop(&mut self) {
        // Either end would keep the thread waiting.
        self.requests = None;
        self.finished = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    bindings: Bindings,
}

impl Gpu {
    /// At full size, or halved as often as the GPU's largest texture or its free memory demand.
    fn upload(&self, pixels: &Pixels) -> Option<PictureTexture> {
        let (width, height) = (pixels.width(), pixels.height());
        if width == 0 || height == 0 {
            return None;
        }
        let largest = self.device.limits().max_texture_dimension_2d;
        (0..=halvings(width, height))
            .filter(|skipped| halved(width.max(height), *skipped) <= largest)
            .find_map(|skipped| self.try_upload(pixels, skipped))
    }

    /// The picture halved `skipped` times, and all smaller levels; `None` when out of memory.
    fn try_upload(&self, pixels: &Pixels, skipped: u32) -> Option<PictureTexture> {
        let size = [pixels.width(), pixels.height()].map(|side| halved(side, skipped));
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let texture = self.create_texture(size);
        if failed(memory) {
            return None;
        }
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        if skipped == 0 {
            self.write(&texture, 0, size, pixels.image().as_raw());
        }
        let halvings = halvings(pixels.width(), pixels.height());
        let mut level = None;
        for halving in 1..=halvings {
            let half = match level {
                None => half_of(pixels.width(), pixels.height(), |y, row| {
                    premultiply_row(pixels.image(), y, row)
                }),
                Some(level) => Level::half(&level),
            };
            if halving >= skipped {
                let size = [half.width, half.height];
                self.write(&texture, halving - skipped, size, &half.rgba);
            }
            level = Some(half);
        }
        let picture = self.bindings.picture(&self.device, &texture);
        (!failed(memory)).then_some(PictureTexture { picture, size })
    }

    fn create_texture(&self, [width, height]: [u32; 2]) -> wgpu::Texture {
        self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("canvas picture"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: halvings(width, height) + 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        })
    }

    fn write(
        &self,
        texture: &wgpu::Texture,
        mip_level: u32,
        [width, height]: [u32; 2],
        rgba: &[u8],
    ) {
        let row_bytes = width as usize * 4;
        let band_height = (BAND_BYTES / row_bytes).max(1);
        for top in (0..height).step_by(band_height) {
            let bottom = height.min(top + band_height as u32);
            let target = wgpu::TexelCopyTextureInfo {
                texture,
                mip_level,
                origin: wgpu::Origin3d { x: 0, y: top, z: 0 },
                aspect: wgpu::TextureAspect::All,
            };
            let layout = wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(width * 4),
                rows_per_image: None,
            };
            let size = wgpu::Extent3d {
                width,
                height: bottom - top,
                depth_or_array_layers: 1,
            };
            let band = &rgba[top as usize * row_bytes..bottom as usize * row_bytes];
            self.queue.write_texture(target, band, layout, size);
            // Now rather than with the window's next frame, which would have to wait for all of them.
            self.queue.submit([]);
        }
    }
}

/// Whether anything went wrong in the scope. Native scopes answer at once.
fn failed(scope: wgpu::ErrorScopeGuard) -> bool {
    let error = std::pin::pin!(scope.pop());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    !matches!(error.poll(&mut context), std::task::Poll::Ready(None))
}
