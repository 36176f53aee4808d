use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use document::{Document, Layer, Pixels, composite_layers};
use export::{AtomicFile, ExportError, OnProgress, WriteBehind, write_quick_png};
use image::{RgbaImage, imageops};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::archive::Archive;
use crate::drawn::Drawn;
use crate::manifest::{MANIFEST, MAX_DEPTH, Manifest, is_empty};
use crate::pictures::{Pictures, Saved, SavedPicture, Shows, reusable};
use crate::stack::{Placement, stack_xml};
use crate::{Project, ProjectError};

/// What the pictures' numbers mean, where that is not sRGB.
pub const PROFILE: &str = "profile.icc";
/// Of a layer that shows nothing: OpenRaster has none without a picture.
const BLANK: &str = "data/blank.png";
/// Copying in pieces of eight kilobytes would take several times as long.
const WRITTEN_AT_ONCE: usize = 1 << 20;
/// The whole canvas, and the same with at most [`THUMBNAIL_SIDE`] pixels a side.
const PREVIEWS: [&str; 2] = ["mergedimage.png", "Thumbnails/thumbnail.png"];
/// OpenRaster's own limit.
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
        let mut older = before
            .filter(|before| before.path == self.path)
            .and_then(|before| Some((before, Archive::open(self.path).ok()?)));
        let mut behind = WriteBehind::new(target.file());
        let mut zip = ZipWriter::new(BufWriter::with_capacity(WRITTEN_AT_ONCE, &mut behind));
        // First and uncompressed, so that `file` and Krita know it by its first bytes.
        self.put(&mut zip, "mimetype", b"image/openraster")?;
        let whole = Shows::Canvas(self.document.layers().to_vec(), self.document.canvas());
        let known = reusable(&mut older, &whole);
        let is_known = known.len() == PREVIEWS.len();
        let drawn = Drawn::of(self.document, &self.pictures, |shows| {
            !is_known && reusable(&mut older, shows).is_empty()
        });
        let (places, previews) = rayon::join(
            || self.write_pictures(&mut zip, &mut older, &drawn, progress),
            || (!is_known).then(|| self.previews(&drawn)).transpose(),
        );
        let places = places?;
        self.write_texts(&mut zip, &places)?;
        match previews? {
            None => known
                .iter()
                .try_for_each(|known| self.copy(&mut zip, &mut older, known, &known.name))?,
            Some(previews) => previews
                .iter()
                .try_for_each(|(name, bytes)| self.put(&mut zip, name, bytes))?,
        }
        let mut file = zip.finish().map_err(|error| self.failed(error.into()))?;
        file.flush().map_err(|error| self.failed(error))?;
        drop(file);
        behind.finish().map_err(|error| self.failed(error))?;
        if !progress(1.0) {
            return Err(ExportError::Cancelled.into());
        }
        // Once more, as much may have happened meanwhile.
        let path = target.keep_if(|| self.check_others())?;
        Ok(self.saved(path, &places, whole))
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

    /// Where the corner of each picture lies on the canvas; `None` for one without pixels.
    fn write_pictures<W: Write + Seek + Send>(
        &self,
        zip: &mut ZipWriter<W>,
        older: &mut Option<(&Saved, Archive)>,
        drawn: &Drawn,
        progress: OnProgress,
    ) -> Result<Vec<Option<(i32, i32)>>, ProjectError> {
        let all = &self.pictures.all;
        let mut places = Vec::with_capacity(all.len());
        for shows in all {
            let known = drawn.picture(places.len());
            let name = Pictures::name(places.len());
            places.push(self.write_picture(zip, older, &name, shows, known)?);
            // The previews are about as much work as another picture.
            if !progress(places.len() as f32 / (all.len() + 1) as f32) {
                return Err(ExportError::Cancelled.into());
            }
        }
        Ok(places)
    }

    fn write_picture<W: Write + Seek + Send>(
        &self,
        zip: &mut ZipWriter<W>,
        older: &mut Option<(&Saved, Archive)>,
        name: &str,
        shows: &Shows,
        drawn: Option<(Pixels, i32, i32)>,
    ) -> Result<Option<(i32, i32)>, ProjectError> {
        if let Some(known) = reusable(older, shows).first() {
            self.copy(zip, older, known, name)?;
            return Ok(Some((known.left, known.top)));
        }
        let (pixels, left, top) = drawn.unwrap_or_else(|| shows.draw());
        if is_empty(&pixels) {
            return Ok(None);
        }
        let most = pixels.image().as_raw().len() as u64 * 2;
        self.begin(zip, name, most)?;
        let written = write_quick_png(zip, pixels.image(), self.document.metadata());
        written.map_err(|error| self.failed(error))?;
        Ok(Some((left, top)))
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
    fn previews(&self, drawn: &Drawn) -> Result<Vec<(&'static str, Vec<u8>)>, ProjectError> {
        if self.document.canvas().is_empty() {
            return Ok(Vec::new());
        }
        let layers = drawn.in_place(self.document.layers(), &self.pictures);
        let merged = composite_layers(&layers, self.document.canvas());
        let small = thumbnail(&merged);
        let pictures = PREVIEWS.into_iter().zip([&merged, &small]);
        let bytes = pictures.map(|(name, image)| Ok((name, self.png(image)?)));
        bytes.collect()
    }

    fn png(&self, image: &RgbaImage) -> Result<Vec<u8>, ProjectError> {
        let mut bytes = Vec::new();
        let written = write_quick_png(&mut bytes, image, self.document.metadata());
        written.map_err(|error| self.failed(error))?;
        Ok(bytes)
    }

    fn put<W: Write + Seek>(
        &self,
        zip: &mut ZipWriter<W>,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), ProjectError> {
        self.begin(zip, name, bytes.len() as u64)?;
        zip.write_all(bytes).map_err(|error| self.failed(error))
    }

    /// Begins an entry of at most so many bytes. Nothing is compressed again: PNGs are, and the texts are small.
    fn begin<W: Write + Seek>(
        &self,
        zip: &mut ZipWriter<W>,
        name: &str,
        most: u64,
    ) -> Result<(), ProjectError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(u32::try_from(most).is_err());
        zip.start_file(name, options)
            .map_err(|error| self.failed(error.into()))
    }

    fn copy<W: Write + Seek>(
        &self,
        zip: &mut ZipWriter<W>,
        older: &mut Option<(&Saved, Archive)>,
        from: &SavedPicture,
        to: &str,
    ) -> Result<(), ProjectError> {
        let Some((_, archive)) = older else {
            return Ok(());
        };
        let copied = archive
            .zip()
            .by_name(&from.name)
            .and_then(|entry| zip.raw_copy_file_rename(entry, to));
        copied.map_err(|error| self.failed(error.into()))
    }

    fn failed(&self, error: std::io::Error) -> ProjectError {
        ExportError::io(self.path, error).into()
    }

    /// Nothing is remembered of a file that cannot be read again at once: the next save then writes all.
    fn saved(self, path: PathBuf, places: &[Option<(i32, i32)>], whole: Shows) -> Saved {
        let Ok(mut archive) = Archive::open(&path) else {
            return Saved {
                path,
                manifest: None,
                pictures: Vec::new(),
            };
        };
        let previews = PREVIEWS.map(|name| (name.to_owned(), whole.clone(), Some((0, 0))));
        let shown = self.pictures.all.into_iter().zip(places).enumerate();
        let shown = shown.map(|(index, (shows, place))| (Pictures::name(index), shows, *place));
        let pictures = shown.chain(previews).filter_map(|(name, shows, place)| {
            let (left, top) = place?;
            Some(SavedPicture {
                mark: archive.mark(&name)?,
                shows,
                name,
                left,
                top,
            })
        });
        Saved {
            pictures: pictures.collect(),
            manifest: archive.mark(MANIFEST),
            path,
        }
    }
}

fn thumbnail(image: &RgbaImage) -> RgbaImage {
    let (width, height) = image.dimensions();
    let scale = (f64::from(THUMBNAIL_SIDE) / f64::from(width.max(height))).min(1.0);
    let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(1);
    imageops::thumbnail(image, side(width), side(height))
}
