//! `lamina decompose`: from files to files. While the backend has one picture, the next is opened and the last is rebuilt
//! and written, each on a thread of its own.

mod asked;
mod document;
mod failure;
mod inputs;
mod make;
mod open;
mod tally;
mod watch;
mod write;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope};

use anyhow::Context;
use engine::CancelToken;

use crate::args::DecomposeArgs;
use crate::backends::{backends, has_no_model};
use crate::exit::{Exit, on_interrupt};
use crate::history::Record;
use crate::model::for_command_line;
use crate::progress::TerminalProgress;
use asked::Asked;
pub use document::write_document;
use failure::Failure;
use make::Decomposers;
use open::{OpenedPicture, Opener};
use tally::Tally;
use words::say;
use write::{Finished, Writer};

/// Decomposes each input. A bad one is named on standard error and does not stop the rest.
pub fn run(args: &DecomposeArgs) -> Exit {
    let prepared = Asked::of(args)
        .map_err(Failure::bad_input)
        .and_then(|asked| {
            let makers = makers(args).map_err(Failure::bad_input)?;
            Ok((asked, makers))
        });
    let (asked, mut makers) = match prepared {
        Ok(prepared) => prepared,
        Err(failure) => return failure.print(),
    };
    let cancel = on_interrupt();
    let progress = TerminalProgress::new(asked.first.len(), asked.is_open_ended());
    let steps = Steps {
        args,
        cancel: &cancel,
        progress: &progress,
    };
    match steps.run(asked, &mut makers) {
        Ok(tally) => tally.end(args.batch.summary.as_deref()),
        Err(failure) => failure.print(),
    }
}

/// The backends of this computer, those of the one that is named, or workers.
fn makers(args: &DecomposeArgs) -> anyhow::Result<Decomposers> {
    if let Some(cluster) = args.nats.connect()? {
        return Ok(Decomposers::Workers(Box::new(cluster), args.nats.in_flight));
    }
    if let Some(remote) = args.remote.backends()? {
        return Ok(Decomposers::Backends(remote));
    }
    let is_used = !has_no_model(&args.backend);
    let model = for_command_line(&args.model, is_used)?;
    Ok(Decomposers::Backends(backends(model)))
}

/// What a picture is at the end of a step, or why it goes no further.
type Step<T> = Result<T, SkippedPicture>;

/// A picture that is passed over.
struct SkippedPicture {
    input: PathBuf,
    /// None where it was done before.
    failure: Option<Failure>,
}

impl SkippedPicture {
    fn failed(input: PathBuf, failure: Failure) -> Self {
        Self {
            input,
            failure: Some(failure),
        }
    }
}

/// A picture's three steps. Here they take their turns in the order of the pictures, of workers as these end.
struct Steps<'a> {
    args: &'a DecomposeArgs,
    cancel: &'a CancelToken,
    progress: &'a TerminalProgress,
}

impl Steps<'_> {
    /// Nothing waits between the steps, so that few pictures are in memory.
    fn run(&self, asked: Asked, makers: &mut Decomposers) -> Result<Tally, Failure> {
        let (open, opened) = sync_channel(0);
        let (make, made) = sync_channel(0);
        std::thread::scope(|scope| {
            thread(scope, "open", move || self.open(asked, &open))?;
            let writing = thread(scope, "write", move || self.write(made))?;
            let all_made = self.make(opened, &make, makers);
            drop(make);
            all_made?;
            writing
                .join()
                .map_err(|_| Failure::failed(anyhow::anyhow!(say!("batch-writing-failed"))))
        })
    }

    /// Until all are opened, or the run is cancelled.
    fn open(&self, mut asked: Asked, opened: &SyncSender<Step<OpenedPicture>>) {
        let mut opener = Opener::new(self.args, asked.are_several());
        let mut next = std::mem::take(&mut asked.first);
        loop {
            for input in next {
                let step = input.and_then(|input| {
                    let picture = input.picture.clone();
                    self.progress.of(&picture, false).say("Open");
                    match opener.open(input) {
                        Ok(Some(opened)) => Ok(opened),
                        Ok(None) => Err(SkippedPicture {
                            input: picture,
                            failure: None,
                        }),
                        Err(failure) => Err(SkippedPicture::failed(picture, failure)),
                    }
                });
                if self.cancel.is_cancelled() || opened.send(step).is_err() {
                    return;
                }
            }
            match asked.more(self.cancel) {
                Some(more) => next = more,
                None => return,
            }
            self.progress.found(next.len());
        }
    }

    fn write(&self, made: Receiver<Step<Finished>>) -> Tally {
        let writer = Writer {
            files: &self.args.files,
            cancel: self.cancel,
            progress: self.progress,
            record: Record::default(),
        };
        let mut tally = Tally::default();
        for step in made {
            match step {
                Ok(finished) => {
                    let input = finished.opened.input.clone();
                    let started = finished.opened.started;
                    match writer.write(finished) {
                        Ok(written) => tally.done(self.progress, &input, started, written),
                        Err(failure) => tally.failed(self.progress, &input, failure),
                    }
                }
                Err(SkippedPicture { input, failure }) => match failure {
                    Some(failure) => tally.failed(self.progress, &input, failure),
                    None => tally.skipped(self.progress, &input),
                },
            }
        }
        self.progress.finish(tally.counts());
        if self.cancel.is_cancelled() {
            tally.interrupted();
        }
        tally
    }
}

fn thread<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<std::thread::ScopedJoinHandle<'scope, T>, Failure> {
    Builder::new()
        .name(name.into())
        .spawn_scoped(scope, work)
        .context(say!("batch-no-threads"))
        .map_err(Failure::failed)
}
