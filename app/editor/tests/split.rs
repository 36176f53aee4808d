//! Splitting a layer, a group or all that is visible again.

mod common;

use common::{CTRL, NONE, SHIFT, Window, stack};
use crossbeam_channel::bounded;
use document::{BlendMode, Document, Layer, composite};
use egui::Key;
use engine::FakeBackend;
use export::{PsdOptions, write_psd};

const SPLIT: &str = "Split into layers";

/// Two layers by the panel, and a backend that cuts whatever it gets into layers that recompose to it.
fn opened() -> Window {
    let mut window = Window::with_picture(FakeBackend::new());
    window.click_button("Decompose");
    window.settle();
    window
}

fn worst_difference(a: &Document, b: &Document) -> u8 {
    let (a, b) = (composite(a), composite(b));
    let pairs = a.as_raw().iter().zip(b.as_raw());
    pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

fn split_by_menu(window: &mut Window, row: &str) {
    window.open_menu_of_row(row);
    window.click_menu_item(SPLIT);
    window.settle();
}

#[test]
fn a_layer_becomes_a_group_that_looks_as_it_did() {
    let mut window = opened();
    let name = window.names().last().unwrap().clone();
    window.click_row(&name, NONE);
    window.choose("Blend mode", "Multiply");
    window.key(NONE, Key::Num8);
    window.key(SHIFT, Key::ArrowRight);
    window.key(SHIFT, Key::H);
    let before = window.document().clone();
    split_by_menu(&mut window, &name);
    let group = window.layer(&name).clone();
    assert!(group.children().len() > 1, "{:?}", window.messages());
    assert_eq!((group.blend, group.opacity), (BlendMode::Multiply, 204));
    assert!(worst_difference(&before, window.document()) <= 1);
    let mirrored = |layer: &Layer| layer.as_raster().unwrap().transform.scale.x == -1.0;
    assert!(group.children().iter().all(mirrored));
    window.key(CTRL, Key::Z);
    assert!(*window.document() == before, "one step");
    window.key(CTRL, Key::Y);
    assert!(window.layer(&name).as_group().is_some());
}

#[test]
fn a_group_is_split_as_one_picture() {
    let mut window = opened();
    window.key(CTRL, Key::A);
    window.key(CTRL, Key::G);
    window.key(NONE, Key::Num6);
    let before = window.document().clone();
    let inside = window.top().children().to_vec();
    window.key(CTRL | SHIFT, Key::Enter);
    window.settle();
    assert!(window.top().children() != inside);
    assert_eq!(window.top().name, "Group");
    assert!(worst_difference(&before, window.document()) <= 1);
}

#[test]
fn what_is_visible_is_decomposed_as_it_is_now() {
    let mut window = opened();
    window.key(SHIFT, Key::ArrowDown);
    let before = window.document().clone();
    window.click_button("Layer");
    window.click_menu_item("Decompose what is visible");
    window.settle();
    assert!(window.document().layers() != before.layers());
    assert!(worst_difference(&before, window.document()) <= 1);
}

#[test]
fn a_photoshop_file_without_a_source_is_decomposed() {
    let window = opened();
    let path = window.folder.path().join("layers.psd");
    let exported = window.document().clone();
    write_psd(&exported, &path, PsdOptions::default(), &mut |_| true).unwrap();
    let mut window = Window::with_picture(FakeBackend::new());
    window.drop_file(&path);
    window.settle();
    assert!(window.document().source().is_none());
    let before = window.document().clone();
    window.click_button("Decompose");
    window.settle();
    assert!(
        window.document().layers() != before.layers(),
        "{:?}",
        window.messages()
    );
    assert!(worst_difference(&before, window.document()) <= 1);
}

#[test]
fn several_layers_wait_for_each_other_and_can_be_taken_back() {
    let (step, gate) = bounded(0);
    let mut window = Window::with_picture(FakeBackend::new().gate(gate));
    let source = window.names()[0].clone();
    for _ in 0..2 {
        window.key(CTRL, Key::J);
    }
    window.key(CTRL, Key::A);
    window.key(CTRL | SHIFT, Key::Enter);
    let (copy, second) = (format!("{source} copy"), format!("{source} copy 2"));
    window.until("two wait", |window| {
        let waits = |name: &str| window.shows_text(&format!("{name} waits"));
        // At its gate the first job no longer moves what is beneath.
        window.shows_text("Denoise 0/4") && waits(&copy) && waits(&second)
    });
    window.click_button(&format!("Do not split {copy}"));
    drop(step);
    window.settle();
    assert!(
        window.layer(&source).as_group().is_some(),
        "{:?} {:?}",
        window.messages(),
        window.names()
    );
    assert!(window.layer(&copy).as_raster().is_some());
    assert!(window.layer(&second).as_group().is_some());
}

#[test]
fn what_is_one_thing_stays() {
    let one = vec![stack().remove(0)];
    let mut window = Window::with_picture(FakeBackend::new().layers(one));
    let before = window.document().clone();
    let name = window.top().name.clone();
    split_by_menu(&mut window, &name);
    assert!(window.has_message("is one thing and stays as it is"));
    assert!(*window.document() == before);
}

#[test]
fn locked_pixels_are_not_split() {
    let mut window = opened();
    window.click_button("Lock pixels");
    let before = window.document().clone();
    window.key(CTRL | SHIFT, Key::Enter);
    window.settle();
    assert!(*window.document() == before);
}
