//! `lamina` opens the editor; `lamina decompose` does the same work without a window, `lamina serve` for others.

mod advice;
mod args;
mod backends;
mod bench;
mod convert;
mod decompose;
mod exit;
mod history;
mod language;
mod model;
mod models;
mod outputs;
mod plan;
mod progress;
mod queue;
mod report;
mod serve;
mod window;
mod worker;

use args::{Args, Command};

fn main() -> std::process::ExitCode {
    let languages = language::choose();
    let exit = match Args::read() {
        Ok(args) => match args.command {
            Some(Command::Decompose(options)) => decompose::run(&options),
            Some(Command::Convert(options)) => convert::run(&options),
            Some(Command::Serve(options)) => serve::run(&options),
            Some(Command::Worker(options)) => worker::run(&options),
            Some(Command::History(options)) => history::run(&options),
            Some(Command::Plan(options)) => plan::run(&options),
            Some(Command::Model(options)) => models::run(&options),
            Some(Command::Bench(options)) => bench::run(&options),
            None => window::open(args.picture, languages),
        },
        Err(exit) => exit,
    };
    exit.into()
}
