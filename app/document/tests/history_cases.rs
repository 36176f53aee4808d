//! Transactions, refusals and the memory budget, case by case.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use document::{
    Document, DocumentError, Edit, History, Layer, LayerId, Property, Recolor, Transform,
};
use glam::DVec2;
use image::{Rgba, RgbaImage};

fn block(id: u64) -> Layer {
    Layer::raster(
        LayerId(id),
        "block",
        RgbaImage::from_pixel(10, 10, Rgba([id as u8, 2, 3, 255])),
        0,
        0,
    )
}

/// Bytes of a block's pixels.
const BLOCK: usize = 400;

fn history_with(layers: Vec<Layer>) -> History {
    let mut history = History::new(Document::new(20, 20));
    history.apply(Edit::SetLayers { layers }).unwrap();
    History::new(history.document().clone())
}

fn moved_to(id: u64, x: f64) -> Edit {
    let transform = Transform {
        center: DVec2::new(x, 5.0),
        scale: DVec2::ONE,
        rotation: 0.0,
    };
    Edit::Set(LayerId(id), Property::Transform(transform))
}

#[test]
fn a_drag_of_two_layers_is_one_step() {
    let mut history = history_with(vec![block(1), block(2)]);
    let start = history.document().clone();
    history.begin("Move layers").unwrap();
    for x in 0..100 {
        history.apply(moved_to(1, f64::from(x))).unwrap();
        history.apply(moved_to(2, f64::from(x) + 3.0)).unwrap();
    }
    assert_eq!(history.undo_label(), Some("Move layers"));
    history.commit().unwrap();
    assert!(history.undo());
    assert_eq!(history.document(), &start);
    assert_eq!(
        (history.undo_label(), history.redo_label()),
        (None, Some("Move layers"))
    );
    assert!(!history.undo());
}

#[test]
fn what_changes_nothing_leaves_no_step() {
    let mut history = history_with(vec![block(1), block(2)]);
    history
        .apply(Edit::Set(LayerId(1), Property::Opacity(255)))
        .unwrap();
    history
        .apply(Edit::Move {
            id: LayerId(2),
            parent: None,
            index: 1,
        })
        .unwrap();
    history.begin("there and back").unwrap();
    for x in [9.0, 30.0, 5.0] {
        history.apply(moved_to(1, x)).unwrap();
        history.apply(moved_to(2, x)).unwrap();
    }
    history
        .apply(Edit::Insert {
            parent: None,
            index: 0,
            layer: block(3),
        })
        .unwrap();
    history.apply(Edit::Remove { id: LayerId(3) }).unwrap();
    history.commit().unwrap();
    assert_eq!(history.revision(), 0);
    assert!(!history.undo());
}

#[test]
fn a_new_change_ends_redo_but_an_empty_transaction_does_not() {
    let mut history = history_with(vec![block(1)]);
    history.apply(moved_to(1, 9.0)).unwrap();
    assert!(history.undo());
    history.begin("nothing").unwrap();
    history.commit().unwrap();
    assert_eq!(history.redo_label(), Some("Transform layer"));
    history.apply(moved_to(1, 7.0)).unwrap();
    assert!(!history.redo());
}

#[test]
fn undo_commits_what_is_open() {
    let mut history = history_with(vec![block(1)]);
    let start = history.document().clone();
    history.begin("open").unwrap();
    history.apply(moved_to(1, 9.0)).unwrap();
    assert!(history.undo());
    assert!(!history.in_transaction());
    assert_eq!(history.document(), &start);
}

#[test]
fn a_refused_edit_takes_its_whole_transaction_back() {
    let mut history = history_with(vec![block(1)]);
    let start = history.document().clone();
    let edits = vec![moved_to(1, 9.0), Edit::Remove { id: LayerId(77) }];
    assert_eq!(
        history.transact("both", edits),
        Err(DocumentError::NoSuchLayer(LayerId(77)))
    );
    assert_eq!(history.document(), &start);
    assert!(!history.in_transaction());
}

#[test]
fn each_refusal_has_its_reason() {
    let inner = Layer::group(LayerId(3), "inner", vec![block(1)]);
    let mut history = history_with(vec![
        Layer::group(LayerId(4), "outer", vec![inner]),
        block(2),
    ]);
    let start = history.document().clone();
    let [raster, inner, outer, missing] = [2, 3, 4, 99].map(LayerId);
    let placed = |scale: f64, x: f64| Transform {
        center: DVec2::new(x, 0.0),
        scale: DVec2::new(scale, 1.0),
        rotation: 0.0,
    };
    let transform = |transform| Edit::Set(raster, Property::Transform(transform));
    let recolor = |recolor| Edit::Set(raster, Property::Recolor(recolor));
    let mut broken = block(9);
    raster_mut(&mut broken).transform.rotation = f64::NAN;
    let cases = [
        (
            Edit::Set(missing, Property::Visible(false)),
            DocumentError::NoSuchLayer(missing),
        ),
        (
            Edit::Move {
                id: raster,
                parent: Some(missing),
                index: 0,
            },
            DocumentError::NoSuchLayer(missing),
        ),
        (
            Edit::Move {
                id: inner,
                parent: Some(raster),
                index: 0,
            },
            DocumentError::NotAGroup(raster),
        ),
        (
            Edit::Set(raster, Property::Collapsed(true)),
            DocumentError::NotAGroup(raster),
        ),
        (
            Edit::Set(inner, Property::Transform(placed(1.0, 0.0))),
            DocumentError::NotARaster(inner),
        ),
        (
            Edit::Move {
                id: outer,
                parent: Some(inner),
                index: 0,
            },
            DocumentError::IntoItself(outer),
        ),
        (
            Edit::Move {
                id: outer,
                parent: Some(outer),
                index: 0,
            },
            DocumentError::IntoItself(outer),
        ),
        (
            Edit::Insert {
                parent: None,
                index: 0,
                layer: block(1),
            },
            DocumentError::DuplicateId(LayerId(1)),
        ),
        (
            Edit::SetLayers {
                layers: vec![block(5), block(5)],
            },
            DocumentError::DuplicateId(LayerId(5)),
        ),
        (
            Edit::Insert {
                parent: None,
                index: 3,
                layer: block(9),
            },
            DocumentError::IndexOutOfRange { index: 3, len: 2 },
        ),
        (
            Edit::Move {
                id: raster,
                parent: None,
                index: 2,
            },
            DocumentError::IndexOutOfRange { index: 2, len: 1 },
        ),
        (
            Edit::Insert {
                parent: None,
                index: 0,
                layer: broken,
            },
            DocumentError::InvalidNumber("the rotation"),
        ),
        (
            transform(placed(0.0, 0.0)),
            DocumentError::InvalidNumber("the scale"),
        ),
        (
            transform(placed(1.0, f64::INFINITY)),
            DocumentError::InvalidNumber("the position"),
        ),
        (
            recolor(Recolor {
                hue: 181.0,
                ..Recolor::default()
            }),
            DocumentError::InvalidNumber("the hue"),
        ),
        (
            recolor(Recolor {
                saturation: f32::NAN,
                ..Recolor::default()
            }),
            DocumentError::InvalidNumber("the saturation"),
        ),
    ];
    for (edit, reason) in cases {
        assert_eq!(history.apply(edit), Err(reason));
        assert_eq!(history.document(), &start);
    }
    assert_eq!(history.commit(), Err(DocumentError::NoTransaction));
    assert_eq!(history.abort(), Err(DocumentError::NoTransaction));
    history.begin("one").unwrap();
    assert_eq!(history.begin("two"), Err(DocumentError::TransactionOpen));
}

#[test]
fn ids_are_never_given_twice() {
    let mut history = history_with(vec![block(1)]);
    history
        .apply(Edit::Insert {
            parent: None,
            index: 0,
            layer: block(50),
        })
        .unwrap();
    assert!(history.undo());
    let copy = history.duplicate_of(LayerId(1)).unwrap();
    assert!(copy.id > LayerId(50) && history.new_layer_id() > copy.id);
    assert!(
        copy.as_raster()
            .unwrap()
            .pixels
            .ptr_eq(&history.document().layers()[0].as_raster().unwrap().pixels)
    );
}

/// Removes layers 1, 2, 3... one by one, and tells how many of these steps can be undone.
fn steps_kept(layers: Vec<Layer>, budget: usize) -> usize {
    let count = layers.len();
    let document = history_with(layers).document().clone();
    let mut history = History::with_memory_budget(document, budget);
    for id in 1..=count as u64 {
        history
            .apply(Edit::Set(LayerId(id), Property::Name("gone".into())))
            .unwrap();
        history.apply(Edit::Remove { id: LayerId(id) }).unwrap();
    }
    let mut kept = 0;
    while history.undo() {
        kept += 1;
    }
    kept
}

#[test]
fn the_oldest_steps_are_forgotten_beyond_the_memory_budget() {
    let layers = || (1..=5).map(block).collect::<Vec<_>>();
    assert_eq!(steps_kept(layers(), 5 * BLOCK), 10);
    // The renaming before the oldest removal that is left is free, the removal before it is not.
    assert_eq!(steps_kept(layers(), 3 * BLOCK), 6);
    assert_eq!(steps_kept(layers(), 3 * BLOCK - 1), 4);
    assert_eq!(
        steps_kept(layers(), 0),
        1,
        "the last action can always be taken back"
    );
}

#[test]
fn shared_pixels_are_counted_once_and_those_in_the_document_not_at_all() {
    let pixels = block(1).as_raster().unwrap().pixels.clone();
    let shared = |id| Layer::of_pixels(LayerId(id), "shared", pixels.clone(), 0, 0);
    assert_eq!(steps_kept((1..=5).map(shared).collect(), BLOCK), 10);

    let source = Document::from_source(pixels.clone(), None);
    let id = source.layers()[0].id;
    let mut history = History::with_memory_budget(source, 0);
    history
        .apply(Edit::Set(id, Property::Name("named".into())))
        .unwrap();
    history.apply(Edit::Remove { id }).unwrap();
    assert!(
        history.undo() && history.undo(),
        "the source picture is alive anyway"
    );
}
