//! Picking and dragging through the widget, by accessible label, without a GPU.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failure is the test's answer"
)]

mod common;

use std::f64::consts::FRAC_PI_2;

use canvas::{Canvas, CanvasAction, Compare, DragKind};
use common::{Window, document_of, drag, handle, harness, on_screen, opened, start_drag};
use document::{Edit, History, Layer, LayerId, Locks, Property};
use egui::{Key, Modifiers, PointerButton, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use glam::DVec2;

fn select(harness: &mut Harness<'_, Window>, ids: &[LayerId]) {
    harness.state_mut().selection = ids.to_vec();
    harness.run();
}

fn click(harness: &mut Harness<'_, Window>, pos: egui::Pos2, modifiers: Modifiers) {
    harness.hover_at(pos);
    harness.run();
    harness.event(egui::Event::ModifiersChanged(modifiers));
    for pressed in [true, false] {
        let event = egui::Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers,
        };
        harness.event(event);
        harness.run();
    }
    harness.event(egui::Event::ModifiersChanged(Modifiers::NONE));
    harness.run();
}

/// Left, top, width and height of the layer in the document.
fn place(harness: &Harness<'_, Window>, id: LayerId) -> (i32, i32, u32, u32) {
    let document = harness.state().history.document();
    let bounds = document.layer_bounds(id).unwrap();
    (bounds.left, bounds.top, bounds.width(), bounds.height())
}

/// The actions of one drag: Begin, then only SetTransforms, then `end`.
fn assert_one_transaction(actions: &[CanvasAction], kind: DragKind, end: CanvasAction) {
    let drag: Vec<_> = actions
        .iter()
        .filter(|action| !matches!(action, CanvasAction::Select { .. }))
        .collect();
    let [begin, sets @ .., last] = drag.as_slice() else {
        panic!("{actions:?}")
    };
    assert_eq!(**begin, CanvasAction::Begin(kind));
    assert_eq!(**last, end);
    assert!(!sets.is_empty());
    assert!(
        sets.iter()
            .all(|set| matches!(set, CanvasAction::SetTransforms(_))),
        "{actions:?}"
    );
}

#[test]
fn a_click_selects_the_topmost_layer_and_shift_extends() {
    let (mut harness, ids) = opened(&[(0, 0, 400, 300), (50, 50, 100, 80), (100, 90, 100, 80)]);
    let overlap = on_screen(&harness, 120.0, 110.0);
    click(&mut harness, overlap, Modifiers::NONE);
    assert_eq!(harness.state().selection, [ids[2]]);
    let second = on_screen(&harness, 60.0, 60.0);
    click(&mut harness, second, Modifiers::SHIFT);
    assert_eq!(harness.state().selection, [ids[2], ids[1]]);
    let backdrop = on_screen(&harness, -20.0, -20.0);
    click(&mut harness, backdrop, Modifiers::SHIFT);
    assert_eq!(
        harness.state().selection,
        [ids[2], ids[1]],
        "a miss while extending changes nothing"
    );
    click(&mut harness, backdrop, Modifiers::NONE);
    assert!(harness.state().selection.is_empty());
}

#[test]
fn a_layer_beyond_the_canvas_is_not_picked_there() {
    let (mut harness, _) = opened(&[(-50, 10, 100, 80)]);
    let outside = on_screen(&harness, -20.0, 40.0);
    click(&mut harness, outside, Modifiers::NONE);
    assert!(harness.state().selection.is_empty());
    let inside = on_screen(&harness, 20.0, 40.0);
    click(&mut harness, inside, Modifiers::NONE);
    assert_eq!(harness.state().selection.len(), 1);
}

#[test]
fn dragging_an_unselected_layer_selects_and_moves_it_by_whole_pixels() {
    let (mut harness, ids) = opened(&[(0, 0, 400, 300), (50, 50, 100, 80)]);
    let start = harness.state().transform(ids[1]);
    let from = on_screen(&harness, 60.0, 60.0);
    drag(&mut harness, from, from + Vec2::new(30.4, -12.3));
    let state = harness.state();
    assert_eq!(state.selection, [ids[1]]);
    assert_eq!(
        state.transform(ids[1]),
        start.translated(DVec2::new(30.0, -12.0))
    );
    assert_eq!(
        state.actions[0],
        CanvasAction::Select {
            layer: Some(ids[1]),
            extend: false
        }
    );
    assert_one_transaction(&state.actions, DragKind::MoveLayer, CanvasAction::Commit);
    assert_eq!(state.history.undo_label(), Some("MoveLayer"));
}

#[test]
fn dragging_one_of_several_selected_layers_moves_all_but_locked_ones() {
    let (mut harness, ids) = opened(&[(0, 0, 20, 20), (50, 50, 100, 80), (200, 100, 100, 80)]);
    let edit = Edit::Set(ids[0], Property::Locks(Locks::ALL));
    harness.state_mut().history.apply(edit).unwrap();
    select(&mut harness, &ids);
    let starts: Vec<_> = ids
        .iter()
        .map(|id| harness.state().transform(*id))
        .collect();
    let from = on_screen(&harness, 210.0, 110.0);
    drag(&mut harness, from, from + Vec2::new(7.0, 20.0));
    let state = harness.state();
    assert_eq!(state.transform(ids[0]), starts[0]);
    for index in [1, 2] {
        assert_eq!(
            state.transform(ids[index]),
            starts[index].translated(DVec2::new(7.0, 20.0))
        );
    }
    assert_one_transaction(&state.actions, DragKind::MoveLayers, CanvasAction::Commit);
}

#[test]
fn a_selected_group_moves_as_a_whole() {
    let (document, ids) = document_of(&[(50, 50, 100, 80), (200, 100, 100, 80)]);
    let mut history = History::new(document);
    let children: Vec<Layer> = history.document().layers().to_vec();
    let group = history.new_layer_id();
    let layers = vec![Layer::group(group, "Group", children)];
    history.apply(Edit::SetLayers { layers }).unwrap();
    let mut harness = harness(Window::new(Canvas::new(None), history.document().clone()));
    select(&mut harness, &[group]);
    let zoom = harness.state().canvas.zoom();
    let starts: Vec<_> = ids
        .iter()
        .map(|id| harness.state().transform(*id))
        .collect();
    let from = on_screen(&harness, 60.0, 60.0);
    drag(&mut harness, from, from + Vec2::new(20.0, 10.0) * zoom);
    for (id, start) in ids.iter().zip(starts) {
        assert_eq!(
            harness.state().transform(*id),
            start.translated(DVec2::new(20.0, 10.0))
        );
    }
    assert_eq!(harness.state().selection, [group]);
}

#[test]
fn shift_keeps_a_move_on_one_axis() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80)]);
    let start = harness.state().transform(ids[0]);
    let from = on_screen(&harness, 60.0, 60.0);
    start_drag(&mut harness, from, from + Vec2::new(30.0, 12.0));
    harness.event(egui::Event::ModifiersChanged(Modifiers::SHIFT));
    harness.run();
    assert_eq!(
        harness.state().transform(ids[0]),
        start.translated(DVec2::new(30.0, 0.0))
    );
}

#[test]
fn escape_takes_the_drag_back() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80)]);
    let start = harness.state().transform(ids[0]);
    let from = on_screen(&harness, 60.0, 60.0);
    let to = from + Vec2::new(30.0, 12.0);
    start_drag(&mut harness, from, to);
    assert_ne!(harness.state().transform(ids[0]), start);
    harness.key_press(Key::Escape);
    harness.run();
    harness.hover_at(to + Vec2::new(50.0, 50.0));
    harness.run();
    harness.drop_at(to);
    harness.run();
    assert_eq!(harness.state().transform(ids[0]), start);
    assert_one_transaction(
        &harness.state().actions,
        DragKind::MoveLayer,
        CanvasAction::Abort,
    );
    assert_eq!(harness.state().history.undo_label(), None);
}

#[test]
fn a_corner_handle_resizes_about_the_opposite_corner() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80)]);
    select(&mut harness, &ids);
    let from = handle(&harness, "Resize bottom right");
    drag(&mut harness, from, from + Vec2::new(50.0, 20.0));
    assert_eq!(place(&harness, ids[0]), (50, 50, 150, 100));
    assert_one_transaction(
        &harness.state().actions,
        DragKind::ResizeLayer,
        CanvasAction::Commit,
    );
}

#[test]
fn a_side_handle_changes_one_side_only() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80)]);
    select(&mut harness, &ids);
    let from = handle(&harness, "Resize left");
    drag(&mut harness, from, from + Vec2::new(25.0, 33.0));
    assert_eq!(place(&harness, ids[0]), (75, 50, 75, 80));
}

#[test]
fn shift_keeps_the_ratio_and_alt_the_middle() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80)]);
    select(&mut harness, &ids);
    let start = harness.state().transform(ids[0]);
    let from = handle(&harness, "Resize bottom right");
    start_drag(&mut harness, from, from + Vec2::new(50.0, 40.0));
    harness.event(egui::Event::ModifiersChanged(Modifiers::SHIFT));
    harness.hover_at(from + Vec2::new(50.0, 10.0));
    harness.run();
    let scale = harness.state().transform(ids[0]).scale;
    assert!((scale.x - scale.y).abs() < 1e-9 && scale.x > 1.0);
    harness.event(egui::Event::ModifiersChanged(Modifiers::ALT));
    harness.hover_at(from + Vec2::new(50.0, 10.0));
    harness.run();
    let resized = harness.state().transform(ids[0]);
    assert!((resized.center - start.center).length() < 1e-9);
    assert!((resized.scale - DVec2::new(2.0, 1.25)).length() < 1e-9);
}

#[test]
fn dragging_through_flips_and_never_reaches_zero() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80)]);
    select(&mut harness, &ids);
    let from = handle(&harness, "Resize right");
    start_drag(&mut harness, from, from + Vec2::new(-100.0, 0.0));
    assert_eq!(
        harness.state().transform(ids[0]).scale,
        DVec2::new(0.01, 1.0)
    );
    harness.hover_at(from + Vec2::new(-150.0, 0.0));
    harness.run();
    assert_eq!(
        harness.state().transform(ids[0]).scale,
        DVec2::new(-0.5, 1.0)
    );
    assert_eq!(place(&harness, ids[0]), (0, 50, 50, 80));
    harness.drop_at(from + Vec2::new(-150.0, 0.0));
    harness.run();
}

#[test]
fn the_rotate_handle_turns_about_the_middle_and_shift_snaps() {
    let (mut harness, ids) = opened(&[(150, 100, 100, 80)]);
    select(&mut harness, &ids);
    let start = harness.state().transform(ids[0]);
    let middle = on_screen(&harness, 200.0, 140.0);
    let from = handle(&harness, "Rotate layer");
    let reach = middle.y - from.y;
    start_drag(&mut harness, from, middle + Vec2::new(reach, 0.0));
    let turned = harness.state().transform(ids[0]);
    assert!((turned.rotation - FRAC_PI_2).abs() < 1e-6);
    assert!((turned.center - start.center).length() < 1e-9);
    harness.event(egui::Event::ModifiersChanged(Modifiers::SHIFT));
    harness.hover_at(middle + Vec2::new(reach, -reach * 0.9));
    harness.run();
    let snapped = harness.state().transform(ids[0]).rotation;
    assert!((snapped - FRAC_PI_2 / 2.0).abs() < 1e-9);
    harness.drop_at(middle);
    harness.run();
    assert_one_transaction(
        &harness.state().actions,
        DragKind::RotateLayer,
        CanvasAction::Commit,
    );
}

#[test]
fn handles_of_a_turned_layer_follow_its_frame() {
    let (mut harness, ids) = opened(&[(150, 100, 100, 80)]);
    select(&mut harness, &ids);
    let turned = document::Transform {
        rotation: FRAC_PI_2,
        ..harness.state().transform(ids[0])
    };
    let edit = Edit::Set(ids[0], Property::Transform(turned));
    harness.state_mut().history.apply(edit).unwrap();
    harness.run();
    // A quarter turn clockwise brings the layer's right side to the bottom.
    let from = handle(&harness, "Resize right");
    let bottom = on_screen(&harness, 200.0, 190.0);
    assert!((from - bottom).length() < 1.0);
    drag(&mut harness, from, from + Vec2::new(0.0, 50.0));
    let resized = harness.state().transform(ids[0]);
    assert!((resized.scale - DVec2::new(1.5, 1.0)).length() < 1e-6);
    assert!((resized.center - DVec2::new(200.0, 165.0)).length() < 1e-6);
}

#[test]
fn several_layers_are_resized_as_one_box() {
    let (mut harness, ids) = opened(&[(100, 100, 40, 40), (180, 160, 20, 40)]);
    select(&mut harness, &ids);
    let from = handle(&harness, "Resize bottom right");
    assert!((from - on_screen(&harness, 200.0, 200.0)).length() < 1.0);
    drag(&mut harness, from, from + Vec2::new(100.0, 50.0));
    assert_eq!(place(&harness, ids[0]), (100, 100, 80, 60));
    assert_eq!(place(&harness, ids[1]), (260, 190, 40, 60));
    assert_one_transaction(
        &harness.state().actions,
        DragKind::ResizeLayers,
        CanvasAction::Commit,
    );
}

#[test]
fn a_locked_layer_has_no_handles() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80)]);
    harness
        .state_mut()
        .history
        .apply(Edit::Set(ids[0], Property::Locks(Locks::ALL)))
        .unwrap();
    select(&mut harness, &ids);
    assert!(harness.query_by_label("Resize top left").is_none());
    assert!(harness.query_by_label("Rotate layer").is_none());
    let from = on_screen(&harness, 60.0, 60.0);
    drag(&mut harness, from, from + Vec2::new(30.0, 12.0));
    assert_eq!(harness.state().actions, []);
}

#[test]
fn a_press_on_a_handle_without_moving_changes_nothing() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80)]);
    select(&mut harness, &ids);
    let corner = handle(&harness, "Resize top left");
    drag(&mut harness, corner, corner);
    assert_eq!(harness.state().actions, []);
}

#[test]
fn the_wheel_zooms_at_the_cursor() {
    let (mut harness, _) = opened(&[(50, 50, 100, 80)]);
    harness.hover_at(on_screen(&harness, 60.0, 60.0));
    harness.run();
    let before = harness.state().canvas.pointer().unwrap();
    for _ in 0..3 {
        harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: Vec2::new(0.0, 1.0),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
            source: egui::MouseWheelSource::Wheel,
        });
        harness.run_steps(20);
    }
    let canvas = &harness.state().canvas;
    assert!(canvas.zoom() > 1.3, "zoom {}", canvas.zoom());
    assert!((canvas.pointer().unwrap() - before).length() < 1.0);
}

#[test]
fn space_and_the_middle_button_pan_without_touching_layers() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80)]);
    select(&mut harness, &ids);
    let from = on_screen(&harness, 60.0, 60.0);
    let corner = handle(&harness, "Resize top left");
    harness.key_down(Key::Space);
    drag(&mut harness, from, from + Vec2::new(40.0, 25.0));
    harness.key_up(Key::Space);
    harness.run();
    assert!((handle(&harness, "Resize top left") - corner - Vec2::new(40.0, 25.0)).length() < 1.0);

    let middle = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: PointerButton::Middle,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.event(middle(from, true));
    harness.run();
    harness.hover_at(from + Vec2::new(-40.0, -25.0));
    harness.run();
    // Beyond the canvas too, as long as the button is held.
    harness.hover_at(egui::pos2(-50.0, from.y));
    harness.run();
    harness.hover_at(from + Vec2::new(-40.0, -25.0));
    harness.run();
    harness.event(middle(from, false));
    harness.run();
    assert!((handle(&harness, "Resize top left") - corner).length() < 1.0);
    assert_eq!(harness.state().actions, []);
}

#[test]
fn the_divider_is_dragged_across_the_picture() {
    let (mut harness, _) = opened(&[(0, 0, 400, 300)]);
    harness.state_mut().compare = Compare::Split(0.5);
    harness.run();
    let knob = handle(&harness, "Compare divider");
    drag(&mut harness, knob, knob + Vec2::new(100.0, 0.0));
    assert_eq!(harness.state().compare, Compare::Split(0.75));
    let knob = handle(&harness, "Compare divider");
    drag(&mut harness, knob, knob + Vec2::new(-1000.0, 0.0));
    assert_eq!(harness.state().compare, Compare::Split(0.0));
}

#[test]
fn before_shows_no_handles() {
    let (mut harness, ids) = opened(&[(50, 50, 100, 80)]);
    select(&mut harness, &ids);
    harness.state_mut().compare = Compare::Before;
    harness.run();
    assert!(harness.query_by_label("Resize top left").is_none());
}
