//! Blend modes and locks in the layer panel.

mod common;

use common::{CTRL, NONE, Window};
use document::{BlendMode, Locks};
use egui::accesskit::Role;
use egui::{Key, vec2};
use egui_kittest::kittest::{NodeT, Queryable};

#[test]
fn a_blend_mode_is_chosen_for_all_selected_layers_in_one_step() {
    let mut window = Window::decomposed();
    window.key(CTRL, Key::A);
    window.choose("Blend mode", "Multiply");
    let modes = |window: &Window| -> Vec<BlendMode> {
        let layers = window.document().layers();
        layers.iter().map(|layer| layer.blend).collect()
    };
    assert_eq!(modes(&window), [BlendMode::Multiply; 2]);
    window.key(CTRL, Key::Z);
    assert_eq!(modes(&window), [BlendMode::Normal; 2]);
}

#[test]
fn grouping_keeps_the_look_and_a_group_can_be_isolated() {
    let mut window = Window::decomposed();
    window.choose("Blend mode", "Difference");
    let look = document::composite(window.document());
    window.key(CTRL, Key::G);
    assert_eq!(window.top().blend, BlendMode::PassThrough);
    assert!(document::composite(window.document()) == look);
    window.choose("Blend mode", "Normal");
    assert_eq!(window.top().blend, BlendMode::Normal);
    assert!(document::composite(window.document()) != look);
    window.choose("Blend mode", "Pass Through");
    assert!(document::composite(window.document()) == look);
}

#[test]
fn a_locked_position_stays_and_the_rest_may_change() {
    let mut window = Window::decomposed();
    window.click_button("Lock position");
    let place = window.top_bounds();
    window.key(NONE, Key::ArrowLeft);
    let center = window.canvas_center();
    window.drag(center, center + vec2(50.0, 0.0));
    assert_eq!(window.top_bounds(), place);
    window.key(NONE, Key::Num5);
    assert_eq!(window.top().opacity, 128);
    window.click_button("Lock position");
    window.key(NONE, Key::ArrowLeft);
    assert_ne!(window.top_bounds(), place);
}

#[test]
fn locked_pixels_keep_their_colors() {
    let mut window = Window::decomposed();
    window.click_button("Lock pixels");
    let locks = Locks {
        pixels: true,
        ..Locks::NONE
    };
    assert_eq!(window.top().locks, locks);
    let hue = window.harness.get_by_role_and_label(Role::Slider, "Hue");
    assert!(hue.accesskit_node().is_disabled());
    window.click_button("Lock all");
    assert_eq!(window.top().locks, Locks::ALL);
    let before = window.document().clone();
    window.key(NONE, Key::Delete);
    assert!(*window.document() == before);
    window.click_button("Lock all");
    window.click_button("Lock transparency");
    assert!(window.top().locks.transparency);
}
