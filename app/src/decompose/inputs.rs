//! Which pictures a run is of: files, folders of them, and lists with settings of their own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use engine::DecomposeRequest;
use serde_json::{Map, Value};
use walkdir::{DirEntry, WalkDir};
use words::say;

use super::failure::Failure;
use crate::outputs::Owner;

/// One picture to decompose.
#[derive(Debug, Clone)]
pub struct Input {
    pub picture: PathBuf,
    /// Which of a list's jobs on the picture this is; 0 outside of lists.
    pub line: usize,
    /// Where its results go.
    pub folder: PathBuf,
    /// Without the picture.
    pub request: DecomposeRequest,
}

impl Input {
    pub fn owner(&self) -> Owner {
        (self.picture.clone(), self.line)
    }
}

/// A folder whose pictures are decomposed.
#[derive(Debug, Clone)]
pub struct InputFolder {
    path: PathBuf,
    recursive: bool,
    output: PathBuf,
}

impl InputFolder {
    /// Fails where results would be taken for more pictures.
    pub fn new(path: &Path, recursive: bool, output: &Path) -> anyhow::Result<Self> {
        let is_same = match (path.canonicalize(), output.canonicalize()) {
            (Ok(folder), Ok(output)) => folder == output,
            _ => false,
        };
        if recursive && is_same {
            bail!(say!(
                "batch-output-inside",
                folder = output.display().to_string()
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            recursive,
            output: output.to_owned(),
        })
    }

    /// By name, as they are now. What cannot be read is named in its place.
    pub fn pictures(&self) -> impl Iterator<Item = anyhow::Result<PathBuf>> {
        let depth = if self.recursive { usize::MAX } else { 1 };
        let own = self.output.canonicalize().ok();
        let is_looked_at = move |entry: &DirEntry| {
            entry.depth() == 0 || !(is_hidden(entry) || is_folder(entry, own.as_deref()))
        };
        WalkDir::new(&self.path)
            .max_depth(depth)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(is_looked_at)
            .filter_map(|entry| match entry {
                Ok(entry) => is_picture(&entry).then(|| Ok(entry.into_path())),
                Err(error) => Some(Err(anyhow!(say!(
                    "batch-folder-passed-over",
                    error = error.to_string()
                )))),
            })
    }

    /// Results lie in the output folder as the pictures in this one.
    pub fn input(&self, picture: PathBuf, request: &DecomposeRequest) -> Input {
        let below = picture.parent().and_then(|folder| {
            let below = folder.strip_prefix(&self.path).ok()?;
            (!below.as_os_str().is_empty()).then(|| self.output.join(below))
        });
        Input {
            folder: below.unwrap_or_else(|| self.output.clone()),
            picture,
            line: 0,
            request: request.clone(),
        }
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn is_folder(entry: &DirEntry, folder: Option<&Path>) -> bool {
    let is = |folder: &Path| entry.path().canonicalize().is_ok_and(|path| path == folder);
    entry.file_type().is_dir() && folder.is_some_and(is)
}

/// By its name: other files of a folder are nobody's mistake.
fn is_picture(entry: &DirEntry) -> bool {
    let extension = entry.path().extension().unwrap_or_default();
    let extension = extension.to_string_lossy().to_lowercase();
    entry.file_type().is_file() && import::EXTENSIONS.contains(&extension.as_str())
}

/// The jobs of a list: each line has a picture, by its path from the list's folder, and settings in place of `request`'s.
pub fn listed(
    list: &Path,
    request: &DecomposeRequest,
    output: &Path,
) -> anyhow::Result<Vec<Result<Input, (PathBuf, Failure)>>> {
    let shown = list.display();
    let text = fs::read_to_string(list)
        .with_context(|| say!("batch-list-unreadable", list = shown.to_string()))?;
    let folder = list.parent().unwrap_or(Path::new(""));
    // Some editors put a mark before the first line.
    let text = text.trim_start_matches('\u{feff}');
    let lines = text.lines().enumerate();
    let jobs = lines.filter(|(_, line)| !line.trim().is_empty());
    Ok(jobs
        .map(|(index, line)| {
            let number = index + 1;
            job(line, folder, request, output, number).map_err(|error| {
                let place = format!("{shown}, line {number}");
                let failure = Failure::bad_input(error.context(place.clone()));
                (place.into(), failure)
            })
        })
        .collect())
}

fn job(
    line: &str,
    folder: &Path,
    request: &DecomposeRequest,
    output: &Path,
    number: usize,
) -> anyhow::Result<Input> {
    let mut fields: Map<String, Value> = serde_json::from_str(line)
        .map_err(|error| anyhow!(say!("batch-line-no-json", error = error.to_string())))?;
    let Some(Value::String(picture)) = fields.remove("picture") else {
        bail!(say!("batch-line-no-picture"));
    };
    let request = request.with_fields(&fields)?;
    request.validate()?;
    Ok(Input {
        picture: folder.join(picture),
        line: number,
        folder: output.to_owned(),
        request,
    })
}
