//! The open document with what belongs to it in an editor: its name, the selection, what was exported.

mod decomposed;
mod selection;
mod structure;
mod variants;
mod visibility;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use document::{Document, DocumentError, Edit, History, Layer, LayerId, Locks, Property};
use engine::CaptionLanguage;
use glam::DVec2;
use project::{Project, Saved};

use crate::export_task::ExportPlan;
use crate::open::OpenedDocument;
use visibility::SavedVisibility;

pub use selection::{Row, SelectMode};
pub use structure::{Direction, InsertionPoint};

/// Which widget holds an undo step open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GestureId(pub u64);

pub struct Session {
    /// Tells one opened document from the next, also when it is the same file.
    pub serial: u64,
    pub name: String,
    /// The file it was opened from, or last saved as.
    pub path: Option<PathBuf>,
    /// `path` is a project, so that Save writes there.
    pub is_project: bool,
    /// What the project's file was last known to hold.
    pub saved: Option<Saved>,
    /// The reports of the runs that made its layers, the oldest first.
    pub runs: Vec<serde_json::Value>,
    /// What was written so far, the latest last.
    pub exported: Vec<ExportPlan>,
    /// What a backend wrote of the picture.
    pub caption: Option<Caption>,
    history: History,
    selection: Vec<LayerId>,
    /// What was selected at a revision when it was left, for undo and redo.
    selections: HashMap<u64, Vec<LayerId>>,
    /// Where a Shift-click's range begins.
    anchor: Option<LayerId>,
    /// The widget that holds the open undo step.
    gesture: Option<GestureId>,
    /// What Alt-click on an eye hid.
    solo: Option<SavedVisibility>,
    /// `None`: no state of the history is the one on the disk.
    saved_revision: Option<u64>,
}

/// A description of a picture, for a backend's prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Caption {
    pub text: String,
    pub language: CaptionLanguage,
    /// Until the user empties the prompt.
    pub shown: bool,
}

impl Session {
    pub fn new(serial: u64, opened: OpenedDocument) -> Self {
        let history = History::new(opened.document);
        let top = history.document().layers().last().map(|layer| layer.id);
        Self {
            serial,
            name: opened.name,
            path: opened.path,
            is_project: opened.is_project,
            saved: opened.saved,
            runs: opened.runs,
            exported: Vec::new(),
            caption: None,
            saved_revision: (!opened.is_recovered).then_some(history.revision()),
            history,
            selection: top.into_iter().collect(),
            selections: HashMap::new(),
            anchor: top,
            gesture: None,
            solo: None,
        }
    }

    /// Where the picture is.
    pub fn folder(&self) -> Option<&Path> {
        self.path.as_deref().and_then(Path::parent)
    }

    pub fn document(&self) -> &Document {
        self.history.document()
    }

    pub fn history(&self) -> &History {
        &self.history
    }

    pub fn gesture(&self) -> Option<GestureId> {
        self.gesture
    }

    /// Changed since it was opened or last saved; undoing the change makes it saved again.
    pub fn is_unsaved(&self) -> bool {
        self.saved_revision != Some(self.history.revision())
    }

    /// `revision` now is in the project file at `path`.
    pub fn mark_saved(&mut self, revision: u64, path: PathBuf, saved: Saved) {
        self.saved_revision = Some(revision);
        self.name = path.file_name().map_or_else(
            || self.name.clone(),
            |name| name.to_string_lossy().into_owned(),
        );
        self.path = Some(path);
        self.is_project = true;
        self.saved = Some(saved);
    }

    /// The project file that Save writes.
    pub fn project_path(&self) -> Option<&Path> {
        self.path.as_deref().filter(|_| self.is_project)
    }

    /// A snapshot of all that is saved.
    pub fn project(&self) -> Project {
        Project {
            document: self.document().clone(),
            runs: self.runs.clone(),
        }
    }

    /// Nothing of the layer may be changed.
    pub fn is_locked(&self, id: LayerId) -> bool {
        self.locks(id).is_all()
    }

    /// The layer's locks and those of the groups around it.
    pub fn locks(&self, id: LayerId) -> Locks {
        let document = self.document();
        let mut locks = Locks::NONE;
        let mut id = Some(id);
        while let Some(layer) = id.and_then(|id| document.layer(id)) {
            locks = locks.and(layer.locks);
            id = document.position(layer.id).and_then(|(parent, _)| parent);
        }
        locks
    }

    /// Selects what was selected before the step.
    pub fn undo(&mut self) {
        self.note_selection();
        self.gesture = None;
        self.history.undo();
        self.restore_selection();
    }

    /// Selects what was selected after the step.
    pub fn redo(&mut self) {
        self.end_gesture();
        self.note_selection();
        self.history.redo();
        self.restore_selection();
    }

    /// Opens an undo step that `widget` fills while it is held; one that was still open is closed. `label` is the key of
    /// its name, as for each step.
    pub fn begin_gesture(&mut self, widget: GestureId, label: &str) {
        self.end_gesture();
        self.note_selection();
        if self.history.begin(label).is_ok() {
            self.gesture = Some(widget);
        }
    }

    /// Edits within the open step. Without one (a drag that outlived its layers) they are dropped.
    pub fn edit_gesture(&mut self, edits: Vec<Edit>) {
        if !self.history.in_transaction() {
            return;
        }
        for edit in self.permitted(edits) {
            // A layer may have gone since the drag began; the others still follow it.
            let _ = self.history.apply(edit);
        }
    }

    pub fn end_gesture(&mut self) {
        self.gesture = None;
        if self.history.in_transaction() {
            let _ = self.history.commit();
        }
    }

    pub fn abort_gesture(&mut self) {
        self.gesture = None;
        if self.history.in_transaction() {
            let _ = self.history.abort();
        }
        self.forget_missing();
    }

    /// One undo step. Edits of locked layers are left out.
    pub fn edit(&mut self, label: &str, edits: Vec<Edit>) -> Result<(), DocumentError> {
        self.end_gesture();
        let edits = self.permitted(edits);
        if edits.is_empty() {
            return Ok(());
        }
        self.note_selection();
        let done = self.history.transact(label, edits);
        self.forget_missing();
        done
    }

    /// One undo step whose edits depend on each other's outcome.
    fn step(
        &mut self,
        label: &str,
        edits: impl FnOnce(&mut History) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        self.end_gesture();
        self.note_selection();
        self.history.begin(label)?;
        match edits(&mut self.history) {
            Ok(()) => self.history.commit(),
            Err(error) => {
                self.history.abort()?;
                Err(error)
            }
        }
    }

    /// Moves all pictures among `ids`, those in groups too.
    pub fn translation(&self, ids: &[LayerId], delta: DVec2) -> Vec<Edit> {
        let moved = self.rasters(ids).into_iter().filter_map(|id| {
            let raster = self.document().layer(id)?.as_raster()?;
            Some(Edit::Set(
                id,
                Property::Transform(raster.transform.translated(delta)),
            ))
        });
        moved.collect()
    }

    /// The pictures among `ids` and in the groups among them, without repeats.
    pub fn rasters(&self, ids: &[LayerId]) -> Vec<LayerId> {
        let mut rasters = Vec::new();
        for layer in ids.iter().filter_map(|id| self.document().layer(*id)) {
            collect_rasters(layer, &mut rasters);
        }
        rasters.sort_unstable();
        rasters.dedup();
        rasters
    }

    /// Seeing, folding and the locks themselves are free.
    fn permits(&self, edit: &Edit) -> bool {
        match edit {
            Edit::Set(id, property) => match property {
                Property::Transform(_) => !self.locks(*id).position,
                Property::Recolor(_) => !self.locks(*id).pixels,
                Property::Name(_)
                | Property::Opacity(_)
                | Property::Blend(_)
                | Property::Text(_) => !self.is_locked(*id),
                Property::Visible(_) | Property::Locks(_) | Property::Collapsed(_) => true,
            },
            Edit::Remove { id } | Edit::Move { id, .. } => !self.is_locked(*id),
            Edit::Insert { .. } | Edit::SetLayers { .. } | Edit::SetVariants { .. } => true,
        }
    }

    fn permitted(&self, edits: Vec<Edit>) -> Vec<Edit> {
        edits
            .into_iter()
            .filter(|edit| self.permits(edit))
            .collect()
    }
}

fn collect_rasters(layer: &Layer, rasters: &mut Vec<LayerId>) {
    match layer.as_group() {
        Some(group) => group
            .children
            .iter()
            .for_each(|child| collect_rasters(child, rasters)),
        None => rasters.push(layer.id),
    }
}
