//! What the pointer does: picking layers, dragging them and their handles. Turns egui's input into [`CanvasAction`]s.

use document::{LayerId, Transform, topmost_layer_at};
use egui::{
    CursorIcon, Key, Modifiers, PointerButton, Pos2, Response, Role, Sense, Ui, WidgetInfo,
};
use glam::DVec2;

use crate::drag::{Drag, DragKind, DragModifiers, Gesture};
use crate::handles::Handle;
use crate::selection::{SelectedRaster, SelectionBox, selected_rasters};
use crate::snap::{self, Lines};
use crate::view::Viewport;
use crate::{CanvasAction, CanvasInput, overlay};

/// The drag under way, if any.
#[derive(Default)]
pub struct Interaction {
    running: Option<RunningDrag>,
}

struct RunningDrag {
    drag: Drag,
    /// What it may catch.
    lines: Lines,
    /// It leaves copies where the layers were.
    copies: bool,
    /// What was sent last; `None` until the first change, when the transaction is opened.
    sent: Option<Vec<(LayerId, Transform)>>,
}

/// One frame's surroundings, for the functions below.
struct Frame<'a> {
    input: &'a CanvasInput<'a>,
    viewport: &'a Viewport,
    rasters: Vec<SelectedRaster<'a>>,
    selection_box: Option<SelectionBox>,
}

impl Interaction {
    /// Handles and picking on `canvas`, the response of the whole widget. Paints the outlines and handles too.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        canvas: &Response,
        viewport: &Viewport,
        input: &CanvasInput<'_>,
    ) -> Vec<CanvasAction> {
        let rasters = selected_rasters(input.document, input.selection);
        let selection_box = SelectionBox::around(&rasters);
        let frame = Frame {
            input,
            viewport,
            rasters,
            selection_box,
        };
        let mut actions = Vec::new();

        if self.running.is_none() {
            frame.paint_hovered(ui, canvas);
        }
        let grabbed = frame.handles_ui(
            ui,
            self.running.as_ref().map(|running| running.drag.gesture()),
        );
        if self.running.is_none() {
            self.start(ui, canvas, &frame, grabbed, &mut actions);
        }
        self.advance(ui, &frame, &mut actions);
        actions
    }

    /// Ends a drag without the user's doing, keeping what it did so far.
    pub fn finish(&mut self) -> Option<CanvasAction> {
        self.running.take()?.sent.map(|_| CanvasAction::Commit)
    }

    fn start(
        &mut self,
        ui: &Ui,
        canvas: &Response,
        frame: &Frame<'_>,
        grabbed: Option<Handle>,
        actions: &mut Vec<CanvasAction>,
    ) {
        let Some(press) = ui.input(|i| i.pointer.press_origin()) else {
            if canvas.clicked_by(PointerButton::Primary) {
                actions.extend(frame.click(ui, canvas));
            }
            return;
        };
        let press = frame.viewport.document_from_screen(press);
        let drag = if let Some(handle) = grabbed {
            Drag::new(Gesture::Handle(handle), &frame.rasters, press)
        } else if canvas.drag_started_by(PointerButton::Primary) {
            frame.start_move(press, actions)
        } else {
            None
        };
        self.running = drag.map(|drag| {
            let dragged: Vec<LayerId> = drag.layer_ids().collect();
            RunningDrag {
                lines: Lines::of_document(frame.input.document, &dragged),
                copies: drag.gesture() == Gesture::Move && modifiers(ui).alt,
                drag,
                sent: None,
            }
        });
    }

    fn advance(&mut self, ui: &mut Ui, frame: &Frame<'_>, actions: &mut Vec<CanvasAction>) {
        let Some(running) = &mut self.running else {
            return;
        };
        ui.ctx()
            .set_cursor_icon(cursor(running.drag.gesture(), frame.selection_box.as_ref()));
        if ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
            actions.extend(running.sent.is_some().then_some(CanvasAction::Abort));
            self.running = None;
            return;
        }
        let gone = running
            .drag
            .layer_ids()
            .any(|id| frame.input.document.layer(id).is_none());
        if gone {
            actions.extend(self.finish());
            return;
        }
        if let Some(pos) = ui.input(|i| i.pointer.latest_pos()) {
            let guides = running.follow(frame.viewport, pos, modifiers(ui), actions);
            let canvas = frame.viewport.canvas_on_screen(frame.input.document.size());
            overlay::paint_guides(
                ui.painter(),
                frame.viewport,
                canvas,
                &guides,
                frame.input.style,
            );
        }
        if !ui.input(|i| i.pointer.primary_down()) {
            actions.extend(self.finish());
        }
    }
}

impl RunningDrag {
    /// Returns the lines that the layers have caught.
    fn follow(
        &mut self,
        viewport: &Viewport,
        pos: Pos2,
        modifiers: DragModifiers,
        actions: &mut Vec<CanvasAction>,
    ) -> Lines {
        let mut pointer = viewport.document_from_screen(pos);
        if !modifiers.ctrl {
            let reach = f64::from(snap::REACH) / viewport.points_per_document_pixel();
            pointer += self.lines.pull(&self.drag.edges(pointer, modifiers), reach);
        }
        let transforms = self.drag.transforms(pointer, modifiers);
        if transforms == self.drag.start_transforms() && self.sent.is_none() {
            return Lines::default();
        }
        if self.sent.is_none() {
            actions.push(CanvasAction::Begin(self.kind()));
            actions.extend(self.copies.then_some(CanvasAction::LeaveCopies));
        }
        if self.sent.as_ref() != Some(&transforms) {
            self.sent = Some(transforms.clone());
            actions.push(CanvasAction::SetTransforms(transforms));
        }
        if modifiers.ctrl {
            return Lines::default();
        }
        self.lines.caught(&self.drag.edges(pointer, modifiers))
    }

    fn kind(&self) -> DragKind {
        if self.copies {
            DragKind::Duplicate
        } else {
            self.drag.kind()
        }
    }
}

impl Frame<'_> {
    fn click(&self, ui: &Ui, canvas: &Response) -> Option<CanvasAction> {
        let point = self
            .viewport
            .document_from_screen(canvas.interact_pointer_pos()?);
        let layer = self.pick(point);
        let extend = ui.input(|i| i.modifiers.shift || i.modifiers.command);
        // Missing every layer while adding to the selection keeps it.
        (layer.is_some() || !extend).then_some(CanvasAction::Select { layer, extend })
    }

    /// What can be seen there: layers are cut off at the canvas' edge.
    fn pick(&self, point: DVec2) -> Option<LayerId> {
        let size = self.input.document.size();
        let inside = point.cmpge(DVec2::ZERO).all() && point.cmplt(size).all();
        inside
            .then(|| topmost_layer_at(self.input.document, point))
            .flatten()
    }

    /// Pressing on a layer moves it, with the rest of the selection if it is part of it. Pressing where there is
    /// none moves the selection if its box is there.
    fn start_move(&self, press: DVec2, actions: &mut Vec<CanvasAction>) -> Option<Drag> {
        let picked = self.pick(press);
        match picked {
            Some(id) if !self.rasters.iter().any(|raster| raster.id == id) => {
                actions.push(CanvasAction::Select {
                    layer: Some(id),
                    extend: false,
                });
                Drag::new(
                    Gesture::Move,
                    &selected_rasters(self.input.document, &[id]),
                    press,
                )
            }
            None if !self
                .selection_box
                .is_some_and(|selection| selection.contains(press)) =>
            {
                None
            }
            _ => Drag::new(Gesture::Move, &self.rasters, press),
        }
    }

    fn paint_hovered(&self, ui: &Ui, canvas: &Response) {
        let Some(pos) = canvas.hover_pos().filter(|_| canvas.contains_pointer()) else {
            return;
        };
        let Some(id) = self.pick(self.viewport.document_from_screen(pos)) else {
            return;
        };
        let raster = self
            .input
            .document
            .layer(id)
            .and_then(document::Layer::as_raster);
        if let Some(raster) =
            raster.filter(|_| !self.rasters.iter().any(|selected| selected.id == id))
        {
            overlay::paint_hover(ui.painter(), self.viewport, raster, self.input.style);
        }
    }

    /// Shows the selection's box and handles; during a drag only the handle that is held. Returns the handle that was
    /// pressed in this frame.
    fn handles_ui(&self, ui: &mut Ui, gesture: Option<Gesture>) -> Option<Handle> {
        let selection = self.selection_box.as_ref()?;
        let (painter, style) = (ui.painter().clone(), self.input.style);
        overlay::paint_selection(&painter, self.viewport, &self.rasters, selection, style);
        if self.rasters.iter().all(|raster| raster.locked) {
            return None;
        }
        let shown =
            |handle: Handle| gesture.is_none_or(|gesture| gesture == Gesture::Handle(handle));
        let mut grabbed = None;
        for handle in Handle::ALL.into_iter().filter(|handle| shown(*handle)) {
            let Some(position) = handle.position(selection, self.viewport) else {
                continue;
            };
            if handle == Handle::Rotate {
                let top = self
                    .viewport
                    .screen_from_document(selection.point(handle.direction()));
                overlay::paint_rotate_stem(&painter, top, position, style);
            }
            overlay::paint_handle(&painter, handle, position, selection, style);
            let response = handle_response(ui, handle, position);
            if response.drag_started_by(PointerButton::Primary) {
                grabbed = Some(handle);
            }
            response.on_hover_cursor(handle.cursor(selection));
        }
        grabbed
    }
}

/// Takes clicks too, or they would fall through to the layer below.
fn handle_response(ui: &Ui, handle: Handle, position: Pos2) -> Response {
    let response = ui.interact(
        Handle::grab_rect(position),
        ui.scope_id().with(handle),
        Sense::CLICK | Sense::DRAG,
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, handle.label()));
    response
}

fn modifiers(ui: &Ui) -> DragModifiers {
    ui.input(|i| DragModifiers {
        shift: i.modifiers.shift,
        alt: i.modifiers.alt,
        ctrl: i.modifiers.command,
    })
}

fn cursor(gesture: Gesture, selection: Option<&SelectionBox>) -> CursorIcon {
    match (gesture, selection) {
        (Gesture::Handle(Handle::Rotate), _) => CursorIcon::Grabbing,
        (Gesture::Handle(handle), Some(selection)) => handle.cursor(selection),
        _ => CursorIcon::Move,
    }
}
