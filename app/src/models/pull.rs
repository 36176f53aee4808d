use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context, Result};
use download::{DownloadError, Server, Watch, check_room, fetch};
use indicatif::{ProgressBar, ProgressStyle};
use qwen_image_layered::catalogue::Published;

use super::here::Here;
use super::{how_to_use, size};
use crate::exit::Exit;

/// Shows how far a download is, and ends it at Ctrl-C.
pub struct Watching {
    bar: ProgressBar,
    /// Of the files before this one.
    before: AtomicU64,
    stopped: Arc<AtomicBool>,
}

impl Watching {
    pub fn new() -> Result<Self> {
        let stopped = Arc::new(AtomicBool::new(false));
        let on_interrupt = stopped.clone();
        ctrlc::set_handler(move || on_interrupt.store(true, Ordering::Relaxed))
            .context("Ctrl-C cannot be heard")?;
        Ok(Self {
            bar: ProgressBar::hidden(),
            before: AtomicU64::new(0),
            stopped,
        })
    }

    fn of(self, bytes: u64) -> Result<Self> {
        let style = ProgressStyle::with_template(
            "{msg} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        )?;
        Ok(Self {
            bar: ProgressBar::new(bytes).with_style(style),
            ..self
        })
    }

    fn begin(&self, name: &str) {
        self.bar.set_message(name.to_owned());
    }

    fn end(&self, bytes: u64) {
        let there = self.before.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.bar.set_position(there);
    }
}

impl Watch for Watching {
    fn bytes(&self, there: u64, _: u64) {
        self.bar
            .set_position(self.before.load(Ordering::Relaxed) + there);
    }

    fn is_cancelled(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

pub fn pull(here: &Here, published: &Published, server: &Server) -> Result<Exit> {
    let folder = here.folder_of(published);
    let wanted = published.files(server, &folder)?;
    let bytes: u64 = wanted.iter().map(|wanted| wanted.file.size).sum();
    let there = |path: &std::path::Path| path.metadata().map_or(0, |metadata| metadata.len());
    let have: u64 = wanted.iter().map(|wanted| there(&wanted.to)).sum();
    check_room(&folder, bytes.saturating_sub(have))?;
    println!(
        "{}, {} in {} files, licence {}, into {}",
        published.name,
        size(bytes),
        wanted.len(),
        published.licence,
        folder.display()
    );
    let watching = Watching::new()?.of(bytes)?;
    for wanted in &wanted {
        watching.begin(&wanted.file.path);
        match fetch(server, wanted, &watching) {
            Ok(_) => watching.end(wanted.file.size),
            Err(error @ DownloadError::Cancelled) => {
                eprintln!("lamina: {error}");
                return Ok(Exit::Interrupted);
            }
            Err(error) => return Err(error.into()),
        }
    }
    watching.bar.finish_and_clear();
    here.keep(published, &wanted)?;
    println!("{} is here: {}", published.name, how_to_use(&folder));
    Ok(Exit::Success)
}
