use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Receiver;
use document::Fidelity;
use engine::{Backend, Engine, EngineError, Event};
use image::RgbaImage;
use project::ExportFormat;

use crate::autosaving::Autosaving;
use crate::clipboard::Clipboard;
use crate::dialogs::{DialogError, FileDialogs};
use crate::export_task::ExportTask;
use crate::intent::Intent;
use crate::models::LibraryTasks;
use crate::open_task::{OpenSource, Opened};
use crate::preview::Previews;
use crate::question::{Asked, ExportQuestion};
use crate::runs::RunTasks;
use crate::save_task::SaveTask;
use crate::server::{ServerQuestion, ServerTasks};
use crate::target::{Placement, Target};
use crate::task::Task;

/// Everything that runs beside the window. Asked once a frame for what is finished.
pub struct Background {
    pub engine: Engine,
    pub events: Receiver<Event>,
    dialogs: Arc<dyn FileDialogs>,
    pub clipboard: Arc<dyn Clipboard>,
    pub opening: Option<Task<Result<Opened, String>>>,
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
}

/// A decomposition whose picture is being made.
pub struct PreparedTarget {
    pub target: Target,
    /// By serial.
    pub document: u64,
    pub picture: Task<Option<(Arc<RgbaImage>, Placement)>>,
}

/// What the user chose in a file dialog.
pub enum Answer {
    Open(Result<Option<PathBuf>, DialogError>),
    Export(ExportQuestion, Result<Option<PathBuf>, DialogError>),
    /// And what goes on once the project is saved.
    Save(Option<Intent>, Result<Option<PathBuf>, DialogError>),
    Model(Asked, Result<Option<PathBuf>, DialogError>),
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
        let wake = ctx.clone();
        let engine = Engine::spawn(backends, move || wake.request_repaint())?;
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
        })
    }

    /// A picture that was still being opened is forgotten.
    pub fn open(&mut self, ctx: &egui::Context, source: OpenSource) -> io::Result<()> {
        self.opening = Some(Task::spawn("open", ctx, move || source.load())?);
        Ok(())
    }

    pub fn ask_open(&mut self, ctx: &egui::Context, folder: Option<PathBuf>) -> io::Result<()> {
        self.ask(ctx, move |dialogs| {
            Answer::Open(dialogs.open_picture(folder.as_deref()))
        })
    }

    pub fn ask_export(&mut self, ctx: &egui::Context, question: ExportQuestion) -> io::Result<()> {
        self.ask(ctx, move |dialogs| {
            let path = &question.plan.path;
            let answer = match question.plan.format {
                ExportFormat::PngLayers => {
                    dialogs.pick_folder("Export into a folder", path.parent())
                }
                _ => dialogs.save_file("Export", path),
            };
            Answer::Export(question, answer)
        })
    }

    pub fn ask_save(
        &mut self,
        ctx: &egui::Context,
        suggested: PathBuf,
        then: Option<Intent>,
    ) -> io::Result<()> {
        self.ask(ctx, move |dialogs| {
            Answer::Save(then, dialogs.save_file("Save the project", &suggested))
        })
    }

    pub fn ask_model(
        &mut self,
        ctx: &egui::Context,
        asked: Asked,
        folder: Option<PathBuf>,
    ) -> io::Result<()> {
        self.ask(ctx, move |dialogs| {
            let (title, folder) = (asked.title(), folder.as_deref());
            let answer = match asked {
                Asked::ModelFolder | Asked::ComfyUi => dialogs.pick_folder(&title, folder),
                Asked::File(_) => dialogs.pick_weights(&title, folder),
            };
            Answer::Model(asked, answer)
        })
    }

    pub fn ask_token(&mut self, ctx: &egui::Context, question: ServerQuestion) -> io::Result<()> {
        self.ask(ctx, move |dialogs| {
            let answer = dialogs.pick_file("Choose the token's file");
            Answer::Token(question, answer)
        })
    }

    fn ask(
        &mut self,
        ctx: &egui::Context,
        question: impl FnOnce(&dyn FileDialogs) -> Answer + Send + 'static,
    ) -> io::Result<()> {
        // One dialog at a time; the desktop shows it above the window.
        if self.dialog.is_none() {
            let dialogs = Arc::clone(&self.dialogs);
            self.dialog = Some(Task::spawn("dialog", ctx, move || {
                question(dialogs.as_ref())
            })?);
        }
        Ok(())
    }
}
