//! A whole editor window without a screen, driven by accessible label.
// Each test file uses its part; helpers of tests may stop at the first fault.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use document::{Bounds, Document, Layer, LayerId};
use editor::{DialogError, Editor, EditorOptions, FileDialogs};
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, Vec2, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use engine::{Backend, Content, Controls, FakeBackend, ModelLayer};
use image::{Rgba, RgbaImage};
use session::{Clipboard, Copied};

pub const CTRL: Modifiers = Modifiers::COMMAND;
pub const SHIFT: Modifiers = Modifiers::SHIFT;
pub const NONE: Modifiers = Modifiers::NONE;

/// Far longer than anything here takes; reached only by a hang.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn all_controls() -> Controls {
    Controls::of_diffusion(16, 4)
}

/// Answers in order; then as if the desktop had no dialogs.
#[derive(Default)]
pub struct ScriptedDialogs(Mutex<VecDeque<Result<Option<PathBuf>, DialogError>>>);

impl ScriptedDialogs {
    pub fn answering(answers: impl IntoIterator<Item = PathBuf>) -> Self {
        Self(Mutex::new(
            answers.into_iter().map(|path| Ok(Some(path))).collect(),
        ))
    }

    fn next(&self) -> Result<Option<PathBuf>, DialogError> {
        self.0
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Err(DialogError::Unavailable))
    }
}

impl FileDialogs for ScriptedDialogs {
    fn open_picture(&self, _folder: Option<&Path>) -> Result<Option<PathBuf>, DialogError> {
        self.next()
    }

    fn save_file(&self, _title: &str, _suggested: &Path) -> Result<Option<PathBuf>, DialogError> {
        self.next()
    }

    fn pick_weights(
        &self,
        _title: &str,
        _folder: Option<&Path>,
    ) -> Result<Option<PathBuf>, DialogError> {
        self.next()
    }

    fn pick_file(&self, _title: &str) -> Result<Option<PathBuf>, DialogError> {
        self.next()
    }

    fn pick_folder(
        &self,
        _title: &str,
        _folder: Option<&Path>,
    ) -> Result<Option<PathBuf>, DialogError> {
        self.next()
    }
}

/// Holds always the same.
#[derive(Debug)]
pub struct ScriptedClipboard(pub Copied);

impl Clipboard for ScriptedClipboard {
    fn read(&self) -> Copied {
        self.0.clone()
    }
}

pub struct Window {
    pub harness: Harness<'static, Editor>,
    pub folder: tempfile::TempDir,
}

impl Window {
    /// With the fake backend and no dialogs.
    pub fn empty() -> Self {
        Self::with(
            vec![Box::new(FakeBackend::new())],
            ScriptedDialogs::default(),
        )
    }

    pub fn with(backends: Vec<Box<dyn Backend>>, dialogs: ScriptedDialogs) -> Self {
        Self::start(EditorOptions {
            dialogs: Box::new(dialogs),
            ..EditorOptions::new(backends)
        })
    }

    pub fn start(options: EditorOptions) -> Self {
        let harness = Harness::builder()
            .with_size(Vec2::new(1440.0, 900.0))
            .with_step_dt(1.0 / 60.0)
            .build_eframe(|cc| Editor::new(cc, options).unwrap());
        Self {
            harness,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A window with a picture of 64 × 48 px, "poster.png", open.
    pub fn with_picture(backend: FakeBackend) -> Self {
        let mut window = Self::with(vec![Box::new(backend)], ScriptedDialogs::default());
        let path = window.picture("poster.png", 64, 48);
        window.drop_file(&path);
        window.settle();
        window
    }

    /// The same after a decomposition into [`stack`]: "Background" beneath one object in the middle.
    pub fn decomposed() -> Self {
        let mut window = Self::with_picture(FakeBackend::new().layers(stack()));
        window.click_button("Decompose");
        window.settle();
        assert_eq!(window.names().len(), 2, "{:?}", window.names());
        window
    }

    /// Writes a picture into the window's folder.
    pub fn picture(&self, name: &str, width: u32, height: u32) -> PathBuf {
        let path = self.folder.path().join(name);
        RgbaImage::from_fn(width, height, |x, y| {
            Rgba([(x * 3) as u8, (y * 5) as u8, 90, 255])
        })
        .save(&path)
        .unwrap();
        path
    }

    pub fn document(&self) -> &Document {
        self.harness.state().document().expect("a document is open")
    }

    /// Names of all layers, front first, as the panel lists them.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .document()
            .walk()
            .map(|(_, layer)| layer.name.clone())
            .collect();
        names.reverse();
        names
    }

    pub fn layer(&self, name: &str) -> &Layer {
        let found = self.document().walk().find(|(_, layer)| layer.name == name);
        found
            .unwrap_or_else(|| panic!("no layer {name} among {:?}", self.names()))
            .1
    }

    pub fn top(&self) -> &Layer {
        self.document().layers().last().unwrap()
    }

    pub fn top_id(&self) -> LayerId {
        self.top().id
    }

    /// Of the topmost layer, in the document.
    pub fn top_bounds(&self) -> Bounds {
        self.document().layer_bounds(self.top_id()).unwrap()
    }

    /// Runs frames until nothing is under way in the background.
    pub fn settle(&mut self) {
        self.until("the background is quiet", |window| {
            !window.harness.state().is_busy()
        });
        self.frames(4);
    }

    pub fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        self.frames(2);
        while !done(self) {
            assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
            sleep(Duration::from_millis(2));
            self.frames(1);
        }
        self.document_is_valid();
    }

    pub fn frames(&mut self, count: usize) {
        self.harness.run_steps(count);
    }

    fn document_is_valid(&self) {
        if let Some(document) = self.harness.state().document() {
            document.validate_invariants().unwrap();
        }
    }

    pub fn click_button(&mut self, label: &str) {
        self.harness
            .get_by_role_and_label(Role::Button, label)
            .click();
        self.frames(4);
        self.document_is_valid();
    }

    pub fn click_button_with(&mut self, label: &str, modifiers: Modifiers) {
        self.harness
            .get_by_role_and_label(Role::Button, label)
            .click_modifiers(modifiers);
        self.frames(4);
    }

    pub fn has_button(&self, label: &str) -> bool {
        self.harness
            .query_by_role_and_label(Role::Button, label)
            .is_some()
    }

    pub fn is_enabled(&self, label: &str) -> bool {
        !self
            .harness
            .get_by_role_and_label(Role::Button, label)
            .accesskit_node()
            .is_disabled()
    }

    pub fn row(&self, name: &str) -> Pos2 {
        self.harness
            .get_by_role_and_label(Role::ListBoxOption, name)
            .rect()
            .center()
    }

    pub fn click_row(&mut self, name: &str, modifiers: Modifiers) {
        self.harness
            .get_by_role_and_label(Role::ListBoxOption, name)
            .click_modifiers(modifiers);
        self.frames(4);
    }

    pub fn open_menu_of_row(&mut self, name: &str) {
        self.harness
            .get_by_role_and_label(Role::ListBoxOption, name)
            .click_secondary();
        self.frames(4);
    }

    pub fn click_menu_item(&mut self, label: &str) {
        self.harness
            .get_by_role_and_label(Role::MenuItem, label)
            .click();
        self.frames(4);
    }

    pub fn has_row(&self, name: &str) -> bool {
        self.harness
            .query_by_role_and_label(Role::ListBoxOption, name)
            .is_some()
    }

    pub fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.frames(3);
        self.document_is_valid();
    }

    pub fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.frames(2);
    }

    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.frames(2);
        self.harness.drag_at(from);
        self.frames(2);
        for step in 1..=4 {
            self.harness.hover_at(from.lerp(to, step as f32 / 4.0));
            self.frames(2);
        }
        self.harness.drop_at(to);
        self.frames(4);
        self.document_is_valid();
    }

    /// Middle of the canvas, where a newly opened picture's middle is.
    pub fn canvas_center(&self) -> Pos2 {
        self.harness
            .get_by_role_and_label(Role::Canvas, "Canvas")
            .rect()
            .center()
    }

    pub fn drop_file(&mut self, path: &Path) {
        self.harness
            .input_mut()
            .dropped_files
            .push(std::sync::Arc::new(Dropped(path.to_owned())));
        self.frames(1);
    }

    /// Asks the window to close, as its frame's button does. Returns whether it may.
    pub fn close(&mut self) -> bool {
        let viewport = self
            .harness
            .input_mut()
            .viewports
            .entry(ViewportId::ROOT)
            .or_default();
        viewport.events.push(ViewportEvent::Close);
        self.harness.step();
        let cancelled = self.sent(|command| matches!(command, ViewportCommand::CancelClose));
        self.frames(2);
        !cancelled
    }

    /// Gives an answer after which the window is to close, and waits until it does.
    pub fn close_by(&mut self, button: &str) {
        self.harness
            .get_by_role_and_label(Role::Button, button)
            .click();
        self.frames(1);
        let start = Instant::now();
        while !self.sent(|command| matches!(command, ViewportCommand::Close)) {
            assert!(start.elapsed() < PATIENCE, "the window stays open");
            sleep(Duration::from_millis(2));
            self.frames(1);
        }
    }

    pub fn title(&self) -> String {
        self.harness.state().title().to_owned()
    }

    /// Whether the last frame sent such a command to the window.
    pub fn sent(&self, wanted: impl Fn(&ViewportCommand) -> bool) -> bool {
        let outputs = self.harness.output().viewport_output.values();
        outputs
            .flat_map(|output| output.commands.iter())
            .any(wanted)
    }

    /// Texts of the messages in the corner.
    pub fn messages(&self) -> Vec<String> {
        let alerts = self.harness.query_all_by_role(Role::Alert);
        alerts
            .filter_map(|alert| alert.accesskit_node().label())
            .collect()
    }

    pub fn has_message(&self, part: &str) -> bool {
        self.messages().iter().any(|message| message.contains(part))
    }

    pub fn shows_text(&self, part: &str) -> bool {
        self.harness
            .query_all_by_label_contains(part)
            .next()
            .is_some()
    }

    /// Answers the question for a path by hand, where there is no dialog.
    pub fn answer_with_path(&mut self, path: &Path, button: &str) {
        self.harness
            .get_by_role_and_label(Role::TextInput, "Path")
            .focus();
        self.frames(2);
        self.type_text(path.to_str().unwrap());
        self.click_button(button);
        self.settle();
    }

    /// What stands in the text field of that name.
    pub fn text_in(&self, label: &str) -> String {
        let field = self
            .harness
            .get_by_role_and_label(Role::MultilineTextInput, label);
        field.accesskit_node().value().unwrap_or_default()
    }

    /// Replaces what stands in the text field.
    pub fn write_into(&mut self, label: &str, text: &str) {
        self.harness
            .get_by_role_and_label(Role::MultilineTextInput, label)
            .focus();
        self.frames(2);
        self.key(CTRL, Key::A);
        self.key(NONE, Key::Delete);
        if !text.is_empty() {
            self.type_text(text);
        }
        self.frames(2);
    }

    pub fn click_check_box(&mut self, label: &str) {
        self.harness
            .get_by_role_and_label(Role::CheckBox, label)
            .click();
        self.frames(4);
    }

    /// Opens a list and takes what stands in it under a name.
    pub fn choose(&mut self, list: &str, item: &str) {
        self.harness
            .get_by_role_and_label(Role::ComboBox, list)
            .click();
        self.frames(4);
        self.click_button(item);
        self.settle();
    }

    pub fn is_checked(&self, label: &str) -> bool {
        let found = self.harness.get_by_role_and_label(Role::CheckBox, label);
        found.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
    }

    pub fn slider(&mut self, label: &str, value: f64) {
        self.harness
            .get_by_role_and_label(Role::Slider, label)
            .set_value_accesskit(value);
        self.frames(4);
    }
}

/// A dropped file as the desktop hands it over.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// A grey background and a red square of 20 px in the middle, for a picture of 64 × 48.
pub fn stack() -> Vec<ModelLayer> {
    let background = RgbaImage::from_pixel(64, 48, Rgba([120, 120, 120, 255]));
    let square = RgbaImage::from_fn(64, 48, |x, y| {
        let inside = (22..42).contains(&x) && (14..34).contains(&y);
        if inside {
            Rgba([220, 30, 30, 255])
        } else {
            Rgba([0, 0, 0, 0])
        }
    });
    vec![
        ModelLayer::new(background, Content::Background),
        ModelLayer::new(square, Content::Object),
    ]
}
