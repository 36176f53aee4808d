//! The page with the record of earlier runs.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::sync::{Arc, Mutex};

use common::{Window, stack};
use editor::EditorOptions;
use egui_kittest::kittest::{NodeT, Queryable};
use engine::{Decomposition, FakeBackend, Stage};
use session::{Baseline, Outlier, RunRecord, StageBaseline};

/// A baseline for each run that was kept.
#[derive(Default)]
struct Book(Mutex<Vec<String>>);

fn stage(stage: Stage, median_seconds: f64, most_bytes: Option<u64>) -> StageBaseline {
    StageBaseline {
        stage,
        median_seconds,
        most_bytes,
    }
}

impl RunRecord for Book {
    fn baselines(&self) -> Result<Vec<Baseline>, String> {
        let kept = self.0.lock().unwrap();
        let baseline = |backend: &String| Baseline {
            what: format!("{backend}, 640, processor"),
            done: 12,
            failed: 1,
            median_seconds: Some(26.1),
            slowest_seconds: Some(60.0),
            over_forecast: Some(0.98),
            stages: vec![
                stage(Stage::Load, 3.12, None),
                stage(Stage::Denoise, 20.0, Some(3 << 29)),
            ],
            stands_out: vec![Outlier {
                ended: "2026-11-28T12:00:00Z".into(),
                seconds: 60.0,
                times: 2.3,
                width: 640,
                height: 480,
            }],
        };
        Ok(kept.iter().map(baseline).collect())
    }

    fn keep(&self, done: &Decomposition) -> Result<(), String> {
        let backend = done.report.resolved.backend.id.to_string();
        self.0.lock().unwrap().push(backend);
        Ok(())
    }
}

struct Torn;

impl RunRecord for Torn {
    fn baselines(&self) -> Result<Vec<Baseline>, String> {
        Err("the record is damaged; move it away".into())
    }

    fn keep(&self, _: &Decomposition) -> Result<(), String> {
        Err("the disk is full".into())
    }
}

fn window(record: Option<Arc<dyn RunRecord>>) -> Window {
    let backend = FakeBackend::new().layers(stack());
    let mut window = Window::start(EditorOptions {
        record,
        ..EditorOptions::new(vec![Box::new(backend)])
    });
    let path = window.picture("poster.png", 64, 48);
    window.drop_file(&path);
    window.settle();
    window
}

fn open_history(window: &mut Window) {
    window.click_button("Help");
    window.click_menu_item("History…");
    window.settle();
}

#[test]
fn the_page_shows_what_runs_took_and_which_stand_out() {
    let mut window = window(Some(Arc::new(Book::default())));
    open_history(&mut window);
    assert!(window.shows_text("No run has ended yet."));
    window.click_button("Close");
    window.click_button("Decompose");
    window.settle();
    open_history(&mut window);
    for part in [
        "fake, 640, processor",
        "12 done, 1 failed; as a rule 26.1 s, at most 60.0 s, 0.98 of the forecast",
        "Load 3.1 s; Denoise 20.0 s, 1.5 GiB",
        "2026-11-28T12:00:00Z: 60.0 s, 2.3 times as long, for 640 × 480",
    ] {
        assert!(window.shows_text(part), "{part}");
    }
}

#[test]
fn a_record_that_cannot_be_read_or_kept_is_one_sentence() {
    let mut window = window(Some(Arc::new(Torn)));
    window.click_button("Decompose");
    window.settle();
    assert_eq!(window.names().len(), 2, "the layers are there");
    assert!(window.has_message("not recorded: the disk is full"));
    open_history(&mut window);
    assert!(window.shows_text("The record is damaged; move it away."));
}

#[test]
fn without_a_record_there_is_no_page() {
    let mut window = window(None);
    window.click_button("Help");
    let item = window
        .harness
        .get_by_role_and_label(egui::accesskit::Role::MenuItem, "History…");
    assert!(item.accesskit_node().is_disabled());
}
