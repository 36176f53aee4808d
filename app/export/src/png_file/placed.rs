use image::RgbaImage;

/// A picture on a larger or smaller transparent canvas.
pub struct Placed<'a> {
    pub image: &'a RgbaImage,
    /// Where the image's corner lies on the canvas; may be outside.
    pub left: i32,
    pub top: i32,
    pub canvas_width: u32,
    pub canvas_height: u32,
}

impl<'a> Placed<'a> {
    /// A canvas of the image's own size.
    pub fn alone(image: &'a RgbaImage) -> Self {
        let (canvas_width, canvas_height) = image.dimensions();
        Self {
            image,
            left: 0,
            top: 0,
            canvas_width,
            canvas_height,
        }
    }

    pub fn row_bytes(&self) -> usize {
        self.canvas_width as usize * 4
    }

    /// Row `y` of the canvas; in `space`, which has a row's size, where the image does not have it as it is.
    pub fn row<'b>(&'b self, y: u32, space: &'b mut [u8]) -> &'b [u8] {
        let (image_width, left) = (i64::from(self.image.width()), i64::from(self.left));
        let canvas_width = i64::from(self.canvas_width);
        let from = left.clamp(0, canvas_width);
        let to = (left + image_width).clamp(0, canvas_width);
        let image_y = i64::from(y) - i64::from(self.top);
        let is_inside = (0..i64::from(self.image.height())).contains(&image_y) && from < to;
        if !is_inside {
            space.fill(0);
            return space;
        }
        let bytes = |pixels: i64| pixels as usize * 4;
        let source_from = image_y * image_width + from - left;
        let source = &self.image.as_raw()[bytes(source_from)..bytes(source_from + to - from)];
        if source.len() == space.len() {
            return source;
        }
        space.fill(0);
        space[bytes(from)..bytes(to)].copy_from_slice(source);
        space
    }

    /// The row above `y`: zeros for the first, as PNG has it.
    pub fn row_above<'b>(&'b self, y: u32, space: &'b mut [u8]) -> &'b [u8] {
        match y.checked_sub(1) {
            Some(above) => self.row(above, space),
            None => {
                space.fill(0);
                space
            }
        }
    }
}
