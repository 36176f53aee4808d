//! Edits, transactions, undo and redo.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashMap;

use common::*;
use document::{Document, DocumentError, Edit, History, Layer, LayerId, Recolor, Transform};
use glam::DVec2;
use image::{Rgba, RgbaImage};
use proptest::prelude::*;
use proptest::sample::Index;

/// What a user may do next; layers and places are picked from those there are.
#[derive(Debug, Clone)]
enum Action {
    Insert(Layer, Index, Index),
    Duplicate(Index),
    Remove(Index),
    Move(Index, Index, Index),
    Set(Index, Setting),
    SetLayers(Vec<Layer>),
    Begin,
    Commit,
    Abort,
    Undo,
    Redo,
}

#[derive(Debug, Clone)]
enum Setting {
    Name(String),
    Visible(bool),
    Locked(bool),
    Opacity(u8),
    Collapsed(bool),
    Transform(Transform),
    Recolor(Recolor),
}

fn edit_action() -> impl Strategy<Value = Action> {
    let index = any::<Index>;
    let setting = prop_oneof![
        "[a-c]{1,2}".prop_map(Setting::Name),
        any::<bool>().prop_map(Setting::Visible),
        any::<bool>().prop_map(Setting::Locked),
        (0..3_u8).prop_map(Setting::Opacity),
        any::<bool>().prop_map(Setting::Collapsed),
        transform().prop_map(Setting::Transform),
        recolor().prop_map(Setting::Recolor),
    ];
    let new_layer = prop_oneof![
        plain_raster(),
        plain_raster().prop_map(|inside| Layer::group(LayerId(0), "group", vec![inside])),
    ];
    prop_oneof![
        3 => (new_layer, index(), index()).prop_map(|(layer, parent, place)| Action::Insert(layer, parent, place)),
        1 => index().prop_map(Action::Duplicate),
        2 => index().prop_map(Action::Remove),
        3 => (index(), index(), index()).prop_map(|(id, parent, place)| Action::Move(id, parent, place)),
        6 => (index(), setting).prop_map(|(id, setting)| Action::Set(id, setting)),
        1 => layers().prop_map(Action::SetLayers),
    ]
}

fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => edit_action(),
        1 => Just(Action::Begin),
        1 => Just(Action::Commit),
        1 => Just(Action::Abort),
        2 => Just(Action::Undo),
        2 => Just(Action::Redo),
    ]
}

fn pick(document: &Document, index: Index) -> Option<LayerId> {
    let ids: Vec<_> = document.walk().map(|(_, layer)| layer.id).collect();
    (!ids.is_empty()).then(|| ids[index.index(ids.len())])
}

/// The top level or any layer; a raster makes the edit be refused, which is a case of its own.
fn pick_parent(document: &Document, index: Index) -> (Option<LayerId>, usize) {
    let mut parents = vec![(None, document.layers().len())];
    parents.extend(
        document
            .walk()
            .map(|(_, layer)| (Some(layer.id), layer.children().len())),
    );
    parents[index.index(parents.len())]
}

fn edit_of(history: &mut History, action: &Action) -> Option<Edit> {
    let document = history.document().clone();
    Some(match action.clone() {
        Action::Insert(mut layer, parent, place) => {
            let mut last_id = history.new_layer_id().0 + 1000;
            number(std::slice::from_mut(&mut layer), &mut last_id);
            let (parent, len) = pick_parent(&document, parent);
            Edit::Insert {
                parent,
                index: place.index(len + 1),
                layer,
            }
        }
        Action::Duplicate(id) => {
            let layer = history.duplicate_of(pick(&document, id)?)?;
            Edit::Insert {
                parent: None,
                index: document.layers().len(),
                layer,
            }
        }
        Action::Remove(id) => Edit::Remove {
            id: pick(&document, id)?,
        },
        Action::Move(id, parent, place) => {
            let (parent, len) = pick_parent(&document, parent);
            Edit::Move {
                id: pick(&document, id)?,
                parent,
                index: place.index(len + 1),
            }
        }
        Action::SetLayers(layers) => Edit::SetLayers { layers },
        Action::Set(id, setting) => {
            let id = pick(&document, id)?;
            match setting {
                Setting::Name(name) => Edit::SetName { id, name },
                Setting::Visible(visible) => Edit::SetVisible { id, visible },
                Setting::Locked(locked) => Edit::SetLocked { id, locked },
                Setting::Opacity(opacity) => Edit::SetOpacity { id, opacity },
                Setting::Collapsed(collapsed) => Edit::SetCollapsed { id, collapsed },
                Setting::Transform(transform) => Edit::SetTransform { id, transform },
                Setting::Recolor(recolor) => Edit::SetRecolor { id, recolor },
            }
        }
        Action::Begin | Action::Commit | Action::Abort | Action::Undo | Action::Redo => {
            return None;
        }
    })
}

/// Does what `action` says; a refused edit must leave the document as it was.
fn act(history: &mut History, action: &Action) -> Result<(), TestCaseError> {
    match action {
        Action::Begin => drop(history.begin("step")),
        Action::Commit => drop(history.commit()),
        Action::Abort => drop(history.abort()),
        Action::Undo => drop(history.undo()),
        Action::Redo => drop(history.redo()),
        _ => {
            let Some(edit) = edit_of(history, action) else {
                return Ok(());
            };
            let before = (history.document().clone(), history.revision());
            if history.apply(edit).is_err() {
                prop_assert_eq!(history.document(), &before.0);
                prop_assert_eq!(history.revision(), before.1);
            }
        }
    }
    history
        .document()
        .validate_invariants()
        .map_err(TestCaseError::fail)
}

proptest! {
    #[test]
    fn all_undone_is_the_start_and_all_redone_the_end(
        start in layers(), actions in proptest::collection::vec(edit_action(), 0..20), at_once: bool,
    ) {
        let start = document_of(start);
        let mut history = History::new(start.clone());
        let first_revision = history.revision();
        if at_once {
            history.begin("all").unwrap();
        }
        for action in &actions {
            act(&mut history, action)?;
        }
        if at_once {
            history.commit().unwrap();
        }
        let (end, last_revision) = (history.document().clone(), history.revision());
        while history.undo() {
            history.document().validate_invariants().map_err(TestCaseError::fail)?;
        }
        prop_assert_eq!(history.document(), &start);
        prop_assert_eq!(history.revision(), first_revision);
        while history.redo() {}
        prop_assert_eq!(history.document(), &end);
        prop_assert_eq!(history.revision(), last_revision);
    }

    #[test]
    fn an_aborted_transaction_never_was(
        start in layers(), actions in proptest::collection::vec(edit_action(), 0..12),
    ) {
        let start = document_of(start);
        let mut history = History::new(start.clone());
        history.begin("doubtful").unwrap();
        for action in &actions {
            act(&mut history, action)?;
        }
        history.abort().unwrap();
        prop_assert_eq!(history.document(), &start);
        prop_assert_eq!(history.revision(), 0);
        prop_assert!(!history.undo());
    }

    /// Whatever is done in whatever order, a revision names one state.
    #[test]
    fn equal_revisions_are_equal_documents(
        start in layers(), actions in proptest::collection::vec(any_action(), 0..40),
    ) {
        let mut history = History::new(document_of(start));
        let mut known: HashMap<u64, Document> = HashMap::new();
        for action in &actions {
            act(&mut history, action)?;
            let state = known.entry(history.revision()).or_insert_with(|| history.document().clone());
            prop_assert_eq!(&*state, history.document());
        }
    }

    /// Undo and redo walk along the states that commits made.
    #[test]
    fn each_step_leads_to_its_neighbour(
        actions in proptest::collection::vec(edit_action(), 1..15), walk in proptest::collection::vec(any::<bool>(), 30),
    ) {
        let mut history = History::new(Document::new(9, 9));
        let mut states = vec![history.document().clone()];
        for action in &actions {
            let before = history.revision();
            act(&mut history, action)?;
            if history.revision() != before {
                states.push(history.document().clone());
            }
        }
        let mut now = states.len() - 1;
        for back in walk {
            let next = if back { now.checked_sub(1) } else { (now + 1 < states.len()).then_some(now + 1) };
            let moved = if back { history.undo() } else { history.redo() };
            prop_assert_eq!(moved, next.is_some());
            now = next.unwrap_or(now);
            prop_assert_eq!(history.document(), &states[now]);
        }
    }
}

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
    Edit::SetTransform {
        id: LayerId(id),
        transform,
    }
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
        .apply(Edit::SetOpacity {
            id: LayerId(1),
            opacity: 255,
        })
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
    let transform = |transform| Edit::SetTransform {
        id: raster,
        transform,
    };
    let recolor = |recolor| Edit::SetRecolor {
        id: raster,
        recolor,
    };
    let mut broken = block(9);
    raster_mut(&mut broken).transform.rotation = f64::NAN;
    let cases = [
        (
            Edit::SetVisible {
                id: missing,
                visible: false,
            },
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
            Edit::SetCollapsed {
                id: raster,
                collapsed: true,
            },
            DocumentError::NotAGroup(raster),
        ),
        (
            Edit::SetTransform {
                id: inner,
                transform: placed(1.0, 0.0),
            },
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
            .apply(Edit::SetName {
                id: LayerId(id),
                name: "gone".into(),
            })
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

    let source = Document::from_source(pixels.clone(), 72.0);
    let id = source.layers()[0].id;
    let mut history = History::with_memory_budget(source, 0);
    history
        .apply(Edit::SetName {
            id,
            name: "named".into(),
        })
        .unwrap();
    history.apply(Edit::Remove { id }).unwrap();
    assert!(
        history.undo() && history.undo(),
        "the source picture is alive anyway"
    );
}
