//! What became of each picture.

use std::path::Path;
use std::time::Instant;

use serde::Serialize;
use words::{decimal, say};

use super::failure::Failure;
use super::write::Written;
use crate::exit::Exit;
use crate::progress::TerminalProgress;

/// Counted up when what a reader of the summary relies on changes.
const FORMAT: u32 = 1;

/// Tells of each picture in a line as it ends, and of all at the end.
pub struct Tally {
    started: Instant,
    worst: Exit,
    summary: Summary,
}

#[derive(Default, Serialize)]
struct Summary {
    format: u32,
    program: &'static str,
    version: &'static str,
    done: usize,
    skipped: usize,
    failed: usize,
    seconds: f64,
    pictures: Vec<PictureSummary>,
}

#[derive(Serialize)]
struct PictureSummary {
    picture: String,
    #[serde(flatten)]
    end: End,
}

#[derive(Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum End {
    Done {
        results: String,
        seconds: f64,
    },
    /// Done by an earlier run.
    Skipped,
    Failed {
        error: String,
    },
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            worst: Exit::Success,
            summary: Summary {
                format: FORMAT,
                program: "lamina",
                version: env!("CARGO_PKG_VERSION"),
                ..Summary::default()
            },
        }
    }
}

impl Tally {
    pub fn done(
        &mut self,
        progress: &TerminalProgress,
        input: &Path,
        started: Instant,
        written: Written,
    ) {
        let seconds = started.elapsed().as_secs_f64();
        let results = written.path.display().to_string();
        progress.end_picture(|| {
            let (input, summary) = (input.display(), &written.summary);
            println!(
                "{}",
                say!(
                    "batch-picture-done",
                    input = input.to_string(),
                    results = results,
                    seconds = decimal(seconds, 1),
                    summary = summary
                )
            );
        });
        self.summary.done += 1;
        self.keep(input, End::Done { results, seconds });
    }

    pub fn skipped(&mut self, progress: &TerminalProgress, input: &Path) {
        progress.pass_over(|| {
            println!(
                "{}",
                say!("batch-done-before", picture = input.display().to_string())
            )
        });
        self.summary.skipped += 1;
        self.keep(input, End::Skipped);
    }

    /// After Ctrl-C one sentence is enough.
    pub fn failed(&mut self, progress: &TerminalProgress, input: &Path, failure: Failure) {
        let is_news = self.worst != Exit::Interrupted;
        let exit = failure.exit;
        progress.pass_over(|| {
            if is_news {
                failure.print();
            }
        });
        self.worst = self.worst.max(exit);
        if exit == Exit::Interrupted {
            return;
        }
        self.summary.failed += 1;
        let error = format!("{:#}", failure.error);
        self.keep(input, End::Failed { error });
    }

    pub fn interrupted(&mut self) {
        self.worst = Exit::Interrupted;
    }

    fn keep(&mut self, input: &Path, end: End) {
        let picture = input.display().to_string();
        self.summary.pictures.push(PictureSummary { picture, end });
    }

    /// For people: "3 decomposed, 1 done before, 0 failed".
    pub fn counts(&self) -> String {
        let all = &self.summary;
        let (done, skipped, failed) = (all.done, all.skipped, all.failed);
        say!(
            "batch-summary",
            done = done,
            skipped = skipped,
            failed = failed
        )
    }

    /// Writes the summary, if it has a place, and says how the program ends.
    pub fn end(mut self, summary: Option<&Path>) -> Exit {
        self.summary.seconds = self.started.elapsed().as_secs_f64();
        let Some(path) = summary else {
            return self.worst;
        };
        let written = serde_json::to_vec_pretty(&self.summary)
            .map_err(Failure::failed)
            .and_then(|json| export::write_file(path, &json).map_err(Failure::failed));
        match written {
            Ok(()) => self.worst,
            Err(failure) => self.worst.max(failure.print()),
        }
    }
}
