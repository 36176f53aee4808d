use canvas::CanvasAction;
use document::{DocumentError, Edit, Locks, Property, Recolor, Text, Transform};
use glam::DVec2;
use session::{Direction, GestureId, SelectMode, Session};

use crate::action::Action;
use crate::command::Command;
use crate::editor::Editor;

/// Nudges that follow each other within this many seconds are one undo step.
const NUDGE_PAUSE: f64 = 0.8;

impl Editor {
    /// Commands that change the open document or its selection.
    pub(super) fn apply_to_session(&mut self, ctx: &egui::Context, command: Command) {
        let Some(session) = &mut self.state.session else {
            return;
        };
        let now = ctx.input(|input| input.time);
        let done = match command {
            Command::Nudge(delta) => {
                nudge(session, delta);
                self.nudge_ends = Some(now + NUDGE_PAUSE);
                Ok(())
            }
            Command::Action(action) => edit_by_action(session, action),
            command => edit_by_command(session, command),
        };
        if let Err(error) = done {
            self.state
                .notifications
                .error(format!("This could not be done: {error}"));
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
            CanvasAction::Begin(label) => session.begin_gesture(gesture_id("canvas"), label),
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
        session.begin_gesture(nudge_id(), "Move layer");
    }
    let edits = session.translation(session.selection(), delta);
    session.edit_gesture(edits);
}

fn edit_by_command(session: &mut Session, command: Command) -> Result<(), DocumentError> {
    match command {
        Command::SelectLayer(id, mode) => session.select(id, mode),
        Command::RenameLayer(id, name) => return rename(session, id, &name),
        Command::ToggleVisible(id) => return session.toggle_visible(id),
        Command::ToggleSolo(id) => return session.toggle_solo(id),
        Command::ToggleLocked(id) => return toggle_locked(session, id),
        Command::ToggleCollapsed(id) => return toggle_collapsed(session, id),
        Command::MoveLayers(ids, place) => return session.move_layers(&ids, place),
        Command::ChooseVariant(index) => return session.choose_variant(index),
        Command::DeleteVariant => return session.delete_variant(),
        Command::TakeFromVariant(id) => return session.take_from_variant(id),
        Command::Edit(label, edits) => return session.edit(label, edits),
        Command::BeginGesture(widget, label) => session.begin_gesture(widget, label),
        Command::EditGesture(edits) => session.edit_gesture(edits),
        Command::EndGesture => session.end_gesture(),
        Command::SetOpacity(share) => return set_opacity(session, share),
        _ => {}
    }
    Ok(())
}

fn edit_by_action(session: &mut Session, action: Action) -> Result<(), DocumentError> {
    match action {
        Action::Undo => session.undo(),
        Action::Redo => session.redo(),
        Action::SelectAll => session.select_all(),
        Action::SelectNone => session.select_only(Vec::new()),
        Action::SelectAbove => session.select_neighbour(-1),
        Action::SelectBelow => session.select_neighbour(1),
        Action::Duplicate => return session.duplicate_selected(),
        Action::Delete => return session.delete_selected(),
        Action::Group => return session.group_selected(),
        Action::Ungroup => return session.ungroup_selected(),
        Action::AddText => return add_text(session),
        Action::BringForward => return session.shift_selected(Direction::Forward),
        Action::SendBackward => return session.shift_selected(Direction::Backward),
        Action::BringToFront => return session.shift_selected(Direction::Front),
        Action::SendToBack => return session.shift_selected(Direction::Back),
        Action::FlipHorizontal => return flip(session, "Flip horizontally", DVec2::new(-1.0, 1.0)),
        Action::FlipVertical => return flip(session, "Flip vertically", DVec2::new(1.0, -1.0)),
        Action::ResetTransform => return reset_transform(session),
        Action::ResetRecolor => return reset_recolor(session),
        _ => {}
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
        "Rename layer",
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
    session.edit("Add text", vec![edit])
}

fn toggle_locked(session: &mut Session, id: document::LayerId) -> Result<(), DocumentError> {
    let Some(layer) = session.document().layer(id) else {
        return Ok(());
    };
    let (label, locks) = match layer.locks.is_any() {
        true => ("Unlock layer", Locks::NONE),
        false => ("Lock layer", Locks::ALL),
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
        "Fold group"
    } else {
        "Unfold group"
    };
    session.edit(label, vec![Edit::Set(id, Property::Collapsed(collapsed))])
}

fn set_opacity(session: &mut Session, share: f32) -> Result<(), DocumentError> {
    let opacity = (share.clamp(0.0, 1.0) * 255.0).round() as u8;
    let ids = session.editable_roots();
    session.edit(
        "Opacity",
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
    transform_selected(session, "Reset size and rotation", |transform, size| {
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
    session.edit("Reset colours", edits.collect())
}
