use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use anyhow::{Context, Result};
use image::{GrayImage, Luma, Rgba, RgbaImage};
use tiny_skia::{FillRule, Mask, Path, PathBuilder, Rect, Transform};

/// sRGB, 0..1.
pub type Colour = [f32; 3];

/// A layer of one colour: only its alpha varies.
pub fn coloured(coverage: &GrayImage, colour: Colour, opacity: f32) -> RgbaImage {
    let [r, g, b] = colour.map(|c| (c * 255.0).round() as u8);
    RgbaImage::from_fn(coverage.width(), coverage.height(), |x, y| {
        let a = (f32::from(coverage.get_pixel(x, y).0[0]) * opacity).round() as u8;
        Rgba([r, g, b, a])
    })
}

pub fn filled(width: u32, height: u32, path: &Path, turn: f32) -> Result<GrayImage> {
    let mut mask = Mask::new(width, height).context("an empty canvas")?;
    let b = path.bounds();
    let centre = ((b.left() + b.right()) / 2.0, (b.top() + b.bottom()) / 2.0);
    let transform = Transform::from_rotate_at(turn, centre.0, centre.1);
    mask.fill_path(path, FillRule::Winding, true, transform);
    GrayImage::from_raw(width, height, mask.data().to_vec()).context("a mask of another size")
}

pub fn rectangle(x: f32, y: f32, w: f32, h: f32) -> Result<Path> {
    Ok(PathBuilder::from_rect(
        Rect::from_xywh(x, y, w, h).context("an empty rectangle")?,
    ))
}

pub fn ellipse(cx: f32, cy: f32, rx: f32, ry: f32) -> Result<Path> {
    let around = Rect::from_ltrb(cx - rx, cy - ry, cx + rx, cy + ry).context("an empty ellipse")?;
    PathBuilder::from_oval(around).context("an empty ellipse")
}

/// A star with `points` points, or a regular polygon when `inner` is 1.
pub fn star(cx: f32, cy: f32, r: f32, points: usize, inner: f32) -> Result<Path> {
    let mut path = PathBuilder::new();
    for k in 0..2 * points {
        let angle = std::f32::consts::PI * (k as f32 / points as f32 - 0.5);
        let r = if k % 2 == 0 { r } else { r * inner };
        let (x, y) = (cx + r * angle.cos(), cy + r * angle.sin());
        if k == 0 {
            path.move_to(x, y)
        } else {
            path.line_to(x, y)
        }
    }
    path.close();
    path.finish().context("an empty star")
}

pub fn rounded(x: f32, y: f32, w: f32, h: f32, r: f32) -> Result<Path> {
    let mut p = PathBuilder::new();
    p.move_to(x + r, y);
    p.line_to(x + w - r, y);
    p.quad_to(x + w, y, x + w, y + r);
    p.line_to(x + w, y + h - r);
    p.quad_to(x + w, y + h, x + w - r, y + h);
    p.line_to(x + r, y + h);
    p.quad_to(x, y + h, x, y + h - r);
    p.line_to(x, y + r);
    p.quad_to(x, y, x + r, y);
    p.close();
    p.finish().context("an empty shape")
}

pub fn blurred(coverage: &GrayImage, sigma: f32) -> GrayImage {
    imageproc::filter::gaussian_blur_f32(coverage, sigma)
}

pub fn fonts() -> Result<Vec<FontRef<'static>>> {
    [
        epaint_default_fonts::HACK_REGULAR,
        epaint_default_fonts::UBUNTU_LIGHT,
    ]
    .into_iter()
    .map(|bytes| FontRef::try_from_slice(bytes).context("a font that cannot be read"))
    .collect()
}

/// Lines of text, the first line's top left at (x, y); `size` is the line's height. Each character comes from the first
/// of the fonts that has it.
pub fn text(
    canvas: (u32, u32),
    fonts: &[FontRef],
    lines: &[&str],
    at: (f32, f32),
    size: f32,
) -> GrayImage {
    let mut coverage = GrayImage::new(canvas.0, canvas.1);
    let Some(first) = fonts.first() else {
        return coverage;
    };
    let ascent = first.as_scaled(PxScale::from(size)).ascent();
    for (n, line) in lines.iter().enumerate() {
        let mut x = at.0;
        let baseline = at.1 + ascent + n as f32 * size * 1.15;
        for c in line.chars() {
            let font = fonts.iter().find(|f| f.glyph_id(c).0 != 0).unwrap_or(first);
            let scaled = font.as_scaled(PxScale::from(size));
            let id = scaled.glyph_id(c);
            let glyph = id.with_scale_and_position(size, point(x, baseline));
            x += scaled.h_advance(id);
            let Some(outline) = font.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, cover| {
                let (px, py) = (
                    bounds.min.x as i64 + i64::from(dx),
                    bounds.min.y as i64 + i64::from(dy),
                );
                if (0..i64::from(canvas.0)).contains(&px) && (0..i64::from(canvas.1)).contains(&py)
                {
                    let pixel = coverage.get_pixel_mut(px as u32, py as u32);
                    *pixel = Luma([pixel.0[0].max((cover.min(1.0) * 255.0).round() as u8)]);
                }
            });
        }
    }
    coverage
}
