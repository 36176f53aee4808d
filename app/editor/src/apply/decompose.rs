use std::sync::Arc;
use std::time::Instant;

use engine::{
    DecomposeRequest, Decomposition, Diffusion, EngineError, Event, EventKind, JobId, Stage,
};
use image::RgbaImage;
use session::{Caption, Session, Target, TargetPlacement, Task, result_line};
use words::{decimal, say};

use crate::background::PreparedTarget;
use crate::editor::Editor;
use crate::preview::PreviewStep;
use crate::state::{Job, StageProgress};

impl Editor {
    /// Makes the target's picture ready beside the window, where it has to be made; the job begins when it is.
    pub(super) fn decompose(&mut self, target: Target) {
        let Some(session) = &self.state.session else {
            return;
        };
        if let (Target::Picture, Some(source)) = (target, session.document().source()) {
            let place = TargetPlacement::at(session.document().canvas());
            return self.submit(target, source.shared(), place);
        }
        let (serial, document) = (session.serial, session.document().clone());
        match Task::spawn("target", &self.background.waker, move || {
            target.picture(&document)
        }) {
            Ok(picture) => self.background.targets.push_back(PreparedTarget {
                target,
                document: serial,
                picture,
            }),
            Err(error) => {
                let text = say!("decompose-not-started", error = error.to_string());
                self.state.notifications.error(text);
            }
        }
    }

    pub(super) fn split_selected(&mut self) {
        let session = self.state.session.as_ref();
        for id in session.map(Session::splittable).unwrap_or_default() {
            self.decompose(Target::Layer(id));
        }
    }

    /// Starts the jobs whose pictures are ready, in the order they were asked for. Once a frame.
    pub(crate) fn poll_targets(&mut self) {
        while let Some(first) = self.background.targets.front()
            && let Some(picture) = first.picture.poll()
            && let Some(PreparedTarget {
                target, document, ..
            }) = self.background.targets.pop_front()
        {
            let is_open = |session: &&Session| session.serial == document;
            if self.state.session.as_ref().filter(is_open).is_none() {
                continue;
            }
            if let Ok(Some((picture, place))) = picture {
                self.submit(target, picture, place);
            }
        }
    }

    fn submit(&mut self, target: Target, picture: Arc<RgbaImage>, place: TargetPlacement) {
        let Some(session) = &self.state.session else {
            return;
        };
        let request = DecomposeRequest {
            // What is unfinished of a layer does not show the picture.
            previews: !target.is_layer(),
            ..self.request_of(picture)
        };
        let diffusion = &request.diffusion;
        let captions_in =
            (diffusion.wants_caption() && !target.is_layer()).then_some(diffusion.caption_language);
        let name = match target {
            Target::Picture | Target::Canvas => session.name.clone(),
            Target::Layer(id) => match session.document().layer(id) {
                Some(layer) => layer.name.clone(),
                None => return,
            },
        };
        let document = session.serial;
        match self.background.engine.submit(request) {
            Ok(id) => self.state.jobs.push_back(Job {
                id,
                target,
                place,
                name,
                document,
                started: Instant::now(),
                backend: None,
                stages: Vec::new(),
                cancelling: false,
                captions_in,
                caption: None,
                plan: None,
                preview: None,
            }),
            Err(error) => self.state.notifications.error(error.to_string()),
        }
    }

    /// As the panel is set.
    pub(super) fn request_of(&self, source: Arc<RgbaImage>) -> DecomposeRequest {
        DecomposeRequest {
            source,
            previews: true,
            diffusion: Diffusion {
                loras: self.state.loras(),
                ..self.state.request.diffusion.clone()
            },
            ..self.state.request.clone()
        }
    }

    pub(super) fn cancel_job(&mut self, id: JobId) {
        if let Some(job) = self.state.jobs.iter_mut().find(|job| job.id == id) {
            job.cancelling = true;
            job.preview = None;
            self.background.engine.cancel(id);
        }
    }

    /// The document that the jobs were for is about to go.
    pub(super) fn abandon_decomposition(&mut self, now: f64) {
        self.background.targets.clear();
        let jobs = std::mem::take(&mut self.state.jobs);
        for job in &jobs {
            self.background.engine.cancel(job.id);
        }
        if !jobs.is_empty() {
            self.background.previews.clear();
            self.state
                .notifications
                .info(now, say!("decompose-picture-closed"));
        }
    }

    /// Takes what the engine has sent. Once a frame.
    pub(crate) fn poll_engine(&mut self, ctx: &egui::Context) {
        let events: Vec<Event> = self.background.events.try_iter().collect();
        for event in events {
            self.take_event(ctx, event);
        }
        let preview = self.background.previews.poll(ctx, &self.background.waker);
        if let Some(preview) = preview
            && let Some(job) = self.job_mut(preview.moment.job)
        {
            job.preview = Some(preview);
        }
    }

    fn take_event(&mut self, ctx: &egui::Context, event: Event) {
        if matches!(
            event.kind,
            EventKind::Finished(_) | EventKind::Model(_) | EventKind::Joined
        ) {
            self.state.backends = self.background.engine.backends();
            self.doubt_estimate();
        }
        if matches!(event.kind, EventKind::Planned(_)) {
            self.doubt_estimate();
        }
        match event.kind {
            EventKind::Model(result) => self.model_command_done(ctx, event.job, result),
            EventKind::Estimated(answer) => self.estimate_answered(event.job, answer),
            EventKind::Joined => self.guests_joined(ctx, event.job),
            kind => self.take_event_of_job(ctx, event.job, kind),
        }
    }

    fn take_event_of_job(&mut self, ctx: &egui::Context, id: JobId, kind: EventKind) {
        let Some(job) = self.job_mut(id) else {
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
            EventKind::Planned(plan) => job.plan = Some(plan),
            EventKind::Caption(text) => job.caption = Some(text),
            EventKind::Preview { layers } if !job.cancelling => {
                let moment = job.moment();
                let to_srgb = self.state.screen.to_srgb().cloned();
                self.background.previews.push(moment, layers, to_srgb);
            }
            // Notes stand in the summary at the end.
            EventKind::Preview { .. }
            | EventKind::Note(_)
            | EventKind::Model(_)
            | EventKind::Estimated(_)
            | EventKind::Joined => {}
            EventKind::Finished(result) => {
                self.background.previews.clear();
                self.finish_decomposition(ctx, id, result);
                return;
            }
        }
        self.keep_caption(id);
    }

    fn job_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.state.jobs.iter_mut().find(|job| job.id == id)
    }

    /// Once the model is past writing, what it wrote is the picture's.
    fn keep_caption(&mut self, id: JobId) {
        let mut jobs = self.state.jobs.iter_mut();
        let Some(job) = jobs.find(|job| job.id == id && job.is_past_caption()) else {
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
        id: JobId,
        result: Result<Box<Decomposition>, EngineError>,
    ) {
        let index = self.state.jobs.iter().position(|job| job.id == id);
        let Some(job) = index.and_then(|index| self.state.jobs.remove(index)) else {
            return;
        };
        let now = ctx.input(|input| input.time);
        match result {
            Ok(decomposition) => {
                self.keep_run(&decomposition);
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
                session.add_run(&decomposition.report);
                let summary = result_line(&decomposition.report, decomposition.layers.len());
                let seconds = job.started.elapsed().as_secs_f64();
                if let Target::Layer(layer) = job.target {
                    if decomposition.layers.len() < 2 {
                        let text = say!("split-one-thing", layer = job.name);
                        return self.state.notifications.info(now, text);
                    }
                    if !session.split_layer(layer, *decomposition, job.place) {
                        let text = say!("split-gone", layer = job.name);
                        return self.state.notifications.info(now, text);
                    }
                } else {
                    session.replace_layers(*decomposition, job.place);
                }
                let text = say!(
                    "decompose-done",
                    summary = summary,
                    seconds = decimal(seconds, 1)
                );
                self.state.notifications.success(now, text);
            }
            Err(EngineError::Cancelled) => {
                self.state
                    .notifications
                    .info(now, say!("decompose-cancelled"));
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
    fn moment(&self) -> PreviewStep {
        let denoise = self
            .stages
            .iter()
            .find(|stage| stage.stage == Stage::Denoise);
        PreviewStep {
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
