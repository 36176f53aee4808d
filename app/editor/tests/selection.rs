//! What is selected, and where the list shows it.

mod common;

use common::{CTRL, NONE, SHIFT, Window};
use egui::accesskit::{Role, Toggled};
use egui::{Event, Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};

/// Names of the rows that are selected, front first.
fn selected(window: &Window) -> Vec<String> {
    let rows = window.harness.query_all_by_role(Role::ListBoxOption);
    let selected = rows.filter(|row| row.accesskit_node().toggled() == Some(Toggled::True));
    selected
        .filter_map(|row| row.accesskit_node().label())
        .collect()
}

/// Top of the row, and bottom of the list.
fn row_and_list_end(window: &Window, name: &str) -> (f32, f32) {
    let label = "Duplicate the selected layers";
    let below = window
        .harness
        .get_by_role_and_label(Role::Button, label)
        .rect();
    (window.row(name).y, below.top())
}

#[test]
fn undo_and_redo_select_what_was_selected() {
    let mut window = Window::decomposed();
    let [front, back] = window.names().try_into().unwrap();
    window.click_row(&back, NONE);
    window.key(NONE, Key::ArrowLeft);
    window.click_row(&front, NONE);
    window.key(CTRL, Key::J);
    let copy = window.top().name.clone();
    assert_eq!(selected(&window), [copy.as_str()]);
    window.key(CTRL, Key::Z);
    assert_eq!(selected(&window), [front.as_str()]);
    window.key(CTRL, Key::Z);
    assert_eq!(selected(&window), [back], "the layer that was moved");
    window.key(CTRL, Key::Y);
    window.key(CTRL, Key::Y);
    assert_eq!(selected(&window), [copy]);
    window.key(CTRL, Key::A);
    window.key(NONE, Key::Delete);
    window.key(CTRL, Key::Z);
    assert_eq!(selected(&window).len(), 3, "all that was deleted");
}

#[test]
fn a_layer_picked_on_the_canvas_comes_into_sight_in_the_list() {
    let mut window = Window::decomposed();
    let [_, back] = window.names().try_into().unwrap();
    for _ in 0..20 {
        window.key(CTRL, Key::J);
    }
    window.frames(60);
    let (row, end) = row_and_list_end(&window, &back);
    assert!(
        row > end,
        "the background's row is out of sight: {row}, {end}"
    );
    // The middle of the canvas is covered by the object; the background shows around it.
    let beside = window.canvas_center() - vec2(300.0, 0.0);
    window.drag(beside, beside);
    assert_eq!(selected(&window), [back.as_str()]);
    window.frames(60);
    let (row, end) = row_and_list_end(&window, &back);
    assert!(row < end, "{row} is below the list's end, {end}");
}

#[test]
fn the_list_scrolls_while_a_row_is_held_at_its_edge() {
    let mut window = Window::decomposed();
    let [front, back] = window.names().try_into().unwrap();
    for _ in 0..20 {
        window.key(CTRL, Key::J);
    }
    window.frames(60);
    let top = window.top().name.clone();
    let (_, end) = row_and_list_end(&window, &back);
    let from = window.row(&top);
    let edge = egui::pos2(from.x, end - 16.0);
    window.harness.hover_at(from);
    window.frames(2);
    window.harness.drag_at(from);
    window.frames(2);
    window.harness.hover_at(edge);
    window.frames(300);
    let (row, end) = row_and_list_end(&window, &back);
    assert!(row < end, "{row} is below the list's end, {end}");
    window.harness.drop_at(edge);
    window.frames(4);
    assert_ne!(window.top().name, top);
    assert!(window.names().iter().position(|name| *name == top) > Some(15));
    assert!(window.has_row(&front));
}

#[test]
fn alt_drag_leaves_a_copy_where_the_layer_was_in_one_step() {
    let mut window = Window::decomposed();
    let [front, back] = window.names().try_into().unwrap();
    let before = window.document().layers().to_vec();
    let place = window.top_bounds();
    let from = window.canvas_center();
    window
        .harness
        .event(Event::ModifiersChanged(Modifiers::ALT));
    window.drag(from, from + vec2(60.0, 25.0));
    window.harness.event(Event::ModifiersChanged(NONE));
    window.frames(2);
    let copy = format!("{front} copy");
    assert_eq!(window.names(), [copy.clone(), front.clone(), back]);
    assert_eq!(selected(&window), [copy]);
    assert!(window.top_bounds().left > place.left);
    let left = window.layer(&front).id;
    assert_eq!(window.document().layer_bounds(left), Some(place));
    window.key(CTRL, Key::Z);
    assert!(window.document().layers() == before);
}

#[test]
fn the_properties_of_a_group_fit_in_their_panel() {
    let mut window = Window::decomposed();
    window.key(CTRL, Key::A);
    window.key(CTRL, Key::G);
    assert!(window.shows_text("Group of 2 layers"));
    let slider = window
        .harness
        .get_by_role_and_label(Role::Slider, "Strength");
    assert!(slider.rect().bottom() < 900.0 - 24.0, "{:?}", slider.rect());
    window.key(CTRL | SHIFT, Key::A);
    assert!(window.shows_text("No layer is selected"));
    window.key(CTRL, Key::A);
    window.key(CTRL, Key::D);
    assert_eq!(selected(&window), [""; 0]);
}
