//! What a decomposition makes of the layers.

use document::{BlendMode, Document, Edit, Layer, LayerId};
use engine::{Decomposition, Layers, Report};
use words::{key, say};

use super::Session;
use crate::result::layers_of;
use crate::target::TargetPlacement;

impl Session {
    /// The selected layers that may be split.
    pub fn splittable(&self) -> Vec<LayerId> {
        let mut ids = self.editable_roots();
        ids.retain(|id| {
            let bounds = self.document().layer_bounds(*id);
            !self.locks(*id).pixels && bounds.is_some_and(|bounds| !bounds.is_empty())
        });
        ids
    }

    /// Notes the report of a run, for the project's file.
    pub fn add_run(&mut self, report: &Report) {
        self.runs.extend(serde_json::to_value(report).ok());
    }

    /// A finished decomposition takes the place of all layers, as one step. Those that were there become a variant of
    /// their own, unless they are only the picture itself.
    pub fn replace_layers(&mut self, result: Decomposition, place: TargetPlacement) {
        let run = run_name(&result.report);
        let layers = layers_of(result, place, &mut || self.history.new_layer_id());
        let top = layers.last().map(|layer| layer.id);
        let document = self.history.document();
        let mut variants = document.variants().clone();
        if variants.all.is_empty() && !is_only_source(document) {
            variants.add(say!("variants-as-opened").to_owned(), Vec::new());
        }
        let number = variants.all.len() + 1;
        variants.add(
            say!("variants-run", number = number, run = run),
            document.layers().to_vec(),
        );
        let done = self.step(key!("step-decompose"), |history| {
            history.apply(Edit::SetVariants { variants })?;
            history.apply(Edit::SetLayers { layers })
        });
        if done.is_ok() {
            self.select_only(top.into_iter().collect());
        }
    }

    /// A finished decomposition of a layer takes its place as a group, as one step. False when the layer is gone.
    pub fn split_layer(
        &mut self,
        id: LayerId,
        result: Decomposition,
        place: TargetPlacement,
    ) -> bool {
        let document = self.history.document();
        let (Some(layer), Some((parent, index))) =
            (document.layer(id).cloned(), document.position(id))
        else {
            return false;
        };
        // It may have been moved meanwhile.
        let place = layer.as_raster().map_or(place, |raster| TargetPlacement {
            transform: raster.transform,
            ..place
        });
        let layers = layers_of(result, place, &mut || self.history.new_layer_id());
        let group = group_like(&layer, self.history.new_layer_id(), layers);
        let group_id = group.id;
        let done = self.step(key!("step-split-layer"), |history| {
            history.apply(Edit::Remove { id })?;
            history.apply(Edit::Insert {
                parent,
                index,
                layer: group,
            })
        });
        if done.is_ok() {
            self.select_only(vec![group_id]);
        }
        done.is_ok()
    }
}

/// A group of `layers` that meets what is beneath as `layer` does.
fn group_like(layer: &Layer, id: LayerId, layers: Vec<Layer>) -> Layer {
    let blend = match layer.blend {
        // Its layers met what is beneath; they have become one picture.
        BlendMode::PassThrough => BlendMode::Normal,
        blend => blend,
    };
    Layer {
        visible: layer.visible,
        locks: layer.locks,
        opacity: layer.opacity,
        blend,
        ..Layer::group(id, layer.name.clone(), layers)
    }
}

fn is_only_source(document: &Document) -> bool {
    let only = match document.layers() {
        [only] => only.as_raster(),
        _ => None,
    };
    only.zip(document.source())
        .is_some_and(|(raster, source)| raster.pixels.ptr_eq(source))
}

/// "Quick, 4 layers, seed 777".
fn run_name(report: &Report) -> String {
    let label = &report.resolved.backend.label;
    let seed = report.request.seed;
    match report.request.layers {
        Layers::Auto => say!("variants-settings", engine = label, seed = seed),
        Layers::AtMost(count) => say!(
            "variants-settings-layers",
            engine = label,
            count = count,
            seed = seed
        ),
    }
}
