//! What the pointer hits is what is seen.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use document::{Edit, History, Layer, LayerId, Locks, Property, composite, topmost_layer_at};
use glam::DVec2;
use image::{Rgba, RgbaImage};
use proptest::prelude::*;

fn middle_of(x: u32, y: u32) -> DVec2 {
    DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5)
}

proptest! {
    /// With layers that are only placed, a pixel of the composite is transparent where nothing is hit; and what is hit
    /// is the layer whose removal would be seen there first.
    #[test]
    fn hits_agree_with_the_composite(layers in proptest::collection::vec(plain_raster(), 0..5)) {
        let document = document_of(layers);
        let composed = composite(&document);
        for (x, y, pixel) in composed.enumerate_pixels() {
            let hit = topmost_layer_at(&document, middle_of(x, y));
            prop_assert_eq!(hit.is_some(), pixel.0[3] > 0);
            let Some(id) = hit else { continue };
            let (_, index) = document.position(id).unwrap();
            let alone = |layers: &[Layer]| composite(&document_of(layers.to_vec())).get_pixel(x, y).0[3];
            prop_assert!(alone(&document.layers()[index..=index]) > 0);
            prop_assert_eq!(alone(&document.layers()[index + 1..]), 0);
        }
    }

    /// An opaque picture at any angle and size is hit well inside it, and missed well outside.
    #[test]
    fn transformed_layers_are_hit_where_they_are_drawn(transform in transform()) {
        let mut layer = Layer::raster(LayerId(0), "block", RgbaImage::from_pixel(8, 8, Rgba([9, 9, 9, 255])), 0, 0);
        raster_mut(&mut layer).transform = transform;
        let document = document_of(vec![layer]);
        for (x, y, pixel) in composite(&document).enumerate_pixels() {
            let hit = topmost_layer_at(&document, middle_of(x, y)).is_some();
            prop_assert!(hit || pixel.0[3] < 255);
            prop_assert!(!hit || pixel.0[3] > 0);
        }
    }
}

#[test]
fn hidden_locked_and_transparent_layers_let_the_pointer_through() {
    let block = |id| {
        Layer::raster(
            LayerId(id),
            "block",
            RgbaImage::from_pixel(4, 4, Rgba([9; 4])),
            -2,
            -2,
        )
    };
    let group = Layer::group(LayerId(3), "group", vec![block(2)]);
    let mut history = History::new(document::Document::new(8, 8));
    history
        .apply(Edit::SetLayers {
            layers: vec![block(1), group],
        })
        .unwrap();
    let outside_canvas = DVec2::new(-1.5, -1.5);
    let hit = |history: &History| topmost_layer_at(history.document(), outside_canvas);
    assert_eq!(hit(&history), Some(LayerId(2)));
    for id in [LayerId(2), LayerId(3)] {
        let hiding = [
            Edit::Set(id, Property::Visible(false)),
            Edit::Set(id, Property::Locks(Locks::ALL)),
            Edit::Set(id, Property::Opacity(0)),
        ];
        for edit in hiding {
            history.apply(edit).unwrap();
            assert_eq!(hit(&history), Some(LayerId(1)));
            assert!(history.undo());
        }
    }
    assert_eq!(
        topmost_layer_at(history.document(), DVec2::new(5.0, 5.0)),
        None
    );
    assert_eq!(topmost_layer_at(history.document(), DVec2::NAN), None);
}
