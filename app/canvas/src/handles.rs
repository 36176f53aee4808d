//! The eight resize handles and the rotate handle of a selection box: names, places, cursors.

use egui::{CursorIcon, Pos2, Rect, Vec2};
use glam::DVec2;

use crate::selection::SelectionBox;
use crate::view::Viewport;

/// Side of a handle's square, and of the larger square that can be grabbed, in points.
pub const HANDLE_SIZE: f32 = 8.0;
const GRAB_SIZE: f32 = 14.0;

/// From the middle of the top edge to the rotate handle, in points.
const ROTATE_DISTANCE: f32 = 24.0;

/// Sides shorter than this, in points, show no handle of their own: it would cover the corners'.
const SHORTEST_SIDE_WITH_HANDLE: f32 = 36.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Handle {
    /// −1, 0 or 1 along the box's axes: (−1, −1) is top left.
    Resize {
        x: i8,
        y: i8,
    },
    Rotate,
}

impl Handle {
    /// From the lowest to the topmost: corners lie above sides, and the rotate handle's stem below all.
    pub const ALL: [Self; 9] = [
        Self::Rotate,
        Self::Resize { x: 0, y: -1 },
        Self::Resize { x: 1, y: 0 },
        Self::Resize { x: 0, y: 1 },
        Self::Resize { x: -1, y: 0 },
        Self::Resize { x: -1, y: -1 },
        Self::Resize { x: 1, y: -1 },
        Self::Resize { x: 1, y: 1 },
        Self::Resize { x: -1, y: 1 },
    ];

    /// For screen readers and tests.
    pub fn label(self) -> &'static str {
        match self {
            Self::Rotate => "Rotate layer",
            Self::Resize { x: 0, y: -1 } => "Resize top",
            Self::Resize { x: 0, .. } => "Resize bottom",
            Self::Resize { x: -1, y: 0 } => "Resize left",
            Self::Resize { y: 0, .. } => "Resize right",
            Self::Resize { x: -1, y: -1 } => "Resize top left",
            Self::Resize { y: -1, .. } => "Resize top right",
            Self::Resize { x: -1, .. } => "Resize bottom left",
            Self::Resize { .. } => "Resize bottom right",
        }
    }

    /// −1 to 1 along the box's axes; the rotate handle belongs to the top edge.
    pub fn direction(self) -> DVec2 {
        match self {
            Self::Resize { x, y } => DVec2::new(x.into(), y.into()),
            Self::Rotate => DVec2::NEG_Y,
        }
    }

    /// On the screen; `None` where the box is too small for it.
    pub fn position(self, selection: &SelectionBox, viewport: &Viewport) -> Option<Pos2> {
        let size = selection.half * 2.0 * viewport.points_per_document_pixel();
        let has_room = |side: f64| side as f32 >= SHORTEST_SIDE_WITH_HANDLE;
        let on_edge = viewport.screen_from_document(selection.point(self.direction()));
        match self {
            Self::Resize { x: 0, .. } => has_room(size.x).then_some(on_edge),
            Self::Resize { y: 0, .. } => has_room(size.y).then_some(on_edge),
            Self::Resize { .. } => Some(on_edge),
            Self::Rotate => Some(on_edge + ROTATE_DISTANCE * outward(self, selection)),
        }
    }

    pub fn grab_rect(position: Pos2) -> Rect {
        Rect::from_center_size(position, Vec2::splat(GRAB_SIZE))
    }

    pub fn cursor(self, selection: &SelectionBox) -> CursorIcon {
        if self == Self::Rotate {
            return CursorIcon::Grab;
        }
        // Eight directions, opposite ones alike.
        let eighth =
            (outward(self, selection).angle() / std::f32::consts::FRAC_PI_4).round() as i32;
        match eighth.rem_euclid(4) {
            0 => CursorIcon::ResizeHorizontal,
            1 => CursorIcon::ResizeNwSe,
            2 => CursorIcon::ResizeVertical,
            _ => CursorIcon::ResizeNeSw,
        }
    }
}

/// Unit vector on the screen, away from the box.
fn outward(handle: Handle, selection: &SelectionBox) -> Vec2 {
    let direction = (selection.axes() * handle.direction()).normalize_or(DVec2::NEG_Y);
    Vec2::new(direction.x as f32, direction.y as f32)
}
