//! A drag of layers from press to release: where each layer lies for a given pointer position. Plain arithmetic.
//!
//! Every result is computed from the layers as they lay at the press, so that nothing adds up along the way.

use document::{LayerId, Transform};
use glam::{DMat2, DVec2};

use crate::handles::Handle;
use crate::selection::{SelectedRaster, SelectionBox, bounds};
use crate::snap::Lines;

/// Shift turns in steps of this.
const ROTATION_STEP: f64 = std::f64::consts::PI / 12.0;

/// Layers are not made smaller than this, in document pixels.
const SMALLEST_SIDE: f64 = 1.0;

/// What a drag does, for the undo menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DragKind {
    MoveLayer,
    MoveLayers,
    ResizeLayer,
    ResizeLayers,
    RotateLayer,
    RotateLayers,
    /// A copy is dragged away.
    Duplicate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    Move,
    Handle(Handle),
}

/// Keys held during the drag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DragModifiers {
    /// Moves along one axis, keeps the ratio, turns in steps of 15°.
    pub shift: bool,
    /// Moves a copy when held at the press; resizes about the middle.
    pub alt: bool,
    /// Catches no lines.
    pub ctrl: bool,
}

#[derive(Debug, Clone)]
struct DraggedLayer {
    id: LayerId,
    size: DVec2,
    start: Transform,
}

#[derive(Debug, Clone)]
pub struct Drag {
    gesture: Gesture,
    layers: Vec<DraggedLayer>,
    selection_box: SelectionBox,
    /// Top left and bottom right of the box around `layers`.
    bounds: (DVec2, DVec2),
    press: DVec2,
}

impl Drag {
    /// Of the unlocked layers among `rasters`, from `press` in the document; `None` when there is none.
    pub fn new(gesture: Gesture, rasters: &[SelectedRaster<'_>], press: DVec2) -> Option<Self> {
        let unlocked = || rasters.iter().filter(|raster| !raster.locked);
        let layers: Vec<_> = unlocked()
            .map(|raster| DraggedLayer {
                id: raster.id,
                size: raster.size(),
                start: raster.raster.transform,
            })
            .collect();
        let selection_box = SelectionBox::around(rasters)?;
        (!layers.is_empty()).then_some(Self {
            gesture,
            layers,
            selection_box,
            bounds: bounds(unlocked().flat_map(SelectedRaster::corners)),
            press,
        })
    }

    pub fn gesture(&self) -> Gesture {
        self.gesture
    }

    pub fn layer_ids(&self) -> impl Iterator<Item = LayerId> {
        self.layers.iter().map(|layer| layer.id)
    }

    pub fn kind(&self) -> DragKind {
        match (self.gesture, self.layers.len()) {
            (Gesture::Move, 1) => DragKind::MoveLayer,
            (Gesture::Move, _) => DragKind::MoveLayers,
            (Gesture::Handle(Handle::Rotate), 1) => DragKind::RotateLayer,
            (Gesture::Handle(Handle::Rotate), _) => DragKind::RotateLayers,
            (Gesture::Handle(_), 1) => DragKind::ResizeLayer,
            (Gesture::Handle(_), _) => DragKind::ResizeLayers,
        }
    }

    pub fn start_transforms(&self) -> Vec<(LayerId, Transform)> {
        self.layers
            .iter()
            .map(|layer| (layer.id, layer.start))
            .collect()
    }

    pub fn transforms(
        &self,
        pointer: DVec2,
        modifiers: DragModifiers,
    ) -> Vec<(LayerId, Transform)> {
        match self.gesture {
            Gesture::Move => self.moved(pointer, modifiers),
            Gesture::Handle(Handle::Rotate) => self.rotated(pointer, modifiers),
            Gesture::Handle(handle @ Handle::Resize { .. }) => {
                self.resized(handle.direction(), pointer, modifiers)
            }
        }
    }

    fn changed(&self, change: impl Fn(&DraggedLayer) -> Transform) -> Vec<(LayerId, Transform)> {
        self.layers
            .iter()
            .map(|layer| (layer.id, change(layer)))
            .collect()
    }

    fn moved(&self, pointer: DVec2, modifiers: DragModifiers) -> Vec<(LayerId, Transform)> {
        let delta = self.delta(pointer, modifiers);
        self.changed(|layer| layer.start.translated(delta))
    }

    /// By whole pixels, so that layers on the pixel grid stay on it.
    fn delta(&self, pointer: DVec2, modifiers: DragModifiers) -> DVec2 {
        let delta = (pointer - self.press).round();
        match modifiers.shift {
            true if delta.x.abs() >= delta.y.abs() => DVec2::new(delta.x, 0.0),
            true => DVec2::new(0.0, delta.y),
            false => delta,
        }
    }

    /// The edges, and of a whole box the middle, that lie where the pointer takes them and may catch lines.
    pub fn edges(&self, pointer: DVec2, modifiers: DragModifiers) -> Lines {
        let mut edges = Lines::default();
        match self.gesture {
            Gesture::Move => {
                let ((min, max), delta) = (self.bounds, self.delta(pointer, modifiers));
                edges.add_box(min + delta, max + delta);
            }
            // Of a turned box, or one that keeps its ratio, no edge goes where the pointer goes.
            Gesture::Handle(Handle::Resize { x, y })
                if self.selection_box.rotation == 0.0 && !modifiers.shift =>
            {
                let moved = |edge: f64, by: f64| (edge + by).round();
                let (min, max) = bounds(self.selection_box.corners());
                let by = pointer - self.press;
                let [left, right] = [min.x, max.x].map(|edge| moved(edge, by.x));
                let [top, bottom] = [min.y, max.y].map(|edge| moved(edge, by.y));
                edges.x.extend(grabbed(x, left, right));
                edges.y.extend(grabbed(y, top, bottom));
            }
            Gesture::Handle(_) => {}
        }
        edges
    }

    fn rotated(&self, pointer: DVec2, modifiers: DragModifiers) -> Vec<(LayerId, Transform)> {
        let pivot = self.selection_box.center;
        let (from, to) = (self.press - pivot, pointer - pivot);
        let mut angle = if from.length() > 0.0 && to.length() > 0.0 {
            from.angle_to(to)
        } else {
            0.0
        };
        if modifiers.shift {
            let end = self.selection_box.rotation + angle;
            angle = (end / ROTATION_STEP).round() * ROTATION_STEP - self.selection_box.rotation;
        }
        let turn = DMat2::from_angle(angle);
        self.changed(|layer| Transform {
            center: pivot + turn * (layer.start.center - pivot),
            rotation: wrapped(layer.start.rotation + angle),
            ..layer.start
        })
    }

    /// `direction` is the handle's; the opposite edge or corner stays, or with Alt the middle.
    fn resized(
        &self,
        direction: DVec2,
        pointer: DVec2,
        modifiers: DragModifiers,
    ) -> Vec<(LayerId, Transform)> {
        let selection = &self.selection_box;
        let axes = selection.axes();
        let anchor = if modifiers.alt {
            DVec2::ZERO
        } else {
            -direction * selection.half
        };
        let grabbed = self.snapped(
            direction,
            axes.transpose() * (pointer - self.press) + direction * selection.half,
        );
        let factor = self.factor(
            direction,
            (grabbed - anchor) / (direction * selection.half - anchor),
            modifiers,
        );
        self.changed(|layer| {
            let center = axes.transpose() * (layer.start.center - selection.center);
            Transform {
                center: selection.center + axes * (anchor + factor * (center - anchor)),
                scale: layer.start.scale * factor,
                ..layer.start
            }
        })
    }

    /// The grabbed edge, in box coordinates, on whole document pixels where the box is upright.
    fn snapped(&self, direction: DVec2, grabbed: DVec2) -> DVec2 {
        if self.selection_box.rotation != 0.0 {
            return grabbed;
        }
        let snapped = (self.selection_box.center + grabbed).round() - self.selection_box.center;
        DVec2::select(direction.cmpne(DVec2::ZERO), snapped, grabbed)
    }

    /// `wanted` means nothing along an axis that the handle does not change.
    fn factor(&self, direction: DVec2, wanted: DVec2, modifiers: DragModifiers) -> DVec2 {
        let changes = direction.cmpne(DVec2::ZERO) & wanted.is_finite_mask();
        let wanted = DVec2::select(changes, wanted, DVec2::ONE);
        // A turned layer among several would be sheared by unequal factors, and mirrored wrongly by negative ones.
        let turned =
            self.layers.len() > 1 && self.layers.iter().any(|layer| layer.start.rotation != 0.0);
        if !turned && !modifiers.shift {
            return self.not_too_small(wanted);
        }
        // The equal factors that bring the grabbed corner nearest to the pointer.
        let weight = direction.abs() * self.selection_box.half * self.selection_box.half;
        let equal = (wanted * weight).element_sum() / weight.element_sum();
        let equal = if !equal.is_finite() {
            1.0
        } else if turned {
            equal.max(0.0)
        } else {
            equal
        };
        let size = self.not_too_small(DVec2::splat(equal)).abs().max_element();
        DVec2::select(
            changes,
            DVec2::splat(size * sign(equal)),
            DVec2::splat(size),
        )
    }

    fn not_too_small(&self, factor: DVec2) -> DVec2 {
        let least = self.layers.iter().fold(DVec2::ZERO, |least, layer| {
            let side = (layer.size * layer.start.scale).abs();
            least.max((DVec2::splat(SMALLEST_SIDE) / side).min(DVec2::ONE))
        });
        factor.map(sign) * factor.abs().max(least)
    }
}

/// The edge that a handle moves, if it moves one.
fn grabbed(direction: i8, low: f64, high: f64) -> Option<f64> {
    match direction {
        0 => None,
        1.. => Some(high),
        _ => Some(low),
    }
}

/// 1 or −1, also for 0.
fn sign(value: f64) -> f64 {
    if value < 0.0 { -1.0 } else { 1.0 }
}

/// To −π … π.
fn wrapped(angle: f64) -> f64 {
    let turns = (angle / std::f64::consts::TAU).round();
    angle - turns * std::f64::consts::TAU
}

#[cfg(test)]
mod tests {
    use document::{Pixels, Raster, Recolor};
    use image::RgbaImage;
    use proptest::prelude::*;

    use super::*;

    fn raster(size: (u32, u32), transform: Transform) -> Raster {
        let pixels = Pixels::new(RgbaImage::new(size.0, size.1));
        Raster {
            pixels,
            transform,
            recolor: Recolor::default(),
            text: None,
        }
    }

    fn selected(rasters: &[Raster]) -> Vec<SelectedRaster<'_>> {
        let with_id = |(index, raster)| SelectedRaster {
            id: LayerId(index as u64),
            raster,
            locked: false,
        };
        rasters.iter().enumerate().map(with_id).collect()
    }

    prop_compose! {
        fn some_transform()(
            x in -500.0..500.0, y in -500.0..500.0, width in 0.1..4.0, height in 0.1..4.0,
            flip: (bool, bool), rotation in -3.0..3.0,
        ) -> Transform {
            let flipped = |size: f64, flip| if flip { -size } else { size };
            let scale = DVec2::new(flipped(width, flip.0), flipped(height, flip.1));
            Transform { center: DVec2::new(x, y), scale, rotation }
        }
    }

    fn some_raster() -> impl Strategy<Value = Raster> {
        ((1_u32..300, 1_u32..300), some_transform())
            .prop_map(|(size, transform)| raster(size, transform))
    }

    fn some_resize_handle() -> impl Strategy<Value = Handle> {
        prop::sample::select(Handle::ALL[1..].to_vec())
    }

    prop_compose! {
        fn some_modifiers()(shift: bool, alt: bool) -> DragModifiers {
            DragModifiers { shift, alt, ctrl: false }
        }
    }

    /// A drag by the middle of a handle.
    fn pressed(handle: Handle, rasters: &[Raster]) -> Drag {
        let selected = selected(rasters);
        let press = SelectionBox::around(&selected)
            .unwrap()
            .point(handle.direction());
        Drag::new(Gesture::Handle(handle), &selected, press).unwrap()
    }

    /// In sixteenths of a pixel.
    fn position(pointer: (i16, i16)) -> DVec2 {
        DVec2::new(pointer.0.into(), pointer.1.into()) / 16.0
    }

    fn resized(raster: &Raster, to: Transform) -> Raster {
        Raster {
            transform: to,
            ..raster.clone()
        }
    }

    proptest! {
        #[test]
        fn resizing_keeps_the_opposite_corner_or_the_middle(
            start in some_raster(), handle in some_resize_handle(), pointer: (i16, i16), modifiers in some_modifiers(),
        ) {
            let rasters = [start.clone()];
            let drag = pressed(handle, &rasters);
            let pointer = position(pointer);
            let [(_, to)] = drag.transforms(pointer, modifiers)[..] else { panic!("one layer") };
            // In the pixels' own coordinates, in which a flipped layer's corner stays that same corner.
            let anchor = if modifiers.alt { DVec2::ZERO } else { -handle.direction() * start.transform.scale.map(sign) };
            let place = |raster: &Raster| {
                let (width, height) = (raster.pixels.width(), raster.pixels.height());
                let middle = DVec2::new(width.into(), height.into()) / 2.0;
                raster.transform.document_from_pixels(width, height).transform_point2(middle * (anchor + 1.0))
            };
            prop_assert!((place(&resized(&start, to)) - place(&start)).length() < 1e-6);
            prop_assert_eq!(to.rotation, start.transform.rotation);
        }

        #[test]
        fn no_layer_becomes_smaller_than_a_pixel(
            rasters in prop::collection::vec(some_raster(), 1..5), handle in some_resize_handle(),
            pointer: (i16, i16), modifiers in some_modifiers(),
        ) {
            let drag = pressed(handle, &rasters);
            let pointer = position(pointer);
            for ((_, to), from) in drag.transforms(pointer, modifiers).iter().zip(&rasters) {
                let size = from.pixels.size();
                let least = (size * from.transform.scale).abs().min(DVec2::ONE);
                prop_assert!(to.center.is_finite() && to.scale.is_finite());
                prop_assert!((size * to.scale).abs().cmpge(least - 1e-9).all());
            }
        }

        #[test]
        fn several_layers_keep_their_ratio_where_one_is_turned(
            rasters in prop::collection::vec(some_raster(), 2..5), handle in some_resize_handle(),
            pointer: (i16, i16), modifiers in some_modifiers(),
        ) {
            let drag = pressed(handle, &rasters);
            let pointer = position(pointer);
            for ((_, to), from) in drag.transforms(pointer, modifiers).iter().zip(&rasters) {
                let factor = to.scale / from.transform.scale;
                prop_assert!((factor.x - factor.y).abs() <= 1e-9 * factor.x.abs());
            }
        }

        #[test]
        fn turning_keeps_sizes_and_distances(
            rasters in prop::collection::vec(some_raster(), 1..5), pointer: (i16, i16), shift: bool,
        ) {
            let before = SelectionBox::around(&selected(&rasters)).unwrap();
            let press = before.point(DVec2::NEG_Y) + DVec2::new(0.0, -20.0);
            let drag = Drag::new(Gesture::Handle(Handle::Rotate), &selected(&rasters), press).unwrap();
            let pointer = position(pointer);
            for ((_, to), from) in drag.transforms(pointer, DragModifiers { shift, ..DragModifiers::default() }).iter().zip(&rasters) {
                prop_assert_eq!(to.scale, from.transform.scale);
                let distance = |transform: &Transform| (transform.center - before.center).length();
                prop_assert!((distance(to) - distance(&from.transform)).abs() < 1e-6);
                prop_assert!(to.rotation.abs() <= std::f64::consts::PI + 1e-9);
            }
        }
    }
}
