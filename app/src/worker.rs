//! `lamina worker`: what `lamina decompose` does, for whoever puts jobs on a NATS server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use cluster::{Need, Stop, WorkerEvent, WorkerOptions};
use engine::{Backend, DecomposeRequest, Hardware, Resolution};
use image::RgbaImage;
use indicatif::ProgressBar;
use words::say;

use crate::advice;
use crate::args::WorkerArgs;
use crate::backends::backends;
use crate::exit::Exit;
use crate::model::for_command_line;
use crate::progress::stage_message;

/// Until Ctrl-C, or until the system asks the program to end: then the job that runs is ended, and the second time given back.
pub fn run(args: &WorkerArgs) -> Exit {
    let prepared = for_command_line(&args.model, true)
        .and_then(|model| Ok((backends(model), args.connect()?)));
    let (mut backends, cluster) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return failed(&error, Exit::BadInput),
    };
    let hardware = args.model.hardware();
    let needs = match needs(args, &mut backends, &hardware) {
        Ok(needs) => needs,
        Err(error) => return failed(&error, Exit::BadInput),
    };
    let stop = Stop::default();
    let on_interrupt = stop.clone();
    let handled = ctrlc::set_handler(move || match on_interrupt.last.is_cancelled() {
        false => on_interrupt.last.cancel(),
        true => on_interrupt.now.cancel(),
    });
    if let Err(error) = handled {
        eprintln!(
            "lamina: {}",
            say!("worker-no-ctrl-c", error = error.to_string())
        );
    }
    let names: Vec<_> = needs.iter().map(|need| need.name()).collect();
    println!(
        "{}",
        say!(
            "worker-takes",
            server = cluster.url(),
            jobs = names.join(", ")
        )
    );
    let line = Line::default();
    let worked = cluster.work(
        &mut backends,
        &WorkerOptions {
            needs: &needs,
            hardware: &hardware,
            stop: &stop,
            on_event: &|event| line.show(&event, &stop),
        },
    );
    line.bar.finish_and_clear();
    println!("{}", line.counts());
    match worked {
        Ok(()) => Exit::Success,
        Err(error) => failed(&error.into(), Exit::Failed),
    }
}

fn failed(error: &anyhow::Error, exit: Exit) -> Exit {
    eprintln!("lamina: {}", advice::sentence(error));
    exit
}

/// What is to be taken of what the backends can run here.
fn needs(
    args: &WorkerArgs,
    backends: &mut [Box<dyn Backend>],
    hardware: &Hardware,
) -> Result<Vec<Need>> {
    let mut reasons = Vec::new();
    let mut can = Vec::new();
    for backend in backends {
        let status = backend.status(hardware);
        for resolution in [Resolution::R640, Resolution::R1024] {
            let request = example(resolution, hardware);
            let need = Need::of(&request, &status.controls);
            let expected = match status.ready {
                true => backend
                    .estimate(&request)
                    .map_err(|error| error.to_string()),
                false => Err(status.reason.clone()),
            };
            match expected {
                Ok(_) => can.push(need),
                Err(reason) => reasons.push((need, reason)),
            }
        }
    }
    for need in &args.take {
        if let Some((_, reason)) = reasons.iter().find(|(other, _)| other == need) {
            bail!(say!(
                "worker-cannot-take",
                jobs = need.name(),
                reason = reason
            ));
        }
    }
    let is_taken =
        |need: &Need| can.contains(need) && (args.take.is_empty() || args.take.contains(need));
    Ok(Need::ALL.into_iter().filter(is_taken).collect())
}

/// A job such as there may be.
fn example(resolution: Resolution, hardware: &Hardware) -> DecomposeRequest {
    let side = resolution.side();
    let mut request = DecomposeRequest::new(Arc::new(RgbaImage::new(side, side)));
    request.hardware = hardware.clone();
    request.diffusion.resolution = resolution;
    request
}

/// What the worker does, on one line of the terminal; what failed gets lines of its own.
struct Line {
    bar: ProgressBar,
    done: AtomicUsize,
    failed: AtomicUsize,
}

impl Default for Line {
    fn default() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(200));
        Self {
            bar,
            done: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
        }
    }
}

impl Line {
    fn show(&self, event: &WorkerEvent, stop: &Stop) {
        let now = match event {
            WorkerEvent::Waits => say!("worker-waits").to_owned(),
            WorkerEvent::Took(job) => say!("worker-has-job", job = job.to_string()),
            WorkerEvent::Event(event) => match stage_message(event) {
                Some(message) => message,
                None => return,
            },
            WorkerEvent::Done(_) => {
                self.done.fetch_add(1, Ordering::Relaxed);
                return;
            }
            WorkerEvent::Failed(job, error) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                self.bar.suspend(|| {
                    eprintln!(
                        "lamina: {}",
                        say!(
                            "worker-job-failed",
                            job = job.to_string(),
                            error = error.to_string()
                        )
                    )
                });
                return;
            }
            WorkerEvent::GaveBack(job) => {
                self.bar.suspend(|| {
                    eprintln!(
                        "lamina: {}",
                        say!("worker-gave-back", job = job.to_string())
                    )
                });
                return;
            }
            WorkerEvent::Away(error) => error.clone(),
        };
        let last = match stop.last.is_cancelled() {
            true => say!("worker-ends-after"),
            false => "",
        };
        self.bar
            .set_message(format!("{}; {now}{last}", self.counts()));
    }

    fn counts(&self) -> String {
        let (done, failed) = (&self.done, &self.failed);
        let (done, failed) = (done.load(Ordering::Relaxed), failed.load(Ordering::Relaxed));
        say!("worker-counts", done = done, failed = failed)
    }
}
