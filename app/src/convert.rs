//! `lamina convert`: a document from one kind of file into another.

use std::path::{Path, PathBuf};

use export::{ExportError, OnProgress, PngExtent};
use indicatif::ProgressBar;
use project::{ExportFormat, ExportOptions, Opened, Project, ProjectError};
use words::say;

use crate::args::ConvertArgs;
use crate::exit::{Exit, on_interrupt};

/// Steps of the bar.
const STEPS: u64 = 100;

/// What the output's name asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OutputKind {
    Lamina,
    Export(ExportFormat),
}

/// Writes the input as the output's name says, and says so.
pub fn run(args: &ConvertArgs) -> Exit {
    let Some(target) = OutputKind::of(&args.output) else {
        eprintln!(
            "lamina: {}",
            say!(
                "convert-unknown-format",
                file = args.output.display().to_string()
            )
        );
        return Exit::BadInput;
    };
    let (project, notes) = match project::open_any(&args.input) {
        Ok(opened) => parts(opened),
        Err(error) => {
            eprintln!("lamina: {error}");
            return Exit::BadInput;
        }
    };
    for note in notes {
        eprintln!("{note}.");
    }
    let cancel = on_interrupt();
    let bar = ProgressBar::new(STEPS);
    let mut on_progress = |share: f32| {
        bar.set_position((share * STEPS as f32) as u64);
        !cancel.is_cancelled()
    };
    let options = args.layout.options(false, PngExtent::default());
    let written = target.write(&project, &args.output, options, &mut on_progress);
    bar.finish_and_clear();
    match written {
        Ok(path) => {
            if target == OutputKind::Export(ExportFormat::Psd)
                && path.extension() != args.output.extension()
            {
                eprintln!("{}", say!("convert-psb"));
            }
            println!("{}", path.display());
            Exit::Success
        }
        Err(ProjectError::Write(ExportError::Cancelled)) => {
            eprintln!("lamina: {}", say!("convert-stopped"));
            Exit::Interrupted
        }
        Err(error) => {
            eprintln!("lamina: {error}");
            Exit::Failed
        }
    }
}

/// And what the user should know of it.
fn parts(opened: Opened) -> (Project, Vec<String>) {
    let of = |document| Project {
        document,
        runs: Vec::new(),
    };
    match opened {
        Opened::Project(project, _) => (project, Vec::new()),
        Opened::Layers(document, notes) | Opened::Picture(document, notes) => (of(document), notes),
    }
}

impl OutputKind {
    fn of(output: &Path) -> Option<Self> {
        let folder = Some(Self::Export(ExportFormat::PngLayers));
        if output.is_dir() {
            return folder;
        }
        let Some(extension) = output.extension() else {
            return folder;
        };
        let extension = extension.to_string_lossy();
        if extension.eq_ignore_ascii_case(project::EXTENSION) {
            return Some(Self::Lamina);
        }
        ExportFormat::of_extension(&extension).map(Self::Export)
    }

    /// The path that was written.
    fn write(
        self,
        project: &Project,
        output: &Path,
        options: ExportOptions,
        progress: OnProgress,
    ) -> Result<PathBuf, ProjectError> {
        match self {
            Self::Lamina => {
                project::save(project, output, None, progress)?;
                Ok(output.to_path_buf())
            }
            Self::Export(format) => {
                let exported = format.write(&project.document, output, options, progress)?;
                Ok(exported.path)
            }
        }
    }
}
