//! What a user can do from a menu, a button or the keyboard: the one table of all actions, with the key of each one's
//! text and tooltip, its icon and its shortcuts.

use egui::{Key, KeyboardShortcut, ModifierNames, Modifiers};
use lucide_icons::Icon;
use words::say;

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
        $($action:ident: $key:literal, $icon:ident, [$($shortcut:expr),*];)*
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
                        text: say!($key),
                        icon: Icon::$icon,
                        tooltip: say!($key.tooltip),
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
        Open: "action-open", FolderOpen, [ctrl(Key::O)];
        Paste: "action-paste", ClipboardPaste, [ctrl(Key::V), plain(Key::Paste)];
        Save: "action-save", Save, [ctrl(Key::S)];
        SaveAs: "action-save-as", SaveAll, [ctrl_shift(Key::S)];
        ExportPsd: "action-export-psd", FileDown, [ctrl(Key::E)];
        ExportPngs: "action-export-pngs", Images, [ctrl_shift(Key::E)];
        ExportFlattened: "action-export-flattened", FileImage, [ctrl_alt(Key::E)];
        Quit: "action-quit", LogOut, [ctrl(Key::Q)];
    }

    /// What is done with the layers and their selection.
    Layers(LayersAction) {
        Undo: "action-undo", Undo2, [ctrl(Key::Z)];
        Redo: "action-redo", Redo2, [ctrl_shift(Key::Z), ctrl(Key::Y)];
        SelectAll: "action-select-all", SquareDashed, [ctrl(Key::A)];
        SelectNone: "action-select-none", X, [ctrl_shift(Key::A), ctrl(Key::D)];
        SelectAbove: "action-select-above", ArrowUp, [alt(Key::CloseBracket)];
        SelectBelow: "action-select-below", ArrowDown, [alt(Key::OpenBracket)];
        Duplicate: "action-duplicate", Copy, [ctrl(Key::J)];
        Delete: "action-delete", Trash2, [plain(Key::Delete), plain(Key::Backspace)];
        Group: "action-group", Group, [ctrl(Key::G)];
        Ungroup: "action-ungroup", Ungroup, [ctrl_shift(Key::G)];
        Rename: "action-rename", TextCursorInput, [plain(Key::F2)];
        AddText: "action-add-text", Type, [];
        BringForward: "action-bring-forward", ArrowUp, [ctrl(Key::CloseBracket)];
        SendBackward: "action-send-backward", ArrowDown, [ctrl(Key::OpenBracket)];
        BringToFront: "action-bring-to-front", BringToFront, [ctrl_shift(Key::CloseBracket), ctrl_shift(Key::CloseCurlyBracket)];
        SendToBack: "action-send-to-back", SendToBack, [ctrl_shift(Key::OpenBracket), ctrl_shift(Key::OpenCurlyBracket)];
        // Lucide names the mirror's axis, we the direction.
        FlipHorizontal: "action-flip-horizontal", FlipVertical2, [shift(Key::H)];
        FlipVertical: "action-flip-vertical", FlipHorizontal2, [shift(Key::V)];
        ResetTransform: "action-reset-transform", RotateCcw, [];
        ResetRecolor: "action-reset-recolor", RotateCcw, [];
    }

    /// What starts and stops decompositions.
    Job(JobAction) {
        Decompose: "action-decompose", Layers, [ctrl(Key::Enter)];
        DecomposeCanvas: "action-decompose-canvas", Layers, [];
        Split: "action-split", Layers2, [ctrl_shift(Key::Enter)];
        CancelDecompose: "action-cancel-decompose", X, [ctrl(Key::Period)];
    }

    /// How the canvas and the window look.
    View(ViewAction) {
        Fit: "action-fit", Maximize, [ctrl(Key::Num0)];
        ActualSize: "action-actual-size", SquareEqual, [ctrl(Key::Num1)];
        ZoomIn: "action-zoom-in", ZoomIn, [ctrl(Key::Plus), ctrl(Key::Equals), ctrl_shift(Key::Plus)];
        ZoomOut: "action-zoom-out", ZoomOut, [ctrl(Key::Minus)];
        CompareSplit: "action-compare-split", SquareSplitHorizontal, [plain(Key::Y)];
        CompareBefore: "action-compare-before", Eye, [plain(Key::Backslash)];
        Difference: "action-difference", Diff, [shift(Key::Y)];
        ThemeSystem: "action-theme-system", SunMoon, [];
        ThemeLight: "action-theme-light", Sun, [];
        ThemeDark: "action-theme-dark", Moon, [];
    }

    /// What is shown about the program.
    Help(HelpAction) {
        History: "action-history", History, [];
        Shortcuts: "action-shortcuts", Keyboard, [plain(Key::F1)];
        About: "action-about", Info, [];
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
    let key = match shortcut.logical_key {
        Key::Delete => say!("key-delete"),
        Key::Enter => say!("key-enter"),
        key => key.symbol_or_name(),
    };
    let modifiers = shortcut.modifiers;
    if modifiers.is_none() {
        return key.to_owned();
    }
    let names = ModifierNames {
        alt: say!("key-alt"),
        ctrl: say!("key-ctrl"),
        shift: say!("key-shift"),
        ..ModifierNames::NAMES
    };
    format!("{}+{key}", names.format(&modifiers, ctx.os().is_mac()))
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
