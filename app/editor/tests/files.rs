//! Opening and exporting, and what is asked before work is lost.

mod common;

use std::sync::Arc;

use common::{CTRL, ScriptedClipboard, ScriptedDialogs, Window};
use editor::EditorOptions;
use egui::accesskit::Role;
use egui::{Key, ViewportCommand};
use egui_kittest::kittest::Queryable;
use engine::FakeBackend;
use image::{Rgba, RgbaImage};
use session::Copied;

#[test]
fn a_dropped_picture_opens() {
    let mut window = Window::empty();
    assert!(
        window.has_button("Open a picture…"),
        "the empty window says what to do"
    );
    let path = window.picture("poster.png", 64, 48);
    window.drop_file(&path);
    window.settle();
    assert_eq!(
        (window.document().width(), window.document().height()),
        (64, 48)
    );
    assert!(window.has_row("Source"));
}

#[test]
fn the_empty_window_speaks_of_dropping_only_where_that_works() {
    for takes_drops in [true, false] {
        let window = Window::start(EditorOptions {
            takes_drops,
            ..EditorOptions::new(vec![Box::new(FakeBackend::new())])
        });
        let drop = "Drop a picture here, paste one, or open a file";
        let others = "Open a picture with Ctrl+O, or copy one and paste it here";
        let said = [drop, others].map(|text| window.harness.query_by_label(text).is_some());
        assert_eq!(said, [takes_drops, !takes_drops]);
    }
}

#[test]
fn the_dialog_opens_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chosen.png");
    image::RgbaImage::new(5, 7).save(&path).unwrap();
    let mut window = Window::with(
        vec![Box::new(FakeBackend::new())],
        ScriptedDialogs::answering([path]),
    );
    window.key(CTRL, Key::O);
    window.settle();
    assert_eq!(window.document().height(), 7);
}

#[test]
fn without_a_desktop_dialog_a_path_can_be_typed() {
    let mut window = Window::empty();
    let path = window.picture("typed.png", 9, 4);
    window.click_button("Open a picture…");
    window.settle();
    window.answer_with_path(&path, "Open");
    assert_eq!(window.document().width(), 9);
}

#[test]
fn pasted_pixels_open() {
    let image = RgbaImage::from_pixel(3, 2, Rgba([10, 20, 30, 77]));
    let mut window = with_copied(Copied::Picture(image));
    window.key(CTRL, Key::V);
    window.settle();
    assert_eq!(
        (window.document().width(), window.document().height()),
        (3, 2)
    );
    let source = window.document().source().unwrap();
    assert_eq!(source.image().get_pixel(2, 1).0, [10, 20, 30, 77]);
}

#[test]
fn a_pasted_address_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("with space.png");
    RgbaImage::new(6, 6).save(&path).unwrap();
    let address = format!("file://{}", path.to_str().unwrap().replace(' ', "%20"));
    let mut window = with_copied(Copied::Text(address));
    window.key(CTRL, Key::V);
    window.settle();
    assert_eq!(window.document().width(), 6);
}

#[test]
fn what_is_no_picture_is_not_pasted() {
    let cases = [
        (Copied::Text("just words".to_owned()), "text, not a picture"),
        (Copied::Nothing, "no picture"),
    ];
    for (copied, sentence) in cases {
        let mut window = with_copied(copied);
        window.key(CTRL, Key::V);
        window.settle();
        assert!(window.has_message(sentence), "{:?}", window.messages());
        assert!(window.harness.state().document().is_none());
    }
}

fn with_copied(copied: Copied) -> Window {
    Window::start(EditorOptions {
        clipboard: Arc::new(ScriptedClipboard(copied)),
        ..EditorOptions::new(vec![Box::new(FakeBackend::new())])
    })
}

#[test]
fn bad_input_leaves_the_document_as_it_was() {
    let mut window = Window::decomposed();
    let before = window.document().clone();
    let broken = window.folder.path().join("broken.png");
    std::fs::write(&broken, b"\x89PNG\r\n\x1a\n and then nothing").unwrap();
    let empty = window.folder.path().join("empty.jpg");
    std::fs::write(&empty, b"").unwrap();
    let missing = window.folder.path().join("missing.webp");
    for path in [broken, empty, missing] {
        window.drop_file(&path);
        window.settle();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(window.has_message(name), "{name}: {:?}", window.messages());
        assert!(*window.document() == before);
    }
    let count = window.messages().len();
    window
        .harness
        .get_all_by_role_and_label(Role::Button, "Dismiss")
        .last()
        .unwrap()
        .click();
    window.frames(4);
    assert_eq!(window.messages().len(), count - 1, "messages can be closed");
}

#[test]
fn a_psd_is_exported_where_the_message_says() {
    let mut window = Window::decomposed();
    window.key(CTRL, Key::E);
    window.click_button("Export");
    window.settle();
    let path = window.folder.path().join("poster.psd");
    assert!(path.exists());
    assert!(
        window.has_message(path.to_str().unwrap()),
        "{:?}",
        window.messages()
    );
    assert!(!window.close(), "an export is no saved project");
}

#[test]
fn the_export_dialog_says_what_editable_text_means() {
    let mut window = Window::decomposed();
    window.key(CTRL, Key::E);
    window.settle();
    assert!(!window.shows_text("Press Update"));
    window.harness.get_by_label("Editable text").click();
    window.settle();
    assert!(window.shows_text("Press Update"));
}

#[test]
fn exporting_over_a_file_asks_first() {
    let mut window = Window::decomposed();
    let path = window.folder.path().join("poster.psd");
    std::fs::write(&path, b"precious").unwrap();
    window.key(CTRL, Key::E);
    window.click_button("Export");
    window.settle();
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    assert!(window.shows_text("is there already"));
    window.click_button("Replace");
    window.settle();
    assert_eq!(&std::fs::read(&path).unwrap()[..4], b"8BPS");
}

#[test]
fn png_layers_go_into_a_folder_chosen_in_the_dialog() {
    let target = tempfile::tempdir().unwrap();
    let dialogs = ScriptedDialogs::answering([target.path().to_owned()]);
    let mut window = Window::with(
        vec![Box::new(FakeBackend::new().layers(common::stack()))],
        dialogs,
    );
    let path = window.picture("poster.png", 64, 48);
    window.drop_file(&path);
    window.settle();
    window.click_button("Decompose");
    window.settle();
    window.key(CTRL | egui::Modifiers::SHIFT, Key::E);
    window.click_button("Browse…");
    window.settle();
    window.click_button("Export");
    window.settle();
    let files = std::fs::read_dir(target.path()).unwrap().count();
    assert_eq!(files, 2);
    assert!(window.has_message("2 layers"));
}

#[test]
fn a_failed_export_says_why_and_work_stays_unsaved() {
    let mut window = Window::decomposed();
    let file = window.folder.path().join("poster.psd");
    std::fs::create_dir(&file).unwrap();
    window.key(CTRL, Key::E);
    window.click_button("Export");
    window.settle();
    window.click_button("Replace");
    window.settle();
    assert!(window.has_message("poster.psd"), "{:?}", window.messages());
    assert!(file.is_dir());
    assert!(!window.close());
}

#[test]
fn closing_with_unsaved_work_asks() {
    let mut window = Window::decomposed();
    assert!(!window.close());
    assert!(window.shows_text("Unsaved work"));
    window.click_button("Cancel");
    assert!(!window.shows_text("Unsaved work"));
    assert!(!window.close(), "it asks again");
    window
        .harness
        .get_by_role_and_label(Role::Button, "Don't save")
        .click();
    let mut asked = false;
    for _ in 0..4 {
        window.frames(1);
        asked |= window.sent(|command| matches!(command, ViewportCommand::Close));
    }
    assert!(asked);
    assert!(window.close());
}

#[test]
fn opening_over_unsaved_work_asks() {
    let mut window = Window::decomposed();
    let before = window.document().clone();
    let other = window.picture("other.png", 10, 10);
    window.drop_file(&other);
    window.settle();
    assert!(window.shows_text("other.png opens"));
    assert!(*window.document() == before);
    window.click_button("Cancel");
    assert!(*window.document() == before);
    window.drop_file(&other);
    window.settle();
    window.click_button("Don't save");
    assert_eq!(window.document().width(), 10);
}

#[test]
fn an_untouched_picture_closes_at_once() {
    let mut window = Window::with_picture(FakeBackend::new());
    assert!(window.close());
}
