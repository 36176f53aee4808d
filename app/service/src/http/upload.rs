//! Pictures on their way in: to the disk as they come, so that memory holds none, and decoded once before a job is queued.

use std::io::{Cursor, Write};
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::{Stream, StreamExt};
use image::ImageReader;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::Api;
use super::problem::Problem;
use crate::store::Store;

/// A picture whose bytes lie on the disk.
pub struct Uploaded {
    file: NamedTempFile,
    sha256: String,
}

/// A picture that can be decomposed.
pub struct StoredPicture {
    pub sha256: String,
    pub width: u32,
    pub height: u32,
}

/// `most` bytes as they arrive.
pub async fn receive<E>(
    store: &Store,
    most: u64,
    mut bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<Uploaded, Problem>
where
    Problem: From<E>,
{
    let mut file = store
        .arriving()
        .map_err(|error| Problem::internal(&error))?;
    let (mut hash, mut length) = (Sha256::new(), 0);
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk?;
        length += chunk.len() as u64;
        if length > most {
            return Err(Problem::too_large(most));
        }
        hash.update(&chunk);
        // A chunk goes to the system's cache in microseconds.
        file.write_all(&chunk)
            .map_err(|error| Problem::internal(&error))?;
    }
    let sha256 = format!("{:x}", hash.finalize());
    Ok(Uploaded { file, sha256 })
}

impl Api {
    /// Refuses what does not decode, before it waits in the queue.
    pub async fn keep(&self, uploaded: Uploaded) -> Result<StoredPicture, Problem> {
        if let Some(known) = self.known_picture(uploaded.sha256.clone()).await? {
            return Ok(known);
        }
        // One at a time: a decoder may take far more memory than the file.
        let turn = self.decoding.acquire().await;
        let store = Arc::clone(&self.shared.store);
        let most = self.shared.limits.pixels;
        let kept = self.blocking(move || keep(&store, uploaded, most)).await?;
        drop(turn);
        kept
    }

    /// One that came with an earlier job.
    pub async fn known_picture(&self, sha256: String) -> Result<Option<StoredPicture>, Problem> {
        let store = Arc::clone(&self.shared.store);
        self.blocking(move || {
            let size = store.picture_size(&sha256)?;
            let size = size.filter(|_| store.picture(&sha256).is_file());
            Ok(size.map(|(width, height)| StoredPicture {
                sha256,
                width,
                height,
            }))
        })
        .await?
    }
}

fn keep(store: &Store, uploaded: Uploaded, most: u64) -> Result<StoredPicture, Problem> {
    let Uploaded { file, sha256 } = uploaded;
    let bytes = std::fs::read(file.path()).map_err(|error| Problem::internal(&error))?;
    // A small file may unpack to gigabytes, which most formats' headers tell beforehand.
    if let Some(told) = told_size(&bytes) {
        check_size(told, most)?;
    }
    let picture =
        import::decode(&bytes).map_err(|error| Problem::unusable("not_a_picture", error))?;
    let (width, height) = picture.image.dimensions();
    check_size((width, height), most)?;
    store
        .keep_picture(file, &sha256)
        .map_err(|error| Problem::internal(&error))?;
    Ok(StoredPicture {
        sha256,
        width,
        height,
    })
}

fn told_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    reader.ok()?.into_dimensions().ok()
}

fn check_size((width, height): (u32, u32), most: u64) -> Result<(), Problem> {
    if u64::from(width) * u64::from(height) <= most {
        return Ok(());
    }
    Err(Problem::unusable(
        "too_many_pixels",
        format!(
            "the picture has {width} × {height} pixels, and this server takes {most} at most; make it smaller first"
        ),
    ))
}
