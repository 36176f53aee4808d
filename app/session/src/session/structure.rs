//! Order and grouping of the layers.

use document::{BlendMode, Document, DocumentError, Edit, Layer, LayerId, Property};
use words::{key, say};

use super::Session;

/// Between which layers something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InsertionPoint {
    /// `None` is the top level.
    pub parent: Option<LayerId>,
    /// The layer right beneath; `None` is the bottom of `parent`.
    pub above: Option<LayerId>,
}

/// Which way the selected layers go in their group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Backward,
    Front,
    Back,
}

impl Session {
    /// Puts the layers, in their present order, at one place. Locked ones stay.
    pub fn move_layers(
        &mut self,
        ids: &[LayerId],
        point: InsertionPoint,
    ) -> Result<(), DocumentError> {
        let ids = self.roots(ids);
        if point
            .parent
            .is_some_and(|parent| self.is_within(parent, &ids))
        {
            return Ok(());
        }
        let mut above = point.above;
        while let Some(id) = above.filter(|id| ids.contains(id)) {
            above = self.sibling(id, -1);
        }
        self.step(key!("step-reorder-layers"), |history| {
            for id in ids {
                let index = index_above(history.document(), point.parent, above, id);
                history.apply(Edit::Move {
                    id,
                    parent: point.parent,
                    index,
                })?;
                above = Some(id);
            }
            Ok(())
        })
    }

    pub fn shift_selected(&mut self, direction: Direction) -> Result<(), DocumentError> {
        let ids = self.roots(&self.selection);
        let (Some(&lowest), Some(&highest)) = (ids.first(), ids.last()) else {
            return Ok(());
        };
        let parent = self.parent(highest);
        let above = match direction {
            Direction::Front => siblings(self.document(), parent)
                .last()
                .map(|layer| layer.id),
            Direction::Back => None,
            Direction::Forward => Some(self.sibling(highest, 1).unwrap_or(highest)),
            Direction::Backward => match self.sibling(lowest, -1) {
                Some(beneath) => self.sibling(beneath, -1),
                None => None,
            },
        };
        self.move_layers(&ids, InsertionPoint { parent, above })
    }

    /// Copies right above their originals; the copies are selected.
    pub fn duplicate_selected(&mut self) -> Result<(), DocumentError> {
        let ids = self.roots(&self.selection);
        let mut copies = Vec::new();
        self.step(key!("step-duplicate"), |history| {
            for id in &ids {
                let Some((parent, index)) = history.document().position(*id) else {
                    continue;
                };
                let Some(mut layer) = history.duplicate_of(*id) else {
                    continue;
                };
                layer.name = copy_name(&layer.name);
                copies.push(layer.id);
                history.apply(Edit::Insert {
                    parent,
                    index: index + 1,
                    layer,
                })?;
            }
            Ok(())
        })?;
        if !copies.is_empty() {
            self.select_only(copies);
        }
        Ok(())
    }

    /// Within the open step: leaves a copy of each selected layer right beneath it. The layers themselves, which are
    /// about to be dragged away, go on as the copies.
    pub fn leave_copies(&mut self) {
        for id in self.roots(&self.selection) {
            let Some((parent, index)) = self.document().position(id) else {
                continue;
            };
            let Some(layer) = self.history.duplicate_of(id) else {
                continue;
            };
            let name = copy_name(&layer.name);
            self.edit_gesture(vec![
                Edit::Insert {
                    parent,
                    index,
                    layer,
                },
                Edit::Set(id, Property::Name(name)),
            ]);
        }
    }

    /// Deletes the selected layers; the nearest one left is selected.
    pub fn delete_selected(&mut self) -> Result<(), DocumentError> {
        let ids = self.roots(&self.selection);
        let rows: Vec<LayerId> = self.rows().iter().map(|row| row.layer.id).collect();
        let first = rows.iter().position(|id| ids.contains(id)).unwrap_or(0);
        let edits = ids.iter().map(|id| Edit::Remove { id: *id }).collect();
        self.edit(key!("step-delete"), edits)?;
        let left: Vec<LayerId> = self.rows().iter().map(|row| row.layer.id).collect();
        let next = left.get(first.min(left.len().saturating_sub(1))).copied();
        self.select_only(next.into_iter().collect());
        Ok(())
    }

    /// A group where the highest selected layer was.
    pub fn group_selected(&mut self) -> Result<(), DocumentError> {
        let ids = self.roots(&self.selection);
        let Some(&highest) = ids.last() else {
            return Ok(());
        };
        let Some((parent, index)) = self.document().position(highest) else {
            return Ok(());
        };
        let group = self.history.new_layer_id();
        self.step(key!("step-group"), |history| {
            // Putting layers together changes nothing of how they look.
            let layer = Layer {
                blend: BlendMode::PassThrough,
                ..Layer::group(group, say!("layers-new-group"), Vec::new())
            };
            history.apply(Edit::Insert {
                parent,
                index: index + 1,
                layer,
            })?;
            for (index, id) in ids.into_iter().enumerate() {
                history.apply(Edit::Move {
                    id,
                    parent: Some(group),
                    index,
                })?;
            }
            Ok(())
        })?;
        self.select_only(vec![group]);
        Ok(())
    }

    /// The selected groups' layers take their groups' places.
    pub fn ungroup_selected(&mut self) -> Result<(), DocumentError> {
        let groups: Vec<LayerId> = self
            .roots(&self.selection)
            .into_iter()
            .filter(|id| self.is_group(*id))
            .collect();
        let mut freed = Vec::new();
        self.step(key!("step-ungroup"), |history| {
            for group in groups {
                let Some((parent, index)) = history.document().position(group) else {
                    continue;
                };
                let children: Vec<LayerId> = siblings(history.document(), Some(group))
                    .iter()
                    .map(|layer| layer.id)
                    .collect();
                for (offset, id) in children.iter().enumerate() {
                    history.apply(Edit::Move {
                        id: *id,
                        parent,
                        index: index + 1 + offset,
                    })?;
                }
                history.apply(Edit::Remove { id: group })?;
                freed.extend(children);
            }
            Ok(())
        })?;
        if !freed.is_empty() {
            self.select_only(freed);
        }
        Ok(())
    }

    pub fn is_group(&self, id: LayerId) -> bool {
        self.document()
            .layer(id)
            .is_some_and(|layer| layer.as_group().is_some())
    }

    /// The layer right beneath in the same group.
    pub fn beneath(&self, id: LayerId) -> Option<LayerId> {
        self.sibling(id, -1)
    }

    /// The highest layer of a group.
    pub fn top_of(&self, group: LayerId) -> Option<LayerId> {
        siblings(self.document(), Some(group))
            .last()
            .map(|layer| layer.id)
    }

    /// One of `ids`, or in a group among them.
    pub fn is_within(&self, id: LayerId, ids: &[LayerId]) -> bool {
        ids.contains(&id) || self.has_ancestor_among(id, ids)
    }

    /// The layer `steps` above in the same group; beneath when negative.
    fn sibling(&self, id: LayerId, steps: isize) -> Option<LayerId> {
        let (parent, index) = self.document().position(id)?;
        let index = index.checked_add_signed(steps)?;
        siblings(self.document(), parent)
            .get(index)
            .map(|layer| layer.id)
    }
}

fn siblings(document: &Document, parent: Option<LayerId>) -> &[Layer] {
    match parent {
        Some(parent) => document
            .layer(parent)
            .and_then(Layer::as_group)
            .map_or(&[], |group| group.children.as_slice()),
        None => document.layers(),
    }
}

/// The index right above `above`, counted once `moved` has left its place.
fn index_above(
    document: &Document,
    parent: Option<LayerId>,
    above: Option<LayerId>,
    moved: LayerId,
) -> usize {
    let mut others = siblings(document, parent)
        .iter()
        .filter(|layer| layer.id != moved);
    match above {
        Some(above) => others
            .position(|layer| layer.id == above)
            .map_or(0, |index| index + 1),
        None => 0,
    }
}

/// "Logo copy", and for its copy "Logo copy 2".
fn copy_name(name: &str) -> String {
    let copy = say!("layers-copy-suffix");
    match name.rsplit_once(copy) {
        Some((original, "")) => format!("{original}{copy} 2"),
        Some((original, number)) => match number.trim_start().parse::<u32>() {
            Ok(number) => format!("{original}{copy} {}", number.saturating_add(1)),
            Err(_) => format!("{name}{copy}"),
        },
        None => format!("{name}{copy}"),
    }
}
