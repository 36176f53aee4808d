//! `lamina` opens the editor; `lamina decompose` does the same work without a window.

mod args;
mod bench;
mod decompose;
mod exit;
mod outputs;
mod progress;
mod report;

use clap::Parser;

use args::{Args, Command};
use exit::Exit;

fn main() -> std::process::ExitCode {
    let args = Args::parse();
    match args.command {
        Some(Command::Decompose(options)) => decompose::run(&options),
        Some(Command::Bench(options)) => bench::run(&options),
        None => open_window(args.picture),
    }
    .into()
}

/// The backends this program was built with, best first.
fn backends() -> Vec<Box<dyn engine::Backend>> {
    vec![Box::new(quick::QuickBackend)]
}

fn open_window(picture: Option<std::path::PathBuf>) -> Exit {
    let options = editor::EditorOptions {
        open: picture,
        ..editor::EditorOptions::new(backends())
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
