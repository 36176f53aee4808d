//! One job from request to named layers: which backend runs, what is reported, what is dropped, how layers are called.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{boxed, picture, request};
use engine::{
    Backend, BackendChoice, CancelToken, Content, Controls, DecomposeRequest, Decomposition,
    EngineError, EventKind, FakeBackend, Layers, ModelLayer, Stage, TextBlock, TextLine, make,
    recompose, run,
};
use image::{Rgba, RgbaImage};

fn run_fake(fake: FakeBackend, request: &DecomposeRequest) -> Result<Decomposition, EngineError> {
    run(
        &mut boxed(fake),
        request,
        &mut |_| {},
        &CancelToken::default(),
    )
}

fn run_choice(
    fakes: Vec<FakeBackend>,
    backend: BackendChoice,
) -> Result<Decomposition, EngineError> {
    let mut backends: Vec<_> = fakes
        .into_iter()
        .map(|fake| Box::new(fake) as Box<dyn Backend>)
        .collect();
    run(
        &mut backends,
        &DecomposeRequest {
            backend,
            ..request()
        },
        &mut |_| {},
        &CancelToken::default(),
    )
}

fn first() -> FakeBackend {
    FakeBackend::new().named("first", "First")
}

fn second() -> FakeBackend {
    FakeBackend::new().named("second", "Second")
}

/// The result's layers put back on the canvas and composited.
fn recomposed(result: &Decomposition) -> RgbaImage {
    let layers: Vec<_> = result
        .layers
        .iter()
        .map(|layer| {
            let mut canvas = RgbaImage::new(result.width, result.height);
            image::imageops::replace(
                &mut canvas,
                layer.image.as_ref(),
                layer.left.into(),
                layer.top.into(),
            );
            canvas
        })
        .collect();
    recompose(
        result.width,
        result.height,
        &layers.iter().collect::<Vec<_>>(),
    )
}

const SIDE: u32 = 90;

/// A square of `side` around a point, on a clear canvas.
fn square(x: u32, y: u32, side: u32, color: [u8; 3]) -> RgbaImage {
    RgbaImage::from_fn(SIDE, SIDE, |px, py| {
        let inside = px.abs_diff(x) * 2 < side && py.abs_diff(y) * 2 < side;
        Rgba([color[0], color[1], color[2], if inside { 255 } else { 0 }])
    })
}

fn layer(image: RgbaImage, content: Content) -> ModelLayer {
    ModelLayer::new(image, content)
}

fn full(color: [u8; 3]) -> RgbaImage {
    square(SIDE / 2, SIDE / 2, SIDE * 3, color)
}

fn names_of(layers: Vec<ModelLayer>) -> Vec<String> {
    let request = DecomposeRequest {
        rebuild: false,
        ..request()
    };
    run_fake(FakeBackend::new().layers(layers), &request)
        .unwrap()
        .layers
        .into_iter()
        .map(|layer| layer.name)
        .collect()
}

#[test]
fn the_layers_recompose_to_the_source_and_are_trimmed() {
    let request = request();
    let result = run_fake(FakeBackend::new(), &request).unwrap();
    assert_eq!((result.width, result.height), request.source.dimensions());
    assert_eq!(result.layers.len(), 4);
    assert_eq!(recomposed(&result), *request.source);
    let error = result.report.recomposition.unwrap();
    assert_eq!((error.mean, error.p999), (0.0, 0.0));
    for layer in &result.layers[1..] {
        assert!(layer.image.width() < result.width);
        let edges = [layer.image.rows().next(), layer.image.rows().next_back()];
        assert!(
            edges
                .into_iter()
                .flatten()
                .all(|mut row| row.any(|pixel| pixel[3] > 0)),
            "an edge row is empty"
        );
    }
}

#[test]
fn the_recomposition_error_tells_what_is_wrong() {
    let source = RgbaImage::from_pixel(100, 100, Rgba([100, 100, 100, 255]));
    let mut layers = vec![layer(source.clone(), Content::Background)];
    for x in 0..20 {
        layers[0].image.put_pixel(x, 0, Rgba([100, 108, 100, 255]));
    }
    let request = DecomposeRequest {
        rebuild: false,
        ..DecomposeRequest::new(Arc::new(source))
    };
    let error = run_fake(FakeBackend::new().layers(layers), &request)
        .unwrap()
        .report
        .recomposition
        .unwrap();
    assert_eq!(error.p999, 8.0);
    assert!(
        (error.mean - 20.0 * 8.0 / 40_000.0).abs() < 1e-9,
        "{}",
        error.mean
    );
}

#[test]
fn without_rebuild_layers_keep_the_backends_size_and_with_it_they_get_the_sources() {
    let layers = vec![
        layer(full([9, 9, 9]), Content::Background),
        layer(square(45, 45, 30, [200, 0, 0]), Content::Text),
    ];
    let off = DecomposeRequest {
        rebuild: false,
        ..request()
    };
    let result = run_fake(FakeBackend::new().layers(layers.clone()), &off).unwrap();
    assert_eq!((result.width, result.height), (SIDE, SIDE));
    assert_eq!(result.report.recomposition, None);

    let on = DecomposeRequest::new(Arc::new(picture(200, 150)));
    let result = run_fake(FakeBackend::new().layers(layers), &on).unwrap();
    assert_eq!((result.width, result.height), (200, 150));
    assert!(result.report.recomposition.unwrap().p999 <= 2.0);
}

#[test]
fn events_tell_the_backend_and_every_step_in_order() {
    let mut started = Vec::new();
    let mut progress = Vec::new();
    let mut previews = 0;
    let mut on_event = |kind| match kind {
        EventKind::Started(status) => started.push(status),
        EventKind::Progress {
            stage, step, steps, ..
        } => progress.push((stage, step, steps)),
        EventKind::Preview { layers } => previews += usize::from(layers.len() == 4),
        EventKind::Planned(_) | EventKind::Caption(_) | EventKind::Model(_) => {
            unreachable!("it has no model")
        }
        EventKind::Estimated(_) | EventKind::Joined => unreachable!("nobody asked"),
        EventKind::Note(_) => unreachable!("it says nothing"),
        EventKind::Finished(_) => unreachable!("the result is returned"),
    };
    let mut backends = boxed(FakeBackend::new().steps(3).previews());
    let result = run(
        &mut backends,
        &request(),
        &mut on_event,
        &CancelToken::default(),
    )
    .unwrap();
    assert_eq!(started.len(), 1);
    assert_eq!(previews, 3);
    let expected = [
        (Stage::Load, 0..=1),
        (Stage::Denoise, 0..=3),
        (Stage::Rebuild, 0..=1),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .flat_map(|(stage, steps)| steps.clone().map(move |step| (stage, step, *steps.end())))
        .collect();
    assert_eq!(progress, expected);
    let stages: Vec<_> = result.report.stages.iter().map(|time| time.stage).collect();
    assert_eq!(stages, [Stage::Load, Stage::Denoise, Stage::Rebuild]);
}

#[test]
fn time_left_comes_from_completed_steps_only() {
    let mut seen = Vec::new();
    let mut on_event = |kind| {
        if let EventKind::Progress {
            stage: Stage::Denoise,
            step,
            elapsed,
            left,
            ..
        } = kind
        {
            seen.push((step, elapsed, left));
        }
    };
    let mut backends = boxed(FakeBackend::new().steps(6).pace(Duration::from_millis(5)));
    run(
        &mut backends,
        &request(),
        &mut on_event,
        &CancelToken::default(),
    )
    .unwrap();
    assert_eq!(seen.len(), 7);
    for (step, elapsed, left) in seen {
        if step < 2 {
            assert_eq!(left, None, "told after {step} steps");
        } else {
            let left = left.expect("not told");
            let (done, to_do) = (f64::from(step), f64::from(6 - step));
            // The stage has run for at least its pace, and for at most as long as the job.
            assert!(
                left >= Duration::from_millis(5).mul_f64(to_do)
                    && left <= elapsed.mul_f64(to_do / done)
            );
        }
    }
}

#[test]
fn auto_takes_the_first_that_can_run_and_says_why_the_others_cannot() {
    let result = run_choice(vec![first(), second()], BackendChoice::Auto).unwrap();
    assert_eq!(result.report.resolved.backend.id, "first");

    let result = run_choice(
        vec![first().unavailable("No model folder is chosen."), second()],
        BackendChoice::Auto,
    )
    .unwrap();
    assert_eq!(result.report.resolved.backend.id, "second");
    assert!(
        result
            .report
            .resolved
            .reason
            .contains("First cannot run: No model folder is chosen."),
        "{}",
        result.report.resolved.reason
    );
}

#[test]
fn auto_fails_with_every_reason_when_none_can_run() {
    let fakes = vec![
        first().unavailable("No model."),
        second().unavailable("No memory."),
    ];
    let error = run_choice(fakes, BackendChoice::Auto)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("No model.") && error.contains("No memory."),
        "{error}"
    );
    assert!(matches!(
        run_choice(vec![], BackendChoice::Auto),
        Err(EngineError::NoBackend(_))
    ));
}

#[test]
fn a_named_backend_runs_or_fails_and_no_other_takes_its_place() {
    let named = |id: &str| BackendChoice::Named(id.into());
    assert_eq!(
        run_choice(vec![first(), second()], named("second"))
            .unwrap()
            .report
            .resolved
            .backend
            .id,
        "second"
    );
    assert_eq!(
        run_choice(
            vec![first().unavailable("No model."), second()],
            named("first")
        )
        .unwrap_err(),
        EngineError::Unavailable {
            backend: "first".into(),
            reason: "No model.".into()
        }
    );
    assert_eq!(
        run_choice(vec![first(), second()], named("third")).unwrap_err(),
        EngineError::UnknownBackend {
            asked: "third".into(),
            known: "first, second".into()
        }
    );
}

#[test]
fn a_backend_that_gives_nothing_or_a_jumble_is_an_error() {
    let jumble = vec![
        layer(RgbaImage::new(3, 3), Content::Unknown),
        layer(RgbaImage::new(4, 3), Content::Unknown),
    ];
    for layers in [vec![], jumble] {
        let error = run_fake(FakeBackend::new().layers(layers), &request()).unwrap_err();
        assert!(matches!(error, EngineError::Backend(_)), "{error}");
    }
}

#[test]
fn near_empty_layers_are_dropped_but_never_all() {
    let haze = RgbaImage::from_pixel(SIDE, SIDE, Rgba([255, 255, 255, 5]));
    let layers = vec![
        layer(full([9, 9, 9]), Content::Background),
        layer(RgbaImage::new(SIDE, SIDE), Content::Object),
        layer(haze, Content::Object),
        layer(square(20, 20, 4, [255, 0, 0]), Content::Text),
    ];
    assert_eq!(names_of(layers), ["Background", "Text, top left"]);
    let nothing = vec![layer(RgbaImage::new(SIDE, SIDE), Content::Unknown); 3];
    assert_eq!(names_of(nothing).len(), 1);
}

#[test]
fn equal_layers_are_merged_and_the_stack_looks_the_same() {
    let mut glass = square(45, 45, 40, [250, 40, 40]);
    glass.pixels_mut().for_each(|pixel| pixel[3] /= 2);
    let mut almost = glass.clone();
    almost.put_pixel(45, 45, Rgba([251, 41, 40, 127]));
    let images = [full([9, 9, 9]), glass, almost];
    let request = DecomposeRequest {
        rebuild: false,
        ..request()
    };
    let layers = images
        .iter()
        .map(|image| layer(image.clone(), Content::Object))
        .collect();
    let result = run_fake(FakeBackend::new().layers(layers), &request).unwrap();
    assert_eq!(result.layers.len(), 2);
    let (before, after) = (
        recompose(SIDE, SIDE, &images.iter().collect::<Vec<_>>()),
        recomposed(&result),
    );
    assert!(
        before
            .iter()
            .zip(after.iter())
            .all(|(before, after)| before.abs_diff(*after) <= 1)
    );
}

#[test]
fn names_tell_content_and_place_and_are_numbered_only_where_needed() {
    let [red, green, blue] = [[255, 0, 0], [0, 255, 0], [0, 0, 255]];
    let layers = vec![
        layer(full([9, 9, 9]), Content::Unknown),
        layer(square(10, 45, 12, red), Content::Object),
        layer(square(80, 45, 12, green), Content::Object),
        layer(square(45, 10, 12, blue), Content::Text),
        layer(square(45, 45, 12, red), Content::Unknown),
        layer(square(80, 80, 12, green), Content::Unknown),
        layer(square(80, 10, 12, blue), Content::Shape),
    ];
    let expected = [
        "Background",
        "Object 1, left",
        "Object 2, right",
        "Text, top",
        "Layer 1, center",
        "Layer 2, bottom right",
        "Shape, top right",
    ];
    assert_eq!(names_of(layers), expected);
}

/// Its place is the top whatever its number, a few pixels on.
fn lettering(number: u32, words: &str) -> ModelLayer {
    let quad = [[40.0, 5.0], [50.0, 5.0], [50.0, 15.0], [40.0, 15.0]];
    let line = |words: &str| TextLine {
        words: words.into(),
        quad,
        confidence: 0.9,
    };
    ModelLayer {
        text: Some(TextBlock {
            lines: words.lines().map(line).collect(),
            quad,
            angle: 0.0,
            size: 10.0,
            colour: [0, 0, 255],
            confidence: 0.9,
        }),
        ..layer(square(36 + number, 10, 12, [0, 0, 255]), Content::Text)
    }
}

#[test]
fn a_text_is_named_by_its_words() {
    let long = "Every first Saturday of the month, all day long";
    let layers = [
        "HAPPY\nHALLOWEEN",
        long,
        "SALE",
        "SALE",
        "SALE 2",
        "快乐万圣节快乐万圣节快乐万圣节快乐万圣节快乐万圣节快乐万圣节快乐万圣节",
        " ",
        "Text, top",
    ];
    let expected = [
        "HAPPY HALLOWEEN",
        "Every first Saturday of the…",
        "SALE",
        "SALE 2",
        "SALE 2 2",
        "快乐万圣节快乐万圣节快乐万圣节快乐万圣节快乐万圣节快乐万圣节快…",
        "Text, top",
        "Text, top 2",
    ];
    let layers = (0..).step_by(2).zip(layers);
    let layers = layers.map(|(number, words)| lettering(number, words));
    assert_eq!(names_of(layers.collect()), expected);
}

#[test]
fn what_a_layer_says_is_told_in_the_pictures_pixels() {
    let layers = vec![
        layer(full([9, 9, 9]), Content::Unknown),
        lettering(0, "SALE"),
    ];
    let source = Arc::new(RgbaImage::from_pixel(
        2 * SIDE,
        3 * SIDE,
        Rgba([9, 9, 9, 255]),
    ));
    let rebuilt = |rebuild| DecomposeRequest {
        rebuild,
        ..DecomposeRequest::new(Arc::clone(&source))
    };
    let quad = |rebuild| {
        let fake = FakeBackend::new().layers(layers.clone());
        let result = run_fake(fake, &rebuilt(rebuild)).unwrap();
        let text = result.layers[1].text.clone().unwrap();
        (text.words(), text.quad[2], text.size)
    };
    assert_eq!(quad(false), ("SALE".into(), [50.0, 15.0], 10.0));
    assert_eq!(quad(true), ("SALE".into(), [100.0, 45.0], 30.0));
}

#[test]
fn more_layers_than_a_backend_makes_are_refused_by_the_one_that_would_run() {
    let few = Controls::layers_only(16);
    let asked = |layers| {
        let request = DecomposeRequest {
            layers: Layers::AtMost(layers),
            ..request()
        };
        run_fake(first().controls(few.clone()), &request)
    };
    assert!(asked(16).is_ok());
    let EngineError::InvalidRequest(sentence) = asked(17).unwrap_err() else {
        panic!("another error");
    };
    assert!(sentence.contains("First makes at most 16"), "{sentence}");
}

#[test]
fn a_number_of_layers_is_written_as_it_is_read() {
    for (text, layers) in [("auto", Layers::Auto), ("12", Layers::AtMost(12))] {
        assert_eq!(text.parse(), Ok(layers));
        assert_eq!(layers.to_string(), text);
    }
    assert!("Auto".parse::<Layers>().is_err() && "-1".parse::<Layers>().is_err());
    let json = |layers| serde_json::to_value(layers).unwrap();
    assert_eq!(json(Layers::Auto), "auto");
    assert_eq!(json(Layers::AtMost(12)), 12);
}

#[test]
fn a_bottom_layer_that_leaves_much_open_is_no_background() {
    let layers = vec![layer(square(45, 45, 60, [1, 2, 3]), Content::Unknown)];
    assert_eq!(names_of(layers), ["Layer, center"]);
}

#[test]
fn a_report_is_written_as_json_without_the_pixels() {
    let result = run_fake(FakeBackend::new(), &request()).unwrap();
    let json = serde_json::to_value(&result.report).unwrap();
    assert_eq!(json["resolved"]["backend"]["id"], "fake");
    assert_eq!(json["request"]["seed"], 777);
    assert!(json["request"].get("source").is_none());
    assert_eq!(json["stages"][0]["stage"], "load");
}

#[test]
fn a_raw_run_returns_all_layers_as_the_backend_made_them() {
    let layer = |alpha| {
        let image = RgbaImage::from_pixel(7, 5, Rgba([9, 8, 7, alpha]));
        ModelLayer::new(image, Content::Unknown)
    };
    // Not of the source's size, one empty, two equal.
    let made = vec![layer(255), layer(0), layer(90), layer(90)];
    let fake = FakeBackend::new().layers(made.clone());
    let cancel = CancelToken::default();
    let made_by_fake = make(&mut boxed(fake), &request(), &mut |_| {}, &cancel);
    let raw = made_by_fake.unwrap().into_raw();
    assert_eq!(raw.layers.len(), made.len());
    for (found, made) in raw.layers.iter().zip(&made) {
        assert_eq!(found.image, made.image);
    }
    assert_eq!(raw.report.recomposition, None);
    let stages: Vec<_> = raw.report.stages.iter().map(|time| time.stage).collect();
    assert_eq!(stages, [Stage::Load, Stage::Denoise]);
}

/// As a batch does it, whose backend takes the next picture meanwhile.
#[test]
fn a_job_finished_on_another_thread_is_the_same_job() {
    let (asked, cancel) = (request(), CancelToken::default());
    let whole = run_fake(FakeBackend::new(), &asked).unwrap();
    let made = make(&mut boxed(FakeBackend::new()), &asked, &mut |_| {}, &cancel);
    let made = made.unwrap();
    let mut events = Vec::new();
    let halves = std::thread::scope(|scope| {
        let finish = || made.finish(&mut |event| events.push(event), &cancel);
        scope.spawn(finish).join().unwrap()
    });
    let halves = halves.unwrap();
    assert_eq!(halves.layers, whole.layers);
    let stages = |done: &Decomposition| {
        let stages = done.report.stages.iter();
        stages.map(|time| time.stage).collect::<Vec<_>>()
    };
    assert_eq!(stages(&halves), stages(&whole));
    let is_progress = |event: &EventKind| matches!(event, EventKind::Progress { .. });
    assert!(events.iter().any(is_progress));
}

#[test]
fn what_a_backend_notes_is_in_the_report() {
    let note = "The machine hummed.";
    let done = run_fake(FakeBackend::new().note(note), &request()).unwrap();
    assert_eq!(done.report.notes, [note]);
}
