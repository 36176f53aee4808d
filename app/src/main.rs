//! `lamina` opens the editor; `lamina decompose` does the same work without a window.

mod args;
mod backends;
mod bench;
mod decompose;
mod exit;
mod model;
mod outputs;
mod plan;
mod progress;
mod report;

use std::sync::Arc;

use args::{Args, Command};
use backends::backends;
use exit::Exit;

fn main() -> std::process::ExitCode {
    let exit = match Args::read() {
        Ok(args) => match args.command {
            Some(Command::Decompose(options)) => decompose::run(&options),
            Some(Command::Plan(options)) => plan::run(&options),
            Some(Command::Bench(options)) => bench::run(&options),
            None => open_window(args.picture),
        },
        Err(exit) => exit,
    };
    exit.into()
}

fn open_window(picture: Option<std::path::PathBuf>) -> Exit {
    let settings = editor::SettingsStore::of_user();
    let model = model::for_window(&settings);
    let handle = model.handle();
    let options = editor::EditorOptions {
        open: picture,
        model: Some(Arc::new(handle)),
        settings,
        ..editor::EditorOptions::new(backends(model))
    };
    match editor::run(options) {
        Ok(()) => Exit::Success,
        Err(error) => {
            eprintln!(
                "lamina: the window cannot open: {error}; \"lamina decompose\" works without one"
            );
            Exit::Failed
        }
    }
}
