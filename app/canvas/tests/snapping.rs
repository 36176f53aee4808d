//! Dragged edges catch the canvas and other layers, without a GPU.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failure is the test's answer"
)]

mod common;

use canvas::{CanvasAction, DragKind};
use common::{Window, drag, handle, on_screen, opened, start_drag};
use document::{Edit, LayerId, Property};
use egui::{Modifiers, Vec2};
use egui_kittest::Harness;

/// Left and top of the layer after it was dragged by `delta`.
fn dragged(
    harness: &mut Harness<'_, Window>,
    id: LayerId,
    grip: (f64, f64),
    delta: Vec2,
) -> (i32, i32) {
    let from = on_screen(harness, grip.0, grip.1);
    drag(harness, from, from + delta);
    left_top(harness, id)
}

fn left_top(harness: &Harness<'_, Window>, id: LayerId) -> (i32, i32) {
    let bounds = harness.state().history.document().layer_bounds(id).unwrap();
    (bounds.left, bounds.top)
}

#[test]
fn a_layer_catches_the_edges_of_the_canvas() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 81)]);
    assert_eq!(
        dragged(&mut harness, ids[0], (60.0, 60.0), Vec2::new(-46.0, 163.0)),
        (0, 219)
    );
}

#[test]
fn a_layer_catches_the_middle_of_the_canvas_by_whole_pixels() {
    let (mut harness, ids) = opened(&[(50, 50, 101, 80)]);
    let (left, _) = dragged(&mut harness, ids[0], (60.0, 60.0), Vec2::new(102.0, 12.0));
    assert!((149..=150).contains(&left), "{left}");
    let center = harness.state().transform(ids[0]).center;
    assert_eq!(center.x.fract(), 0.5, "it stays on the pixel grid");
}

#[test]
fn a_layer_catches_the_edges_of_visible_layers() {
    let (mut harness, ids) = opened(&[(50, 20, 100, 80), (230, 150, 60, 50)]);
    let drag_to = |harness: &mut Harness<'_, Window>, by| {
        let at = left_top(harness, ids[1]);
        let grip = (f64::from(at.0) + 10.0, f64::from(at.1) + 10.0);
        dragged(harness, ids[1], grip, by)
    };
    // Its left edge to the other one's right edge.
    assert_eq!(drag_to(&mut harness, Vec2::new(-77.0, 30.0)).0, 150);
    let hide = Edit::Set(ids[0], Property::Visible(false));
    harness.state_mut().history.apply(hide).unwrap();
    assert_eq!(drag_to(&mut harness, Vec2::new(-17.0, 0.0)).0, 133);
    assert_eq!(drag_to(&mut harness, Vec2::new(20.0, 0.0)).0, 153);
}

#[test]
fn ctrl_lets_go() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 81)]);
    let from = on_screen(&harness, 60.0, 60.0);
    start_drag(&mut harness, from, from + Vec2::new(-46.0, 0.0));
    assert_eq!(left_top(&harness, ids[0]), (0, 50));
    harness.event(egui::Event::ModifiersChanged(Modifiers::COMMAND));
    harness.run();
    assert_eq!(left_top(&harness, ids[0]), (4, 50));
}

#[test]
fn a_resized_edge_catches_too() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80), (230, 190, 60, 50)]);
    harness.state_mut().selection = vec![ids[0]];
    harness.run();
    let from = handle(&harness, "Resize bottom right");
    drag(&mut harness, from, from + Vec2::new(76.0, 55.0));
    let bounds = harness.state().history.document().layer_bounds(ids[0]);
    let bounds = bounds.unwrap();
    assert_eq!((bounds.right, bounds.bottom), (230, 190));
}

#[test]
fn alt_leaves_copies_before_anything_moves() {
    let (mut harness, _) = opened(&[(50, 50, 100, 80)]);
    let from = on_screen(&harness, 60.0, 60.0);
    harness.event(egui::Event::ModifiersChanged(Modifiers::ALT));
    drag(&mut harness, from, from + Vec2::new(30.0, 12.0));
    let actions = &harness.state().actions;
    let start: Vec<_> = actions.iter().skip(1).take(2).collect();
    assert_eq!(
        start,
        [
            &CanvasAction::Begin(DragKind::Duplicate),
            &CanvasAction::LeaveCopies
        ]
    );
    let left = |action: &&CanvasAction| **action == CanvasAction::LeaveCopies;
    assert_eq!(actions.iter().filter(left).count(), 1);
    assert_eq!(actions.last(), Some(&CanvasAction::Commit));
}
