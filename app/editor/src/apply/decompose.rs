use std::time::Instant;

use engine::{
    DecomposeRequest, Decomposition, Diffusion, EngineError, Event, EventKind, JobId, Stage,
};

use crate::editor::Editor;
use crate::preview::Moment;
use crate::result::layers_of;
use crate::session::Caption;
use crate::state::{Job, StageProgress};

impl Editor {
    pub(super) fn start_decomposition(&mut self) {
        let (Some(request), Some(session)) = (self.request_of_job(), &self.state.session) else {
            return;
        };
        if self.state.job.is_some() {
            return;
        }
        let captions_in = request
            .diffusion
            .wants_caption()
            .then_some(request.diffusion.caption_language);
        match self.background.engine.submit(request) {
            Ok(id) => {
                self.state.job = Some(Job {
                    id,
                    document: session.serial,
                    started: Instant::now(),
                    backend: None,
                    stages: Vec::new(),
                    cancelling: false,
                    captions_in,
                    caption: None,
                    plan: None,
                    preview: None,
                });
            }
            Err(error) => self.state.notifications.error(error.to_string()),
        }
    }

    /// As the panel is set, for the open picture.
    pub(super) fn request_of_job(&self) -> Option<DecomposeRequest> {
        let session = self.state.session.as_ref()?;
        Some(DecomposeRequest {
            source: session.document().source()?.shared(),
            previews: true,
            diffusion: Diffusion {
                loras: self.state.loras(),
                ..self.state.request.diffusion.clone()
            },
            ..self.state.request.clone()
        })
    }

    pub(super) fn cancel_decomposition(&mut self) {
        if let Some(job) = &mut self.state.job {
            job.cancelling = true;
            job.preview = None;
            self.background.previews.clear();
            self.background.engine.cancel(job.id);
        }
    }

    /// The document that the job was for is about to go.
    pub(super) fn abandon_decomposition(&mut self, now: f64) {
        if let Some(job) = self.state.job.take() {
            self.background.engine.cancel(job.id);
            self.background.previews.clear();
            self.state.notifications.info(
                now,
                "The decomposition was stopped because its picture was closed",
            );
        }
    }

    /// Takes what the engine has sent. Once a frame.
    pub(crate) fn poll_engine(&mut self, ctx: &egui::Context) {
        let events: Vec<Event> = self.background.events.try_iter().collect();
        for event in events {
            self.take_event(ctx, event);
        }
        let preview = self.background.previews.poll(ctx);
        if let (Some(preview), Some(job)) = (preview, &mut self.state.job)
            && preview.moment.job == job.id
        {
            job.preview = Some(preview);
        }
    }

    fn take_event(&mut self, ctx: &egui::Context, event: Event) {
        if matches!(event.kind, EventKind::Finished(_) | EventKind::Model(_)) {
            self.state.backends = self.background.engine.backends();
            self.doubt_estimate();
        }
        match event.kind {
            EventKind::Model(result) => self.model_command_done(ctx, event.job, result),
            EventKind::Estimated(told) => self.estimate_told(event.job, told),
            kind => self.take_event_of_job(ctx, event.job, kind),
        }
    }

    fn take_event_of_job(&mut self, ctx: &egui::Context, id: JobId, kind: EventKind) {
        let Some(job) = self.state.job.as_mut().filter(|job| job.id == id) else {
            return;
        };
        match kind {
            EventKind::Started(backend) => job.backend = Some(*backend),
            EventKind::Progress {
                stage,
                step,
                steps,
                elapsed,
                left,
            } => job.record(StageProgress {
                stage,
                step,
                steps,
                left,
                began: elapsed,
                reached: elapsed,
            }),
            EventKind::Planned(plan) => job.plan = Some(plan.summary),
            EventKind::Caption(text) => job.caption = Some(text),
            EventKind::Preview { layers } if !job.cancelling => {
                let moment = job.moment();
                self.background.previews.push(moment, layers);
            }
            // Notes stand in the summary at the end.
            EventKind::Preview { .. }
            | EventKind::Note(_)
            | EventKind::Model(_)
            | EventKind::Estimated(_) => {}
            EventKind::Finished(result) => {
                self.background.previews.clear();
                self.finish_decomposition(ctx, result);
                return;
            }
        }
        self.keep_caption();
    }

    /// Once the model is past writing, what it wrote is the picture's.
    fn keep_caption(&mut self) {
        let Some(job) = self.state.job.as_mut().filter(|job| job.is_past_caption()) else {
            return;
        };
        let session = self.state.session.as_mut();
        if let (Some(session), Some(language), Some(text)) =
            (session, job.captions_in.take(), job.caption.clone())
        {
            session.caption = Some(Caption {
                text,
                language,
                shown: true,
            });
        }
    }

    pub(super) fn show_caption(&mut self, shown: bool) {
        let session = self.state.session.as_mut();
        if let Some(caption) = session.and_then(|session| session.caption.as_mut()) {
            caption.shown = shown;
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
                let caption = decomposition.report.resolved.caption.clone();
                if let (Some(language), Some(text)) = (job.captions_in, caption) {
                    session.caption = Some(Caption {
                        text,
                        language,
                        shown: true,
                    });
                }
                session
                    .runs
                    .extend(serde_json::to_value(&decomposition.report).ok());
                let summary = decomposition.report.summary(decomposition.layers.len());
                let seconds = job.started.elapsed().as_secs_f64();
                let canvas = session.document().size();
                session.replace_layers("Decompose", |new_id| {
                    layers_of(*decomposition, canvas, new_id)
                });
                let text = format!("{summary} It took {seconds:.1} s.");
                let now = ctx.input(|input| input.time);
                self.state.notifications.success(now, text);
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
        let known = self
            .stages
            .iter_mut()
            .find(|stage| stage.stage == progress.stage);
        match known {
            Some(stage) => {
                *stage = StageProgress {
                    began: stage.began,
                    ..progress
                }
            }
            None => self.stages.push(progress),
        }
    }

    /// A preview is of the layers after the steps that were reported last.
    fn moment(&self) -> Moment {
        let denoise = self
            .stages
            .iter()
            .find(|stage| stage.stage == Stage::Denoise);
        Moment {
            job: self.id,
            step: denoise.map_or(0, |stage| stage.step),
            steps: denoise.map_or(0, |stage| stage.steps),
        }
    }

    fn is_past_caption(&self) -> bool {
        let later = [Stage::Encode, Stage::Denoise, Stage::Decode];
        self.stages.iter().any(|stage| later.contains(&stage.stage))
    }
}
