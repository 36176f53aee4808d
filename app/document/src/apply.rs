//! How an edit changes a document. Each answers with the edit that takes it back.

use std::collections::HashSet;
use std::mem::{replace, swap};

use crate::document::Document;
use crate::{
    BlendMode, DocumentError, Edit, Group, Layer, LayerContent, LayerId, Property, Raster, Text,
    Variants,
};

impl Document {
    /// Applies `edit` and returns its inverse. When refused, the document is unchanged.
    pub(crate) fn apply(&mut self, edit: Edit) -> Result<Edit, DocumentError> {
        match edit {
            Edit::Insert {
                parent,
                index,
                layer,
            } => self.insert(parent, index, layer),
            Edit::Remove { id } => self.remove(id),
            Edit::Move { id, parent, index } => self.relocate(id, parent, index),
            Edit::SetLayers { layers } => self.set_layers(layers),
            Edit::SetVariants { variants } => self.set_variants(variants),
            Edit::Set(id, property) => Ok(Edit::Set(id, self.set(id, property)?)),
        }
    }

    /// Returns what was set before.
    fn set(&mut self, id: LayerId, mut property: Property) -> Result<Property, DocumentError> {
        match &mut property {
            Property::Name(name) => swap(&mut self.layer_mut(id)?.name, name),
            Property::Visible(visible) => swap(&mut self.layer_mut(id)?.visible, visible),
            Property::Locks(locks) => swap(&mut self.layer_mut(id)?.locks, locks),
            Property::Opacity(opacity) => swap(&mut self.layer_mut(id)?.opacity, opacity),
            Property::Blend(blend) => {
                let layer = self.layer_mut(id)?;
                check_blend(layer, *blend)?;
                swap(&mut layer.blend, blend);
            }
            Property::Collapsed(collapsed) => swap(&mut self.group_mut(id)?.collapsed, collapsed),
            Property::Transform(transform) => {
                let raster = self.raster_mut(id)?;
                check_number(transform.invalid_number())?;
                swap(&mut raster.transform, transform);
            }
            Property::Recolor(recolor) => {
                let raster = self.raster_mut(id)?;
                check_number(recolor.invalid_number())?;
                swap(&mut raster.recolor, recolor);
            }
            Property::Text(text) => {
                let raster = self.raster_mut(id)?;
                check_number(text.as_ref().and_then(Text::invalid_number))?;
                swap(&mut raster.text, text);
            }
        }
        Ok(property)
    }

    fn insert(
        &mut self,
        parent: Option<LayerId>,
        index: usize,
        layer: Layer,
    ) -> Result<Edit, DocumentError> {
        let mut seen = self.walk().map(|(_, layer)| layer.id).collect();
        check_new(&layer, &mut seen)?;
        let id = layer.id;
        let siblings = self.siblings_mut(parent)?;
        check_index(index, siblings.len())?;
        self.reserve_ids_of(&layer);
        self.siblings_mut(parent)?.insert(index, layer);
        Ok(Edit::Remove { id })
    }

    fn remove(&mut self, id: LayerId) -> Result<Edit, DocumentError> {
        let (parent, index) = self.position(id).ok_or(DocumentError::NoSuchLayer(id))?;
        let layer = self.siblings_mut(parent)?.remove(index);
        Ok(Edit::Insert {
            parent,
            index,
            layer,
        })
    }

    fn relocate(
        &mut self,
        id: LayerId,
        parent: Option<LayerId>,
        index: usize,
    ) -> Result<Edit, DocumentError> {
        let layer = self.layer(id).ok_or(DocumentError::NoSuchLayer(id))?;
        if let Some(parent) = parent
            && layer.walk().any(|inside| inside.id == parent)
        {
            return Err(DocumentError::IntoItself(id));
        }
        let (old_parent, old_index) = self.position(id).ok_or(DocumentError::NoSuchLayer(id))?;
        let len = self.siblings_mut(parent)?.len() - usize::from(parent == old_parent);
        check_index(index, len)?;
        let layer = self.siblings_mut(old_parent)?.remove(old_index);
        self.siblings_mut(parent)?.insert(index, layer);
        Ok(Edit::Move {
            id,
            parent: old_parent,
            index: old_index,
        })
    }

    pub(crate) fn set_layers(&mut self, layers: Vec<Layer>) -> Result<Edit, DocumentError> {
        let mut seen = HashSet::new();
        layers
            .iter()
            .try_for_each(|layer| check_new(layer, &mut seen))?;
        layers.iter().for_each(|layer| self.reserve_ids_of(layer));
        Ok(Edit::SetLayers {
            layers: replace(&mut self.layers, layers),
        })
    }

    /// Ids are unique within a variant, and may be those of the layers that take its place.
    pub(crate) fn set_variants(&mut self, variants: Variants) -> Result<Edit, DocumentError> {
        variants.check()?;
        for variant in &variants.all {
            let mut seen = HashSet::new();
            let mut layers = variant.layers.iter();
            layers.try_for_each(|layer| check_new(layer, &mut seen))?;
        }
        variants
            .layers()
            .for_each(|layer| self.reserve_ids_of(layer));
        Ok(Edit::SetVariants {
            variants: replace(&mut self.variants, variants),
        })
    }

    fn layer_mut(&mut self, id: LayerId) -> Result<&mut Layer, DocumentError> {
        find_mut(&mut self.layers, id).ok_or(DocumentError::NoSuchLayer(id))
    }

    fn raster_mut(&mut self, id: LayerId) -> Result<&mut Raster, DocumentError> {
        match &mut self.layer_mut(id)?.content {
            LayerContent::Raster(raster) => Ok(raster),
            LayerContent::Group(_) => Err(DocumentError::NotARaster(id)),
        }
    }

    fn group_mut(&mut self, id: LayerId) -> Result<&mut Group, DocumentError> {
        match &mut self.layer_mut(id)?.content {
            LayerContent::Group(group) => Ok(group),
            LayerContent::Raster(_) => Err(DocumentError::NotAGroup(id)),
        }
    }

    /// The layers of a group, or the top level.
    fn siblings_mut(&mut self, parent: Option<LayerId>) -> Result<&mut Vec<Layer>, DocumentError> {
        match parent {
            Some(id) => Ok(&mut self.group_mut(id)?.children),
            None => Ok(&mut self.layers),
        }
    }
}

impl Layer {
    /// What is wrong with the numbers of this layer or one inside it.
    pub(crate) fn invalid_number(&self) -> Option<&'static str> {
        self.walk().filter_map(Layer::as_raster).find_map(|raster| {
            raster
                .transform
                .invalid_number()
                .or_else(|| raster.recolor.invalid_number())
                .or_else(|| raster.text.as_ref()?.invalid_number())
        })
    }
}

fn find_mut(layers: &mut [Layer], id: LayerId) -> Option<&mut Layer> {
    for layer in layers {
        if layer.id == id {
            return Some(layer);
        }
        if let LayerContent::Group(group) = &mut layer.content
            && let Some(found) = find_mut(&mut group.children, id)
        {
            return Some(found);
        }
    }
    None
}

/// Refuses a layer with an id that was `seen` already, or with numbers or a blend mode that it may not have.
fn check_new(layer: &Layer, seen: &mut HashSet<LayerId>) -> Result<(), DocumentError> {
    if let Some(twice) = layer.walk().find(|layer| !seen.insert(layer.id)) {
        return Err(DocumentError::DuplicateId(twice.id));
    }
    layer
        .walk()
        .try_for_each(|layer| check_blend(layer, layer.blend))?;
    check_number(layer.invalid_number())
}

fn check_number(invalid: Option<&'static str>) -> Result<(), DocumentError> {
    invalid.map_or(Ok(()), |what| Err(DocumentError::InvalidNumber(what)))
}

fn check_blend(layer: &Layer, blend: BlendMode) -> Result<(), DocumentError> {
    match &layer.content {
        LayerContent::Raster(_) if blend == BlendMode::PassThrough => {
            Err(DocumentError::NotAGroup(layer.id))
        }
        LayerContent::Raster(_) | LayerContent::Group(_) => Ok(()),
    }
}

fn check_index(index: usize, len: usize) -> Result<(), DocumentError> {
    if index > len {
        Err(DocumentError::IndexOutOfRange { index, len })
    } else {
        Ok(())
    }
}
