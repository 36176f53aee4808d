use std::collections::{HashSet, VecDeque};

use crate::{Document, DocumentError, Edit, Layer};

/// Pixels kept alive only by undo and redo steps; beyond it the steps farthest from now are forgotten. The nearest
/// step each way is always kept, so that the last action can be taken back. Steps without pixels are free.
pub const MEMORY_BUDGET_BYTES: usize = 2 << 30;

/// Owns a document and every change made to it. A transaction is one step of undo, however many edits it holds;
/// edits that follow each other on the same property within one transaction are kept as one.
pub struct History {
    document: Document,
    memory_budget: usize,
    /// Oldest first.
    undo: VecDeque<Step>,
    /// Farthest first.
    redo: VecDeque<Step>,
    open: Option<Step>,
    revision: u64,
    last_revision: u64,
}

/// A way from the document's present state to a neighbouring one.
struct Step {
    label: String,
    /// In the order in which their opposites were applied: they are applied from the last to the first.
    edits: Vec<Edit>,
    /// The revision of the state that this step leads to.
    revision: u64,
}

impl History {
    pub fn new(document: Document) -> Self {
        Self::with_memory_budget(document, MEMORY_BUDGET_BYTES)
    }

    pub fn with_memory_budget(document: Document, bytes: usize) -> Self {
        Self {
            document,
            memory_budget: bytes,
            undo: VecDeque::new(),
            redo: VecDeque::new(),
            open: None,
            revision: 0,
            last_revision: 0,
        }
    }

    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Fresh ids need no undo.
    pub fn new_layer_id(&mut self) -> crate::LayerId {
        self.document.new_layer_id()
    }

    pub fn duplicate_of(&mut self, id: crate::LayerId) -> Option<Layer> {
        self.document.duplicate_of(id)
    }

    /// Opens a transaction. `label` is what Undo will say ("Move layer").
    pub fn begin(&mut self, label: impl Into<String>) -> Result<(), DocumentError> {
        if self.in_transaction() {
            return Err(DocumentError::TransactionOpen);
        }
        self.open = Some(Step {
            label: label.into(),
            edits: Vec::new(),
            revision: self.revision,
        });
        Ok(())
    }

    /// Applies an edit inside the open transaction, or as a transaction of its own named after the edit.
    pub fn apply(&mut self, edit: Edit) -> Result<(), DocumentError> {
        let Some(step) = &mut self.open else {
            return self.transact(edit.label(), vec![edit]);
        };
        let inverse = self.document.apply(edit.clone())?;
        if inverse == edit {
            return Ok(());
        }
        step.record(&edit, inverse);
        self.last_revision += 1;
        self.revision = self.last_revision;
        Ok(())
    }

    /// Closes the transaction. One that changed nothing leaves no step.
    pub fn commit(&mut self) -> Result<(), DocumentError> {
        let step = self.open.take().ok_or(DocumentError::NoTransaction)?;
        if step.edits.is_empty() {
            self.revision = step.revision;
        } else {
            self.undo.push_back(step);
            self.redo.clear();
            self.forget_beyond_budget();
        }
        Ok(())
    }

    /// Takes back everything since `begin`.
    pub fn abort(&mut self) -> Result<(), DocumentError> {
        let step = self.open.take().ok_or(DocumentError::NoTransaction)?;
        self.walk_step(step);
        Ok(())
    }

    pub fn in_transaction(&self) -> bool {
        self.open.is_some()
    }

    /// Applies `edits` as one step; when one is refused, none has happened. Refused inside an open transaction.
    pub fn transact(
        &mut self,
        label: impl Into<String>,
        edits: Vec<Edit>,
    ) -> Result<(), DocumentError> {
        self.begin(label)?;
        match edits.into_iter().try_for_each(|edit| self.apply(edit)) {
            Ok(()) => self.commit(),
            Err(refusal) => {
                self.abort()?;
                Err(refusal)
            }
        }
    }

    /// False when there is nothing to undo. An open transaction is committed first.
    pub fn undo(&mut self) -> bool {
        // Without an open transaction there is nothing to commit.
        let _ = self.commit();
        let Some(step) = self.undo.pop_back() else {
            return false;
        };
        let back = self.walk_step(step);
        self.redo.push_back(back);
        self.forget_beyond_budget();
        true
    }

    /// False when there is nothing to redo. An open transaction is committed first, and leaves nothing to redo if it
    /// changed anything.
    pub fn redo(&mut self) -> bool {
        let _ = self.commit();
        let Some(step) = self.redo.pop_back() else {
            return false;
        };
        let back = self.walk_step(step);
        self.undo.push_back(back);
        self.forget_beyond_budget();
        true
    }

    /// The label of the step that Undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        let open = self.open.as_ref().filter(|step| !step.edits.is_empty());
        open.or(self.undo.back()).map(|step| step.label.as_str())
    }

    /// The label of the step that Redo would bring back.
    pub fn redo_label(&self) -> Option<&str> {
        self.redo.back().map(|step| step.label.as_str())
    }

    /// Names the document's state: every change gives a number that was never used before, and undo and redo give
    /// back the number of the state they lead to. Equal revisions, equal documents.
    /// For caches and for "unsaved changes": remember the revision that was saved.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Goes where `step` leads and returns the way back.
    fn walk_step(&mut self, step: Step) -> Step {
        let back = Step {
            label: step.label,
            edits: Vec::new(),
            revision: self.revision,
        };
        // The inverse of an edit that has been applied is never refused.
        let edits = step
            .edits
            .into_iter()
            .rev()
            .filter_map(|edit| self.document.apply(edit).ok())
            .collect();
        self.revision = step.revision;
        Step { edits, ..back }
    }

    fn forget_beyond_budget(&mut self) {
        let mut counted: HashSet<usize> = self
            .document
            .walk()
            .filter_map(|(_, layer)| pixels_of(layer))
            .map(|(key, _)| key)
            .collect();
        let aside = self.document.variants().layers().flat_map(Layer::walk);
        counted.extend(aside.filter_map(pixels_of).map(|(key, _)| key));
        counted.extend(self.document.source().map(|source| source.key()));
        let mut left = self.memory_budget;
        for steps in [&mut self.undo, &mut self.redo] {
            let nearest_first = steps.iter().rev();
            let kept = nearest_first
                .take_while(|step| step.fits(&mut left, &mut counted))
                .count();
            let forgotten = steps.len() - kept.max(1).min(steps.len());
            steps.drain(..forgotten);
        }
    }
}

impl Step {
    /// Notes how to take back `edit`, which was just applied.
    fn record(&mut self, edit: &Edit, inverse: Edit) {
        // Settings of different properties commute, so an older one of the same property stands for both.
        let settings = self
            .edits
            .iter()
            .rev()
            .take_while(|old| old.is_setting())
            .count();
        let run = self.edits.len() - settings;
        let same = self.edits[run..]
            .iter()
            .position(|old| old.sets_same_property(edit))
            .map(|i| run + i);
        let undone = same
            .or(self.edits.len().checked_sub(1))
            .filter(|&i| self.edits[i] == *edit);
        match (undone, same) {
            (Some(index), _) => drop(self.edits.remove(index)),
            (None, Some(_)) => {}
            (None, None) => self.edits.push(inverse),
        }
    }

    /// Takes this step's pixels that are not `counted` yet out of the budget `left`; false when they are too many.
    fn fits(&self, left: &mut usize, counted: &mut HashSet<usize>) -> bool {
        let layers = self
            .edits
            .iter()
            .flat_map(Edit::carried_layers)
            .flat_map(Layer::walk);
        let new = layers
            .filter_map(pixels_of)
            .filter(|(key, _)| counted.insert(*key));
        let bytes: usize = new.map(|(_, bytes)| bytes).sum();
        let fits = bytes <= *left;
        *left = left.saturating_sub(bytes);
        fits
    }
}

/// Key and size of a raster's pixels.
fn pixels_of(layer: &Layer) -> Option<(usize, usize)> {
    let pixels = &layer.as_raster()?.pixels;
    Some((pixels.key(), pixels.image().as_raw().len()))
}
