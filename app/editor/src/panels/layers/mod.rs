mod drag;
mod look;
mod menu;
mod row;
mod text;
mod variants;

use document::LayerId;
use drag::{LayerDrag, RowRect};
use egui::{Frame, Key, Margin, ScrollArea, Ui, vec2};
use look::look_ui;
use row::{Rename, RowEvent, layer_row_ui};
use session::{SelectMode, Session};
use text::LayerText;
use variants::variants_ui;
use words::say;

use crate::action::LayersAction;
use crate::command::LayersCommand;
use crate::state::AppContext;
use crate::theme::{self, CONTROL_HEIGHT, GRID};
use crate::thumbnails::Thumbnails;
use crate::widgets::{IconLook, action_icon, heading, heading_row};

/// The stack of layers, front on top.
#[derive(Default)]
pub struct LayersPanel {
    rename: Option<Rename>,
    drag: LayerDrag,
    /// The selection that the list was scrolled to last.
    scrolled_to: Vec<LayerId>,
}

impl LayersPanel {
    /// Opens the field for the layer's name in its row.
    pub fn rename(&mut self, id: LayerId, name: &str) {
        self.rename = Some(Rename {
            id,
            text: name.to_owned(),
            focused: false,
        });
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &AppContext<'_>, thumbnails: &Thumbnails) {
        let Some(session) = &cx.state.session else {
            heading(ui, cx, say!("layers-heading"));
            ui.weak(say!("layers-no-picture"));
            return;
        };
        heading_row(ui, cx, say!("layers-heading"), |ui| {
            ui.weak(session.document().walk().count().to_string());
        });
        variants_ui(ui, cx, session);
        look_ui(ui, cx, session);
        ui.add_space(GRID);
        // Beneath the list, whose rows keep their places when a text is selected.
        let text = LayerText::of(session);
        let footer = CONTROL_HEIGHT + GRID * 3.0 + text.as_ref().map_or(0.0, |_| LayerText::HEIGHT);
        let height = (ui.available_height() - footer).max(theme::ROW_HEIGHT * 2.0);
        ui.scope(|ui| {
            ui.set_height(height);
            ui.set_width(ui.available_width());
            self.list_ui(ui, cx, session, thumbnails);
        });
        if let Some(text) = text {
            text.ui(ui, cx);
        }
        footer_ui(ui, cx);
    }

    fn list_ui(
        &mut self,
        ui: &mut Ui,
        cx: &AppContext<'_>,
        session: &Session,
        thumbnails: &Thumbnails,
    ) {
        let frame = Frame::new()
            .fill(cx.tokens.field)
            .corner_radius(theme::CORNER)
            .inner_margin(Margin::same(2));
        frame.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                let mut rects = Vec::new();
                let wanted = self.row_to_show(session);
                for row in session.rows() {
                    let rename = self
                        .rename
                        .as_mut()
                        .filter(|rename| rename.id == row.layer.id);
                    let (rect, event) = layer_row_ui(ui, cx, session, row, thumbnails, rename);
                    rects.push(RowRect::new(&row, rect));
                    if wanted == Some(row.layer.id) {
                        // With half of its neighbours, so that the list is seen to go on.
                        ui.scroll_to_rect(rect.expand2(vec2(0.0, theme::ROW_HEIGHT / 2.0)), None);
                    }
                    if let Some(event) = event {
                        self.apply(ui, cx, session, row.layer.id, event);
                    }
                }
                self.drag.ui(ui, cx, session, &rects);
            });
        });
    }

    /// The layer selected last, when the selection is new: it may have been picked on the canvas.
    fn row_to_show(&mut self, session: &Session) -> Option<LayerId> {
        if self.scrolled_to == session.selection() {
            return None;
        }
        self.scrolled_to = session.selection().to_vec();
        self.scrolled_to.last().copied()
    }

    fn apply(
        &mut self,
        ui: &Ui,
        cx: &AppContext<'_>,
        session: &Session,
        id: LayerId,
        event: RowEvent,
    ) {
        let modifiers = ui.input(|input| input.modifiers);
        match event {
            RowEvent::Click => cx
                .commands
                .send(LayersCommand::Select(id, select_mode(modifiers))),
            RowEvent::SecondaryClick if !session.is_selected(id) => {
                cx.commands
                    .send(LayersCommand::Select(id, SelectMode::Only));
            }
            RowEvent::SecondaryClick => {}
            RowEvent::StartRename => {
                if let Some(layer) = session.document().layer(id)
                    && !session.is_locked(id)
                {
                    self.rename(id, &layer.name);
                }
            }
            RowEvent::EndRename => {
                if let Some(rename) = self.rename.take()
                    && !ui.input(|input| input.key_pressed(Key::Escape))
                {
                    cx.commands.send(LayersCommand::Rename(id, rename.text));
                }
            }
            RowEvent::DragStart => {
                let ids = if session.is_selected(id) {
                    session.selection().to_vec()
                } else {
                    vec![id]
                };
                if !session.is_selected(id) {
                    cx.commands
                        .send(LayersCommand::Select(id, SelectMode::Only));
                }
                self.drag.start(
                    ids.into_iter()
                        .filter(|id| !session.is_locked(*id))
                        .collect(),
                );
            }
            RowEvent::Eye if modifiers.alt => cx.commands.send(LayersCommand::ToggleSolo(id)),
            RowEvent::Eye => cx.commands.send(LayersCommand::ToggleVisible(id)),
            RowEvent::Lock => cx.commands.send(LayersCommand::ToggleLocked(id)),
            RowEvent::Fold => cx.commands.send(LayersCommand::ToggleCollapsed(id)),
        }
    }
}

fn select_mode(modifiers: egui::Modifiers) -> SelectMode {
    if modifiers.shift {
        SelectMode::Range
    } else if modifiers.command {
        SelectMode::Toggle
    } else {
        SelectMode::Only
    }
}

fn footer_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    ui.add_space(GRID);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        for action in [
            LayersAction::BringForward,
            LayersAction::SendBackward,
            LayersAction::Group,
            LayersAction::Ungroup,
            LayersAction::Duplicate,
        ] {
            action_icon(ui, cx, action, IconLook::Normal);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            action_icon(ui, cx, LayersAction::Delete, IconLook::Normal);
        });
    });
}
