use crate::{DocumentError, Edit, Layer};

/// Stacks of layers for one canvas, side by side, one of which is shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Variants {
    /// Empty while there is nothing to choose from.
    pub all: Vec<Variant>,
    /// Which of them is shown.
    pub chosen: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    pub name: String,
    /// None of the chosen one, whose layers are the document's.
    pub layers: Vec<Layer>,
}

impl Variants {
    /// Of all that are not chosen.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.all.iter().flat_map(|variant| &variant.layers)
    }

    /// Sets `layers` aside under the chosen name, adds a variant and chooses it.
    pub fn add(&mut self, name: String, layers: Vec<Layer>) {
        if let Some(chosen) = self.all.get_mut(self.chosen) {
            chosen.layers = layers;
        }
        self.chosen = self.all.len();
        self.all.push(Variant {
            name,
            layers: Vec::new(),
        });
    }

    /// The edits that show another variant in place of `layers`; `None` where there is none of that number.
    pub fn choose(mut self, index: usize, layers: Vec<Layer>) -> Option<Vec<Edit>> {
        let wanted = std::mem::take(&mut self.all.get_mut(index)?.layers);
        self.all.get_mut(self.chosen)?.layers = layers;
        self.chosen = index;
        Some(vec![
            Edit::SetVariants { variants: self },
            Edit::SetLayers { layers: wanted },
        ])
    }

    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        let len = self.all.len();
        match self.all.get(self.chosen) {
            Some(chosen) if chosen.layers.is_empty() => Ok(()),
            None if len == 0 => Ok(()),
            _ => Err(DocumentError::IndexOutOfRange {
                index: self.chosen,
                len,
            }),
        }
    }
}
