//! The desktop's window: its place, and what it asks of the graphics adapter.

use std::sync::Arc;

use eframe::egui_wgpu::{WgpuSetup, WgpuSetupCreateNew};
use egui::{Pos2, Vec2, ViewportBuilder, ViewportCommand};
use session::WindowPlace;

/// Of a first start, in points.
const FIRST_SIZE: [f32; 2] = [1440.0, 900.0];
/// Smaller, the panels do not fit.
const LEAST_SIZE: [f32; 2] = [960.0, 600.0];
/// No screen is larger; a guard against a damaged file.
const LARGEST_SIZE: u32 = 16_384;
/// Physical pixels of a window's top edge that must be on a screen, so that it can be grabbed.
const GRABBABLE: f64 = 64.0;

/// Where the window is now; a maximised one keeps the place that it had `before`. `None` while it is minimised, fills
/// the screen, or is not laid out yet.
pub fn place_of(ctx: &egui::Context, before: Option<WindowPlace>) -> Option<WindowPlace> {
    ctx.input(|input| {
        let window = input.viewport();
        let passing = [window.minimized, window.fullscreen].contains(&Some(true));
        let size = input.viewport_rect().size().round();
        if passing || size.x < 1.0 || size.y < 1.0 {
            return None;
        }
        let maximized = window.maximized == Some(true);
        if let Some(before) = before.filter(|_| maximized) {
            return Some(WindowPlace {
                maximized,
                ..before
            });
        }
        let position = window.outer_rect.map(|rect| rect.min.round());
        Some(WindowPlace {
            size: [size.x as u32, size.y as u32],
            position: position.map(|corner| [corner.x as i32, corner.y as i32]),
            maximized,
        })
    })
}

/// A window as it was left.
pub fn builder_at(place: Option<WindowPlace>) -> ViewportBuilder {
    let builder = ViewportBuilder::default().with_min_inner_size(LEAST_SIZE);
    let Some(place) = place else {
        return builder.with_inner_size(FIRST_SIZE);
    };
    let [width, height] = place.size.map(|side| side.min(LARGEST_SIZE) as f32);
    let size = Vec2::new(width, height).max(Vec2::from(LEAST_SIZE));
    let builder = builder
        .with_inner_size(size)
        .with_maximized(place.maximized);
    match place.position {
        Some([left, top]) => builder.with_position(Pos2::new(left as f32, top as f32)),
        None => builder,
    }
}

/// Brings the window back from where no screen is any more.
pub fn keep_on_screen(cc: &eframe::CreationContext<'_>) {
    let Some(window) = cc.winit_window() else {
        return;
    };
    let Ok(corner) = window.outer_position() else {
        return;
    };
    let (left, top) = (f64::from(corner.x), f64::from(corner.y));
    let right = left + f64::from(window.outer_size().width);
    let mut screens = window.available_monitors().peekable();
    if screens.peek().is_none() {
        return;
    }
    let seen = screens.any(|screen| {
        let (origin, size) = (screen.position(), screen.size());
        let (x, y) = (f64::from(origin.x), f64::from(origin.y));
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let beside = right - GRABBABLE < x || left + GRABBABLE > x + width;
        // A frame may begin a little above its screen.
        let above_or_below = top + GRABBABLE < y || top + GRABBABLE > y + height;
        !beside && !above_or_below
    });
    if !seen {
        cc.egui_ctx
            .send_viewport_cmd(ViewportCommand::OuterPosition(Pos2::ZERO));
    }
}

/// What egui asks for, or as much of it as the adapter has: egui's own setup refuses one whose textures are smaller.
pub fn graphics_setup() -> WgpuSetup {
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    let wanted = setup.device_descriptor.clone();
    setup.device_descriptor = Arc::new(move |adapter| {
        let mut descriptor = wanted(adapter);
        let limits = descriptor.required_limits;
        descriptor.required_limits = limits.or_worse_values_from(&adapter.limits());
        descriptor
    });
    setup.into()
}
