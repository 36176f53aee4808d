use std::time::Instant;

use engine::{DecomposeRequest, Decomposition, EngineError, Event, EventKind};

use crate::editor::Editor;
use crate::result::{canvas_size, layers_of};
use crate::state::{Job, StageProgress};

impl Editor {
    pub(super) fn start_decomposition(&mut self) {
        let Some(session) = &self.state.session else {
            return;
        };
        let Some(source) = session.document().source() else {
            return;
        };
        if self.state.job.is_some() {
            return;
        }
        let request = DecomposeRequest {
            source: source.shared(),
            ..self.state.request.clone()
        };
        match self.background.engine.submit(request) {
            Ok(id) => {
                self.state.job = Some(Job {
                    id,
                    document: session.serial,
                    started: Instant::now(),
                    backend: None,
                    stages: Vec::new(),
                    cancelling: false,
                });
            }
            Err(error) => self.state.notifications.error(error.to_string()),
        }
    }

    pub(super) fn cancel_decomposition(&mut self) {
        if let Some(job) = &mut self.state.job {
            job.cancelling = true;
            self.background.engine.cancel(job.id);
        }
    }

    /// The document that the job was for is about to go.
    pub(super) fn abandon_decomposition(&mut self, now: f64) {
        if let Some(job) = self.state.job.take() {
            self.background.engine.cancel(job.id);
            self.state.notifications.info(
                now,
                "The decomposition was stopped because its picture was closed",
            );
        }
    }

    /// Takes what the engine has sent. Once a frame.
    pub(crate) fn poll_engine(&mut self, ctx: &egui::Context) {
        let events: Vec<Event> = self.background.engine.events().try_iter().collect();
        for event in events {
            let Some(job) = self.state.job.as_mut().filter(|job| job.id == event.job) else {
                continue;
            };
            match event.kind {
                EventKind::Started(backend) => job.backend = Some(backend),
                EventKind::Progress {
                    stage,
                    step,
                    steps,
                    left,
                    ..
                } => {
                    job.record(StageProgress {
                        stage,
                        step,
                        steps,
                        left,
                    });
                }
                EventKind::Preview(_) => {}
                EventKind::Finished(result) => {
                    // Only a job's end can have changed what the backends say of themselves.
                    self.state.backends = self.background.engine.backends();
                    self.finish_decomposition(ctx, result);
                }
            }
        }
    }

    fn finish_decomposition(
        &mut self,
        ctx: &egui::Context,
        result: Result<Box<Decomposition>, EngineError>,
    ) {
        let Some(job) = self.state.job.take() else {
            return;
        };
        match result {
            Ok(decomposition) => {
                let Some(session) = self
                    .state
                    .session
                    .as_mut()
                    .filter(|s| s.serial == job.document)
                else {
                    return;
                };
                let text = summary(&decomposition, job.started);
                let canvas = canvas_size(session.document());
                session.replace_layers("Decompose", |new_id| {
                    layers_of(*decomposition, canvas, new_id)
                });
                self.state.notifications.success(text);
            }
            Err(EngineError::Cancelled) => {
                let now = ctx.input(|input| input.time);
                self.state
                    .notifications
                    .info(now, "Decomposition cancelled; the layers are as they were");
            }
            Err(error) => self.state.notifications.error(error.to_string()),
        }
    }
}

impl Job {
    fn record(&mut self, progress: StageProgress) {
        match self
            .stages
            .iter_mut()
            .find(|stage| stage.stage == progress.stage)
        {
            Some(stage) => *stage = progress,
            None => self.stages.push(progress),
        }
    }
}

/// "5 layers by Quick, no model in 3.2 s. They differ from the picture by 0.1 of 255 on average."
fn summary(decomposition: &Decomposition, started: Instant) -> String {
    let report = &decomposition.report;
    let count = decomposition.layers.len();
    let plural = if count == 1 { "" } else { "s" };
    let seconds = started.elapsed().as_secs_f64();
    let mut text = format!(
        "{count} layer{plural} by {} in {seconds:.1} s.",
        report.backend.label
    );
    if let Some(error) = report.recomposition {
        text += &format!(
            " Together they differ from the picture by {:.2} of 255 on average, {:.0} at the 99.9th percentile.",
            error.mean, error.p999
        );
    }
    text
}
