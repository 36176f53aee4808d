use canvas::{CanvasAction, DragKind};
use document::{DocumentError, Edit, Locks, Property, Recolor, Text, Transform};
use glam::DVec2;
use session::{Direction, GestureId, SelectMode, Session};
use words::{key, say};

use crate::action::LayersAction;
use crate::command::LayersCommand;
use crate::editor::Editor;
use crate::panels::LayersPanel;

/// Nudges that follow each other within this many seconds are one undo step.
const NUDGE_PAUSE: f64 = 0.8;

impl Editor {
    pub(super) fn apply_to_layers(&mut self, ctx: &egui::Context, command: LayersCommand) {
        let Some(session) = &mut self.state.session else {
            return;
        };
        if let LayersCommand::Nudge(_) = command {
            self.nudge_ends = Some(ctx.input(|input| input.time) + NUDGE_PAUSE);
        }
        let done = edit_by_command(session, command);
        self.say_if_refused(done);
    }

    pub(super) fn apply_layers_action(&mut self, action: LayersAction) {
        let Some(session) = &mut self.state.session else {
            return;
        };
        let done = edit_by_action(session, &mut self.layers, action);
        self.say_if_refused(done);
    }

    fn say_if_refused(&mut self, done: Result<(), DocumentError>) {
        if let Err(error) = done {
            self.state
                .notifications
                .error(say!("layers-not-done", error = error.to_string()));
        }
    }

    pub(super) fn apply_canvas(&mut self, action: CanvasAction) {
        let Some(session) = &mut self.state.session else {
            return;
        };
        match action {
            CanvasAction::Select {
                layer: Some(id),
                extend,
            } => {
                session.select(
                    id,
                    if extend {
                        SelectMode::Toggle
                    } else {
                        SelectMode::Only
                    },
                );
            }
            CanvasAction::Select {
                layer: None,
                extend,
            } => {
                if !extend {
                    session.select_only(Vec::new());
                }
            }
            CanvasAction::Begin(kind) => {
                session.begin_gesture(gesture_id("canvas"), drag_step(kind));
            }
            CanvasAction::SetTransforms(transforms) => {
                let edits = transforms
                    .into_iter()
                    .map(|(id, transform)| Edit::Set(id, Property::Transform(transform)));
                session.edit_gesture(edits.collect());
            }
            CanvasAction::LeaveCopies => session.leave_copies(),
            CanvasAction::Commit => session.end_gesture(),
            CanvasAction::Abort => session.abort_gesture(),
            CanvasAction::SetCompare(compare) => self.state.compare = compare,
        }
    }

    /// Closes the undo step of a burst of nudges when it is over. Once a frame.
    pub(crate) fn end_nudges(&mut self, ctx: &egui::Context) {
        let Some(ends) = self.nudge_ends else { return };
        let now = ctx.input(|input| input.time);
        if now < ends {
            ctx.request_repaint_after_secs((ends - now) as f32);
            return;
        }
        self.nudge_ends = None;
        if let Some(session) = &mut self.state.session
            && session.gesture() == Some(nudge_id())
        {
            session.end_gesture();
        }
    }
}

fn gesture_id(name: &str) -> GestureId {
    GestureId(egui::Id::unique(name).value())
}

fn nudge_id() -> GestureId {
    gesture_id("nudge")
}

fn nudge(session: &mut Session, delta: DVec2) {
    if session.editable_roots().is_empty() {
        return;
    }
    if session.gesture() != Some(nudge_id()) {
        session.begin_gesture(nudge_id(), key!("step-move-layer"));
    }
    let edits = session.translation(session.selection(), delta);
    session.edit_gesture(edits);
}

fn edit_by_command(session: &mut Session, command: LayersCommand) -> Result<(), DocumentError> {
    match command {
        LayersCommand::Select(id, mode) => session.select(id, mode),
        LayersCommand::Rename(id, name) => return rename(session, id, &name),
        LayersCommand::ToggleVisible(id) => return session.toggle_visible(id),
        LayersCommand::ToggleSolo(id) => return session.toggle_solo(id),
        LayersCommand::ToggleLocked(id) => return toggle_locked(session, id),
        LayersCommand::ToggleCollapsed(id) => return toggle_collapsed(session, id),
        LayersCommand::Move(ids, point) => return session.move_layers(&ids, point),
        LayersCommand::ChooseVariant(index) => return session.choose_variant(index),
        LayersCommand::DeleteVariant => return session.delete_variant(),
        LayersCommand::TakeFromVariant(id) => return session.take_from_variant(id),
        LayersCommand::Edit(label, edits) => return session.edit(label, edits),
        LayersCommand::BeginGesture(widget, label) => session.begin_gesture(widget, label),
        LayersCommand::EditGesture(edits) => session.edit_gesture(edits),
        LayersCommand::EndGesture => session.end_gesture(),
        LayersCommand::SetOpacity(share) => return set_opacity(session, share),
        LayersCommand::Nudge(delta) => nudge(session, delta),
    }
    Ok(())
}

fn edit_by_action(
    session: &mut Session,
    panel: &mut LayersPanel,
    action: LayersAction,
) -> Result<(), DocumentError> {
    match action {
        LayersAction::Undo => session.undo(),
        LayersAction::Redo => session.redo(),
        LayersAction::SelectAll => session.select_all(),
        LayersAction::SelectNone => session.select_only(Vec::new()),
        LayersAction::SelectAbove => session.select_neighbour(-1),
        LayersAction::SelectBelow => session.select_neighbour(1),
        LayersAction::Duplicate => return session.duplicate_selected(),
        LayersAction::Delete => return session.delete_selected(),
        LayersAction::Group => return session.group_selected(),
        LayersAction::Ungroup => return session.ungroup_selected(),
        LayersAction::Rename => {
            if let Some(layer) = session.only_selected() {
                panel.rename(layer.id, &layer.name);
            }
        }
        LayersAction::AddText => return add_text(session),
        LayersAction::BringForward => return session.shift_selected(Direction::Forward),
        LayersAction::SendBackward => return session.shift_selected(Direction::Backward),
        LayersAction::BringToFront => return session.shift_selected(Direction::Front),
        LayersAction::SendToBack => return session.shift_selected(Direction::Back),
        LayersAction::FlipHorizontal => {
            return flip(
                session,
                key!("step-flip-horizontally"),
                DVec2::new(-1.0, 1.0),
            );
        }
        LayersAction::FlipVertical => {
            return flip(session, key!("step-flip-vertically"), DVec2::new(1.0, -1.0));
        }
        LayersAction::ResetTransform => return reset_transform(session),
        LayersAction::ResetRecolor => return reset_recolor(session),
    }
    Ok(())
}

fn rename(session: &mut Session, id: document::LayerId, name: &str) -> Result<(), DocumentError> {
    let name = name.trim();
    if name.is_empty()
        || session
            .document()
            .layer(id)
            .is_none_or(|layer| layer.name == name)
    {
        return Ok(());
    }
    session.edit(
        key!("step-rename-layer"),
        vec![Edit::Set(id, Property::Name(name.to_owned()))],
    )
}

/// The layer's name, until someone types what is written.
fn add_text(session: &mut Session) -> Result<(), DocumentError> {
    let Some(layer) = session.only_selected() else {
        return Ok(());
    };
    let Some(raster) = layer.as_raster() else {
        return Ok(());
    };
    let edit = Edit::Set(
        layer.id,
        Property::Text(Some(Text::typed(layer.name.clone(), &raster.pixels))),
    );
    session.edit(key!("step-add-text"), vec![edit])
}

fn toggle_locked(session: &mut Session, id: document::LayerId) -> Result<(), DocumentError> {
    let Some(layer) = session.document().layer(id) else {
        return Ok(());
    };
    let (label, locks) = match layer.locks.is_any() {
        true => (key!("step-unlock-layer"), Locks::NONE),
        false => (key!("step-lock-layer"), Locks::ALL),
    };
    session.edit(label, vec![Edit::Set(id, Property::Locks(locks))])
}

fn toggle_collapsed(session: &mut Session, id: document::LayerId) -> Result<(), DocumentError> {
    let group = session
        .document()
        .layer(id)
        .and_then(|layer| layer.as_group());
    let Some(collapsed) = group.map(|group| !group.collapsed) else {
        return Ok(());
    };
    let label = if collapsed {
        key!("step-fold-group")
    } else {
        key!("step-unfold-group")
    };
    session.edit(label, vec![Edit::Set(id, Property::Collapsed(collapsed))])
}

fn set_opacity(session: &mut Session, share: f32) -> Result<(), DocumentError> {
    let opacity = (share.clamp(0.0, 1.0) * 255.0).round() as u8;
    let ids = session.editable_roots();
    session.edit(
        key!("step-opacity"),
        ids.into_iter()
            .map(|id| Edit::Set(id, Property::Opacity(opacity)))
            .collect(),
    )
}

/// Mirrors each selected picture about its own middle.
fn flip(session: &mut Session, label: &str, factor: DVec2) -> Result<(), DocumentError> {
    transform_selected(session, label, |transform, _| Transform {
        scale: transform.scale * factor,
        ..transform
    })
}

/// Back to the pixels' own size and direction, about the same middle, on whole pixels.
fn reset_transform(session: &mut Session) -> Result<(), DocumentError> {
    transform_selected(session, key!("step-reset-transform"), |transform, size| {
        let corner = (transform.center - size / 2.0).round();
        Transform {
            center: corner + size / 2.0,
            scale: DVec2::ONE,
            rotation: 0.0,
        }
    })
}

fn transform_selected(
    session: &mut Session,
    label: &str,
    change: impl Fn(Transform, DVec2) -> Transform,
) -> Result<(), DocumentError> {
    let ids = session.rasters(&session.editable_roots());
    let edits = ids.into_iter().filter_map(|id| {
        let raster = session.document().layer(id)?.as_raster()?;
        let size = raster.pixels.size();
        Some(Edit::Set(
            id,
            Property::Transform(change(raster.transform, size)),
        ))
    });
    let edits = edits.collect();
    session.edit(label, edits)
}

fn reset_recolor(session: &mut Session) -> Result<(), DocumentError> {
    let ids = session.rasters(&session.editable_roots());
    let edits = ids
        .into_iter()
        .map(|id| Edit::Set(id, Property::Recolor(Recolor::default())));
    session.edit(key!("step-reset-colors"), edits.collect())
}

fn drag_step(kind: DragKind) -> &'static str {
    match kind {
        DragKind::MoveLayer => key!("step-move-layer"),
        DragKind::MoveLayers => key!("step-move-layers"),
        DragKind::ResizeLayer => key!("step-resize-layer"),
        DragKind::ResizeLayers => key!("step-resize-layers"),
        DragKind::RotateLayer => key!("step-rotate-layer"),
        DragKind::RotateLayers => key!("step-rotate-layers"),
        DragKind::Duplicate => key!("step-duplicate"),
    }
}
