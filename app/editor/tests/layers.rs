//! The layer panel, the properties and the canvas.

mod common;

use common::{CTRL, NONE, SHIFT, Window};
use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};

/// Front and back layer of [`Window::decomposed`], whatever they are called.
fn two(window: &Window) -> (String, String) {
    match window.names().as_slice() {
        [front, back] => (front.clone(), back.clone()),
        names => panic!("{names:?}"),
    }
}

#[test]
fn several_layers_move_and_scale_by_their_common_box() {
    let mut window = Window::decomposed();
    window.key(CTRL, Key::J);
    window.key(SHIFT, Key::ArrowRight);
    window.key(CTRL, Key::A);
    let before = window.document().clone();
    let top = window.top_id();
    let number = |window: &Window, name: &str| {
        let field = window.harness.get_by_role_and_label(Role::SpinButton, name);
        field.accesskit_node().numeric_value().unwrap()
    };
    let set = |window: &mut Window, name: &str, value: f64| {
        window
            .harness
            .get_by_role_and_label(Role::SpinButton, name)
            .set_value_accesskit(value);
        window.frames(4);
    };
    let place = |document: &document::Document| {
        let bounds = document.layer_bounds(top).unwrap();
        [bounds.left, bounds.top, bounds.right, bounds.bottom]
    };
    assert_eq!(
        ["X", "Y", "W", "H"].map(|name| number(&window, name)),
        [0.0, 0.0, 64.0, 48.0]
    );
    let [left, up, right, down] = place(&before);
    set(&mut window, "X", 7.0);
    assert_eq!(place(window.document()), [left + 7, up, right + 7, down]);
    set(&mut window, "H", 96.0);
    assert_eq!(number(&window, "W"), 128.0);
    assert_eq!(
        place(window.document()),
        [2 * left + 7, 2 * up, 2 * right + 7, 2 * down]
    );
    window.key(CTRL, Key::Z);
    window.key(CTRL, Key::Z);
    assert!(*window.document() == before, "two steps");
}

#[test]
fn a_drag_on_the_canvas_moves_the_picked_layer_in_one_step() {
    let mut window = Window::decomposed();
    let before = window.document().clone();
    let (front, _) = two(&window);
    let from = window.canvas_center();
    window.drag(from, from + vec2(60.0, 25.0));
    let moved = window.layer(&front).as_raster().unwrap().transform.center;
    let was = before
        .layer(window.top_id())
        .unwrap()
        .as_raster()
        .unwrap()
        .transform
        .center;
    assert!(moved.x > was.x && moved.y > was.y, "{was} to {moved}");
    window.key(CTRL, Key::Z);
    assert!(window.document().layers() == before.layers());
    window.key(CTRL | SHIFT, Key::Z);
    assert_eq!(
        window.layer(&front).as_raster().unwrap().transform.center,
        moved
    );
}

#[test]
fn the_eye_hides_and_shows() {
    let mut window = Window::decomposed();
    let (front, _) = two(&window);
    window.click_button(&format!("Hide {front}"));
    assert!(!window.layer(&front).visible);
    window.click_button(&format!("Show {front}"));
    assert!(window.layer(&front).visible);
}

#[test]
fn alt_click_on_the_eye_shows_one_layer_alone_and_then_all_again() {
    let mut window = Window::decomposed();
    let (front, back) = two(&window);
    window.key(CTRL, Key::J);
    let copy = window.top().name.clone();
    window.click_button(&format!("Hide {copy}"));
    let before = window.document().layers().to_vec();
    window.click_button_with(&format!("Hide {front}"), Modifiers::ALT);
    assert!(
        window.layer(&front).visible
            && !window.layer(&back).visible
            && !window.layer(&copy).visible
    );
    window.click_button_with(&format!("Hide {front}"), Modifiers::ALT);
    assert!(
        window.document().layers() == before,
        "the copy that was hidden stays hidden"
    );
}

#[test]
fn rows_are_dragged_to_another_place() {
    let mut window = Window::decomposed();
    let (front, back) = two(&window);
    let (from, to) = (window.row(&front), window.row(&back) + vec2(0.0, 14.0));
    window.drag(from, to);
    assert_eq!(two(&window), (back.clone(), front.clone()));
    window.key(CTRL, Key::Z);
    assert_eq!(two(&window), (front, back));
}

#[test]
fn a_row_dropped_on_a_group_goes_into_it() {
    let mut window = Window::decomposed();
    let (front, back) = two(&window);
    window.click_row(&front, NONE);
    window.key(CTRL, Key::G);
    let group = window.top().name.clone();
    window.drag(window.row(&back), window.row(&group));
    let group = window.top().as_group().unwrap();
    assert_eq!(group.children.len(), 2);
    assert_eq!(window.document().layers().len(), 1);
}

#[test]
fn brackets_reorder() {
    let mut window = Window::decomposed();
    let (front, back) = two(&window);
    window.click_row(&back, NONE);
    window.key(CTRL, Key::CloseBracket);
    assert_eq!(two(&window), (back.clone(), front.clone()));
    window.key(CTRL, Key::OpenBracket);
    assert_eq!(two(&window), (front, back));
}

#[test]
fn a_double_click_renames_in_any_script() {
    let mut window = Window::decomposed();
    let (front, _) = two(&window);
    let name = "海报 ひらがな カタカナ 한글";
    for _ in 0..2 {
        window
            .harness
            .get_by_role_and_label(Role::ListBoxOption, &front)
            .click();
    }
    window.frames(10);
    window.type_text(name);
    window.key(NONE, Key::Enter);
    assert_eq!(window.top().name, name);
    assert!(window.has_row(name));

    window.key(NONE, Key::F2);
    window.type_text("other");
    window.key(NONE, Key::Escape);
    assert_eq!(window.top().name, name, "Escape keeps the old name");
}

#[test]
fn recolor_is_undone_step_by_step() {
    let mut window = Window::decomposed();
    let plain = window.top().as_raster().unwrap().recolor;
    window.slider("Hue", 90.0);
    window.slider("Lightness", -50.0);
    let recolor = window.top().as_raster().unwrap().recolor;
    assert_eq!((recolor.hue, recolor.lightness), (90.0, -0.5));
    window.key(CTRL, Key::Z);
    assert_eq!(window.top().as_raster().unwrap().recolor.lightness, 0.0);
    window.key(CTRL, Key::Z);
    assert_eq!(window.top().as_raster().unwrap().recolor, plain);
}

#[test]
fn dragging_a_slider_is_one_step() {
    let mut window = Window::decomposed();
    let before = window.document().layers().to_vec();
    let slider = window
        .harness
        .get_by_role_and_label(Role::Slider, "Saturation")
        .rect();
    window.drag(slider.center(), slider.center() + vec2(-30.0, 0.0));
    assert!(window.top().as_raster().unwrap().recolor.saturation < 0.0);
    window.key(CTRL, Key::Z);
    assert!(window.document().layers() == before);
}

#[test]
fn a_burst_of_nudges_is_one_step() {
    let mut window = Window::decomposed();
    let before = window.top_bounds();
    for _ in 0..3 {
        window.key(NONE, Key::ArrowLeft);
    }
    window.key(SHIFT, Key::ArrowDown);
    let after = window.top_bounds();
    assert_eq!((after.left, after.top), (before.left - 3, before.top + 10));
    window.key(CTRL, Key::Z);
    assert_eq!(window.top_bounds(), before);
}

#[test]
fn nudges_with_a_pause_between_are_two_steps() {
    let mut window = Window::decomposed();
    let before = window.top_bounds();
    window.key(NONE, Key::ArrowLeft);
    window.frames(120);
    window.key(NONE, Key::ArrowLeft);
    window.key(CTRL, Key::Z);
    assert_eq!(window.top_bounds().left, before.left - 1);
}

#[test]
fn layers_are_duplicated_grouped_and_deleted_by_key() {
    let mut window = Window::decomposed();
    let (front, back) = two(&window);
    window.key(CTRL, Key::J);
    assert_eq!(
        window.names(),
        [format!("{front} copy"), front.clone(), back.clone()]
    );
    window.click_row(&front, CTRL);
    window.key(CTRL, Key::G);
    assert_eq!(window.document().layers().len(), 2);
    assert_eq!(window.top().as_group().unwrap().children.len(), 2);
    window.key(CTRL | SHIFT, Key::G);
    assert_eq!(
        window.names(),
        [format!("{front} copy"), front.clone(), back.clone()]
    );
    window.click_row(&front, NONE);
    window.key(NONE, Key::Delete);
    assert_eq!(window.names(), [format!("{front} copy"), back]);
}

#[test]
fn digits_set_the_opacity() {
    let mut window = Window::decomposed();
    window.key(NONE, Key::Num4);
    assert_eq!(window.top().opacity, 102);
    window.key(NONE, Key::Num0);
    assert_eq!(window.top().opacity, 255);
}

#[test]
fn shift_selects_a_range_and_the_opacity_slider_sets_all() {
    let mut window = Window::decomposed();
    let (front, back) = two(&window);
    window.click_row(&front, NONE);
    window.click_row(&back, SHIFT);
    window.slider("Opacity", 50.0);
    assert_eq!(window.layer(&front).opacity, 128);
    assert_eq!(window.layer(&back).opacity, 128);
    window.key(CTRL, Key::Z);
    assert_eq!(window.layer(&front).opacity, 255);
    assert_eq!(window.layer(&back).opacity, 255);
}

#[test]
fn a_locked_layer_stays_as_it_is() {
    let mut window = Window::decomposed();
    let (front, back) = two(&window);
    window.click_button(&format!("Lock {front}"));
    window.click_button(&format!("Lock {back}"));
    let before = window.document().layers().to_vec();
    window.key(NONE, Key::ArrowLeft);
    window.key(NONE, Key::Delete);
    window.key(NONE, Key::Num5);
    window.key(CTRL, Key::OpenBracket);
    let center = window.canvas_center();
    window.drag(center, center + vec2(50.0, 0.0));
    assert!(window.document().layers() == before);
    window.click_button(&format!("Unlock {front}"));
    window.click_row(&front, NONE);
    window.key(NONE, Key::Delete);
    assert_eq!(window.names().len(), 1);
}

#[test]
fn a_folded_group_hides_its_layers_in_the_panel() {
    let mut window = Window::decomposed();
    let (front, _) = two(&window);
    window.click_row(&front, NONE);
    window.key(CTRL, Key::G);
    let group = window.top().name.clone();
    window.click_button(&format!("Fold {group}"));
    assert!(!window.has_row(&front));
    window.click_button(&format!("Unfold {group}"));
    assert!(window.has_row(&front));
}

#[test]
fn the_source_shows_while_its_key_is_held() {
    let mut window = Window::decomposed();
    let before = window.document().layers().to_vec();
    window.harness.key_down(Key::Backslash);
    window.frames(3);
    let center = window.canvas_center();
    window.drag(center, center + vec2(40.0, 0.0));
    assert!(
        window.document().layers() == before,
        "nothing moves under the source"
    );
    window.harness.key_up(Key::Backslash);
    window.frames(3);
    window.drag(center, center + vec2(40.0, 0.0));
    assert!(window.document().layers() != before);
}

#[test]
fn every_control_has_a_name() {
    let mut window = Window::decomposed();
    window.harness.check_accessibility();
    window.key(CTRL, Key::E);
    window.harness.check_accessibility();
}
