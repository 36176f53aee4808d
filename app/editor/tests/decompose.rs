//! The decomposition as the window shows it.

mod common;

use common::{CTRL, NONE, SHIFT, ScriptedDialogs, Window, all_controls, stack};
use crossbeam_channel::bounded;
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use engine::{
    CaptionLanguage, Content, EngineError, FakeBackend, Layers, ModelLayer, Resolution, TextBlock,
    TextLine,
};
use image::{Rgba, RgbaImage};

/// Goes on once the backend waits at its gate, before the first step.
fn start(window: &mut Window) {
    window.click_button("Decompose");
    window.until("the backend works", |window| {
        window.shows_text("Denoise 0/4")
    });
}

#[test]
fn layers_take_the_pictures_place_in_one_step() {
    let backend = FakeBackend::new().layers(stack()).note("It hummed.");
    let mut window = Window::with_picture(backend);
    let before = window.document().layers().to_vec();
    window.click_button("Decompose");
    window.settle();
    assert!(window.has_message("It hummed."));
    let after = window.document().layers().to_vec();
    assert_eq!(after.len(), 2);
    assert!(
        window.has_message("2 layers by Fake, for tests"),
        "{:?}",
        window.messages()
    );
    for layer in &after {
        assert!(window.has_row(&layer.name));
    }
    window.key(CTRL, Key::Z);
    assert!(window.document().layers() == before);
    window.key(CTRL, Key::Y);
    assert!(window.document().layers() == after);
}

#[test]
fn editing_goes_on_meanwhile() {
    let (step, gate) = bounded(0);
    let mut window = Window::with_picture(FakeBackend::new().layers(stack()).gate(gate));
    start(&mut window);
    window.key(NONE, Key::ArrowRight);
    assert_eq!(window.top_bounds().left, 1);
    step.send(()).unwrap();
    window.until("a step is done", |window| window.shows_text("Denoise 1/4"));
    drop(step);
    window.settle();
    assert_eq!(window.names().len(), 2);
    window.key(CTRL, Key::Z);
    assert_eq!(window.top_bounds().left, 1, "the nudge is still there");
    window.key(CTRL, Key::Z);
    assert_eq!(window.top_bounds().left, 0);
}

#[test]
fn what_another_job_would_take_is_told_while_one_runs() {
    let (step, gate) = bounded(0);
    let mut window = Window::with_picture(FakeBackend::new().layers(stack()).gate(gate));
    window.settle();
    assert!(window.shows_text("About 16 s."), "4 layers of 4 steps");
    start(&mut window);
    window.click_button("Automatic number of layers");
    window.slider("Layers", 2.0);
    window.until("it is told", |window| window.shows_text("About 8 s."));
    assert!(window.shows_text("Denoise 0/4"));
    drop(step);
    window.settle();
}

#[test]
fn the_progress_never_lies_under_the_button() {
    let (step, gate) = bounded(0);
    let mut window = Window::with_picture(FakeBackend::new().layers(stack()).gate(gate));
    start(&mut window);
    drop(step);
    // Frame by frame, as each further stage takes a line.
    while window.has_button("Cancel") {
        let button = window.harness.get_by_label("Cancel").rect();
        let shown = window.harness.get_all_by_role(Role::ProgressIndicator);
        for bar in shown.map(|shown| shown.rect()) {
            assert!(bar.bottom() <= button.top(), "{bar:?} {button:?}");
        }
        window.frames(1);
    }
}

#[test]
fn cancel_leaves_the_layers_as_they_were() {
    let (_step, gate) = bounded(0);
    let mut window = Window::with_picture(FakeBackend::new().gate(gate));
    let before = window.document().clone();
    start(&mut window);
    assert!(!window.has_button("Decompose"));
    window.click_button("Cancel");
    window.settle();
    assert!(*window.document() == before);
    assert!(window.has_message("cancelled"));
    assert!(window.is_enabled("Decompose"), "it can be started again");
}

#[test]
fn a_failure_is_one_sentence_that_stays() {
    let failure = EngineError::OutOfMemory {
        what: "the test".into(),
        advice: "try 640".into(),
    };
    let mut window = Window::with_picture(FakeBackend::new().fail(failure));
    let before = window.document().clone();
    window.click_button("Decompose");
    window.settle();
    assert!(*window.document() == before);
    window.frames(60 * 20);
    assert!(
        window.has_message("Not enough memory for the test; try 640."),
        "{:?}",
        window.messages()
    );
    window.click_button("Dismiss");
    assert!(window.messages().is_empty());
}

#[test]
fn a_backend_that_panics_does_not_take_the_window_down() {
    let mut window = Window::with_picture(FakeBackend::new().panic());
    window.click_button("Decompose");
    window.settle();
    assert_eq!(window.messages().len(), 1);
    assert_eq!(window.names(), ["Source"]);
}

#[test]
fn the_result_for_a_closed_picture_is_dropped() {
    let (step, gate) = bounded(0);
    let mut window = Window::with_picture(FakeBackend::new().layers(stack()).gate(gate));
    start(&mut window);
    let other = window.picture("other.png", 10, 10);
    window.drop_file(&other);
    window.until("the question shows", |window| {
        window.shows_text("The decomposition that is running stops.")
    });
    window.click_button("Go on");
    drop(step);
    window.settle();
    window.frames(20);
    assert_eq!(window.names(), ["Source"]);
    assert_eq!(window.document().width(), 10);
    assert!(window.has_message("stopped because its picture was closed"));
}

#[test]
fn only_controls_that_are_heeded_show() {
    let mut window = Window::with_picture(FakeBackend::new());
    let slider = |window: &Window, name: &str| {
        window
            .harness
            .query_by_role_and_label(Role::Slider, name)
            .is_some()
    };
    let text = |window: &Window, name: &str| {
        window
            .harness
            .query_by_role_and_label(Role::MultilineTextInput, name)
            .is_some()
    };
    window.click_button("Automatic number of layers");
    assert!(slider(&window, "Layers"));
    for name in ["Steps", "Guidance"] {
        assert!(!slider(&window, name), "{name}");
    }
    assert!(!text(&window, "Prompt") && !text(&window, "Negative prompt"));
    assert!(!window.has_button("Random seed") && !window.has_button("1024 px"));

    let all = common::all_controls();
    let mut window = Window::with_picture(FakeBackend::new().controls(all));
    window.click_button("Automatic number of layers");
    for name in ["Layers", "Steps", "Guidance"] {
        assert!(slider(&window, name), "{name}");
    }
    assert!(text(&window, "Prompt") && text(&window, "Negative prompt"));
    assert!(
        window
            .harness
            .query_by_role_and_label(Role::CheckBox, "Normalise guidance")
            .is_some()
    );
    assert!(window.has_button("1024 px") && window.has_button("中文"));
    let seed = |window: &Window| {
        window
            .harness
            .get_by_role_and_label(Role::SpinButton, "Seed")
            .accesskit_node()
            .numeric_value()
            .unwrap()
    };
    let before = seed(&window);
    window.click_button("Random seed");
    assert_ne!(seed(&window), before);
}

#[test]
fn the_number_of_layers_reaches_the_backend() {
    let (sent, requests) = bounded(4);
    let mut window = Window::with_picture(FakeBackend::new().requests(sent));
    let layers = |window: &mut Window| {
        window.click_button("Decompose");
        window.settle();
        requests.try_recv().unwrap().layers
    };
    assert_eq!(layers(&mut window), Layers::Auto);
    assert!(window.shows_text("all that it finds"));
    window.click_button("Automatic number of layers");
    window.slider("Layers", 3.0);
    assert_eq!(layers(&mut window), Layers::AtMost(3));
    assert_eq!(window.names().len(), 3, "{:?}", window.names());
    window.click_button("Automatic number of layers");
    assert_eq!(layers(&mut window), Layers::Auto);
}

#[test]
fn a_number_that_a_backend_cannot_make_becomes_the_most_it_can() {
    let (sent, requests) = bounded(4);
    let few = FakeBackend::new().controls(all_controls()).requests(sent);
    let mut window = Window::with_picture(few);
    assert!(!window.shows_text("all that it finds"));
    window.click_button("Automatic number of layers");
    window.slider("Layers", 64.0);
    window.click_button("Decompose");
    window.settle();
    assert_eq!(requests.try_recv().unwrap().layers, Layers::AtMost(16));
}

/// Fourteen squares beside each other over a background, objects and texts by turns.
fn many() -> Vec<ModelLayer> {
    let mut layers = stack();
    layers.truncate(1);
    for index in 0..14 {
        let left = 4 * index + 1;
        let square = RgbaImage::from_fn(64, 48, |x, y| {
            let inside = (left..left + 3).contains(&x) && (20..30).contains(&y);
            Rgba([200, 10 * index as u8, 30, if inside { 128 } else { 0 }])
        });
        layers.push(match index % 2 {
            0 => ModelLayer::new(square, Content::Object),
            _ => ModelLayer {
                text: Some(text(index as f32)),
                ..ModelLayer::new(square, Content::Text)
            },
        });
    }
    layers
}

fn text(index: f32) -> TextBlock {
    let left = 4.0 * index + 1.0;
    let right = left + 3.0;
    let quad = [[left, 20.0], [right, 20.0], [right, 30.0], [left, 30.0]];
    let line = |words: &str| TextLine {
        words: words.to_owned(),
        quad,
        confidence: 0.93,
    };
    TextBlock {
        lines: vec![line("HAPPY"), line(&format!("NUMBER {index}"))],
        quad,
        angle: 0.0,
        size: 10.0,
        colour: [255, 120, 0],
        confidence: 0.93,
    }
}

#[test]
fn many_layers_are_grouped_by_kind_and_look_the_same() {
    let layers = many();
    let images: Vec<_> = layers.iter().map(|layer| &layer.image).collect();
    let flat = engine::recompose(64, 48, &images);
    let mut window = Window::with_picture(FakeBackend::new().layers(layers));
    window.click_check_box("Layers in the picture's own size");
    window.click_button("Decompose");
    window.settle();
    let top: Vec<_> = window.document().layers().iter().collect();
    let shown: Vec<_> = top
        .iter()
        .map(|layer| (layer.name.as_str(), layer.children().len()))
        .collect();
    assert_eq!(shown, [("Background", 0), ("Objects", 7), ("Text", 7)]);
    assert_eq!(document::composite(window.document()), flat);
}

#[test]
fn what_a_layer_says_goes_with_it_and_is_shown() {
    let mut window = Window::with_picture(FakeBackend::new().layers(many()));
    window.click_check_box("Layers in the picture's own size");
    window.click_button("Decompose");
    window.settle();
    let text = window.layer("HAPPY NUMBER 3").text().unwrap().clone();
    assert_eq!(text.words, "HAPPY\nNUMBER 3");
    // In the layer's own pixels.
    assert_eq!(text.quad[2], [3.0, 10.0]);
    assert!(!window.shows_text("Colour of the letters"));
    window.click_row("HAPPY NUMBER 3", NONE);
    assert_eq!(window.text_in("Text on the layer"), text.words);
    assert!(window.shows_text("Colour of the letters, #FF7800"));
    window.key(CTRL, Key::J);
    let copy = window.layer("HAPPY NUMBER 3 copy").text().cloned();
    assert_eq!(copy, Some(text.clone()));
    window.key(CTRL, Key::Z);
    window.key(CTRL, Key::Z);
    window.key(CTRL | SHIFT, Key::Z);
    assert_eq!(window.layer("HAPPY NUMBER 3").text(), Some(&text));
}

#[test]
fn the_window_says_which_backend_runs_and_why() {
    let absent = FakeBackend::new()
        .named("big", "Big model")
        .unavailable("No model folder is chosen.");
    let present = FakeBackend::new().named("small", "Small one");
    let window = Window::with(
        vec![Box::new(absent), Box::new(present)],
        ScriptedDialogs::default(),
    );
    assert!(window.shows_text("Small one will run. Plays a script."));
    assert!(!window.is_enabled("Decompose"), "there is no picture yet");
}

#[test]
fn no_backend_means_no_button_and_a_reason() {
    let absent = FakeBackend::new().unavailable("No model folder is chosen.");
    let window = Window::with_picture(absent);
    assert!(!window.is_enabled("Decompose"));
    assert!(window.shows_text("No engine can run here"));
}

#[test]
fn the_request_says_what_the_controls_show() {
    let (sender, requests) = bounded(8);
    let backend = FakeBackend::new()
        .controls(common::all_controls())
        .requests(sender);
    let mut window = Window::with_picture(backend);
    window.click_button("Decompose");
    window.settle();
    let first = requests.try_recv().unwrap();
    assert!(first.diffusion.normalize);
    assert_eq!(first.diffusion.step_cache, None);
    assert_eq!(first.diffusion.negative_prompt.as_deref(), Some(" "));
    assert_eq!(first.diffusion.caption_language, CaptionLanguage::English);

    window.click_check_box("Normalise guidance");
    window.click_check_box("Reuse similar steps");
    window.click_button("1024 px");
    window.click_button("中文");
    window.write_into("Negative prompt", "blurred edges");
    window.slider("Guidance", 2.5);
    window.click_button("Decompose");
    window.settle();
    let second = requests.try_recv().unwrap();
    assert!(!second.diffusion.normalize);
    assert!(second.diffusion.step_cache.is_some());
    assert_eq!(second.diffusion.resolution, Resolution::R1024);
    assert_eq!(second.diffusion.caption_language, CaptionLanguage::Chinese);
    assert_eq!(
        second.diffusion.negative_prompt.as_deref(),
        Some("blurred edges")
    );
    assert_eq!(second.diffusion.guidance, 2.5);

    window.click_check_box("Negative prompt");
    window.click_button("Decompose");
    window.settle();
    assert_eq!(requests.try_recv().unwrap().diffusion.negative_prompt, None);
    window.click_check_box("Negative prompt");
    assert_eq!(window.text_in("Negative prompt"), "blurred edges");
}

#[test]
fn the_panel_says_what_the_job_would_take_as_the_backend_tells() {
    let backend = FakeBackend::new().steps(20).controls(all_controls());
    let mut window = Window::with_picture(backend);
    assert!(window.shows_text("About 1 min 20 s. Script: 1.0 GiB."));
    window.click_button("Automatic number of layers");
    window.slider("Layers", 2.0);
    window.settle();
    assert!(window.shows_text("About 40 s. Script: 1.0 GiB."));
    let empty = Window::with(
        vec![Box::new(FakeBackend::new())],
        ScriptedDialogs::default(),
    );
    assert!(!empty.shows_text("About"), "there is no picture yet");
}
