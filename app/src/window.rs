use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use engine::{Backend, EngineError, ServerAddress};
use remote::{RemoteBackend, Server};
use words::{Languages, say};

use crate::args::token;
use crate::backends::backends;
use crate::exit::Exit;
use crate::history::WindowRecord;
use crate::model;

/// Opens the editor, and returns when it is closed.
pub fn open(picture: Option<PathBuf>, languages: Languages) -> Exit {
    let settings = session::SettingsStore::of_user();
    let backends = backends(model::for_window(&settings));
    let options = editor::EditorOptions {
        open: picture,
        settings,
        languages,
        unsaved_folder: session::Autosaving::user_folder(),
        library: model::library(),
        servers: Some(Arc::new(Servers)),
        record: Some(Arc::new(WindowRecord)),
        ..editor::EditorOptions::new(backends)
    };
    match editor::run(options) {
        Ok(()) => Exit::Success,
        Err(error) => {
            let reason = if has_display() {
                error.to_string()
            } else {
                say!("window-no-display").to_owned()
            };
            eprintln!("lamina: {}", say!("window-not-opened", reason = reason));
            Exit::Failed
        }
    }
}

/// Those that run `lamina serve`.
struct Servers;

impl engine::Servers for Servers {
    fn backends(&self, server: &ServerAddress) -> Result<Vec<Box<dyn Backend>>, EngineError> {
        let token = server.token_file.as_deref().map(token).transpose();
        let token = token.map_err(|error| EngineError::Backend(format!("{error:#}")))?;
        let found = RemoteBackend::all(&Server::new(&server.url, token)?)?.into_iter();
        Ok(found
            .map(|backend| Box::new(backend.among_others()) as _)
            .collect())
    }
}

/// Whether the system names a screen, where it does so by variables.
fn has_display() -> bool {
    let names = ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"];
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || names.into_iter().any(is_set)
}
