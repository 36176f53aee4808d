//! The dialog that gets a model, with a server on this computer.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
#[path = "../../../tests/support/hub.rs"]
mod hub;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use common::Window;
use download::{Server, Tuning};
use editor::EditorOptions;
use hub::Hub;
use qwen_image_layered::catalogue::Here;
use qwen_image_layered::{Library, QwenBackend};
use session::SettingsStore;

/// The window of a program whose models come from `address`.
fn window(models: &Path, address: &str, settings: SettingsStore) -> Window {
    let server = Server::new(address).with_tuning(Tuning {
        failures: 1,
        part_bytes: 64 << 10,
        ..Tuning::default()
    });
    let library = Library::new(Here::new(Some(models)).unwrap(), server);
    let mut window = Window::start(EditorOptions {
        library: Some(Arc::new(library)),
        settings,
        ..EditorOptions::new(vec![Box::new(QwenBackend::new(None))])
    });
    window.settle();
    window.click_button("Get a model…");
    window.settle();
    window
}

#[test]
fn a_download_can_pause_go_on_and_becomes_the_model() {
    let (models, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = home.path().join("settings.json");
    let hub = Hub::start();
    let mut window = window(models.path(), &hub.address, SettingsStore::at(file.clone()));
    assert!(window.shows_text("licence Apache-2.0"));
    assert!(window.shows_text("GB are free for"));
    let part = models
        .path()
        .join("bf16/transformer/diffusion_pytorch_model-00001-of-00003.safetensors");
    assert!(!part.exists(), "nothing is fetched unasked");

    hub.is_slow.store(true, Ordering::Relaxed);
    window.click_button("Download bf16");
    window.until("bytes come", |window| window.shows_text("MB a second"));
    assert!(!window.is_enabled("Download q8_0"), "one at a time");
    window.click_button("Pause");
    window.until("it is paused", |window| window.has_button("Resume"));
    window.click_button("Close");
    assert!(window.shows_text("bf16: paused"));
    let before = bytes_in(models.path());
    assert!(before > 0, "what is there stays");

    hub.is_slow.store(false, Ordering::Relaxed);
    window.click_button("Show");
    window.click_button("Resume");
    window.settle();
    assert!(window.has_message("The model bf16 was downloaded"));
    assert!(window.shows_text("Downloaded"));
    assert!(!window.has_button("Download bf16"));
    window.click_button("Close");
    assert!(window.shows_text("will run"), "the backend is ready");
    let folder = models.path().join("bf16");
    let whole = std::fs::read(part).unwrap();
    let published =
        hub::published().join("transformer/diffusion_pytorch_model-00001-of-00003.safetensors");
    assert!(whole == std::fs::read(published).unwrap());
    drop(window);
    let next = SettingsStore::at(file);
    assert_eq!(next.get().model, Some(engine::ModelSource::Folder(folder)));
}

#[test]
fn a_cancelled_download_leaves_nothing() {
    let models = tempfile::tempdir().unwrap();
    let hub = Hub::start();
    hub.is_slow.store(true, Ordering::Relaxed);
    let mut window = window(models.path(), &hub.address, SettingsStore::nowhere());
    window.click_button("Download bf16");
    window.until("bytes come", |window| window.shows_text("MB a second"));
    window.click_button("Cancel");
    window.settle();
    assert_eq!(bytes_in(models.path()), 0);
    assert!(window.is_enabled("Download bf16"), "it can begin again");
}

/// As after a start of the program: what an earlier window left is offered.
#[test]
fn an_earlier_download_is_gone_on_with_or_deleted() {
    let models = tempfile::tempdir().unwrap();
    let hub = Hub::start();
    hub.is_slow.store(true, Ordering::Relaxed);
    let mut first = window(models.path(), &hub.address, SettingsStore::nowhere());
    first.click_button("Download bf16");
    first.until("bytes come", |window| window.shows_text("MB a second"));
    first.click_button("Pause");
    first.settle();
    drop(first);
    let mut second = window(models.path(), &hub.address, SettingsStore::nowhere());
    assert!(second.is_enabled("Resume bf16"));
    second.click_button("Delete bf16");
    second.settle();
    assert_eq!(bytes_in(models.path()), 0);
}

#[test]
fn what_keeps_it_from_coming_is_said_and_it_can_be_tried_again() {
    let models = tempfile::tempdir().unwrap();
    let hub = Hub::start();
    let mut window = window(models.path(), &hub.address, SettingsStore::nowhere());
    // The server has only one repository.
    window.click_button("Download q4_k_m");
    window.settle();
    assert!(window.shows_text("404"));
    assert!(window.has_button("Resume"));
    window.click_button("Cancel");
    window.settle();
    assert!(!window.shows_text("404"));
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.path().is_dir() {
        true => bytes_in(&entry.path()),
        false => entry.metadata().map_or(0, |metadata| metadata.len()),
    });
    sizes.sum()
}
