//! The first of a picture's three steps: from its file to all that the backend needs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use document::{Document, Metadata, Pixels};
use engine::DecomposeRequest;
use import::{Picture, PictureFile};
use sha2::{Digest, Sha256};

use super::failure::Failure;
use super::inputs::Input;
use crate::args::{Also, DecomposeArgs};
use crate::outputs::{DocumentOutputs, RAW_REPORT, REPORT, RawOutputs, TakenNames};
use crate::report::{self, SourceReport};

/// A picture that waits for the backend.
pub struct OpenedPicture {
    pub input: PathBuf,
    pub started: Instant,
    /// With the picture.
    pub request: DecomposeRequest,
    pub source: SourceReport,
    pub results: Results,
}

/// What will be written.
pub enum Results {
    /// Into the document that has the picture.
    Document(Document, DocumentOutputs),
    Raw(RawOutputs),
}

pub struct Opener<'a> {
    args: &'a DecomposeArgs,
    /// Raw layers get a folder for each picture.
    several: bool,
    taken: TakenNames,
}

impl<'a> Opener<'a> {
    pub fn new(args: &'a DecomposeArgs, several: bool) -> Self {
        Self {
            args,
            several,
            taken: TakenNames::default(),
        }
    }

    /// `None` where it is done already and that is asked for.
    pub fn open(&mut self, input: Input) -> Result<Option<OpenedPicture>, Failure> {
        let started = Instant::now();
        let file = PictureFile::read(&input.picture).map_err(Failure::bad_input)?;
        let sha256 = format!("{:x}", Sha256::digest(file.bytes()));
        let name = self.taken.name(&input.folder, &input.owner());
        let raw = self.args.files.raw.then(|| match self.several {
            true => input.folder.join(&name),
            false => input.folder.clone(),
        });
        if self.args.batch.skip_done {
            let report = match &raw {
                Some(folder) => folder.join(RAW_REPORT),
                None => DocumentOutputs::file(&input.folder, &name, REPORT),
            };
            let is_there = |also: &Also| {
                DocumentOutputs::file(&input.folder, &name, also.extension()).exists()
            };
            if is_done(&report, &sha256, &input.request)
                && self.args.files.also.iter().all(is_there)
            {
                return Ok(None);
            }
        }
        let picture = file.decode().map_err(Failure::bad_input)?;
        drop(file);
        let source = source_report(&input.picture, sha256, &picture);
        let mut request = input.request;
        let results = match raw {
            Some(folder) => {
                let outputs = RawOutputs::prepare(folder).map_err(Failure::failed)?;
                let dumps = self.args.files.dump_tensors;
                request.dump = dumps.then(|| outputs.staged_tensors());
                request.source = Arc::new(picture.image);
                Results::Raw(outputs)
            }
            None => {
                let outputs =
                    DocumentOutputs::prepare(&input.folder, name).map_err(Failure::failed)?;
                let pixels = Pixels::new(picture.image);
                request.source = pixels.shared();
                let document = Document::from_source(pixels, picture.pixels_per_inch);
                let metadata = Metadata {
                    profile: picture.profile.map(Into::into),
                    ..document.metadata().clone()
                };
                let document = document.with_metadata(metadata);
                Results::Document(document, outputs)
            }
        };
        Ok(Some(OpenedPicture {
            input: input.picture,
            started,
            request,
            source,
            results,
        }))
    }
}

/// A report is moved into place last, so that the rest lies there too, unless someone took it away.
fn is_done(report: &Path, sha256: &str, request: &DecomposeRequest) -> bool {
    report::read(report).is_ok_and(|done| {
        let psd = done.psd.map(|psd| report.with_file_name(psd));
        done.source.sha256.as_deref() == Some(sha256)
            && done.request.asks_the_same(request)
            && psd.is_none_or(|psd| psd.exists())
    })
}

pub fn source_report(input: &Path, sha256: String, picture: &Picture) -> SourceReport {
    SourceReport {
        path: input.display().to_string(),
        sha256: Some(sha256),
        width: picture.image.width(),
        height: picture.image.height(),
        pixels_per_inch: picture.pixels_per_inch,
    }
}
