//! Undo and redo of any sequence of edits.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashMap;

use common::*;
use document::{BlendMode, Document, Edit, History, Layer, LayerId, Property};
use proptest::prelude::*;
use proptest::sample::Index;

/// What a user may do next; layers and places are picked from those there are.
#[derive(Debug, Clone)]
enum Action {
    Insert(Layer, Index, Index),
    Duplicate(Index),
    Remove(Index),
    Move(Index, Index, Index),
    Set(Index, Property),
    SetLayers(Vec<Layer>),
    Begin,
    Commit,
    Abort,
    Undo,
    Redo,
}

fn edit_action() -> impl Strategy<Value = Action> {
    let index = any::<Index>;
    let property = prop_oneof![
        "[a-c]{1,2}".prop_map(Property::Name),
        any::<bool>().prop_map(Property::Visible),
        locks().prop_map(Property::Locks),
        // Refused where it is of a layer that is no group.
        prop_oneof![9 => blend_mode(), 1 => Just(BlendMode::PassThrough)].prop_map(Property::Blend),
        (0..3_u8).prop_map(Property::Opacity),
        any::<bool>().prop_map(Property::Collapsed),
        transform().prop_map(Property::Transform),
        recolor().prop_map(Property::Recolor),
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
        6 => (index(), property).prop_map(|(id, property)| Action::Set(id, property)),
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
        Action::Set(id, property) => Edit::Set(pick(&document, id)?, property),
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
