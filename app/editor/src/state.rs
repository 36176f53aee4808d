//! What the panels read.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

use canvas::Compare;
use document::Fidelity;
use engine::{
    BackendChoice, BackendStatus, CaptionLanguage, DecomposeRequest, EngineError, Estimate, JobId,
    Lora, ModelCommand, ModelStatus, RunPlan, Stage,
};
use project::ExportFormat;
use session::{Baseline, ExportPlan, Session, SettingsStore, Target, TargetPlacement, ThemeChoice};
use words::Languages;

use crate::action::{Action, FileAction, HelpAction, JobAction, LayersAction, ViewAction};
use crate::command::Commands;
use crate::models::Models;
use crate::notifications::Notifications;
use crate::preview::Preview;
use crate::screen::Screen;
use crate::server::Server;
use crate::theme::Tokens;

pub struct State {
    pub session: Option<Session>,
    pub screen: Screen,
    pub backends: Vec<BackendStatus>,
    /// What the Decompose panel is set to; the source is filled in when a job starts.
    pub request: DecomposeRequest,
    /// The first one runs, the others wait.
    pub jobs: VecDeque<Job>,
    pub model: ModelWork,
    pub models: Models,
    pub server: Server,
    pub runs: Runs,
    pub estimate: EstimateStatus,
    /// The user wants to see the layers as they are, not the unfinished ones.
    pub preview_hidden: bool,
    pub compare: Compare,
    /// The source shows for as long as its button or its key is held.
    pub source_button: bool,
    pub source_key: bool,
    pub fidelity: FidelityStatus,
    pub notifications: Notifications,
    /// Name of the picture that is being opened.
    pub opening: Option<String>,
    pub export: Option<WritingStatus>,
    pub save: Option<WritingStatus>,
    pub settings: SettingsStore,
    pub languages: Languages,
    /// Files that are dropped on the window reach it.
    pub takes_drops: bool,
    pub view: ViewStatus,
}

/// A decomposition that waits or runs.
pub struct Job {
    pub id: JobId,
    pub target: Target,
    /// Where the decomposed pixels lay when the job was submitted.
    pub place: TargetPlacement,
    /// Of the layer or the file.
    pub name: String,
    /// The document it was started for, by serial.
    pub document: u64,
    pub started: Instant,
    pub backend: Option<BackendStatus>,
    /// In the order they began; the last one runs.
    pub stages: Vec<StageProgress>,
    pub cancelling: bool,
    /// The language of the caption that the backend is to write; `None` where the user has given a prompt.
    pub captions_in: Option<CaptionLanguage>,
    /// What it has written so far.
    pub caption: Option<String>,
    /// How it runs.
    pub plan: Option<RunPlan>,
    /// The latest look at the unfinished layers.
    pub preview: Option<Preview>,
}

/// What a job as the panel is set would take.
#[derive(Default)]
pub struct EstimateStatus {
    /// The request that was estimated last.
    pub request: Option<DecomposeRequest>,
    pub waits_for: Option<JobId>,
    pub answer: Option<Result<Estimate, EngineError>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageProgress {
    pub stage: Stage,
    pub step: u32,
    pub steps: u32,
    pub left: Option<Duration>,
    /// Since the job left the queue: when the stage began, and when it was reported last.
    pub began: Duration,
    pub reached: Duration,
}

/// How near the layers come to the source, while that is shown.
#[derive(Default)]
pub struct FidelityStatus {
    /// Serial and revision of the document it was asked of last.
    pub asked: Option<(u64, u64)>,
    /// The last result; an inner `None` says that there is nothing to compare.
    pub answer: Option<Option<Fidelity>>,
}

/// The record of earlier runs: nothing until it was asked for and is there.
#[derive(Default)]
pub struct Runs {
    /// Whether there is a record.
    pub is_kept: bool,
    pub baselines: Option<Result<Vec<Baseline>, String>>,
}

/// What the user has asked for of a backend's model.
#[derive(Default)]
pub struct ModelWork {
    /// The command that was sent last, until it is done.
    pub running: Option<(JobId, ModelCommand)>,
    /// Why the model chosen last cannot be used.
    pub error: Option<String>,
}

/// A file that is being written.
pub struct WritingStatus {
    pub name: String,
    /// 0 to 1.
    pub share: f32,
}

/// What the canvas showed in the last frame, for the status bar.
#[derive(Default)]
pub struct ViewStatus {
    pub zoom: f32,
    pub pointer: Option<glam::DVec2>,
}

/// What a panel gets: the state to read, and where to send commands.
#[derive(Clone, Copy)]
pub struct AppContext<'a> {
    pub state: &'a State,
    pub commands: &'a Commands,
    pub tokens: &'a Tokens,
}

impl WritingStatus {
    pub fn new(path: &Path, share: f32) -> Self {
        let name = path.file_name().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            share,
        }
    }
}

impl State {
    /// The backend that a job would run on now.
    pub fn chosen_backend(&self) -> Option<&BackendStatus> {
        match &self.request.backend {
            BackendChoice::Auto => self.backends.iter().find(|backend| backend.ready),
            BackendChoice::Named(id) => self
                .backends
                .iter()
                .find(|backend| backend.backend.id == *id),
        }
    }

    /// The model of the backend that a job would run on, or of the first that has one.
    pub fn model(&self) -> Option<(&BackendStatus, &ModelStatus)> {
        let chosen = self.chosen_backend().into_iter();
        let mut backends = chosen.chain(&self.backends);
        backends.find_map(|backend| Some((backend, backend.model.as_ref()?)))
    }

    /// Those that are switched on, where the backend heeds any.
    pub fn loras(&self) -> Vec<Lora> {
        let chosen = self.chosen_backend();
        let heeds = chosen.is_some_and(|status| status.controls.loras.is_some());
        let listed = self.settings.get().loras.iter();
        let on = listed.filter(|listed| heeds && listed.on);
        on.map(|listed| listed.lora.clone()).collect()
    }

    /// What the backend wrote of the open picture, in the language that is chosen.
    pub fn caption(&self) -> Option<&str> {
        let caption = self.session.as_ref()?.caption.as_ref()?;
        let shows = caption.shown && caption.language == self.request.diffusion.caption_language;
        shows.then_some(caption.text.as_str())
    }

    /// The unfinished layers, when they are to be seen.
    pub fn shown_preview(&self) -> Option<&Preview> {
        let job = self.job().filter(|_| !self.preview_hidden)?;
        job.preview.as_ref()
    }

    /// Where the last export went that was not beside its picture, or beside the picture.
    pub fn suggested_export(&self, session: &Session, format: ExportFormat) -> ExportPlan {
        let folder = self.settings.get().export_folder.as_deref();
        ExportPlan::suggested(folder.or(session.folder()), &session.name, format)
    }

    /// Whether an action has something to act on. Menus, buttons and keys ask here.
    pub fn can(&self, action: impl Into<Action>) -> bool {
        match action.into() {
            Action::File(action) => self.can_do_with_files(action),
            Action::Layers(action) => {
                let session = self.session.as_ref();
                session.is_some_and(|session| can_edit(session, action))
            }
            Action::Job(action) => self.can_decompose(action),
            Action::View(action) => self.can_view(action),
            Action::Help(HelpAction::History) => self.runs.is_kept,
            Action::Help(HelpAction::Shortcuts | HelpAction::About) => true,
        }
    }

    fn can_do_with_files(&self, action: FileAction) -> bool {
        match action {
            FileAction::Open | FileAction::Paste | FileAction::Quit => true,
            FileAction::Save | FileAction::SaveAs => self.session.is_some() && self.save.is_none(),
            FileAction::ExportPsd | FileAction::ExportPngs | FileAction::ExportFlattened => {
                self.session.is_some() && self.export.is_none()
            }
        }
    }

    fn can_decompose(&self, action: JobAction) -> bool {
        let is_free = self.jobs.is_empty() && self.can_run();
        match action {
            JobAction::Decompose => is_free && (self.source().is_some() || self.has_layers()),
            JobAction::DecomposeCanvas => is_free && self.has_layers(),
            JobAction::Split => {
                let session = self.session.as_ref();
                self.can_run() && session.is_some_and(|session| !session.splittable().is_empty())
            }
            JobAction::CancelDecompose => self.job().is_some_and(|job| !job.cancelling),
        }
    }

    fn can_view(&self, action: ViewAction) -> bool {
        match action {
            ViewAction::Fit | ViewAction::ActualSize | ViewAction::ZoomIn | ViewAction::ZoomOut => {
                self.session.is_some()
            }
            ViewAction::CompareSplit | ViewAction::CompareBefore | ViewAction::Difference => {
                self.source().is_some()
            }
            ViewAction::ThemeSystem | ViewAction::ThemeLight | ViewAction::ThemeDark => true,
        }
    }

    /// Whether a switch is on, or a choice is the present one.
    pub fn is_on(&self, action: impl Into<Action>) -> bool {
        let theme = self.settings.get().theme;
        match action.into() {
            Action::View(action) => match action {
                ViewAction::CompareSplit => matches!(self.compare, Compare::Split(_)),
                ViewAction::Difference => self.compare == Compare::Difference,
                ViewAction::ThemeSystem => matches!(theme, None | Some(ThemeChoice::System)),
                ViewAction::ThemeLight => theme == Some(ThemeChoice::Light),
                ViewAction::ThemeDark => theme == Some(ThemeChoice::Dark),
                ViewAction::Fit
                | ViewAction::ActualSize
                | ViewAction::ZoomIn
                | ViewAction::ZoomOut
                | ViewAction::CompareBefore => false,
            },
            Action::File(_) | Action::Layers(_) | Action::Job(_) | Action::Help(_) => false,
        }
    }

    /// The job that runs, or is about to.
    pub fn job(&self) -> Option<&Job> {
        self.jobs.front()
    }

    fn can_run(&self) -> bool {
        self.chosen_backend().is_some_and(|backend| backend.ready)
    }

    fn has_layers(&self) -> bool {
        let session = self.session.as_ref();
        session.is_some_and(|session| !session.document().layers().is_empty())
    }

    fn source(&self) -> Option<&document::Pixels> {
        self.session.as_ref()?.document().source()
    }
}

/// Actions on the layers.
fn can_edit(session: &Session, action: LayersAction) -> bool {
    let roots = session.editable_roots();
    match action {
        LayersAction::Undo => session.history().undo_label().is_some(),
        LayersAction::Redo => session.history().redo_label().is_some(),
        LayersAction::SelectAll | LayersAction::SelectAbove | LayersAction::SelectBelow => {
            !session.document().layers().is_empty()
        }
        LayersAction::SelectNone => !session.selection().is_empty(),
        LayersAction::Rename => session
            .only_selected()
            .is_some_and(|layer| !session.is_locked(layer.id)),
        LayersAction::AddText => session.only_selected().is_some_and(|layer| {
            !session.is_locked(layer.id) && layer.as_raster().is_some_and(|r| r.text.is_none())
        }),
        LayersAction::Ungroup => roots.iter().any(|id| session.is_group(*id)),
        LayersAction::FlipHorizontal
        | LayersAction::FlipVertical
        | LayersAction::ResetTransform
        | LayersAction::ResetRecolor => !session.rasters(&roots).is_empty(),
        LayersAction::Duplicate
        | LayersAction::Delete
        | LayersAction::Group
        | LayersAction::BringForward
        | LayersAction::SendBackward
        | LayersAction::BringToFront
        | LayersAction::SendToBack => !roots.is_empty(),
    }
}
