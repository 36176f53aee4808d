use image::RgbaImage;

use crate::picture::Picture;
use crate::window::Bounds;

/// What a layer is cut to: its pixels within bounds, straight alpha, 0..1.
pub struct Cutting {
    pub bounds: Bounds,
    pub pixels: Vec<[f32; 4]>,
}

impl Cutting {
    /// Clear outside the bounds.
    pub fn at(&self, x: usize, y: usize) -> [f32; 4] {
        let b = self.bounds;
        match (b.left..b.right).contains(&x) && (b.top..b.bottom).contains(&y) {
            true => self.pixels[(y - b.top) * b.width() + x - b.left],
            false => [0.0; 4],
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pixels.iter().all(|p| p[3] == 0.0)
    }

    /// On the whole canvas, no less transparent than the picture.
    pub fn image(&self, picture: &Picture) -> RgbaImage {
        let mut image = RgbaImage::new(picture.width as u32, picture.height as u32);
        let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
        let (from, to) = (
            picture.image.as_chunks::<4>().0,
            image.as_chunks_mut::<4>().0,
        );
        let at = self.bounds.indices(picture.width);
        for (i, &[r, g, b, alpha]) in at.zip(&self.pixels).filter(|(_, p)| p[3] > 0.0) {
            let source = f32::from(from[i][3]) / 255.0;
            to[i] = [r, g, b, alpha * source].map(byte);
        }
        image
    }
}
