use document::{Layer, LayerId};

use super::Session;

/// What a click on a row does to the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectMode {
    Only,
    /// Ctrl: adds or removes.
    Toggle,
    /// Shift: everything from the last clicked row to this one.
    Range,
}

/// A row of the layer panel.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub depth: usize,
    pub parent: Option<LayerId>,
    pub layer: &'a Layer,
}

impl Session {
    /// In the order they were selected; all of them exist.
    pub fn selection(&self) -> &[LayerId] {
        &self.selection
    }

    pub fn is_selected(&self, id: LayerId) -> bool {
        self.selection.contains(&id)
    }

    /// The layer, when exactly one is selected.
    pub fn only_selected(&self) -> Option<&Layer> {
        match self.selection.as_slice() {
            [id] => self.document().layer(*id),
            _ => None,
        }
    }

    /// Layers as the panel lists them: front first, without those in folded groups.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::new();
        push_rows(self.document().layers(), None, 0, &mut rows);
        rows
    }

    pub fn select(&mut self, id: LayerId, mode: SelectMode) {
        match mode {
            SelectMode::Only => self.selection = vec![id],
            SelectMode::Toggle => {
                match self.selection.iter().position(|selected| *selected == id) {
                    Some(index) => {
                        self.selection.remove(index);
                    }
                    None => self.selection.push(id),
                }
            }
            SelectMode::Range => {
                self.selection = self.range_to(id);
                return;
            }
        }
        self.anchor = Some(id);
    }

    pub fn select_only(&mut self, ids: Vec<LayerId>) {
        self.anchor = ids.last().copied();
        self.selection = ids;
    }

    pub fn select_all(&mut self) {
        self.selection = self
            .document()
            .layers()
            .iter()
            .map(|layer| layer.id)
            .collect();
    }

    /// Moves the selection by `rows` in the panel; up is negative.
    pub fn select_neighbour(&mut self, rows: isize) {
        let listed: Vec<LayerId> = self.rows().iter().map(|row| row.layer.id).collect();
        let current = listed.iter().position(|id| self.is_selected(*id));
        let next = match current {
            Some(index) => index
                .saturating_add_signed(rows)
                .min(listed.len().saturating_sub(1)),
            None => 0,
        };
        if let Some(id) = listed.get(next) {
            self.select(*id, SelectMode::Only);
        }
    }

    /// Selected layers that may be changed, without those inside another selected group; bottom first.
    pub fn editable_roots(&self) -> Vec<LayerId> {
        self.roots(&self.selection)
    }

    pub(super) fn roots(&self, ids: &[LayerId]) -> Vec<LayerId> {
        let listed = self.document().walk().map(|(_, layer)| layer.id);
        listed
            .filter(|id| {
                ids.contains(id) && !self.is_locked(*id) && !self.has_ancestor_among(*id, ids)
            })
            .collect()
    }

    pub(super) fn has_ancestor_among(&self, id: LayerId, ids: &[LayerId]) -> bool {
        let mut parent = self.parent(id);
        while let Some(id) = parent {
            if ids.contains(&id) {
                return true;
            }
            parent = self.parent(id);
        }
        false
    }

    pub(super) fn parent(&self, id: LayerId) -> Option<LayerId> {
        self.document().position(id)?.0
    }

    pub(super) fn note_selection(&mut self) {
        let revision = self.history.revision();
        self.selections.insert(revision, self.selection.clone());
    }

    /// What was selected when this state was last left.
    pub(super) fn restore_selection(&mut self) {
        if let Some(selection) = self.selections.get(&self.history.revision()) {
            self.select_only(selection.clone());
        }
        self.forget_missing();
    }

    /// After an edit the selection may name layers that are gone.
    pub(super) fn forget_missing(&mut self) {
        let document = self.history.document();
        self.selection.retain(|id| document.layer(*id).is_some());
        self.anchor = self.anchor.filter(|id| document.layer(*id).is_some());
    }

    fn range_to(&self, id: LayerId) -> Vec<LayerId> {
        let listed: Vec<LayerId> = self.rows().iter().map(|row| row.layer.id).collect();
        let place = |wanted: LayerId| listed.iter().position(|id| *id == wanted);
        let Some(end) = place(id) else {
            return vec![id];
        };
        let start = self.anchor.and_then(place).unwrap_or(end);
        listed
            .get(start.min(end)..=start.max(end))
            .unwrap_or_default()
            .to_vec()
    }
}

fn push_rows<'a>(
    layers: &'a [Layer],
    parent: Option<LayerId>,
    depth: usize,
    rows: &mut Vec<Row<'a>>,
) {
    for layer in layers.iter().rev() {
        rows.push(Row {
            depth,
            parent,
            layer,
        });
        if let Some(group) = layer.as_group()
            && !group.collapsed
        {
            push_rows(&group.children, Some(layer.id), depth + 1, rows);
        }
    }
}
