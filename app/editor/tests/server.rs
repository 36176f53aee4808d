//! Another computer's backends in the window.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use common::{ScriptedDialogs, Window, all_controls, stack};
use editor::EditorOptions;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use engine::{Backend, EngineError, FakeBackend, ServerAddress, Servers};
use session::{Settings, SettingsStore};

/// Answers at "http://desk:7860" only, with one backend.
struct Desk {
    backend: FakeBackend,
    asked: Mutex<Vec<ServerAddress>>,
}

const GONE: &str = "the server cannot be reached; look whether lamina serve runs there";

impl Servers for Desk {
    fn backends(&self, server: &ServerAddress) -> Result<Vec<Box<dyn Backend>>, EngineError> {
        self.asked.lock().unwrap().push(server.clone());
        match server.url.as_str() {
            "http://desk:7860" => Ok(vec![Box::new(self.backend.clone())]),
            _ => Err(EngineError::Backend(GONE.into())),
        }
    }
}

fn there() -> FakeBackend {
    FakeBackend::new()
        .named("there", "Discs at http://desk:7860")
        .layers(stack())
        .controls(all_controls())
}

fn window_over(
    backend: FakeBackend,
    settings: SettingsStore,
    answers: &[&str],
) -> (Window, Arc<Desk>) {
    let desk = Arc::new(Desk {
        backend,
        asked: Mutex::default(),
    });
    let answers = answers.iter().map(PathBuf::from);
    let mut window = Window::start(EditorOptions {
        dialogs: Box::new(ScriptedDialogs::answering(answers)),
        servers: Some(desk.clone()),
        settings,
        ..EditorOptions::new(vec![Box::new(FakeBackend::new().named("here", "Here"))])
    });
    let path = window.picture("poster.png", 64, 48);
    window.drop_file(&path);
    window.settle();
    (window, desk)
}

fn connect(window: &mut Window, address: &str) {
    window.click_button("Remote server…");
    let field = window
        .harness
        .get_by_role_and_label(Role::TextInput, "Address");
    field.focus();
    window.frames(2);
    window.type_text(address);
    window.click_button("Connect");
    window.settle();
}

#[test]
fn a_server_that_is_connected_decomposes_with_its_own_controls_and_estimate() {
    let (mut window, desk) = window_over(there().steps(7), SettingsStore::nowhere(), &[]);
    assert!(
        !window.shows_text("Guidance"),
        "no control of this computer"
    );
    connect(&mut window, "desk:7860");
    let address = ServerAddress {
        url: "http://desk:7860".into(),
        token_file: None,
    };
    assert_eq!(*desk.asked.lock().unwrap(), [address]);
    assert!(window.shows_text("Discs at http://desk:7860 will run."));
    assert!(window.shows_text("Guidance"));
    assert!(window.shows_text("About 28 s."), "4 layers of 7 steps");
    window.click_button("Decompose");
    window.settle();
    assert_eq!(window.names().len(), 2);
    assert!(
        window.has_message("Discs at http://desk:7860"),
        "{:?}",
        window.messages()
    );
}

#[test]
fn a_server_is_remembered_with_its_token_and_asked_at_the_next_start() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("settings.json");
    let settings = SettingsStore::at(file.clone());
    let (mut window, _) = window_over(there(), settings, &["/home/me/token"]);
    window.click_button("Remote server…");
    window.click_button("Browse…");
    window.settle();
    let field = window
        .harness
        .get_by_role_and_label(Role::TextInput, "Address");
    field.focus();
    window.frames(2);
    window.type_text("http://desk:7860");
    window.click_button("Connect");
    window.settle();
    let address = ServerAddress {
        url: "http://desk:7860".into(),
        token_file: Some("/home/me/token".into()),
    };
    assert_eq!(Settings::read(&file).unwrap().server, Some(address.clone()));
    drop(window);

    let (mut window, desk) = window_over(there(), SettingsStore::at(file.clone()), &[]);
    assert_eq!(*desk.asked.lock().unwrap(), [address]);
    assert!(window.shows_text("The engines of http://desk:7860 are in the list."));
    assert!(window.shows_text("Here will run."), "nothing was chosen");
    window.choose("Engine", "Discs at http://desk:7860");
    window.click_button("Remote server…");
    window.click_button("Disconnect");
    window.settle();
    assert!(window.shows_text("Here will run."));
    assert!(!window.shows_text("Discs at"));
    assert_eq!(Settings::read(&file).unwrap().server, None);
}

#[test]
fn a_server_that_is_gone_is_one_sentence_and_can_be_asked_again() {
    let (mut window, desk) = window_over(there(), SettingsStore::nowhere(), &[]);
    connect(&mut window, "attic");
    assert!(window.shows_text("The server cannot be reached; look whether lamina serve runs"));
    assert!(window.shows_text("Here will run."));
    window.click_button("Try again");
    window.settle();
    assert_eq!(desk.asked.lock().unwrap().len(), 2);
    window.click_button("Decompose");
    window.settle();
    assert_eq!(window.names().len(), 4, "this computer still does");

    let gone = there().fail(EngineError::Backend(GONE.into()));
    let (mut window, _) = window_over(gone, SettingsStore::nowhere(), &[]);
    connect(&mut window, "desk:7860");
    window.click_button("Decompose");
    window.settle();
    assert!(
        window.has_message("cannot be reached"),
        "{:?}",
        window.messages()
    );
    assert_eq!(window.names().len(), 1);
}

#[test]
fn without_anything_that_reaches_servers_none_is_offered() {
    let window = Window::empty();
    assert!(!window.has_button("Remote server…"));
}
