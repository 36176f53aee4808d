use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use document::{Document, Layer, composite};
use export::{AtomicFile, ExportError, OnProgress, quick_png_bytes};
use image::{RgbaImage, imageops};
use rayon::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::archive::Archive;
use crate::manifest::{MANIFEST, MAX_DEPTH, Manifest, is_empty};
use crate::pictures::{Pictures, Saved, SavedPicture, Shows, reusable};
use crate::stack::{Placement, stack_xml};
use crate::{Project, ProjectError};

/// What the pictures' numbers mean, where that is not sRGB.
pub const PROFILE: &str = "profile.icc";
/// Of a layer that shows nothing: OpenRaster has none without a picture.
const BLANK: &str = "data/blank.png";
/// OpenRaster: at most so many pixels a side.
const THUMBNAIL_SIDE: u32 = 256;

/// Saves a project under `path`, replacing an older file only once the new one is whole. Pictures that `before` has
/// written to the same place are copied as they are.
///
/// # Errors
/// [`ProjectError::Write`] and [`ProjectError::TooDeep`]; the older file is then as it was.
pub fn save(
    project: &Project,
    path: &Path,
    before: Option<&Saved>,
    progress: OnProgress,
) -> Result<Saved, ProjectError> {
    Writing::of(project, path).run(before, progress)
}

/// As [`save`], to where `before` was written or opened, unless the file there has been changed since.
///
/// # Errors
/// As [`save`], and [`ProjectError::ChangedMeanwhile`].
pub fn save_again(
    project: &Project,
    before: &Saved,
    progress: OnProgress,
) -> Result<Saved, ProjectError> {
    let writing = Writing {
        keeps_others: Some(before),
        ..Writing::of(project, &before.path)
    };
    writing.run(Some(before), progress)
}

/// Writes plain OpenRaster: the layers as they appear, and nothing that only Lamina reads.
///
/// # Errors
/// As [`save`].
pub fn save_openraster(
    document: &Document,
    path: &Path,
    progress: OnProgress,
) -> Result<(), ProjectError> {
    let writing = Writing {
        document,
        runs: None,
        pictures: Pictures::of(document, false),
        path,
        keeps_others: None,
    };
    writing.run(None, progress).map(drop)
}

struct Writing<'a> {
    document: &'a Document,
    runs: Option<&'a [serde_json::Value]>,
    pictures: Pictures,
    path: &'a Path,
    /// Only this may be replaced.
    keeps_others: Option<&'a Saved>,
}

/// A picture on its way into the file.
enum Ready {
    /// As the older file has it, under this name.
    Copied(SavedPicture),
    /// The PNG, and where its corner lies; no bytes for a picture without pixels.
    Encoded(Vec<u8>, i32, i32),
}

impl<'a> Writing<'a> {
    fn of(project: &'a Project, path: &'a Path) -> Self {
        Self {
            document: &project.document,
            runs: Some(&project.runs),
            pictures: Pictures::of(&project.document, true),
            path,
            keeps_others: None,
        }
    }

    fn run(self, before: Option<&Saved>, progress: OnProgress) -> Result<Saved, ProjectError> {
        self.check_depth()?;
        self.check_others()?;
        // Before anything that takes long, so that a path that cannot be written is told at once.
        let mut target = AtomicFile::create(self.path)?;
        let older = before
            .filter(|before| before.path == self.path)
            .and_then(|before| Some((before, Archive::open(self.path).ok()?)));
        let mut zip = ZipWriter::new(BufWriter::new(target.file()));
        // First and uncompressed, so that `file` and Krita know it by its first bytes.
        self.put(&mut zip, "mimetype", b"image/openraster")?;
        let (places, previews) = rayon::join(
            || self.write_pictures(&mut zip, older, progress),
            || self.previews(),
        );
        let places = places?;
        self.write_texts(&mut zip, &places)?;
        for (name, bytes) in previews? {
            self.put(&mut zip, name, &bytes)?;
        }
        let mut file = zip.finish().map_err(|error| self.failed(error.into()))?;
        file.flush().map_err(|error| self.failed(error))?;
        drop(file);
        if !progress(1.0) {
            return Err(ExportError::Cancelled.into());
        }
        // Once more, as much may have happened meanwhile.
        let path = target.keep_if(|| self.check_others())?;
        Ok(self.saved(path, &places))
    }

    fn check_others(&self) -> Result<(), ProjectError> {
        match self.keeps_others {
            Some(before) if before.was_replaced() => {
                Err(ProjectError::ChangedMeanwhile(before.path.clone()))
            }
            _ => Ok(()),
        }
    }

    fn check_depth(&self) -> Result<(), ProjectError> {
        let depth_of = |layers: &[Layer]| layers.iter().map(Layer::depth).max().unwrap_or(0);
        let aside = self.document.variants().all.iter();
        let aside = aside.map(|variant| depth_of(&variant.layers));
        match aside.fold(depth_of(self.document.layers()), usize::max) {
            depth if depth > MAX_DEPTH => Err(ProjectError::TooDeep {
                depth,
                limit: MAX_DEPTH,
            }),
            _ => Ok(()),
        }
    }

    /// Where the corner of each picture lies on the canvas; `None` for one without pixels. Some are encoded while those before
    /// them are written.
    fn write_pictures<W: Write + Seek + Send>(
        &self,
        zip: &mut ZipWriter<W>,
        mut older: Option<(&Saved, Archive)>,
        progress: OnProgress,
    ) -> Result<Vec<Option<(i32, i32)>>, ProjectError> {
        let all = &self.pictures.all;
        let known: Vec<Option<SavedPicture>> = all
            .iter()
            .map(|shows| reusable(&mut older, shows))
            .collect();
        let pictures: Vec<_> = all.iter().zip(known).collect();
        let mut places = Vec::with_capacity(all.len());
        let mut ready = Vec::new();
        // So many encoded pictures are held at once, and as many again that are being written.
        for batch in pictures.chunks(rayon::current_num_threads().max(1)) {
            let (written, next) = rayon::join(
                || self.append(zip, &mut older, &ready, &mut places),
                || self.prepare_all(batch),
            );
            written?;
            ready = next?;
            // The previews are about as much work as another picture.
            if !progress(places.len() as f32 / (all.len() + 1) as f32) {
                return Err(ExportError::Cancelled.into());
            }
        }
        self.append(zip, &mut older, &ready, &mut places)?;
        Ok(places)
    }

    fn append<W: Write + Seek>(
        &self,
        zip: &mut ZipWriter<W>,
        older: &mut Option<(&Saved, Archive)>,
        ready: &[Ready],
        places: &mut Vec<Option<(i32, i32)>>,
    ) -> Result<(), ProjectError> {
        for picture in ready {
            let name = Pictures::name(places.len());
            places.push(match picture {
                Ready::Copied(picture) => {
                    self.copy(zip, older, &picture.name, &name)?;
                    Some((picture.left, picture.top))
                }
                Ready::Encoded(bytes, ..) if bytes.is_empty() => None,
                Ready::Encoded(bytes, left, top) => {
                    self.put(zip, &name, bytes)?;
                    Some((*left, *top))
                }
            });
        }
        Ok(())
    }

    fn prepare_all(
        &self,
        pictures: &[(&Shows, Option<SavedPicture>)],
    ) -> Result<Vec<Ready>, ProjectError> {
        let each = pictures.par_iter().with_max_len(1);
        each.map(|(shows, known)| self.prepare(shows, known.clone()))
            .collect()
    }

    fn prepare(&self, shows: &Shows, known: Option<SavedPicture>) -> Result<Ready, ProjectError> {
        if let Some(known) = known {
            return Ok(Ready::Copied(known));
        }
        let (pixels, left, top) = shows.draw();
        let bytes = if is_empty(&pixels) {
            Vec::new()
        } else {
            self.png(pixels.image())?
        };
        Ok(Ready::Encoded(bytes, left, top))
    }

    fn write_texts<W: Write + Seek>(
        &self,
        zip: &mut ZipWriter<W>,
        places: &[Option<(i32, i32)>],
    ) -> Result<(), ProjectError> {
        let shown = |id| {
            let (index, offset) = self.pictures.layers.get(&id)?;
            let (left, top) = (*places.get(*index)?)?;
            Some(Placement {
                picture: Pictures::name(*index),
                left: left + offset.0,
                top: top + offset.1,
            })
        };
        let is_blank = |layer: &Layer| layer.as_raster().is_some() && shown(layer.id).is_none();
        if self.document.walk().any(|(_, layer)| is_blank(layer)) {
            self.put(zip, BLANK, &self.png(&RgbaImage::new(1, 1))?)?;
        }
        let stack = stack_xml(self.document, &|id| {
            shown(id).unwrap_or_else(|| Placement {
                picture: BLANK.to_owned(),
                left: 0,
                top: 0,
            })
        });
        let stack = stack.map_err(|error| self.failed(error))?;
        self.put(zip, "stack.xml", &stack)?;
        let Some(runs) = self.runs else {
            return Ok(());
        };
        if let Some(profile) = &self.document.metadata().profile {
            self.put(zip, PROFILE, profile)?;
        }
        let manifest = Manifest::of(self.document, runs.to_vec(), |pixels| {
            let wanted = Shows::Pixels(pixels.clone());
            let index = self.pictures.all.iter().position(|s| s.is_same(&wanted));
            Pictures::name(index.unwrap_or_default())
        });
        let text = serde_json::to_vec_pretty(&manifest).map_err(|e| self.failed(e.into()))?;
        self.put(zip, MANIFEST, &text)
    }

    /// The canvas as one picture, and a small one; none of a canvas without pixels.
    fn previews(&self) -> Result<Vec<(&'static str, Vec<u8>)>, ProjectError> {
        if self.document.canvas().is_empty() {
            return Ok(Vec::new());
        }
        let merged = composite(self.document);
        let thumbnail = thumbnail(&merged);
        Ok(vec![
            ("mergedimage.png", self.png(&merged)?),
            ("Thumbnails/thumbnail.png", self.png(&thumbnail)?),
        ])
    }

    fn png(&self, image: &RgbaImage) -> Result<Vec<u8>, ProjectError> {
        let bytes = quick_png_bytes(image, self.document.metadata());
        bytes.map_err(|error| self.failed(error))
    }

    /// Nothing is compressed again: PNGs are, and the texts are small.
    fn put<W: Write + Seek>(
        &self,
        zip: &mut ZipWriter<W>,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), ProjectError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(u32::try_from(bytes.len()).is_err());
        zip.start_file(name, options)
            .map_err(|error| self.failed(error.into()))?;
        zip.write_all(bytes).map_err(|error| self.failed(error))
    }

    fn copy<W: Write + Seek>(
        &self,
        zip: &mut ZipWriter<W>,
        older: &mut Option<(&Saved, Archive)>,
        from: &str,
        to: &str,
    ) -> Result<(), ProjectError> {
        let Some((_, archive)) = older else {
            return Ok(());
        };
        let copied = archive
            .zip()
            .by_name(from)
            .and_then(|entry| zip.raw_copy_file_rename(entry, to));
        copied.map_err(|error| self.failed(error.into()))
    }

    fn failed(&self, error: std::io::Error) -> ProjectError {
        ExportError::io(self.path, error).into()
    }

    /// Nothing is remembered of a file that cannot be read again at once: the next save then writes all.
    fn saved(self, path: PathBuf, places: &[Option<(i32, i32)>]) -> Saved {
        let (mut manifest, mut pictures) = (None, Vec::new());
        if let Ok(mut archive) = Archive::open(&path) {
            manifest = archive.mark(MANIFEST);
            for (index, (shows, place)) in self.pictures.all.into_iter().zip(places).enumerate() {
                let name = Pictures::name(index);
                if let (Some((left, top)), Some(mark)) = (*place, archive.mark(&name)) {
                    pictures.push(SavedPicture {
                        shows,
                        name,
                        mark,
                        left,
                        top,
                    });
                }
            }
        }
        Saved {
            path,
            manifest,
            pictures,
        }
    }
}

fn thumbnail(image: &RgbaImage) -> RgbaImage {
    let (width, height) = image.dimensions();
    let scale = (f64::from(THUMBNAIL_SIDE) / f64::from(width.max(height))).min(1.0);
    let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(1);
    imageops::thumbnail(image, side(width), side(height))
}
