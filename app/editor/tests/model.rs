//! The model's folder and memory, and the caption that it writes.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::path::{Path, PathBuf};

use common::{ScriptedDialogs, Window, all_controls, stack};
use crossbeam_channel::{Receiver, Sender, bounded};
use editor::EditorOptions;
use engine::{DecomposeRequest, FAKE_MODEL_FILE, FakeBackend, FakeModel, Model, ModelSource};
use session::SettingsStore;

const CAPTION: &str = "A red square lies on grey.";

/// A folder that holds a model.
fn model_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FAKE_MODEL_FILE), "{}").unwrap();
    folder
}

fn in_folder(folder: &Path) -> ModelSource {
    ModelSource::Folder(folder.to_owned())
}

fn backend(model: &FakeModel) -> FakeBackend {
    FakeBackend::new()
        .layers(stack())
        .controls(all_controls())
        .model(model)
}

/// The dialogs answer with `folders`.
fn window_of(
    backend: FakeBackend,
    folders: impl IntoIterator<Item = PathBuf>,
    settings: SettingsStore,
) -> Window {
    Window::start(EditorOptions {
        dialogs: Box::new(ScriptedDialogs::answering(folders)),
        settings,
        ..EditorOptions::new(vec![Box::new(backend)])
    })
}

/// With a model and a picture.
fn ready(
    backend: impl FnOnce(FakeBackend) -> FakeBackend,
) -> (Window, FakeModel, tempfile::TempDir) {
    let folder = model_folder();
    let mut model = FakeModel::saying(CAPTION);
    model.choose(in_folder(folder.path())).unwrap();
    let backend = backend(self::backend(&model));
    let mut window = window_of(backend, [], SettingsStore::nowhere());
    open(&mut window, "poster.png");
    (window, model, folder)
}

fn open(window: &mut Window, name: &str) {
    let path = window.picture(name, 64, 48);
    window.drop_file(&path);
    window.settle();
}

fn gate() -> (Sender<()>, Receiver<()>) {
    bounded(0)
}

fn requests() -> (Sender<DecomposeRequest>, Receiver<DecomposeRequest>) {
    bounded(16)
}

fn decompose(window: &mut Window) {
    window.click_button("Decompose");
    window.settle();
}

fn is_marked_automatic(window: &Window) -> bool {
    window.shows_text("Automatic caption")
}

#[test]
fn a_good_folder_makes_the_backend_ready() {
    let folder = model_folder();
    let model = FakeModel::saying(CAPTION);
    let path = folder.path().to_owned();
    let mut window = window_of(backend(&model), [path.clone()], SettingsStore::nowhere());
    open(&mut window, "poster.png");
    assert!(window.shows_text("No model is chosen."));
    assert!(window.shows_text("Fake model can run once its model is chosen."));
    assert!(!window.is_enabled("Decompose"));
    window.click_button("Choose folder…");
    window.settle();
    window.until("the backends were asked", |window| {
        window.is_enabled("Decompose")
    });
    assert_eq!(model.status().source, Some(in_folder(&path)));
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(window.shows_text(name), "the panel shows the folder");
    assert!(window.shows_text("Fake model will run."));
}

#[test]
fn a_folder_without_a_model_says_so_and_changes_nothing() {
    let (good, bad) = (model_folder(), tempfile::tempdir().unwrap());
    let model = FakeModel::saying(CAPTION);
    let answers = [good.path().to_owned(), bad.path().to_owned()];
    let mut window = window_of(backend(&model), answers, SettingsStore::nowhere());
    window.click_button("Choose folder…");
    window.settle();
    window.click_button("Choose folder…");
    window.settle();
    assert!(window.shows_text(&format!(
        "{} holds no model; choose the folder with {FAKE_MODEL_FILE}",
        bad.path().display()
    )));
    assert_eq!(model.status().source, Some(in_folder(good.path())));
}

#[test]
fn without_a_desktop_dialog_the_folder_can_be_typed() {
    let folder = model_folder();
    let model = FakeModel::saying(CAPTION);
    let mut window = window_of(backend(&model), [], SettingsStore::nowhere());
    window.click_button("Choose folder…");
    window.settle();
    window.answer_with_path(folder.path(), "Choose");
    assert_eq!(model.status().source, Some(in_folder(folder.path())));
}

#[test]
fn the_folder_is_remembered_for_the_next_start() {
    let (folder, home) = (model_folder(), tempfile::tempdir().unwrap());
    let file = home.path().join("lamina/settings.json");
    let model = FakeModel::saying(CAPTION);
    let answers = [folder.path().to_owned()];
    let store = SettingsStore::at(file.clone());
    let mut window = window_of(backend(&model), answers, store);
    window.click_button("Choose folder…");
    window.settle();
    drop(window);
    let next = SettingsStore::at(file);
    assert_eq!(next.get().model, Some(in_folder(folder.path())));
}

#[test]
fn memory_is_given_back_only_between_jobs() {
    let (step, gate) = gate();
    let (mut window, model, _folder) = ready(|backend| backend.gate(gate));
    assert!(!window.has_button("Free memory"), "nothing is loaded");
    window.click_button("Decompose");
    window.until("it runs", |_| model.status().is_loaded);
    assert!(!window.has_button("Free memory"));
    drop(step);
    window.settle();
    window.click_button("Free memory");
    window.settle();
    assert!(!model.status().is_loaded);
    assert!(!window.has_button("Free memory"));
    assert!(window.has_message("memory is free"));
}

#[test]
fn a_backend_without_a_model_has_no_such_section() {
    let window = Window::with_picture(FakeBackend::new());
    assert!(!window.has_button("Choose folder…"));
}

#[test]
fn the_caption_grows_then_stands_in_the_prompt() {
    let (step, gate) = gate();
    let (mut window, _model, _folder) = ready(|backend| backend.gate(gate));
    window.click_button("Decompose");
    window.until("the caption begins", |window| {
        window.shows_text("0 tokens so far")
    });
    for _ in 0..3 {
        step.send(()).unwrap();
    }
    window.until("three words are written", |window| {
        window.shows_text("3 tokens so far")
    });
    assert!(window.shows_text("A red square"));
    assert!(window.shows_text("at most 1.0 GiB, about 2 s"), "the plan");
    assert_eq!(window.text_in("Prompt"), "", "it is not whole yet");
    for _ in 0..3 {
        step.send(()).unwrap();
    }
    window.until("the caption is whole", is_marked_automatic);
    assert_eq!(
        window.text_in("Prompt"),
        CAPTION,
        "while the job still runs"
    );
    drop(step);
    window.settle();
    assert_eq!(window.text_in("Prompt"), CAPTION);
}

#[test]
fn an_edited_caption_is_the_next_prompt_until_it_is_cleared() {
    let (sender, requests) = requests();
    let (mut window, _model, _folder) = ready(|backend| backend.requests(sender));
    decompose(&mut window);
    assert_eq!(requests.try_recv().unwrap().diffusion.prompt, "");
    decompose(&mut window);
    assert_eq!(
        requests.try_recv().unwrap().diffusion.prompt,
        "",
        "an automatic caption that nobody edited stays automatic"
    );
    window.write_into("Prompt", "A crimson square");
    assert!(!is_marked_automatic(&window));
    decompose(&mut window);
    assert_eq!(
        requests.try_recv().unwrap().diffusion.prompt,
        "A crimson square"
    );
    assert_eq!(window.text_in("Prompt"), "A crimson square");
    window.click_button("Clear prompt");
    assert!(is_marked_automatic(&window));
    assert_eq!(window.text_in("Prompt"), CAPTION);
    decompose(&mut window);
    assert_eq!(requests.try_recv().unwrap().diffusion.prompt, "");
}

#[test]
fn an_emptied_prompt_stays_empty_until_the_next_run() {
    let (mut window, _model, _folder) = ready(|backend| backend);
    decompose(&mut window);
    window.write_into("Prompt", "");
    assert_eq!(window.text_in("Prompt"), "");
    decompose(&mut window);
    assert_eq!(window.text_in("Prompt"), CAPTION);
}

#[test]
fn a_caption_is_not_shown_for_another_language() {
    let (mut window, _model, _folder) = ready(|backend| backend);
    decompose(&mut window);
    window.click_button("中文");
    assert_eq!(window.text_in("Prompt"), "");
    window.click_button("English");
    assert_eq!(window.text_in("Prompt"), CAPTION);
}

#[test]
fn a_new_picture_has_no_caption_and_no_prompt_of_the_old_one() {
    let (sender, requests) = requests();
    let (mut window, _model, _folder) = ready(|backend| backend.requests(sender));
    window.write_into("Prompt", "A square");
    open(&mut window, "second.png");
    assert_eq!(window.text_in("Prompt"), "");
    decompose(&mut window);
    assert_eq!(requests.try_recv().unwrap().diffusion.prompt, "");
    assert_eq!(window.text_in("Prompt"), CAPTION);
    let third = window.picture("third.png", 64, 48);
    window.drop_file(&third);
    window.settle();
    window.click_button("Don't save");
    assert_eq!(window.text_in("Prompt"), "");
}

#[test]
fn a_caption_that_was_cut_short_is_not_kept() {
    let (step, gate) = gate();
    let (mut window, _model, _folder) = ready(|backend| backend.gate(gate));
    window.click_button("Decompose");
    step.send(()).unwrap();
    step.send(()).unwrap();
    window.until("two words are written", |window| {
        window.shows_text("2 tokens so far")
    });
    window.click_button("Cancel");
    window.settle();
    assert_eq!(window.text_in("Prompt"), "");
}
