//! Results of several runs side by side.

mod common;

use common::{CTRL, NONE, SHIFT, Window};
use document::Document;
use egui::Key;
use engine::FakeBackend;

/// Two runs with different seeds; the second is shown.
fn two_runs() -> Window {
    let mut window = Window::with_picture(FakeBackend::new());
    for _ in 0..2 {
        window.click_button("Decompose");
        window.settle();
    }
    window
}

fn names(document: &Document) -> Vec<String> {
    let variants = document.variants().all.iter();
    variants.map(|variant| variant.name.clone()).collect()
}

#[test]
fn a_second_run_keeps_the_first_and_undo_takes_it_back() {
    let mut window = Window::with_picture(FakeBackend::new());
    window.click_button("Decompose");
    window.settle();
    let first = window.document().clone();
    assert_eq!(names(&first).len(), 1, "the picture itself is no variant");
    window.click_button("Decompose");
    window.settle();
    let all = names(window.document());
    assert_eq!(all.len(), 2);
    assert!(all[1].starts_with("2: Fake"), "{all:?}");
    window.key(CTRL, Key::Z);
    assert!(*window.document() == first);
}

#[test]
fn each_variant_keeps_what_is_changed_of_it() {
    let mut window = two_runs();
    let all = names(window.document());
    window.key(SHIFT, Key::ArrowRight);
    let changed = window.document().layers().to_vec();
    window.choose("Variant", &all[0]);
    let first = window.document().layers().to_vec();
    assert!(first != changed);
    window.key(NONE, Key::Delete);
    window.choose("Variant", &all[1]);
    assert!(window.document().layers() == changed);
    window.choose("Variant", &all[0]);
    assert_eq!(window.document().layers().len(), first.len() - 1);
    for _ in 0..4 {
        window.key(CTRL, Key::Z);
    }
    assert!(window.document().layers() == changed);
    assert_eq!(window.document().variants().chosen, 1);
}

#[test]
fn a_layer_is_copied_from_another_variant() {
    let mut window = two_runs();
    let all = names(window.document());
    let before = window.document().layers().len();
    let aside = window.document().variants().all[0].layers.clone();
    window.click_button("Copy a layer from another variant");
    window.click_button(&all[0]);
    let wanted = aside.last().unwrap().name.clone();
    window.click_button(&wanted);
    assert_eq!(window.document().layers().len(), before + 1);
    assert_eq!(window.top().name, wanted);
    assert!(window.document().variants().all[0].layers == aside);
}

#[test]
fn a_variant_is_deleted_and_comes_back() {
    let mut window = two_runs();
    let before = window.document().clone();
    let all = names(&before);
    window.click_button("Delete variant");
    assert_eq!(names(window.document()), all[..1]);
    assert!(window.document().layers() == before.variants().all[0].layers);
    window.key(CTRL, Key::Z);
    assert!(*window.document() == before);
}
