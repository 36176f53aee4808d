//! What a user can do from a menu, a button or the keyboard: the one place for each action's text, icon, tooltip and
//! shortcuts.

use egui::{Key, KeyboardShortcut, Modifiers};
use lucide_icons::Icon;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Open,
    Paste,
    Save,
    SaveAs,
    ExportPsd,
    ExportPngs,
    ExportFlattened,
    Quit,
    Undo,
    Redo,
    SelectAll,
    SelectNone,
    SelectAbove,
    SelectBelow,
    Duplicate,
    Delete,
    Group,
    Ungroup,
    Rename,
    AddText,
    BringForward,
    SendBackward,
    BringToFront,
    SendToBack,
    FlipHorizontal,
    FlipVertical,
    ResetTransform,
    ResetRecolor,
    Decompose,
    DecomposeCanvas,
    Split,
    CancelDecompose,
    Fit,
    ActualSize,
    ZoomIn,
    ZoomOut,
    CompareSplit,
    CompareBefore,
    Difference,
    ThemeSystem,
    ThemeLight,
    ThemeDark,
    History,
    Shortcuts,
    About,
}

/// How an action looks and which keys call it.
pub struct ActionInfo {
    /// For menus. "…" at the end where a dialog follows.
    pub text: &'static str,
    pub icon: Icon,
    /// One sentence.
    pub tooltip: &'static str,
    /// The first is the one shown.
    pub shortcuts: &'static [KeyboardShortcut],
}

/// Shortcuts that live as long as the program.
macro_rules! keys {
    ($($shortcut:expr),*) => { const { &[$($shortcut),*] } };
}

impl Action {
    pub const ALL: [Self; 45] = [
        Self::Open,
        Self::Paste,
        Self::Save,
        Self::SaveAs,
        Self::ExportPsd,
        Self::ExportPngs,
        Self::ExportFlattened,
        Self::Quit,
        Self::Undo,
        Self::Redo,
        Self::SelectAll,
        Self::SelectNone,
        Self::SelectAbove,
        Self::SelectBelow,
        Self::Duplicate,
        Self::Delete,
        Self::Group,
        Self::Ungroup,
        Self::Rename,
        Self::AddText,
        Self::BringForward,
        Self::SendBackward,
        Self::BringToFront,
        Self::SendToBack,
        Self::FlipHorizontal,
        Self::FlipVertical,
        Self::ResetTransform,
        Self::ResetRecolor,
        Self::Decompose,
        Self::DecomposeCanvas,
        Self::Split,
        Self::CancelDecompose,
        Self::Fit,
        Self::ActualSize,
        Self::ZoomIn,
        Self::ZoomOut,
        Self::CompareSplit,
        Self::CompareBefore,
        Self::Difference,
        Self::ThemeSystem,
        Self::ThemeLight,
        Self::ThemeDark,
        Self::History,
        Self::Shortcuts,
        Self::About,
    ];

    #[rustfmt::skip] // A table reads best as one.
    pub fn info(self) -> ActionInfo {
        match self {
            Self::Open => info("Open…", Icon::FolderOpen, "Open a picture or a project", keys![ctrl(Key::O)]),
            Self::Paste => info("Paste as new picture", Icon::ClipboardPaste, "Open the picture in the clipboard", keys![ctrl(Key::V), plain(Key::Paste)]),
            Self::Save => info("Save", Icon::Save, "Save the project with everything that can be edited", keys![ctrl(Key::S)]),
            Self::SaveAs => info("Save as…", Icon::SaveAll, "Save the project under another name", keys![ctrl_shift(Key::S)]),
            Self::ExportPsd => info("Export PSD…", Icon::FileDown, "Export the layers as a Photoshop file", keys![ctrl(Key::E)]),
            Self::ExportPngs => info("Export PNG layers…", Icon::Images, "Export each layer as a PNG", keys![ctrl_shift(Key::E)]),
            Self::ExportFlattened => info("Export flattened PNG…", Icon::FileImage, "Export what is visible as one PNG", keys![ctrl_alt(Key::E)]),
            Self::Quit => info("Quit", Icon::LogOut, "Close the window", keys![ctrl(Key::Q)]),
            Self::Undo => info("Undo", Icon::Undo2, "Take back the last step", keys![ctrl(Key::Z)]),
            Self::Redo => info("Redo", Icon::Redo2, "Do the step again that was taken back", keys![ctrl_shift(Key::Z), ctrl(Key::Y)]),
            Self::SelectAll => info("Select all layers", Icon::SquareDashed, "Select all layers", keys![ctrl(Key::A)]),
            Self::SelectNone => info("Select none", Icon::X, "Select no layer", keys![ctrl_shift(Key::A), ctrl(Key::D)]),
            Self::SelectAbove => info("Select layer above", Icon::ArrowUp, "Select the layer above", keys![alt(Key::CloseBracket)]),
            Self::SelectBelow => info("Select layer below", Icon::ArrowDown, "Select the layer below", keys![alt(Key::OpenBracket)]),
            Self::Duplicate => info("Duplicate", Icon::Copy, "Duplicate the selected layers", keys![ctrl(Key::J)]),
            Self::Delete => info("Delete", Icon::Trash2, "Delete the selected layers", keys![plain(Key::Delete), plain(Key::Backspace)]),
            Self::Group => info("Group", Icon::Group, "Put the selected layers into a group", keys![ctrl(Key::G)]),
            Self::Ungroup => info("Ungroup", Icon::Ungroup, "Take the layers out of the selected group", keys![ctrl_shift(Key::G)]),
            Self::Rename => info("Rename", Icon::TextCursorInput, "Rename the layer", keys![plain(Key::F2)]),
            Self::AddText => info("Say what is written", Icon::Type, "Give the layer words, for files that keep text as text; its pixels stay", keys![]),
            Self::BringForward => info("Bring forward", Icon::ArrowUp, "Move the selected layers up by one", keys![ctrl(Key::CloseBracket)]),
            Self::SendBackward => info("Send backward", Icon::ArrowDown, "Move the selected layers down by one", keys![ctrl(Key::OpenBracket)]),
            Self::BringToFront => info("Bring to front", Icon::BringToFront, "Move the selected layers in front of all others", keys![ctrl_shift(Key::CloseBracket), ctrl_shift(Key::CloseCurlyBracket)]),
            Self::SendToBack => info("Send to back", Icon::SendToBack, "Move the selected layers behind all others", keys![ctrl_shift(Key::OpenBracket), ctrl_shift(Key::OpenCurlyBracket)]),
            // Lucide names the mirror's axis, we the direction.
            Self::FlipHorizontal => info("Flip horizontally", Icon::FlipVertical2, "Mirror left and right", keys![shift(Key::H)]),
            Self::FlipVertical => info("Flip vertically", Icon::FlipHorizontal2, "Mirror top and bottom", keys![shift(Key::V)]),
            Self::ResetTransform => info("Reset size and rotation", Icon::RotateCcw, "Undo scaling, rotation and flips", keys![]),
            Self::ResetRecolor => info("Reset colours", Icon::RotateCcw, "Show the layer in its own colours", keys![]),
            Self::Decompose => info("Decompose", Icon::Layers, "Split the picture into layers", keys![ctrl(Key::Enter)]),
            Self::DecomposeCanvas => info("Decompose what is visible", Icon::Layers, "Split all that is visible, as it is now, into layers", keys![]),
            Self::Split => info("Split into layers", Icon::Layers2, "Split each selected layer into a group of layers in its place", keys![ctrl_shift(Key::Enter)]),
            Self::CancelDecompose => info("Cancel", Icon::X, "Stop the decomposition; the layers stay as they are", keys![ctrl(Key::Period)]),
            Self::Fit => info("Fit in window", Icon::Maximize, "Show the whole picture", keys![ctrl(Key::Num0)]),
            Self::ActualSize => info("100 %", Icon::SquareEqual, "One screen pixel for each picture pixel", keys![ctrl(Key::Num1)]),
            Self::ZoomIn => info("Zoom in", Icon::ZoomIn, "Zoom in", keys![ctrl(Key::Plus), ctrl(Key::Equals), ctrl_shift(Key::Plus)]),
            Self::ZoomOut => info("Zoom out", Icon::ZoomOut, "Zoom out", keys![ctrl(Key::Minus)]),
            Self::CompareSplit => info("Compare side by side", Icon::SquareSplitHorizontal, "Source on the left of a divider, layers on the right", keys![plain(Key::Y)]),
            Self::CompareBefore => info("Hold to show the source", Icon::Eye, "Show the source for as long as this is held", keys![plain(Key::Backslash)]),
            Self::Difference => info("Difference to the source", Icon::Diff, "Where the layers differ from the source, 16 times as bright, and how much in the status bar", keys![shift(Key::Y)]),
            Self::ThemeSystem => info("Same as system", Icon::SunMoon, "Light or dark, as the desktop says", keys![]),
            Self::ThemeLight => info("Light", Icon::Sun, "Light theme", keys![]),
            Self::ThemeDark => info("Dark", Icon::Moon, "Dark theme", keys![]),
            Self::History => info("History…", Icon::History, "What earlier runs took as a rule, and which did not", keys![]),
            Self::Shortcuts => info("Keyboard shortcuts", Icon::Keyboard, "List all keyboard shortcuts", keys![plain(Key::F1)]),
            Self::About => info("About Lamina", Icon::Info, "Version and licences", keys![]),
        }
    }

    /// The shortcut that menus and tooltips show.
    pub fn shortcut_text(self, ctx: &egui::Context) -> Option<String> {
        self.info()
            .shortcuts
            .first()
            .map(|shortcut| shortcut_text(ctx, shortcut))
    }

    /// The action that a key press calls. Modifiers must match exactly, so that Ctrl+Shift+Z is not Ctrl+Z.
    pub fn from_key(key: Key, modifiers: Modifiers) -> Option<Self> {
        Self::ALL.into_iter().find(|action| {
            let mut shortcuts = action.info().shortcuts.iter();
            shortcuts.any(|shortcut| {
                shortcut.logical_key == key && modifiers.matches_exact(shortcut.modifiers)
            })
        })
    }

    /// Keys that mean nothing to a text field, so that they work while one is edited.
    pub fn works_while_typing(self) -> bool {
        matches!(
            self,
            Self::Open
                | Self::Save
                | Self::SaveAs
                | Self::ExportPsd
                | Self::ExportPngs
                | Self::Quit
                | Self::Decompose
                | Self::CancelDecompose
        )
    }
}

/// "Ctrl+]", with the sign on the key where it has one.
fn shortcut_text(ctx: &egui::Context, shortcut: &KeyboardShortcut) -> String {
    let text = ctx.format_shortcut(shortcut);
    let key = shortcut.logical_key;
    match text.strip_suffix(key.name()) {
        Some(modifiers) => format!("{modifiers}{}", key.symbol_or_name()),
        None => text,
    }
}

const fn info(
    text: &'static str,
    icon: Icon,
    tooltip: &'static str,
    shortcuts: &'static [KeyboardShortcut],
) -> ActionInfo {
    ActionInfo {
        text,
        icon,
        tooltip,
        shortcuts,
    }
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

const fn ctrl_alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::ALT), key)
}
