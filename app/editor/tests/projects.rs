//! Saving a project, opening it again, and what is recovered of one that was not saved.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{CTRL, NONE, SHIFT, ScriptedDialogs, Window, stack};
use document::{Document, composite};
use editor::EditorOptions;
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use engine::FakeBackend;

fn backend() -> Vec<Box<dyn engine::Backend>> {
    vec![Box::new(FakeBackend::new().layers(stack()))]
}

/// Decomposed, with the answers of the desktop's dialogs.
fn decomposed(answers: impl IntoIterator<Item = PathBuf>) -> Window {
    let mut window = Window::with(backend(), ScriptedDialogs::answering(answers));
    open_and_decompose(&mut window);
    window
}

fn open_and_decompose(window: &mut Window) {
    let path = window.picture("poster.png", 64, 48);
    window.drop_file(&path);
    window.settle();
    window.click_button("Decompose");
    window.settle();
}

fn reopened(path: &Path) -> Window {
    let mut window = Window::empty();
    window.drop_file(path);
    window.settle();
    window
}

#[test]
fn a_saved_project_opens_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.lamina");
    let mut window = decomposed([path.clone()]);
    window.key(NONE, Key::ArrowRight);
    window.key(NONE, Key::Num5);
    window.slider("Hue", 40.0);
    window.key(SHIFT, Key::H);
    window.key(CTRL, Key::G);
    window.key(CTRL, Key::S);
    window.settle();
    assert!(
        window.has_message(path.to_str().unwrap()),
        "{:?}",
        window.messages()
    );
    assert_eq!(window.title(), "poster.lamina – Lamina");
    let saved = project::open(&path).unwrap();
    assert_eq!(saved.document, *window.document());
    assert_eq!(saved.runs.len(), 1, "the report of the run is in it");
    let again = reopened(&path);
    assert_eq!(again.document(), window.document());
    assert!(again.document().source().is_some());
    assert_eq!(again.title(), "poster.lamina – Lamina");
}

#[test]
fn the_title_tells_of_changes_and_undo_takes_them_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.lamina");
    let mut window = decomposed([path.clone()]);
    assert_eq!(window.title(), "poster.png* – Lamina");
    window.key(CTRL, Key::S);
    window.settle();
    assert!(window.close(), "saved work may be closed");
    let first = fs::read(&path).unwrap();
    window.key(NONE, Key::Delete);
    assert_eq!(window.title(), "poster.lamina* – Lamina");
    window.key(CTRL, Key::Z);
    assert_eq!(window.title(), "poster.lamina – Lamina");
    window.key(CTRL, Key::Y);
    // The same file, without a question.
    window.key(CTRL, Key::S);
    window.settle();
    assert_ne!(fs::read(&path).unwrap(), first);
    window.key(CTRL, Key::Z);
    assert_eq!(window.title(), "poster.lamina* – Lamina");
    window.key(CTRL, Key::E);
    window.click_button("Export");
    window.settle();
    assert_eq!(
        window.title(),
        "poster.lamina* – Lamina",
        "an export is no save"
    );
}

/// As two windows with one file do.
#[test]
fn what_another_window_has_saved_meanwhile_is_not_replaced_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.lamina");
    let mut first = decomposed([path.clone()]);
    first.key(CTRL, Key::S);
    first.settle();
    let mut second = reopened(&path);
    second.key(NONE, Key::Delete);
    second.key(CTRL, Key::S);
    second.settle();
    let others = project::open(&path).unwrap();
    assert_eq!(others.document, *second.document());
    first.key(NONE, Key::ArrowRight);
    first.key(CTRL, Key::S);
    first.settle();
    assert!(first.shows_text("was changed by another window or program"));
    assert_eq!(project::open(&path).unwrap(), others);
    first.click_button("Replace");
    first.settle();
    assert_eq!(project::open(&path).unwrap().document, *first.document());
    // And then it is this window's.
    first.key(NONE, Key::ArrowRight);
    first.key(CTRL, Key::S);
    first.settle();
    assert_eq!(first.title(), "poster.lamina – Lamina");
}

#[test]
fn save_as_asks_for_another_file_and_goes_on_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.lamina"), folder.path().join("b"));
    let mut window = decomposed([first.clone(), second]);
    window.key(CTRL, Key::S);
    window.settle();
    window.key(NONE, Key::Delete);
    window.key(CTRL | SHIFT, Key::S);
    window.settle();
    assert_eq!(window.title(), "b.lamina – Lamina");
    let layers = |path: &Path| project::open(path).unwrap().document.layers().len();
    assert_eq!(layers(&first), 2);
    assert_eq!(layers(&folder.path().join("b.lamina")), 1);
}

#[test]
fn without_a_desktop_dialog_the_path_is_typed_and_what_is_there_is_not_lost_unasked() {
    let mut window = Window::decomposed();
    let path = window.folder.path().join("poster.lamina");
    fs::write(&path, b"precious").unwrap();
    window.key(CTRL, Key::S);
    window.settle();
    window
        .harness
        .get_by_role_and_label(Role::TextInput, "Path")
        .focus();
    window.click_button("Save");
    window.settle();
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    assert!(window.shows_text("is there already"));
    window.click_button("Replace");
    window.settle();
    assert_eq!(project::open(&path).unwrap().document, *window.document());
}

#[test]
fn the_question_before_closing_saves_and_then_closes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.lamina");
    let mut window = decomposed([path.clone()]);
    assert!(!window.close());
    assert!(window.shows_text("Save the changes to poster.png before the window closes?"));
    window.close_by("Save");
    assert_eq!(project::open(&path).unwrap().document, *window.document());
}

#[test]
fn a_failed_save_says_why_and_work_stays_unsaved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.lamina");
    fs::create_dir(&path).unwrap();
    let mut window = decomposed([path]);
    window.key(CTRL, Key::S);
    window.settle();
    assert!(
        window.has_message("is a folder or a device"),
        "{:?}",
        window.messages()
    );
    assert!(!window.close());
}

#[test]
fn openraster_opens_and_is_saved_as_a_project() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drawn.ora");
    let document: Document = Window::decomposed().document().clone();
    project::save_openraster(&document, &path, &mut |_| true).unwrap();
    let target = folder.path().join("drawn.lamina");
    let mut window = Window::with(backend(), ScriptedDialogs::answering([target.clone()]));
    window.drop_file(&path);
    window.settle();
    assert_eq!(composite(window.document()), composite(&document));
    assert_eq!(window.title(), "drawn.ora – Lamina");
    let before = fs::read(&path).unwrap();
    window.key(CTRL, Key::S);
    window.settle();
    assert_eq!(
        fs::read(&path).unwrap(),
        before,
        "the file of another program stays"
    );
    assert_eq!(project::open(&target).unwrap().document, *window.document());
}

#[test]
fn a_damaged_project_is_refused_in_a_sentence() {
    let mut window = Window::decomposed();
    let before = window.document().clone();
    let path = window.folder.path().join("broken.lamina");
    fs::write(&path, b"PK\x03\x04 and then nothing").unwrap();
    window.drop_file(&path);
    window.settle();
    assert!(
        window.has_message("broken.lamina"),
        "{:?}",
        window.messages()
    );
    assert!(*window.document() == before);
}

#[test]
fn what_was_open_before_is_in_the_menu() {
    let mut window = Window::empty();
    for name in ["first.png", "second.png"] {
        let path = window.picture(name, 9, 4);
        window.drop_file(&path);
        window.settle();
    }
    window.click_button("File");
    window.click_button("Open recent");
    assert!(window.has_button("second.png"));
    window.click_button("first.png");
    window.settle();
    assert_eq!(window.title(), "first.png – Lamina");
}

fn keeping(folder: &Path) -> EditorOptions {
    EditorOptions {
        unsaved_folder: Some(folder.to_path_buf()),
        autosave_seconds: 0.5,
        ..EditorOptions::new(backend())
    }
}

/// Past a look for what is unsaved.
fn wait_for_autosave(window: &mut Window) {
    window.frames(40);
    window.settle();
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn unsaved_work_is_offered_after_its_window_is_gone() {
    let unsaved = tempfile::tempdir().unwrap();
    let mut window = Window::start(keeping(unsaved.path()));
    open_and_decompose(&mut window);
    wait_for_autosave(&mut window);
    window.key(NONE, Key::ArrowRight);
    wait_for_autosave(&mut window);
    let lost = window.document().clone();
    let mut other = Window::start(keeping(unsaved.path()));
    other.settle();
    assert!(
        !other.has_button("Recover"),
        "the window that works on it is there"
    );
    drop(other);
    // As a kill: nothing is tidied up.
    drop(window);
    let mut next = Window::start(keeping(unsaved.path()));
    next.settle();
    assert!(next.shows_text("before poster.png was saved"));
    next.click_button("Recover");
    next.settle();
    assert!(*next.document() == lost);
    assert_eq!(next.title(), "poster.png* – Lamina");
    assert!(!next.close(), "it is still nowhere on the disk");
    next.close_by("Don't save");
    assert_eq!(count(unsaved.path()), 0, "it was given up");
}

#[test]
fn what_is_discarded_is_gone() {
    let unsaved = tempfile::tempdir().unwrap();
    let mut window = Window::start(keeping(unsaved.path()));
    open_and_decompose(&mut window);
    wait_for_autosave(&mut window);
    drop(window);
    let mut next = Window::start(keeping(unsaved.path()));
    next.settle();
    next.click_button("Discard");
    next.settle();
    assert!(next.harness.state().document().is_none());
    assert_eq!(count(unsaved.path()), 0);
}

#[test]
fn a_save_makes_what_was_kept_needless() {
    let unsaved = tempfile::tempdir().unwrap();
    let target = tempfile::tempdir().unwrap();
    let answer = target.path().join("poster.lamina");
    let mut window = Window::start(EditorOptions {
        dialogs: Box::new(ScriptedDialogs::answering([answer])),
        ..keeping(unsaved.path())
    });
    open_and_decompose(&mut window);
    wait_for_autosave(&mut window);
    assert_eq!(count(unsaved.path()), 1);
    window.key(CTRL, Key::S);
    window.settle();
    assert_eq!(count(unsaved.path()), 0);
}
