//! What lies over the picture: outlines, handles, the compare divider, the canvas' edge and shadow.

use document::Raster;
use egui::{
    Color32, CornerRadius, Painter, Pos2, Rect, Shadow, Shape, Stroke, StrokeKind, TextureId, Vec2,
};
use glam::DVec2;

use crate::handles::{HANDLE_SIZE, Handle};
use crate::selection::{SelectedRaster, SelectionBox};
use crate::snap::Lines;
use crate::view::Viewport;
use crate::{CanvasStyle, Compare};

const OUTLINE_WIDTH: f32 = 1.5;
const HAIRLINE: f32 = 1.0;

/// Radius of the rotate handle and of the divider's knob, in points.
const ROTATE_RADIUS: f32 = 4.5;
const KNOB_RADIUS: f32 = 9.0;

/// Under the canvas.
pub fn paint_shadow(painter: &Painter, canvas: Rect) {
    let shadow = Shadow {
        offset: [0, 2],
        blur: 16,
        spread: 0,
        color: Color32::from_black_alpha(72),
    };
    painter.add(shadow.as_shape(canvas, CornerRadius::ZERO));
}

/// A hairline around the canvas, so that a white picture ends on a white backdrop.
pub fn paint_edge(painter: &Painter, canvas: Rect) {
    let stroke = Stroke::new(
        HAIRLINE / painter.pixels_per_point(),
        Color32::from_black_alpha(96),
    );
    painter.rect_stroke(canvas, CornerRadius::ZERO, stroke, StrokeKind::Outside);
}

/// Stands in for the picture where there is no GPU.
pub fn paint_blank_canvas(painter: &Painter, canvas: Rect, style: &CanvasStyle) {
    painter.rect_filled(canvas, CornerRadius::ZERO, style.checker_light);
}

/// Where `compare` shows the layers.
pub fn paint_preview(painter: &Painter, canvas: Rect, compare: Compare, preview: TextureId) {
    let left = match compare {
        Compare::After => canvas.left(),
        Compare::Split(split) => canvas.left() + split.clamp(0.0, 1.0) * canvas.width(),
        Compare::Before | Compare::Difference => return,
    };
    let seen = canvas.with_min_x(left).intersect(painter.clip_rect());
    let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
    painter
        .with_clip_rect(seen)
        .image(preview, canvas, whole, Color32::WHITE);
}

pub fn paint_hover(painter: &Painter, viewport: &Viewport, raster: &Raster, style: &CanvasStyle) {
    let corners = raster
        .transform
        .corners(raster.pixels.width(), raster.pixels.height());
    paint_polygon(
        painter,
        corners.map(|corner| viewport.screen_from_document(corner)),
        OUTLINE_WIDTH,
        style.accent,
    );
}

/// The outline of each selected layer, if there are several, and the box around all.
pub fn paint_selection(
    painter: &Painter,
    viewport: &Viewport,
    rasters: &[SelectedRaster<'_>],
    selection: &SelectionBox,
    style: &CanvasStyle,
) {
    if rasters.len() > 1 {
        let faint = style.accent.gamma_multiply(0.6);
        for raster in rasters {
            let corners = raster
                .corners()
                .map(|corner| viewport.screen_from_document(corner));
            paint_polygon(painter, corners, HAIRLINE, faint);
        }
    }
    let corners = selection
        .corners()
        .map(|corner| viewport.screen_from_document(corner));
    paint_polygon(painter, corners, OUTLINE_WIDTH, style.accent);
}

/// Over the whole canvas.
pub fn paint_guides(
    painter: &Painter,
    viewport: &Viewport,
    canvas: Rect,
    guides: &Lines,
    style: &CanvasStyle,
) {
    let stroke = Stroke::new(HAIRLINE, style.guide);
    let on_screen = |x: f64, y: f64| viewport.screen_from_document(DVec2::new(x, y));
    for x in &guides.x {
        painter.vline(on_screen(*x, 0.0).x, canvas.y_range(), stroke);
    }
    for y in &guides.y {
        painter.hline(canvas.x_range(), on_screen(0.0, *y).y, stroke);
    }
}

pub fn paint_handle(
    painter: &Painter,
    handle: Handle,
    position: Pos2,
    selection: &SelectionBox,
    style: &CanvasStyle,
) {
    let stroke = Stroke::new(OUTLINE_WIDTH, style.accent);
    if handle == Handle::Rotate {
        painter.circle(position, ROTATE_RADIUS, style.handle_fill, stroke);
        return;
    }
    // Turned with the box.
    let axes = selection.axes();
    let (x, y) = (axes.x_axis.as_vec2(), axes.y_axis.as_vec2());
    let (x, y) = (
        Vec2::new(x.x, x.y) * HANDLE_SIZE / 2.0,
        Vec2::new(y.x, y.y) * HANDLE_SIZE / 2.0,
    );
    let corners = vec![
        position - x - y,
        position + x - y,
        position + x + y,
        position - x + y,
    ];
    painter.add(Shape::convex_polygon(corners, style.handle_fill, stroke));
}

/// From the box's top edge to the rotate handle.
pub fn paint_rotate_stem(painter: &Painter, top: Pos2, rotate: Pos2, style: &CanvasStyle) {
    painter.line_segment([top, rotate], Stroke::new(HAIRLINE, style.accent));
}

/// The line between before and after, and the knob that moves it.
pub fn paint_divider(painter: &Painter, line: [Pos2; 2], knob: Pos2, style: &CanvasStyle) {
    painter.line_segment(line, Stroke::new(3.0, Color32::from_black_alpha(64)));
    painter.line_segment(line, Stroke::new(OUTLINE_WIDTH, style.handle_fill));
    painter.circle(
        knob,
        KNOB_RADIUS,
        style.handle_fill,
        Stroke::new(HAIRLINE, Color32::from_black_alpha(96)),
    );
    for side in [-1.0, 1.0] {
        let tip = knob + Vec2::new(side * 5.5, 0.0);
        let tail = Vec2::new(-side * 3.0, 3.0);
        let triangle = vec![tip, tip + tail, tip + Vec2::new(tail.x, -tail.y)];
        painter.add(Shape::convex_polygon(
            triangle,
            Color32::from_gray(64),
            Stroke::NONE,
        ));
    }
}

/// Upright ones lie on whole screen pixels, so that they are crisp.
fn paint_polygon(painter: &Painter, corners: [Pos2; 4], width: f32, color: Color32) {
    let stroke = Stroke::new(width, color);
    let [left_top, right_top, right_bottom, _] = corners;
    let slope = (right_top.y - left_top.y)
        .abs()
        .max((right_bottom.x - right_top.x).abs());
    if slope < 0.01 {
        let rect = Rect::from_two_pos(left_top, right_bottom);
        painter.rect_stroke(rect, CornerRadius::ZERO, stroke, StrokeKind::Middle);
    } else {
        painter.add(Shape::closed_line(corners.to_vec(), stroke));
    }
}
