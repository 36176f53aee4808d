//! Which part of the document is seen, and how large. Plain arithmetic, without drawing.

use egui::{Pos2, Rect, Vec2};
use glam::{DAffine2, DVec2};

/// 1 % to 6400 %, in physical screen pixels for each document pixel.
pub const ZOOM_RANGE: std::ops::RangeInclusive<f64> = 0.01..=64.0;

/// Left free around a fitted document, in points.
const FIT_MARGIN: f32 = 32.0;

/// How much of the document panning leaves in sight, in physical pixels.
const KEPT_IN_SIGHT: f64 = 32.0;

/// What the user chose to see; independent of the size of the window.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    zoom: f64,
    /// Document position in the middle of the view; the document's own middle until it is first shown.
    center: Option<DVec2>,
    /// The whole document is shown, whatever size the view gets.
    fitted: bool,
}

impl Default for View {
    fn default() -> Self {
        Self {
            zoom: 1.0,
            center: None,
            fitted: true,
        }
    }
}

impl View {
    pub fn zoom(&self) -> f64 {
        self.zoom
    }

    pub fn fit(&mut self) {
        self.fitted = true;
    }

    /// About the middle of the view.
    pub fn set_zoom(&mut self, zoom: f64) {
        if zoom.is_finite() {
            self.fitted = false;
            self.zoom = zoom.clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end());
        }
    }

    /// Multiplies the zoom; the document position at `pos` stays there.
    pub fn zoom_at(&mut self, screen: &Screen, pos: Pos2, factor: f64) {
        let from_middle = screen.pixels_from_points(pos) - screen.size() / 2.0;
        let anchor = self.center.unwrap_or_default() + from_middle / self.zoom;
        self.set_zoom(self.zoom * factor);
        self.center = Some(anchor - from_middle / self.zoom);
    }

    /// Moves the document by `delta` points on the screen.
    pub fn pan(&mut self, screen: &Screen, document_size: DVec2, delta: Vec2) {
        self.fitted = false;
        let moved = dvec2(delta) * f64::from(screen.pixels_per_point) / self.zoom;
        let center = self.center.unwrap_or_default() - moved;
        let reach = (screen.size() / 2.0 - KEPT_IN_SIGHT).max(DVec2::ZERO) / self.zoom;
        self.center = Some(center.clamp(-reach, document_size + reach));
    }

    /// Lays the view into `screen`, fitting it first if it is to be fitted.
    pub fn viewport(&mut self, screen: Screen, document_size: DVec2) -> Viewport {
        if self.fitted {
            let margin = f64::from(FIT_MARGIN * screen.pixels_per_point);
            let free = (screen.size() - 2.0 * margin).max(DVec2::ONE);
            let zoom = (free / document_size.max(DVec2::ONE)).min_element();
            self.zoom = zoom.clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end());
            self.center = None;
        }
        // On whole pixels, so that at 100 % each document pixel is exactly one screen pixel.
        let center = *self.center.get_or_insert(document_size / 2.0);
        let origin = (screen.size() / 2.0 - center * self.zoom).round();
        Viewport {
            screen,
            zoom: self.zoom,
            origin,
        }
    }
}

/// The part of the window that the canvas covers, in whole physical pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Screen {
    pub pixels_per_point: f32,
    /// Physical position of the top left corner in the window.
    left_top: DVec2,
    size: [u32; 2],
}

impl Screen {
    /// Rounds as egui does for paint callbacks.
    pub fn new(rect: Rect, pixels_per_point: f32) -> Self {
        let left_top = (dvec2(rect.min.to_vec2()) * f64::from(pixels_per_point)).round();
        let right_bottom = (dvec2(rect.max.to_vec2()) * f64::from(pixels_per_point)).round();
        let size = (right_bottom - left_top).max(DVec2::ZERO).as_uvec2();
        Self {
            pixels_per_point,
            left_top,
            size: size.to_array(),
        }
    }

    pub fn size_in_pixels(&self) -> [u32; 2] {
        self.size
    }

    fn size(&self) -> DVec2 {
        DVec2::new(self.size[0].into(), self.size[1].into())
    }

    fn pixels_from_points(&self, pos: Pos2) -> DVec2 {
        dvec2(pos.to_vec2()) * f64::from(self.pixels_per_point) - self.left_top
    }

    fn points_from_pixels(&self, pixels: DVec2) -> Pos2 {
        let points = (pixels + self.left_top) / f64::from(self.pixels_per_point);
        Pos2::new(points.x as f32, points.y as f32)
    }
}

/// Where the document lies on the screen in one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewport {
    pub screen: Screen,
    /// Physical pixels for each document pixel.
    pub zoom: f64,
    /// Of the document's (0, 0), in whole physical pixels from the top left corner of the canvas widget.
    origin: DVec2,
}

impl Viewport {
    pub fn document_from_screen(&self, pos: Pos2) -> DVec2 {
        (self.screen.pixels_from_points(pos) - self.origin) / self.zoom
    }

    pub fn screen_from_document(&self, point: DVec2) -> Pos2 {
        self.screen
            .points_from_pixels(self.pixels_from_document().transform_point2(point))
    }

    /// Physical pixels from the top left corner of the canvas widget.
    pub fn pixels_from_document(&self) -> DAffine2 {
        DAffine2::from_scale_angle_translation(DVec2::splat(self.zoom), 0.0, self.origin)
    }

    /// Points on screen for each document pixel.
    pub fn points_per_document_pixel(&self) -> f64 {
        self.zoom / f64::from(self.screen.pixels_per_point)
    }

    /// The document's canvas in whole physical pixels, [left, top, right, bottom]. A partly covered last pixel is left
    /// out, so that the backdrop never shines through the picture's edge.
    pub fn canvas_in_pixels(&self, document_size: DVec2) -> [f64; 4] {
        let size = (document_size * self.zoom + 1e-6).floor().max(DVec2::ONE);
        let end = self.origin + size;
        [self.origin.x, self.origin.y, end.x, end.y]
    }

    /// [`Self::canvas_in_pixels`] in points.
    pub fn canvas_on_screen(&self, document_size: DVec2) -> Rect {
        let [left, top, right, bottom] = self.canvas_in_pixels(document_size);
        let min = self.screen.points_from_pixels(DVec2::new(left, top));
        Rect::from_min_max(
            min,
            self.screen.points_from_pixels(DVec2::new(right, bottom)),
        )
    }
}

fn dvec2(vec: Vec2) -> DVec2 {
    DVec2::new(vec.x.into(), vec.y.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn screen(pixels_per_point: f32) -> Screen {
        Screen::new(
            Rect::from_min_size(Pos2::new(120.0, 48.0), Vec2::new(900.0, 700.0)),
            pixels_per_point,
        )
    }

    proptest! {
        #[test]
        fn the_point_under_the_cursor_stays_there(
            x in 120.0_f32..1020.0, y in 48.0_f32..748.0, steps in prop::collection::vec(0.5_f64..2.0, 1..20),
            pixels_per_point in prop::sample::select(vec![1.0_f32, 1.25, 1.5, 2.0]),
        ) {
            let size = DVec2::new(4000.0, 3000.0);
            let screen = screen(pixels_per_point);
            let mut view = View::default();
            let pos = Pos2::new(x, y);
            let under_cursor = view.viewport(screen, size).document_from_screen(pos);
            for factor in steps {
                let before = view.viewport(screen, size).document_from_screen(pos);
                view.zoom_at(&screen, pos, factor);
                let after = view.viewport(screen, size);
                // The view is laid on whole pixels: half a pixel before, half a pixel after.
                let tolerance = 0.71 / after.zoom + 0.71 / after.zoom * factor.max(1.0) + 1e-3;
                prop_assert!((after.document_from_screen(pos) - before).length() <= tolerance);
            }
            // Rounding is for display only; it does not add up over many steps.
            let last = view.viewport(screen, size);
            let tolerance = 0.71 / last.zoom + 0.71 / fitted_zoom(screen, size) + 1e-3;
            prop_assert!((last.document_from_screen(pos) - under_cursor).length() <= tolerance);
        }

        #[test]
        fn screen_and_document_are_inverse(x in -500.0_f32..2000.0, y in -500.0_f32..2000.0, zoom in 0.01_f64..64.0) {
            let mut view = View::default();
            view.set_zoom(zoom);
            let viewport = view.viewport(screen(1.5), DVec2::new(4000.0, 3000.0));
            let there = viewport.screen_from_document(viewport.document_from_screen(Pos2::new(x, y)));
            prop_assert!((there - Pos2::new(x, y)).length() < 1e-2);
        }
    }

    fn fitted_zoom(screen: Screen, size: DVec2) -> f64 {
        let mut view = View::default();
        view.viewport(screen, size).zoom
    }

    #[test]
    fn fit_shows_the_whole_document_after_each_resize() {
        let size = DVec2::new(300.0, 2000.0);
        let mut view = View::default();
        for width in [200.0, 900.0, 400.0] {
            let rect = Rect::from_min_size(Pos2::ZERO, Vec2::new(width, 500.0));
            let shown = view
                .viewport(Screen::new(rect, 1.0), size)
                .canvas_on_screen(size);
            assert!(rect.contains_rect(shown));
            assert!((shown.height() - (500.0 - 2.0 * FIT_MARGIN)).abs() <= 1.0);
        }
    }

    #[test]
    fn a_chosen_zoom_survives_a_resize_and_stays_in_range() {
        let size = DVec2::new(300.0, 200.0);
        let mut view = View::default();
        view.set_zoom(2.0);
        view.viewport(screen(1.0), size);
        assert_eq!(view.zoom(), 2.0);
        view.set_zoom(1e9);
        assert_eq!(view.zoom(), 64.0);
        view.set_zoom(0.0);
        assert_eq!(view.zoom(), 0.01);
        view.set_zoom(f64::NAN);
        assert_eq!(view.zoom(), 0.01);
    }

    #[test]
    fn panning_cannot_lose_the_document() {
        let size = DVec2::new(300.0, 200.0);
        let mut view = View::default();
        let screen = screen(1.0);
        let viewport = view.viewport(screen, size);
        view.pan(&screen, size, Vec2::new(1e6, -1e6));
        let rect = Rect::from_min_size(Pos2::new(120.0, 48.0), Vec2::new(900.0, 700.0));
        assert!(
            view.viewport(screen, size)
                .canvas_on_screen(size)
                .intersects(rect)
        );
        assert_ne!(view.viewport(screen, size), viewport);
    }
}
