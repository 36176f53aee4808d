use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use download::{DownloadError, Server, Watch};
use indicatif::{ProgressBar, ProgressStyle};
use qwen_image_layered::catalogue::CatalogueError;
use qwen_image_layered::catalogue::{Download, Here, Published};
use words::say;

use super::{how_to_use, size};
use crate::exit::Exit;

/// Shows how far a download is, and ends it at Ctrl-C.
pub struct DownloadProgress {
    bar: ProgressBar,
    stopped: Arc<AtomicBool>,
}

impl DownloadProgress {
    pub fn new() -> Result<Self> {
        let stopped = Arc::new(AtomicBool::new(false));
        let on_interrupt = stopped.clone();
        ctrlc::set_handler(move || on_interrupt.store(true, Ordering::Relaxed))
            .context(say!("pull-no-ctrl-c"))?;
        Ok(Self {
            bar: ProgressBar::hidden(),
            stopped,
        })
    }

    fn of(self, download: &Download) -> Result<Self> {
        let style = ProgressStyle::with_template(
            "{msg} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        )?;
        let bar = ProgressBar::new(download.bytes()).with_style(style);
        // So that the rate is that of this download.
        bar.set_position(download.there());
        bar.reset_eta();
        Ok(Self { bar, ..self })
    }
}

impl Watch for DownloadProgress {
    fn bytes(&self, there: u64, _: u64) {
        self.bar.set_message("");
        self.bar.set_position(there);
    }

    fn checking(&self) {
        self.bar.set_message("checking");
    }

    fn is_cancelled(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

pub fn pull(here: &Here, published: &'static Published, server: &Server) -> Result<Exit> {
    let download = Download::prepare(here, published, server)?;
    println!(
        "{}",
        say!(
            "pull-begins",
            model = published.name,
            size = size(download.bytes()),
            files = download.files(),
            licence = published.licence,
            folder = download.folder().display().to_string()
        )
    );
    let watching = DownloadProgress::new()?.of(&download)?;
    match download.run(&watching) {
        Ok(()) => {}
        Err(CatalogueError::Download(error @ DownloadError::Cancelled)) => {
            eprintln!("lamina: {error}");
            return Ok(Exit::Interrupted);
        }
        Err(error) => return Err(error.into()),
    }
    watching.bar.finish_and_clear();
    let folder = download.folder();
    println!("{} is here: {}", published.name, how_to_use(&folder));
    Ok(Exit::Success)
}
