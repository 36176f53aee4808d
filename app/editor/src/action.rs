//! What a user can do from a menu, a button or the keyboard: the one table of all actions, with each one's text, icon,
//! tooltip and shortcuts.

use egui::{Key, KeyboardShortcut, Modifiers};
use lucide_icons::Icon;

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

/// Makes the enums of a table: one for each group of actions, and [`Action`] around them.
macro_rules! actions {
    ($($(#[$doc:meta])* $group:ident($name:ident) {
        $($action:ident: $text:literal, $icon:ident, $tooltip:literal, [$($shortcut:expr),*];)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
            pub enum $name {
                $($action,)*
            }

            impl From<$name> for Action {
                fn from(action: $name) -> Self {
                    Self::$group(action)
                }
            }
        )*

        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $($group($name),)*
        }

        impl Action {
            pub const ALL: &[Self] = &[$($(Self::$group($name::$action),)*)*];

            pub fn info(self) -> ActionInfo {
                match self {
                    $($(Self::$group($name::$action) => ActionInfo {
                        text: $text,
                        icon: Icon::$icon,
                        tooltip: $tooltip,
                        shortcuts: const { &[$($shortcut),*] },
                    },)*)*
                }
            }
        }
    };
}

actions! {
    /// What is done with files and the window.
    File(FileAction) {
        Open: "Open…", FolderOpen, "Open a picture or a project", [ctrl(Key::O)];
        Paste: "Paste as new picture", ClipboardPaste, "Open the picture in the clipboard", [ctrl(Key::V), plain(Key::Paste)];
        Save: "Save", Save, "Save the project with everything that can be edited", [ctrl(Key::S)];
        SaveAs: "Save as…", SaveAll, "Save the project under another name", [ctrl_shift(Key::S)];
        ExportPsd: "Export PSD…", FileDown, "Export the layers as a Photoshop file", [ctrl(Key::E)];
        ExportPngs: "Export PNG layers…", Images, "Export each layer as a PNG", [ctrl_shift(Key::E)];
        ExportFlattened: "Export flattened PNG…", FileImage, "Export what is visible as one PNG", [ctrl_alt(Key::E)];
        Quit: "Quit", LogOut, "Close the window", [ctrl(Key::Q)];
    }

    /// What is done with the layers and their selection.
    Layers(LayersAction) {
        Undo: "Undo", Undo2, "Take back the last step", [ctrl(Key::Z)];
        Redo: "Redo", Redo2, "Do the step again that was taken back", [ctrl_shift(Key::Z), ctrl(Key::Y)];
        SelectAll: "Select all layers", SquareDashed, "Select all layers", [ctrl(Key::A)];
        SelectNone: "Select none", X, "Select no layer", [ctrl_shift(Key::A), ctrl(Key::D)];
        SelectAbove: "Select layer above", ArrowUp, "Select the layer above", [alt(Key::CloseBracket)];
        SelectBelow: "Select layer below", ArrowDown, "Select the layer below", [alt(Key::OpenBracket)];
        Duplicate: "Duplicate", Copy, "Duplicate the selected layers", [ctrl(Key::J)];
        Delete: "Delete", Trash2, "Delete the selected layers", [plain(Key::Delete), plain(Key::Backspace)];
        Group: "Group", Group, "Put the selected layers into a group", [ctrl(Key::G)];
        Ungroup: "Ungroup", Ungroup, "Take the layers out of the selected group", [ctrl_shift(Key::G)];
        Rename: "Rename", TextCursorInput, "Rename the layer", [plain(Key::F2)];
        AddText: "Say what is written", Type, "Give the layer words, for files that keep text as text; its pixels stay", [];
        BringForward: "Bring forward", ArrowUp, "Move the selected layers up by one", [ctrl(Key::CloseBracket)];
        SendBackward: "Send backward", ArrowDown, "Move the selected layers down by one", [ctrl(Key::OpenBracket)];
        BringToFront: "Bring to front", BringToFront, "Move the selected layers in front of all others", [ctrl_shift(Key::CloseBracket), ctrl_shift(Key::CloseCurlyBracket)];
        SendToBack: "Send to back", SendToBack, "Move the selected layers behind all others", [ctrl_shift(Key::OpenBracket), ctrl_shift(Key::OpenCurlyBracket)];
        // Lucide names the mirror's axis, we the direction.
        FlipHorizontal: "Flip horizontally", FlipVertical2, "Mirror left and right", [shift(Key::H)];
        FlipVertical: "Flip vertically", FlipHorizontal2, "Mirror top and bottom", [shift(Key::V)];
        ResetTransform: "Reset size and rotation", RotateCcw, "Undo scaling, rotation and flips", [];
        ResetRecolor: "Reset colours", RotateCcw, "Show the layer in its own colours", [];
    }

    /// What starts and stops decompositions.
    Job(JobAction) {
        Decompose: "Decompose", Layers, "Split the picture into layers", [ctrl(Key::Enter)];
        DecomposeCanvas: "Decompose what is visible", Layers, "Split all that is visible, as it is now, into layers", [];
        Split: "Split into layers", Layers2, "Split each selected layer into a group of layers in its place", [ctrl_shift(Key::Enter)];
        CancelDecompose: "Cancel", X, "Stop the decomposition; the layers stay as they are", [ctrl(Key::Period)];
    }

    /// How the canvas and the window look.
    View(ViewAction) {
        Fit: "Fit in window", Maximize, "Show the whole picture", [ctrl(Key::Num0)];
        ActualSize: "100 %", SquareEqual, "One screen pixel for each picture pixel", [ctrl(Key::Num1)];
        ZoomIn: "Zoom in", ZoomIn, "Zoom in", [ctrl(Key::Plus), ctrl(Key::Equals), ctrl_shift(Key::Plus)];
        ZoomOut: "Zoom out", ZoomOut, "Zoom out", [ctrl(Key::Minus)];
        CompareSplit: "Compare side by side", SquareSplitHorizontal, "Source on the left of a divider, layers on the right", [plain(Key::Y)];
        CompareBefore: "Hold to show the source", Eye, "Show the source for as long as this is held", [plain(Key::Backslash)];
        Difference: "Difference to the source", Diff, "Where the layers differ from the source, 16 times as bright, and how much in the status bar", [shift(Key::Y)];
        ThemeSystem: "Same as system", SunMoon, "Light or dark, as the desktop says", [];
        ThemeLight: "Light", Sun, "Light theme", [];
        ThemeDark: "Dark", Moon, "Dark theme", [];
    }

    /// What is shown about the program.
    Help(HelpAction) {
        History: "History…", History, "What earlier runs took as a rule, and which did not", [];
        Shortcuts: "Keyboard shortcuts", Keyboard, "List all keyboard shortcuts", [plain(Key::F1)];
        About: "About Lamina", Info, "Version and licences", [];
    }
}

impl Action {
    /// The shortcut that menus and tooltips show.
    pub fn shortcut_text(self, ctx: &egui::Context) -> Option<String> {
        self.info()
            .shortcuts
            .first()
            .map(|shortcut| shortcut_text(ctx, shortcut))
    }

    /// The action that a key press calls. Modifiers must match exactly, so that Ctrl+Shift+Z is not Ctrl+Z.
    pub fn from_key(key: Key, modifiers: Modifiers) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| {
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
            Self::File(
                FileAction::Open
                    | FileAction::Save
                    | FileAction::SaveAs
                    | FileAction::ExportPsd
                    | FileAction::ExportPngs
                    | FileAction::Quit
            ) | Self::Job(JobAction::Decompose | JobAction::CancelDecompose)
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
