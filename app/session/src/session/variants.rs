//! Choosing among the results of several runs, and taking layers from them.

use document::{DocumentError, Edit, Layer, LayerId};
use words::key;

use super::Session;

impl Session {
    /// Shows another variant. The one that was shown keeps what was changed of it.
    pub fn choose_variant(&mut self, index: usize) -> Result<(), DocumentError> {
        let document = self.document();
        let variants = document.variants().clone();
        if index == variants.chosen {
            return Ok(());
        }
        let Some(edits) = variants.choose(index, document.layers().to_vec()) else {
            return Ok(());
        };
        self.edit(key!("step-choose-variant"), edits)?;
        let top = self.document().layers().last().map(|layer| layer.id);
        self.select_only(top.into_iter().collect());
        Ok(())
    }

    /// Forgets the variant that is shown; the one before it takes its place, or the one after the first.
    pub fn delete_variant(&mut self) -> Result<(), DocumentError> {
        let document = self.document();
        let gone = document.variants().chosen;
        let next = if gone == 0 { 1 } else { gone - 1 };
        let variants = document.variants().clone();
        let Some(mut edits) = variants.choose(next, Vec::new()) else {
            return Ok(());
        };
        if let Some(Edit::SetVariants { variants }) = edits.first_mut() {
            variants.all.remove(gone);
            variants.chosen -= usize::from(next > gone);
        }
        self.edit(key!("step-delete-variant"), edits)?;
        let top = self.document().layers().last().map(|layer| layer.id);
        self.select_only(top.into_iter().collect());
        Ok(())
    }

    /// A copy of a layer of another variant, in front of all layers.
    pub fn take_from_variant(&mut self, id: LayerId) -> Result<(), DocumentError> {
        let Some(layer) = self.history.duplicate_of(id) else {
            return Ok(());
        };
        let copy = layer.id;
        let index = self.document().layers().len();
        let insert = Edit::Insert {
            parent: None,
            index,
            layer,
        };
        self.edit(key!("step-copy-from-variant"), vec![insert])?;
        self.select_only(vec![copy]);
        Ok(())
    }

    /// The other variants' names and layers, in order.
    pub fn other_variants(&self) -> impl Iterator<Item = (&str, &[Layer])> {
        let variants = self.document().variants();
        let others = variants.all.iter().enumerate();
        others
            .filter(|(index, _)| *index != variants.chosen)
            .map(|(_, variant)| (variant.name.as_str(), variant.layers.as_slice()))
    }
}
