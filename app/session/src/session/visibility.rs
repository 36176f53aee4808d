use document::{DocumentError, Edit, LayerId, Property};
use words::key;

use super::Session;

/// What was visible before a layer was shown alone.
pub(super) struct SavedVisibility {
    alone: LayerId,
    visible: Vec<(LayerId, bool)>,
}

impl Session {
    pub fn toggle_visible(&mut self, id: LayerId) -> Result<(), DocumentError> {
        let Some(layer) = self.document().layer(id) else {
            return Ok(());
        };
        let visible = !layer.visible;
        let label = if visible {
            key!("step-show-layer")
        } else {
            key!("step-hide-layer")
        };
        self.edit(label, vec![Edit::Set(id, Property::Visible(visible))])
    }

    /// Shows only this layer; a second time brings back what was visible before.
    pub fn toggle_solo(&mut self, id: LayerId) -> Result<(), DocumentError> {
        let alone = self.visibility_alone(id);
        let now = self.visibility();
        let wanted = if now == alone {
            match self.solo.take() {
                Some(saved) if saved.alone == id => saved.visible,
                _ => now.iter().map(|(id, _)| (*id, true)).collect(),
            }
        } else {
            self.solo = Some(SavedVisibility {
                alone: id,
                visible: now.clone(),
            });
            alone
        };
        let changed = wanted.into_iter().filter(|entry| !now.contains(entry));
        let edits = changed
            .map(|(id, visible)| Edit::Set(id, Property::Visible(visible)))
            .collect();
        self.edit(key!("step-solo-layer"), edits)
    }

    fn visibility(&self) -> Vec<(LayerId, bool)> {
        self.document()
            .walk()
            .map(|(_, layer)| (layer.id, layer.visible))
            .collect()
    }

    /// The layer with its groups and its own layers as they are; all others hidden.
    fn visibility_alone(&self, alone: LayerId) -> Vec<(LayerId, bool)> {
        let related = |id: LayerId, visible: bool| {
            if id == alone || self.has_ancestor_among(alone, &[id]) {
                true
            } else {
                visible && self.has_ancestor_among(id, &[alone])
            }
        };
        self.document()
            .walk()
            .map(|(_, layer)| (layer.id, related(layer.id, layer.visible)))
            .collect()
    }
}
