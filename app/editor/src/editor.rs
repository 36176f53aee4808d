use std::collections::VecDeque;
use std::sync::Arc;

use canvas::{Canvas, Compare};
use egui::{CentralPanel, Frame, Margin, Panel, Ui, ViewportCommand};
use engine::DecomposeRequest;
use image::RgbaImage;
use session::{Autosaving, Intent, OpenSource};
use words::say;

use crate::background::Background;
use crate::command::Commands;
use crate::modals::Modals;
use crate::models::Models;
use crate::notifications::Notifications;
use crate::panels::{
    Center, LayersPanel, PropertiesPanel, decompose_ui, notifications_ui, status_bar_ui, top_bar_ui,
};
use crate::screen::Screen;
use crate::server::Server;
use crate::start::{EditorOptions, StartError};
use crate::state::{
    AppContext, EstimateStatus, FidelityStatus, ModelWork, Runs, State, ViewStatus,
};
use crate::theme::{self, Tokens};
use crate::thumbnails::Thumbnails;
use crate::{keyboard, window};

/// The window's content. Constructed by [`crate::run`], or by a test in a window of its own.
pub struct Editor {
    pub(crate) state: State,
    pub(crate) commands: Commands,
    pub(crate) background: Background,
    pub(crate) center: Center,
    pub(crate) layers: LayersPanel,
    pub(crate) modals: Modals,
    /// Seconds on the window's clock at which a burst of nudges is over.
    pub(crate) nudge_ends: Option<f64>,
    /// Of the document opened last.
    pub(crate) serial: u64,
    /// The user has agreed to close.
    pub(crate) quitting: bool,
    properties: PropertiesPanel,
    thumbnails: Thumbnails,
    pointer_was_up: bool,
    title: String,
}

impl Editor {
    pub fn new(
        cc: &eframe::CreationContext<'_>,
        options: EditorOptions,
    ) -> Result<Self, StartError> {
        let ctx = &cc.egui_ctx;
        theme::install_fonts(ctx);
        theme::apply(ctx);
        window::keep_on_screen(cc);
        theme::choose(ctx, options.settings.get().theme);
        let autosave = Autosaving::new(options.unsaved_folder, options.autosave_seconds);
        let background = Background::start(
            ctx,
            options.backends,
            options.dialogs,
            options.clipboard,
            autosave,
        )?;
        let backends = background.engine.backends();
        let mut request = DecomposeRequest::new(Arc::new(RgbaImage::default()));
        // Set last, the preferred backend's defaults win.
        for backend in backends.iter().rev() {
            backend.controls.set_defaults(&mut request);
        }
        let state = State {
            session: None,
            screen: Screen::default(),
            backends,
            request,
            jobs: VecDeque::new(),
            model: ModelWork::default(),
            models: Models::default(),
            server: Server::default(),
            runs: Runs::default(),
            estimate: EstimateStatus::default(),
            settings: options.settings,
            languages: options.languages,
            takes_drops: options.takes_drops,
            preview_hidden: false,
            compare: Compare::After,
            fidelity: FidelityStatus::default(),
            source_button: false,
            source_key: false,
            notifications: Notifications::default(),
            opening: None,
            export: None,
            save: None,
            view: ViewStatus::default(),
        };
        let mut editor = Self {
            state,
            commands: Commands::default(),
            background,
            center: Center::new(Canvas::new(cc.wgpu_render_state.as_ref())),
            layers: LayersPanel::default(),
            modals: Modals::default(),
            nudge_ends: None,
            serial: 0,
            quitting: false,
            properties: PropertiesPanel::default(),
            thumbnails: Thumbnails::spawn(ctx)?,
            pointer_was_up: true,
            title: String::new(),
        };
        editor.background.autosave.search(&editor.background.waker);
        editor.background.library.set(options.library);
        editor.look_for_models();
        editor.background.server.servers = options.servers;
        editor.connect_again();
        editor.state.runs.is_kept = options.record.is_some();
        editor.background.runs.record = options.record;
        if let Some(path) = options.open {
            editor.open(OpenSource::File(path));
        }
        Ok(editor)
    }

    /// The open document, for tests.
    pub fn document(&self) -> Option<&document::Document> {
        self.state
            .session
            .as_ref()
            .map(|session| session.document())
    }

    /// Of the window, for tests.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// True while something is under way in the background.
    pub fn is_busy(&self) -> bool {
        !self.state.jobs.is_empty()
            || !self.background.targets.is_empty()
            || self.background.fidelity.is_some()
            || self.background.opening.is_some()
            || self.background.export.is_some()
            || self.background.save.is_some()
            || self.background.autosave.is_busy()
            || self.background.dialog.is_some()
            || self.state.model.running.is_some()
            || self.background.library.is_busy()
            || self.background.server.is_busy()
            || self.background.runs.is_busy()
            || self.state.estimate.waits_for.is_some()
            || self.state.settings.is_busy()
            || self.center.canvas().is_loading()
    }

    fn poll(&mut self, ctx: &egui::Context) {
        self.poll_opening(ctx);
        self.poll_dialog(ctx);
        self.poll_export(ctx);
        self.poll_save(ctx);
        self.poll_autosave(ctx);
        self.poll_targets();
        self.poll_server();
        self.poll_runs();
        self.poll_engine(ctx);
        self.poll_models(ctx);
        self.ask_estimate();
        self.measure_fidelity();
        self.remember(ctx);
        self.end_nudges(ctx);
        self.end_orphaned_gesture(ctx);
        if let Some(seconds) = self
            .state
            .notifications
            .expire(ctx.input(|input| input.time))
        {
            ctx.request_repaint_after_secs(seconds as f32);
        }
        let session = self.state.session.as_ref();
        let document = session.map(|session| session.document());
        self.state.screen.update(document);
        self.thumbnails
            .update(ctx, document, self.state.screen.to_srgb());
    }

    /// Shows what was chosen, notes where the window is, writes what is new.
    fn remember(&mut self, ctx: &egui::Context) {
        theme::choose(ctx, self.state.settings.get().theme);
        let now = ctx.input(|input| input.time);
        let before = self.state.settings.get().window;
        if let Some(place) = window::place_of(ctx, before) {
            let settings = &mut self.state.settings;
            settings.change(now, |settings| settings.window = Some(place));
        }
        if let Some(problem) = self.state.settings.poll(now, &self.background.waker) {
            self.state.notifications.error(problem.to_string());
        }
    }

    fn read_drops(&mut self, ctx: &egui::Context) {
        let mut files = keyboard::dropped_files(ctx).into_iter();
        if let Some(first) = files.next() {
            self.open(first);
        }
        if files.next().is_some() {
            let now = ctx.input(|input| input.time);
            self.state.notifications.info(now, say!("open-only-first"));
        }
    }

    /// A widget that went away while it was held cannot close its undo step.
    fn end_orphaned_gesture(&mut self, ctx: &egui::Context) {
        let up = !ctx.input(|input| input.pointer.any_down());
        if up
            && self.pointer_was_up
            && self.nudge_ends.is_none()
            && let Some(session) = &mut self.state.session
        {
            session.end_gesture();
        }
        self.pointer_was_up = up;
    }

    fn guard_close(&mut self, ctx: &egui::Context) {
        let asked = ctx.input(|input| input.viewport().close_requested());
        if asked && !self.quitting && self.has_unsaved_work() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.may_lose_work(ctx, Intent::Quit);
        }
    }

    fn update_title(&mut self, ctx: &egui::Context) {
        let title = match &self.state.session {
            Some(session) if session.is_unsaved() => {
                say!("window-title".unsaved, document = session.name)
            }
            Some(session) => say!("window-title", document = session.name),
            None => say!("window-name").to_owned(),
        };
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

impl eframe::App for Editor {
    /// A window that the user closed leaves nothing to recover.
    fn on_exit(&mut self) {
        self.background.autosave.discard();
    }

    fn raw_input_hook(&mut self, ctx: &egui::Context, input: &mut egui::RawInput) {
        keyboard::read_clipboard_keys(ctx, &mut input.events);
    }

    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        for command in self.commands.drain() {
            self.apply(ctx, command);
        }
        self.poll(ctx);
        self.guard_close(ctx);
        self.state.source_key = !self.modals.is_open() && keyboard::source_key(ctx);
        if !self.modals.is_open() {
            self.read_drops(ctx);
            keyboard::read_input(ctx, &self.state, &self.commands);
        }
        for command in self.commands.drain() {
            self.apply(ctx, command);
        }
        self.update_title(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let tokens = Tokens::of(ui.ctx());
        let canvas = self.center.canvas();
        self.state.view = ViewStatus {
            zoom: canvas.zoom(),
            pointer: canvas.pointer(),
        };
        let cx = AppContext {
            state: &self.state,
            commands: &self.commands,
            tokens,
        };
        let bar = Frame::new()
            .fill(tokens.bar)
            .inner_margin(Margin::symmetric(8, 4));
        let side = Frame::new()
            .fill(tokens.panel)
            .inner_margin(Margin::same(theme::PANEL_MARGIN));

        Panel::top("top bar")
            .frame(bar)
            .exact_size(theme::BAR_HEIGHT)
            .show(ui, |ui| top_bar_ui(ui, &cx));
        let status = bar.inner_margin(Margin::symmetric(12, 0));
        Panel::bottom("status bar")
            .frame(status)
            .exact_size(theme::STATUS_HEIGHT)
            .show(ui, |ui| status_bar_ui(ui, &cx));
        Panel::left("decompose")
            .frame(side)
            .exact_size(theme::LEFT_PANEL_WIDTH)
            .resizable(false)
            .show(ui, |ui| decompose_ui(ui, &cx));
        Panel::right("layers and properties")
            .frame(side.inner_margin(Margin::ZERO))
            .exact_size(theme::RIGHT_PANEL_WIDTH)
            .resizable(false)
            .show(ui, |ui| {
                Panel::bottom("properties")
                    .frame(side)
                    .exact_size(theme::PROPERTIES_HEIGHT)
                    .resizable(false)
                    .show(ui, |ui| self.properties.ui(ui, &cx));
                CentralPanel::no_frame()
                    .frame(side)
                    .show(ui, |ui| self.layers.ui(ui, &cx, &self.thumbnails));
            });
        let center = CentralPanel::no_frame()
            .show(ui, |ui| self.center.ui(ui, &cx))
            .response
            .rect;
        notifications_ui(ui, &cx, center);
        self.modals.ui(ui, &cx);
        if !self.commands.is_empty() {
            // They are applied at the start of the next frame.
            ui.ctx().request_repaint();
        }
    }
}
