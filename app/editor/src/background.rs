use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Receiver;
use document::Fidelity;
use engine::{Backend, Engine, EngineError, Event};
use image::RgbaImage;
use project::ExportFormat;
use session::{
    Autosaving, Baseline, Clipboard, ExportTask, Intent, OpenSource, OpenedDocument, RunRecord,
    SaveTask, Target, TargetPlacement, Task, Wake, Waker,
};
use words::say;

use crate::desktop::{DialogError, FileDialogs};
use crate::models::LibraryTasks;
use crate::preview::Previews;
use crate::question::{ExportQuestion, PathQuestion};
use crate::server::{ServerQuestion, ServerTasks};

/// Everything that runs beside the window. Asked once a frame for what is finished.
pub struct Background {
    pub engine: Engine,
    pub events: Receiver<Event>,
    dialogs: Arc<dyn FileDialogs>,
    pub clipboard: Arc<dyn Clipboard>,
    pub opening: Option<Task<Result<OpenedDocument, String>>>,
    pub export: Option<ExportTask>,
    pub save: Option<SaveTask>,
    pub autosave: Autosaving,
    /// A file dialog that is open.
    pub dialog: Option<Task<Answer>>,
    pub previews: Previews,
    /// What is to be decomposed, in the order it was asked for.
    pub targets: VecDeque<PreparedTarget>,
    pub fidelity: Option<Task<Option<Fidelity>>>,
    pub library: LibraryTasks,
    pub server: ServerTasks,
    pub runs: RunTasks,
    pub waker: Waker,
}

/// Has the window draw its next frame, in which it asks for what is finished.
struct Repaint(egui::Context);

impl Wake for Repaint {
    fn wake(&self) {
        self.0.request_repaint();
    }

    fn wake_after_secs(&self, seconds: f64) {
        self.0.request_repaint_after_secs(seconds as f32);
    }
}

/// What is done about the record of runs.
#[derive(Default)]
pub struct RunTasks {
    pub record: Option<Arc<dyn RunRecord>>,
    pub reading: Option<Task<Result<Vec<Baseline>, String>>>,
    pub keeping: Option<Task<Result<(), String>>>,
}

impl RunTasks {
    pub fn is_busy(&self) -> bool {
        self.reading.is_some() || self.keeping.is_some()
    }
}

/// A decomposition whose picture is being made.
pub struct PreparedTarget {
    pub target: Target,
    /// By serial.
    pub document: u64,
    pub picture: Task<Option<(Arc<RgbaImage>, TargetPlacement)>>,
}

/// What the user chose in a file dialog.
pub enum Answer {
    Open(Result<Option<PathBuf>, DialogError>),
    Export(ExportQuestion, Result<Option<PathBuf>, DialogError>),
    /// And what goes on once the project is saved.
    Save(Option<Intent>, Result<Option<PathBuf>, DialogError>),
    Model(PathQuestion, Result<Option<PathBuf>, DialogError>),
    Token(ServerQuestion, Result<Option<PathBuf>, DialogError>),
}

impl Background {
    pub fn start(
        ctx: &egui::Context,
        backends: Vec<Box<dyn Backend>>,
        dialogs: Box<dyn FileDialogs>,
        clipboard: Arc<dyn Clipboard>,
        autosave: Autosaving,
    ) -> Result<Self, EngineError> {
        let waker: Waker = Arc::new(Repaint(ctx.clone()));
        let wakes = Arc::clone(&waker);
        let engine = Engine::spawn(backends, move || wakes.wake())?;
        Ok(Self {
            events: engine.subscribe(),
            engine,
            dialogs: Arc::from(dialogs),
            clipboard,
            opening: None,
            export: None,
            save: None,
            autosave,
            dialog: None,
            previews: Previews::default(),
            targets: VecDeque::new(),
            fidelity: None,
            library: LibraryTasks::default(),
            server: ServerTasks::default(),
            runs: RunTasks::default(),
            waker,
        })
    }

    /// A picture that was still being opened is forgotten.
    pub fn open(&mut self, source: OpenSource) -> io::Result<()> {
        self.opening = Some(Task::spawn("open", &self.waker, move || source.load())?);
        Ok(())
    }

    pub fn ask_open(&mut self, folder: Option<PathBuf>) -> io::Result<()> {
        self.ask(move |dialogs| Answer::Open(dialogs.open_picture(folder.as_deref())))
    }

    pub fn ask_export(&mut self, question: ExportQuestion) -> io::Result<()> {
        self.ask(move |dialogs| {
            let path = &question.plan.path;
            let answer = match question.plan.format {
                ExportFormat::PngLayers => {
                    dialogs.pick_folder(say!("export-title".folder), path.parent())
                }
                _ => dialogs.save_file(say!("export-title"), path),
            };
            Answer::Export(question, answer)
        })
    }

    pub fn ask_save(&mut self, suggested: PathBuf, then: Option<Intent>) -> io::Result<()> {
        self.ask(move |dialogs| {
            Answer::Save(then, dialogs.save_file(say!("save-title"), &suggested))
        })
    }

    pub fn ask_model(&mut self, asked: PathQuestion, folder: Option<PathBuf>) -> io::Result<()> {
        self.ask(move |dialogs| {
            let (title, folder) = (asked.title(), folder.as_deref());
            let answer = match asked {
                PathQuestion::ModelFolder | PathQuestion::ComfyUi => {
                    dialogs.pick_folder(&title, folder)
                }
                PathQuestion::File(_) => dialogs.pick_weights(&title, folder),
            };
            Answer::Model(asked, answer)
        })
    }

    pub fn ask_token(&mut self, question: ServerQuestion) -> io::Result<()> {
        self.ask(move |dialogs| {
            let answer = dialogs.pick_file(say!("server-choose-token"));
            Answer::Token(question, answer)
        })
    }

    fn ask(
        &mut self,
        question: impl FnOnce(&dyn FileDialogs) -> Answer + Send + 'static,
    ) -> io::Result<()> {
        // One dialog at a time; the desktop shows it above the window.
        if self.dialog.is_none() {
            let dialogs = Arc::clone(&self.dialogs);
            self.dialog = Some(Task::spawn("dialog", &self.waker, move || {
                question(dialogs.as_ref())
            })?);
        }
        Ok(())
    }
}
