use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use document::{Document, Metadata, Pixels};
use import::PictureFile;
use rayon::prelude::*;

use crate::archive::Archive;
use crate::error::Problem;
use crate::limits::{MAX_MANIFEST_BYTES, MAX_PIXELS, MAX_PROFILE_BYTES, check_canvas};
use crate::manifest::{FORMAT, MANIFEST, Manifest, Version};
use crate::picture;
use crate::pictures::{Saved, SavedPicture, Shows};
use crate::save::PROFILE;
use crate::{Project, ProjectError, layered, openraster};

/// Opens a project file exactly as it was saved; slow for large pictures.
///
/// # Errors
/// [`ProjectError::Open`]. Memory is bounded by what the file's own size can honestly hold.
pub fn open(path: &Path) -> Result<Project, ProjectError> {
    read(path).map_err(|problem| ProjectError::Open {
        path: path.to_owned(),
        problem,
    })
}

/// What a file turned out to be.
#[derive(Debug)]
pub enum Opened {
    /// Of Lamina: exactly as it was saved, and what the next save need not write again.
    Project(Project, Saved),
    /// Of another program: its layers, and sentences about what of them Lamina does not show.
    Layers(Document, Vec<String>),
    /// A picture, as a document's source and only layer, and sentences about its colours.
    Picture(Document, Vec<String>),
}

/// Opens a project, layers of another program (OpenRaster, PSD, PSB), or a picture: the content decides, not the name.
///
/// # Errors
/// As [`open`], and [`ProjectError::Picture`].
pub fn open_any(path: &Path) -> Result<Opened, ProjectError> {
    let failed = |problem| ProjectError::Open {
        path: path.to_owned(),
        problem,
    };
    if !is_archive(path) {
        let file = PictureFile::read(path)?;
        if let Some(layered) = file.layers() {
            let (document, notes) = layered::document_of(layered?)
                .map_err(Problem::damaged)
                .map_err(failed)?;
            return Ok(Opened::Layers(document, notes));
        }
        let picture = file.decode()?;
        let pixels = Pixels::new(picture.image);
        let notes = import::colour_notes(picture.profile.as_deref(), picture.bits);
        let document = Document::from_source(pixels, picture.pixels_per_inch);
        let metadata = Metadata {
            profile: picture.profile.map(Into::into),
            ..document.metadata().clone()
        };
        return Ok(Opened::Picture(document.with_metadata(metadata), notes));
    }
    remove_parts_beside(path);
    let read = || {
        let mut archive = Archive::open(path)?;
        if archive.has(MANIFEST) {
            let (project, pictures) = project(&mut archive)?;
            let saved = known(&mut archive, path, pictures);
            return Ok(Opened::Project(project, saved));
        }
        let (document, notes) = openraster::read(&mut archive)?;
        Ok(Opened::Layers(document, notes))
    };
    read().map_err(failed)
}

/// What a killed save left.
fn remove_parts_beside(path: &Path) {
    if let Some(folder) = path.parent() {
        export::remove_abandoned(folder);
    }
}

/// Whether the content is a ZIP's, and so perhaps a project; `false` for what cannot be read.
fn is_archive(path: &Path) -> bool {
    let mut start = [0; 4];
    // Reading a pipe would wait for ever.
    path.is_file()
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == *b"PK\x03\x04"
}

fn read(path: &Path) -> Result<Project, Problem> {
    let mut archive = Archive::open(path)?;
    if !archive.has(MANIFEST) {
        return Err(Problem::NotAProject);
    }
    project(&mut archive).map(|(project, _)| project)
}

/// And its pictures by their names in the file.
fn project(archive: &mut Archive) -> Result<(Project, HashMap<String, Pixels>), Problem> {
    let manifest = manifest(&archive.read(MANIFEST, MAX_MANIFEST_BYTES)?)?;
    let pictures = pictures(archive, &manifest)?;
    let runs = manifest.runs.clone();
    let profile = match archive.has(PROFILE) {
        true => Some(archive.read(PROFILE, MAX_PROFILE_BYTES)?.into()),
        false => None,
    };
    let document = manifest.into_document(&pictures, profile)?;
    Ok((Project { document, runs }, pictures))
}

fn known(archive: &mut Archive, path: &Path, pictures: HashMap<String, Pixels>) -> Saved {
    let mut saved_picture = |(name, pixels): (String, Pixels)| {
        let mark = archive.mark(&name)?;
        Some(SavedPicture {
            shows: Shows::Pixels(pixels),
            name,
            mark,
            left: 0,
            top: 0,
        })
    };
    Saved {
        path: path.to_owned(),
        pictures: pictures
            .into_iter()
            .filter_map(&mut saved_picture)
            .collect(),
        manifest: archive.mark(MANIFEST),
    }
}

fn manifest(text: &[u8]) -> Result<Manifest, Problem> {
    let version: Version = serde_json::from_slice(text).map_err(Problem::damaged)?;
    if version.format > FORMAT {
        return Err(Problem::Newer(version.format));
    }
    let manifest: Manifest = serde_json::from_slice(text).map_err(Problem::damaged)?;
    check_canvas(manifest.width, manifest.height)?;
    Ok(manifest)
}

/// Read one after the other, decoded on all processors.
fn pictures(
    archive: &mut Archive,
    manifest: &Manifest,
) -> Result<HashMap<String, Pixels>, Problem> {
    let names = manifest.pictures();
    let mut pictures = HashMap::with_capacity(names.len());
    let mut left = MAX_PIXELS;
    for names in names.chunks(rayon::current_num_threads().max(1)) {
        let mut encoded = Vec::with_capacity(names.len());
        for name in names {
            // A PNG is hardly ever larger than its pixels.
            let bytes = archive.read(name, left * 5)?;
            let (width, height) = picture::size_of(&bytes)?;
            left = left
                .checked_sub(u64::from(width) * u64::from(height))
                .ok_or(Problem::TooLarge(MAX_PIXELS / 1_000_000))?;
            encoded.push((*name, bytes));
        }
        let decoded: Result<Vec<_>, Problem> = encoded
            .into_par_iter()
            .map(|(name, bytes)| Ok((name.to_owned(), Pixels::new(picture::decode(&bytes)?))))
            .collect();
        pictures.extend(decoded?);
    }
    Ok(pictures)
}
