use document::LayerId;
use egui::style::ScrollAnimation;
use egui::{CursorIcon, Key, Pos2, Rect, Stroke, StrokeKind, Ui, vec2};
use session::{InsertionPoint, Row, Session};

use crate::command::LayersCommand;
use crate::state::AppContext;
use crate::theme::{self, GRID, INDENT, ROW_HEIGHT};

/// How far from the list's edges it begins to scroll, and how fast, in points and points a second.
const SCROLL_EDGE: f32 = ROW_HEIGHT / 2.0;
const SCROLL_SPEED: f32 = 240.0;

/// Layers on their way to another place in the list.
#[derive(Default)]
pub struct LayerDrag {
    layers: Vec<LayerId>,
}

/// Where a row was painted.
pub struct RowRect {
    id: LayerId,
    parent: Option<LayerId>,
    depth: usize,
    is_group: bool,
    is_open: bool,
    rect: Rect,
}

impl RowRect {
    pub fn new(row: &Row<'_>, rect: Rect) -> Self {
        let group = row.layer.as_group();
        Self {
            id: row.layer.id,
            parent: row.parent,
            depth: row.depth,
            is_group: group.is_some(),
            is_open: group.is_some_and(|group| !group.collapsed && !group.children.is_empty()),
            rect,
        }
    }
}

/// Where the layers would go, and how that is shown.
struct DropTarget {
    point: InsertionPoint,
    mark: Mark,
}

enum Mark {
    /// An insertion line at this height, indented.
    Line { y: f32, depth: usize },
    /// Into the group of this row.
    Into(Rect),
}

impl LayerDrag {
    pub fn start(&mut self, layers: Vec<LayerId>) {
        self.layers = layers;
    }

    /// Paints the target and, when the pointer lets go, sends the move. Escape gives up.
    pub fn ui(&mut self, ui: &Ui, cx: &AppContext<'_>, session: &Session, rows: &[RowRect]) {
        if self.layers.is_empty() {
            return;
        }
        let (pointer, released, held, escape) = ui.input(|input| {
            let pointer = &input.pointer;
            (
                pointer.interact_pos(),
                pointer.any_released(),
                pointer.any_down(),
                input.key_pressed(Key::Escape),
            )
        });
        if let Some(pointer) = pointer.filter(|_| held) {
            scroll_at_edges(ui, pointer);
        }
        let target = pointer.and_then(|pointer| self.target(session, rows, pointer));
        if released && !escape {
            if let Some(target) = target {
                cx.commands.send(LayersCommand::Move(
                    std::mem::take(&mut self.layers),
                    target.point,
                ));
            }
        } else if let Some(target) = target {
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
            paint(ui, cx, &target.mark, rows);
        }
        if released || escape || !held {
            self.layers.clear();
        }
    }

    fn target(&self, session: &Session, rows: &[RowRect], pointer: Pos2) -> Option<DropTarget> {
        let last = rows.last()?;
        let row = rows
            .iter()
            .find(|row| pointer.y < row.rect.bottom())
            .unwrap_or(last);
        let share = (pointer.y - row.rect.top()) / row.rect.height();
        let target = if share > 1.0 {
            DropTarget {
                point: InsertionPoint {
                    parent: None,
                    above: None,
                },
                mark: Mark::Line {
                    y: row.rect.bottom(),
                    depth: 0,
                },
            }
        } else if row.is_group && (share > 0.7 && row.is_open || (0.3..=0.7).contains(&share)) {
            into_group(session, row)
        } else if share < 0.5 {
            DropTarget {
                point: InsertionPoint {
                    parent: row.parent,
                    above: Some(row.id),
                },
                mark: Mark::Line {
                    y: row.rect.top(),
                    depth: row.depth,
                },
            }
        } else {
            DropTarget {
                point: InsertionPoint {
                    parent: row.parent,
                    above: session.beneath(row.id),
                },
                mark: Mark::Line {
                    y: row.rect.bottom(),
                    depth: row.depth,
                },
            }
        };
        let into_itself = target
            .point
            .parent
            .is_some_and(|parent| session.is_within(parent, &self.layers));
        let locked = target
            .point
            .parent
            .is_some_and(|parent| session.is_locked(parent));
        (!into_itself && !locked).then_some(target)
    }
}

/// Brings the rows beyond the list's edge into sight while the pointer stays near it.
fn scroll_at_edges(ui: &Ui, pointer: Pos2) {
    let seen = ui.clip_rect();
    let direction = if pointer.y < seen.top() + SCROLL_EDGE {
        1.0
    } else if pointer.y > seen.bottom() - SCROLL_EDGE {
        -1.0
    } else {
        return;
    };
    let passed = ui.input(|input| input.stable_dt.min(0.1));
    let delta = vec2(0.0, direction * SCROLL_SPEED * passed);
    ui.scroll_with_delta_animation(delta, ScrollAnimation::none());
    ui.ctx().request_repaint();
}

fn into_group(session: &Session, row: &RowRect) -> DropTarget {
    DropTarget {
        point: InsertionPoint {
            parent: Some(row.id),
            above: session.top_of(row.id),
        },
        mark: Mark::Into(row.rect),
    }
}

fn paint(ui: &Ui, cx: &AppContext<'_>, mark: &Mark, rows: &[RowRect]) {
    let stroke = Stroke::new(2.0, cx.tokens.accent);
    match mark {
        Mark::Line { y, depth } => {
            let Some(row) = rows.first() else { return };
            let indent = theme::ICON_BUTTON_SIZE + GRID * 2.0 + *depth as f32 * INDENT;
            let line = row.rect.left() + indent..=row.rect.right();
            ui.painter().hline(line.clone(), *y, stroke);
            ui.painter()
                .circle_stroke(Pos2::new(*line.start(), *y), 3.0, stroke);
        }
        Mark::Into(rect) => {
            ui.painter()
                .rect_stroke(*rect, f32::from(theme::CORNER), stroke, StrokeKind::Inside);
        }
    }
}
