//! What an editor does without a window: the open document with its selection and undo, what a job is of and what its
//! result makes of the layers, opening, saving, exporting and autosaving on threads of their own, settings.
//!
//! Whoever shows it asks once a frame for what is finished, and is woken by a [`Wake`].

mod autosaving;
mod download_task;
mod export_task;
mod open;
mod picked;
mod record;
mod result;
mod save_task;
mod session;
mod settings;
mod target;
mod task;
mod told;

pub use autosaving::Autosaving;
pub use download_task::DownloadTask;
pub use export_task::{ExportOutcome, ExportPlan, ExportTask};
pub use open::{Clipboard, Copied, OpenSource, OpenedDocument};
pub use picked::Picked;
pub use record::{Baseline, Outlier, RunRecord, StageBaseline};
pub use result::with_layers;
pub use save_task::{Intent, Replaced, SaveOutcome, SavePlan, SaveTask};
pub use session::{Caption, Direction, GestureId, InsertionPoint, Row, SelectMode, Session};
pub use settings::{ListedLora, Settings, SettingsError, SettingsStore, ThemeChoice, WindowPlace};
pub use target::{Target, TargetPlacement};
pub use task::{Task, TaskLost, Wake, Waker};
pub use told::{blend_mode_name, plan_line, result_line, role_name, rounded, stage_name};
