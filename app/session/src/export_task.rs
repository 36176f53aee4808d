use std::fs;
use std::path::{Path, PathBuf};

use document::Document;
use export::ExportError;
use project::{ExportFormat, ExportOptions, ProjectError};
use words::say;

use crate::task::{ProgressTask, Waker};

/// What to export, and where to.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportPlan {
    pub format: ExportFormat,
    /// A file, or a folder for [`ExportFormat::PngLayers`].
    pub path: PathBuf,
    pub options: ExportOptions,
    /// The user has agreed to lose what is there.
    pub replace: bool,
}

/// Keep exports of several formats, and the picture itself, apart.
const LAYERS_SUFFIX: &str = " layers";
const FLATTENED_SUFFIX: &str = " flattened";

impl ExportPlan {
    /// In `folder`, or where the user is at home, under the picture's name.
    pub fn suggested(folder: Option<&Path>, name: &str, format: ExportFormat) -> Self {
        let folder = folder.map(Path::to_path_buf);
        let folder = folder.or_else(std::env::home_dir).unwrap_or_default();
        let stem = Path::new(name)
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let path = folder.join(stem);
        Self {
            format,
            path,
            options: ExportOptions::default(),
            replace: false,
        }
        .with_format(format)
    }

    /// The same name as another format writes it.
    pub fn with_format(mut self, format: ExportFormat) -> Self {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let stem = stem
            .strip_suffix(LAYERS_SUFFIX)
            .or(stem.strip_suffix(FLATTENED_SUFFIX))
            .unwrap_or(&stem);
        let name = match (format, format.extension()) {
            (ExportFormat::FlattenedPng, _) => format!("{stem}{FLATTENED_SUFFIX}.png"),
            (_, Some(extension)) => format!("{stem}.{extension}"),
            (_, None) => format!("{stem}{LAYERS_SUFFIX}"),
        };
        self.path.set_file_name(name);
        self.format = format;
        self.replace = false;
        self
    }

    /// A typed name without an extension gets the format's.
    pub fn with_extension(mut self) -> Self {
        let Some(extension) = self.format.extension() else {
            return self;
        };
        if self.path.extension().is_none() && self.path.file_name().is_some() {
            self.path.set_extension(extension);
        }
        self
    }
}

pub enum ExportOutcome {
    /// What was written, for the notification.
    Written {
        path: PathBuf,
        files: usize,
    },
    /// Something is there already, and the user has not agreed to replace it.
    WouldReplace,
    Cancelled,
    /// A sentence for the user.
    Failed(String),
}

/// An export on its own thread, from a snapshot of the document.
pub struct ExportTask {
    pub plan: ExportPlan,
    /// Which document, by serial.
    pub document: u64,
    task: ProgressTask<ExportOutcome>,
}

impl ExportTask {
    pub fn spawn(
        waker: &Waker,
        plan: ExportPlan,
        document: u64,
        snapshot: Document,
    ) -> std::io::Result<Self> {
        let job = plan.clone();
        let task = ProgressTask::spawn("export", waker, move |progress| {
            write(&snapshot, &job, progress)
        })?;
        Ok(Self {
            plan,
            document,
            task,
        })
    }

    pub fn share(&self) -> f32 {
        self.task.share()
    }

    pub fn cancel(&self) {
        self.task.cancel();
    }

    /// `None` while it runs.
    pub fn poll(&self) -> Option<ExportOutcome> {
        let outcome = self.task.poll()?;
        Some(outcome.unwrap_or_else(|_| ExportOutcome::Failed(say!("export-lost").to_owned())))
    }
}

fn write(document: &Document, plan: &ExportPlan, progress: export::OnProgress) -> ExportOutcome {
    if !plan.replace && would_replace(plan) {
        return ExportOutcome::WouldReplace;
    }
    let written = plan
        .format
        .write(document, &plan.path, plan.options, progress);
    match written {
        Ok(exported) => ExportOutcome::Written {
            path: exported.path,
            files: exported.files,
        },
        Err(ProjectError::Write(ExportError::Cancelled)) => ExportOutcome::Cancelled,
        Err(error) => ExportOutcome::Failed(error.to_string()),
    }
}

/// A file of that name, or a folder that is not empty.
fn would_replace(plan: &ExportPlan) -> bool {
    match plan.format {
        ExportFormat::PngLayers => {
            fs::read_dir(&plan.path).is_ok_and(|mut files| files.next().is_some())
        }
        _ => plan.path.exists(),
    }
}
