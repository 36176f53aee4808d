//! What the options, or the report that they name, ask for.

use std::path::{Path, PathBuf};

use anyhow::bail;
use engine::{BackendChoice, CancelToken, DecomposeRequest};
use remote::RemoteBackend;
use words::say;

use super::failure::Failure;
use super::inputs::{Input, InputFolder, listed};
use super::watch::Watch;
use super::{SkippedPicture, Step};
use crate::args::DecomposeArgs;
use crate::report;

pub struct Asked {
    /// What is there when the run begins.
    pub first: Vec<Step<Input>>,
    /// Without a picture.
    request: DecomposeRequest,
    watch: Option<Watch>,
    are_several: bool,
}

impl Asked {
    /// Fails on settings that no picture could be decomposed with.
    pub fn of(args: &DecomposeArgs) -> anyhow::Result<Self> {
        let output = args.output.clone().unwrap_or_default();
        if let Some(report) = &args.again {
            return again(report, args);
        }
        let request = args.request();
        request.validate()?;
        let mut folders = Vec::new();
        let mut first = Vec::new();
        for path in &args.inputs {
            if path.is_dir() {
                let folder = InputFolder::new(path, args.batch.recursive, &output)?;
                // One that somebody still writes is waited for, where the folder is watched.
                let found = all(&folder, &request);
                first.extend(found.filter(|step| !args.batch.watch || step.is_err()));
                folders.push(folder);
            } else {
                first.push(Ok(named(path.clone(), output.clone(), &request)));
            }
        }
        if let Some(list) = &args.batch.jobs_file {
            let jobs = listed(list, &request, &output)?.into_iter();
            first.extend(
                jobs.map(|job| job.map_err(|(place, why)| SkippedPicture::failed(place, why))),
            );
        }
        if args.batch.watch && folders.is_empty() {
            bail!(say!("batch-watch-no-folder"));
        }
        if first.is_empty() && !args.batch.watch {
            bail!(say!("batch-no-picture", formats = import::FORMATS));
        }
        let known: Vec<_> = first.iter().flatten().cloned().collect();
        Ok(Self {
            are_several: first.len() > 1 || !folders.is_empty() || args.batch.jobs_file.is_some(),
            watch: args.batch.watch.then(|| Watch::new(folders, &known)),
            first,
            request,
        })
    }

    /// Whether results may be of more than one picture.
    pub fn are_several(&self) -> bool {
        self.are_several
    }

    /// Whether more pictures may come.
    pub fn is_open_ended(&self) -> bool {
        self.watch.is_some()
    }

    /// Waits for pictures to come, where that is asked for.
    pub fn more(&mut self, cancel: &CancelToken) -> Option<Vec<Step<Input>>> {
        let found = self.watch.as_mut()?.next(&self.request, cancel)?;
        Some(found.into_iter().map(Ok).collect())
    }
}

fn again(report: &Path, args: &DecomposeArgs) -> anyhow::Result<Asked> {
    let written = report::read(report)?;
    let folder = report.parent().unwrap_or(Path::new("")).to_owned();
    let mut request = DecomposeRequest {
        source: args.request().source,
        ..written.request
    };
    // A window's name for another computer's backend; it is run where this command line says.
    if let BackendChoice::Named(id) = &mut request.backend {
        *id = RemoteBackend::id_there(id).to_owned();
    }
    request.validate()?;
    let folder = args.output.clone().unwrap_or(folder);
    Ok(Asked {
        first: vec![Ok(named(written.source.path.into(), folder, &request))],
        request,
        watch: None,
        are_several: false,
    })
}

fn named(picture: PathBuf, folder: PathBuf, request: &DecomposeRequest) -> Input {
    Input {
        picture,
        line: 0,
        folder,
        request: request.clone(),
    }
}

fn all<'a>(
    folder: &'a InputFolder,
    request: &'a DecomposeRequest,
) -> impl Iterator<Item = Step<Input>> + 'a {
    folder.pictures().map(|picture| match picture {
        Ok(picture) => Ok(folder.input(picture, request)),
        Err(error) => Err(SkippedPicture::failed(
            PathBuf::new(),
            Failure::bad_input(error),
        )),
    })
}
