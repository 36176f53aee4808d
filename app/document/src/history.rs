use crate::{Document, DocumentError, Edit};

/// Pixels kept alive only by undo steps; beyond it the oldest steps are forgotten. Steps without pixels are free.
pub const MEMORY_BUDGET_BYTES: usize = 2 << 30;

/// Owns a document and every change made to it. A transaction is one step of undo, however many edits it holds;
/// edits that follow each other on the same property within one transaction are kept as one.
pub struct History {
    document: Document,
}

impl History {
    pub fn new(document: Document) -> Self {
        Self { document }
    }

    pub fn with_memory_budget(document: Document, bytes: usize) -> Self {
        todo!()
    }

    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Fresh ids need no undo.
    pub fn new_layer_id(&mut self) -> crate::LayerId {
        self.document.new_layer_id()
    }

    pub fn duplicate_of(&mut self, id: crate::LayerId) -> Option<crate::Layer> {
        self.document.duplicate_of(id)
    }

    /// Opens a transaction. `label` is what Undo will say ("Move layer").
    pub fn begin(&mut self, label: impl Into<String>) -> Result<(), DocumentError> {
        todo!()
    }

    /// Applies an edit inside the open transaction, or as a transaction of its own named after the edit.
    pub fn apply(&mut self, edit: Edit) -> Result<(), DocumentError> {
        todo!()
    }

    /// Closes the transaction. One that changed nothing leaves no step.
    pub fn commit(&mut self) -> Result<(), DocumentError> {
        todo!()
    }

    /// Takes back everything since `begin`.
    pub fn abort(&mut self) -> Result<(), DocumentError> {
        todo!()
    }

    pub fn in_transaction(&self) -> bool {
        todo!()
    }

    /// Applies `edits` as one step; when one is refused, none has happened.
    pub fn transact(&mut self, label: impl Into<String>, edits: Vec<Edit>) -> Result<(), DocumentError> {
        todo!()
    }

    /// False when there is nothing to undo. An open transaction is committed first.
    pub fn undo(&mut self) -> bool {
        todo!()
    }

    pub fn redo(&mut self) -> bool {
        todo!()
    }

    /// The label of the step that Undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        todo!()
    }

    pub fn redo_label(&self) -> Option<&str> {
        todo!()
    }

    /// Grows with every change of the document, undo and redo included: equal revisions, equal documents.
    /// For caches and for "unsaved changes": remember the revision that was saved.
    pub fn revision(&self) -> u64 {
        todo!()
    }
}
