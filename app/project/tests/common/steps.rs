//! Random things that someone does with a document.

use document::{
    BlendMode, Document, DocumentError, Edit, History, Layer, LayerId, Locks, Property, Recolor,
    Text, Transform,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

use super::any::{
    any_blend, any_layer, any_locks, any_name, any_recolor, any_text, any_transform, number,
};

/// One thing, to whichever layer is there by then.
#[derive(Debug, Clone)]
pub struct Step {
    layer: Index,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Insert(Layer, Index),
    Group(String),
    Duplicate(Index),
    Remove,
    /// Into another layer's place.
    Move(Index),
    Name(String),
    Visible(bool),
    Locks(Locks),
    Opacity(u8),
    Blend(BlendMode),
    Collapsed(bool),
    Transform(Transform),
    Recolor(Recolor),
    Text(Option<Text>),
    /// The layers as they are beside a copy of them.
    AddVariant(String),
    ChooseVariant(Index),
    Undo,
    Redo,
}

pub fn any_step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    let blend = prop_oneof![1 => Just(BlendMode::PassThrough), 3 => any_blend()];
    let tree = prop_oneof![
        (any_layer(), index()).prop_map(|(layer, at)| What::Insert(layer, at)),
        any_name().prop_map(What::Group),
        index().prop_map(What::Duplicate),
        Just(What::Remove),
        index().prop_map(What::Move),
    ];
    let look = prop_oneof![
        any_name().prop_map(What::Name),
        any::<bool>().prop_map(What::Visible),
        any_locks().prop_map(What::Locks),
        any::<u8>().prop_map(What::Opacity),
        blend.prop_map(What::Blend),
        any::<bool>().prop_map(What::Collapsed),
        any_transform().prop_map(What::Transform),
        any_recolor().prop_map(What::Recolor),
        option::of(any_text()).prop_map(What::Text),
    ];
    let whole = prop_oneof![
        any_name().prop_map(What::AddVariant),
        index().prop_map(What::ChooseVariant),
        Just(What::Undo),
        Just(What::Redo),
    ];
    let what = prop_oneof![3 => tree, 4 => look, 2 => whole];
    (index(), what).prop_map(|(layer, what)| Step { layer, what })
}

/// What the document is after all steps; those that cannot be done change nothing.
pub fn edited(document: &Document, steps: &[Step]) -> Document {
    let mut history = History::new(document.clone());
    for step in steps {
        let before = history.document().clone();
        if step.run(&mut history).is_err() {
            assert_eq!(*history.document(), before, "refused, and yet changed");
        }
        history.document().validate_invariants().unwrap();
    }
    history.document().clone()
}

impl Step {
    fn run(&self, history: &mut History) -> Result<(), DocumentError> {
        match &self.what {
            What::Undo => history.undo(),
            What::Redo => history.redo(),
            _ => {
                let edits = self.edits(history);
                return history.transact("step", edits);
            }
        };
        Ok(())
    }

    /// None of a document that has no layer.
    fn edits(&self, history: &mut History) -> Vec<Edit> {
        let ids: Vec<LayerId> = history.document().walk().map(|(_, l)| l.id).collect();
        let chosen = |index: &Index| (!ids.is_empty()).then(|| ids[index.index(ids.len())]);
        match &self.what {
            What::Insert(layer, at) => {
                let mut layers = [layer.clone()];
                number(&mut layers, &mut || history.new_layer_id());
                let place = chosen(at).and_then(|id| history.document().position(id));
                let (parent, index) = place.unwrap_or_default();
                let [layer] = layers;
                return vec![Edit::Insert {
                    parent,
                    index,
                    layer,
                }];
            }
            What::AddVariant(name) => return add_variant(history, name),
            What::ChooseVariant(index) => {
                let document = history.document();
                let count = document.variants().all.len();
                let layers = document.layers().to_vec();
                let wanted = index.index(count.max(1));
                let edits = document.variants().clone().choose(wanted, layers);
                return edits.unwrap_or_default();
            }
            _ => {}
        }
        let Some(id) = chosen(&self.layer) else {
            return Vec::new();
        };
        match &self.what {
            What::Group(name) => grouped(history, id, name),
            What::Duplicate(at) => {
                let copy = history.duplicate_of(id);
                let place = chosen(at).and_then(|id| history.document().position(id));
                let insert = |(layer, (parent, index))| Edit::Insert {
                    parent,
                    index,
                    layer,
                };
                copy.zip(place).map(insert).into_iter().collect()
            }
            What::Move(to) => {
                let place = chosen(to).and_then(|id| history.document().position(id));
                let (parent, index) = place.unwrap_or_default();
                vec![Edit::Move { id, parent, index }]
            }
            What::Remove => vec![Edit::Remove { id }],
            what => setting(what, id).into_iter().collect(),
        }
    }
}

fn setting(what: &What, id: LayerId) -> Option<Edit> {
    Some(match what.clone() {
        What::Name(name) => Edit::Set(id, Property::Name(name)),
        What::Visible(visible) => Edit::Set(id, Property::Visible(visible)),
        What::Locks(locks) => Edit::Set(id, Property::Locks(locks)),
        What::Opacity(opacity) => Edit::Set(id, Property::Opacity(opacity)),
        What::Blend(blend) => Edit::Set(id, Property::Blend(blend)),
        What::Collapsed(collapsed) => Edit::Set(id, Property::Collapsed(collapsed)),
        What::Transform(transform) => Edit::Set(id, Property::Transform(transform)),
        What::Recolor(recolor) => Edit::Set(id, Property::Recolor(recolor)),
        What::Text(text) => Edit::Set(id, Property::Text(text)),
        _ => return None,
    })
}

/// The layer in a new group in its place.
fn grouped(history: &mut History, id: LayerId, name: &str) -> Vec<Edit> {
    let group = history.new_layer_id();
    let Some((parent, index)) = history.document().position(id) else {
        return Vec::new();
    };
    let layer = Layer::group(group, name, Vec::new());
    vec![
        Edit::Insert {
            parent,
            index,
            layer,
        },
        Edit::Move {
            id,
            parent: Some(group),
            index: 0,
        },
    ]
}

fn add_variant(history: &mut History, name: &str) -> Vec<Edit> {
    let layers = history.document().layers().to_vec();
    let copies: Vec<Layer> = layers
        .iter()
        .filter_map(|layer| history.duplicate_of(layer.id))
        .collect();
    let mut variants = history.document().variants().clone();
    if variants.all.is_empty() {
        variants.add("first".to_owned(), Vec::new());
    }
    variants.add(name.to_owned(), layers);
    vec![
        Edit::SetVariants { variants },
        Edit::SetLayers { layers: copies },
    ]
}
