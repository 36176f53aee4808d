use std::time::Instant;

use engine::{DecomposeRequest, Decomposition, EngineError, Event, EventKind, Stage};

use crate::editor::Editor;
use crate::preview::Moment;
use crate::result::layers_of;
use crate::session::Caption;
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
        let captions_in = request
            .prompt
            .trim()
            .is_empty()
            .then_some(request.caption_language);
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
                    preview: None,
                });
            }
            Err(error) => self.state.notifications.error(error.to_string()),
        }
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
        if let Some(backends) = self.background.engine.changed_backends() {
            self.state.backends = backends;
        }
        let events: Vec<Event> = self.background.engine.events().try_iter().collect();
        for event in events {
            self.take_event(ctx, event);
        }
        self.follow_caption();
        let preview = self.background.previews.poll(ctx);
        if let (Some(preview), Some(job)) = (preview, &mut self.state.job)
            && preview.moment.job == job.id
        {
            job.preview = Some(preview);
        }
    }

    fn take_event(&mut self, ctx: &egui::Context, event: Event) {
        let Some(job) = self.state.job.as_mut().filter(|job| job.id == event.job) else {
            return;
        };
        match event.kind {
            EventKind::Started(backend) => job.backend = Some(backend),
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
            EventKind::Preview(layers) if !job.cancelling => {
                let moment = job.moment();
                self.background.previews.push(moment, layers);
            }
            EventKind::Preview(_) => {}
            EventKind::Finished(result) => {
                self.follow_caption();
                self.background.previews.clear();
                self.finish_decomposition(ctx, result);
            }
        }
    }

    /// Reads what the backend writes of the picture; once it is whole, it is the picture's.
    fn follow_caption(&mut self) {
        let (Some(job), Some(model)) = (&mut self.state.job, &self.background.model) else {
            return;
        };
        let Some(language) = job.captions_in else {
            return;
        };
        let runs_here = job
            .backend
            .as_ref()
            .is_some_and(|status| status.backend == model.backend());
        if !runs_here || !job.has_begun_caption() {
            return;
        }
        job.caption = model.caption();
        if job.is_past_caption() {
            job.captions_in = None;
            let session = self.state.session.as_mut();
            if let (Some(session), Some(text)) = (session, job.caption.clone()) {
                session.caption = Some(Caption {
                    text,
                    language,
                    shown: true,
                });
            }
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

    /// What the model's control says before is of an earlier job.
    fn has_begun_caption(&self) -> bool {
        let has_word = |stage: &StageProgress| stage.stage == Stage::Caption && stage.step > 0;
        self.stages.iter().any(has_word) || self.is_past_caption()
    }

    fn is_past_caption(&self) -> bool {
        let later = [Stage::Encode, Stage::Denoise, Stage::Decode];
        self.stages.iter().any(|stage| later.contains(&stage.stage))
    }
}
