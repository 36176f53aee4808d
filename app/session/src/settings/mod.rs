//! What the program remembers from one start to the next.

mod store;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use engine::{Lora, ModelSource, ServerAddress};
use serde::{Deserialize, Serialize, Serializer};

pub use store::SettingsStore;

/// Everything that is remembered; fields that a file lacks, or that nothing was chosen for, have no value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where the model is. Earlier versions knew folders only.
    #[serde(alias = "model_folder", serialize_with = "only_unicode")]
    pub model: Option<ModelSource>,
    /// Whose models are offered.
    #[serde(serialize_with = "only_unicode")]
    pub comfyui_folder: Option<PathBuf>,
    /// Whose backends are offered beside this computer's.
    #[serde(serialize_with = "only_unicode")]
    pub server: Option<ServerAddress>,
    /// In the order in which they are listed.
    #[serde(serialize_with = "only_unicode_of")]
    pub loras: Vec<ListedLora>,
    pub theme: Option<ThemeChoice>,
    /// By the name of its file; without one, the system's.
    pub language: Option<String>,
    pub window: Option<WindowPlace>,
    /// Where exports are suggested to go; without it, beside the picture.
    #[serde(serialize_with = "only_unicode")]
    pub export_folder: Option<PathBuf>,
    /// Where the last picture was opened from.
    #[serde(serialize_with = "only_unicode")]
    pub open_folder: Option<PathBuf>,
    /// What was opened or saved, the latest first.
    #[serde(serialize_with = "only_unicode_of")]
    pub recent: Vec<PathBuf>,
}

/// In Open recent.
const MOST_RECENT: usize = 10;

/// A LoRA that is listed, and may be switched off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedLora {
    #[serde(flatten)]
    pub lora: Lora,
    pub on: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    System,
    Light,
    Dark,
}

/// Where a window is, in points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// Width and height inside the frame, while it is not maximised.
    pub size: [u32; 2],
    /// Left and top of the frame; unknown on Wayland.
    #[serde(default)]
    pub position: Option<[i32; 2]>,
    #[serde(default)]
    pub maximized: bool,
}

/// Why settings could not be read or written: one sentence each.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the settings in {} could not be read ({source}); the defaults are used", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("the settings in {} are damaged ({source}); the defaults are used", .path.display())]
    Damaged {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("the settings will not be remembered: {0}")]
    Write(#[from] export::ExportError),
    #[error("the settings will not be remembered: {0}")]
    Encode(#[from] serde_json::Error),
}

impl Settings {
    /// The user's file, "~/.config/lamina/settings.json" on Linux; `None` where the system names no home.
    pub fn user_file() -> Option<PathBuf> {
        let folders = directories::ProjectDirs::from("", "", "lamina")?;
        Some(folders.config_dir().join("settings.json"))
    }

    /// What the user's file says; the defaults where there is none or it cannot be read.
    pub fn load() -> Self {
        Self::user_file()
            .and_then(|file| Self::read(&file).ok())
            .unwrap_or_default()
    }

    /// A file that is not there says nothing.
    pub fn read(file: &Path) -> Result<Self, SettingsError> {
        let text = match fs::read(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => {
                return Err(SettingsError::Read {
                    path: file.to_path_buf(),
                    source,
                });
            }
        };
        serde_json::from_slice(&text).map_err(|source| SettingsError::Damaged {
            path: file.to_path_buf(),
            source,
        })
    }

    /// Whole or not at all; folders that are missing are made.
    pub fn write(&self, file: &Path) -> Result<(), SettingsError> {
        let text = serde_json::to_vec_pretty(self)?;
        Ok(export::write_file(file, &text)?)
    }

    pub fn add_recent(&mut self, path: PathBuf) {
        self.recent.retain(|known| *known != path);
        self.recent.insert(0, path);
        self.recent.truncate(MOST_RECENT);
    }

    /// `file` with what changed from `before` to `self`, so that two windows do not undo each other's choices.
    fn changes_since(self, before: &Self, file: Self) -> Self {
        fn newer<T: PartialEq>(now: T, before: &T, file: T) -> T {
            if now == *before { file } else { now }
        }
        Self {
            model: newer(self.model, &before.model, file.model),
            comfyui_folder: newer(
                self.comfyui_folder,
                &before.comfyui_folder,
                file.comfyui_folder,
            ),
            server: newer(self.server, &before.server, file.server),
            loras: newer(self.loras, &before.loras, file.loras),
            theme: newer(self.theme, &before.theme, file.theme),
            language: newer(self.language, &before.language, file.language),
            window: newer(self.window, &before.window, file.window),
            export_folder: newer(
                self.export_folder,
                &before.export_folder,
                file.export_folder,
            ),
            open_folder: newer(self.open_folder, &before.open_folder, file.open_folder),
            recent: newer(self.recent, &before.recent, file.recent),
        }
    }
}

/// JSON cannot hold other paths: they are forgotten at the end.
fn only_unicode<S: Serializer>(
    value: &Option<impl Serialize>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serde_json::to_value(value).ok().serialize(serializer)
}

fn only_unicode_of<S: Serializer>(
    values: &[impl Serialize],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let values = values.iter().map(serde_json::to_value);
    serializer.collect_seq(values.filter_map(Result::ok))
}
