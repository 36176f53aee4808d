use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use ureq::Body;
use ureq::http::Response;

use crate::parts::{Parts, Stretch};
use crate::{DownloadError, Result, Server, Wanted, Watch};

/// Connections at a time.
const CONNECTIONS: usize = 4;
const BUFFER: usize = 1 << 18;
/// How often what is there is remembered.
const REMEMBERED: Duration = Duration::from_secs(2);
/// How often a pause looks whether it is to end.
const GLANCE: Duration = Duration::from_millis(50);
/// Room that is left on the disk.
const SPARE: u64 = 64 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// It was there, whole.
    Already,
    Now,
}

/// Has a file where it is wanted: whole, checked, or not at all.
pub fn fetch(server: &Server, wanted: &Wanted, watch: &dyn Watch) -> Result<Fetched> {
    let (to, size) = (wanted.to.as_path(), wanted.file.size);
    let url = server.address(&wanted.repository, &wanted.file.path);
    if to.metadata().is_ok_and(|there| there.len() == size) {
        watch.checking();
        if is_right(to, wanted, watch)?.is_none() {
            return Ok(Fetched::Already);
        }
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| DownloadError::io(folder, error))?;
    let parts = Parts::open(
        to,
        size,
        wanted.file.sha256.as_deref(),
        server.tuning.part_bytes.max(1),
    )?;
    check_room(folder, size - parts.there())?;
    let job = Job {
        server,
        url: &url,
        size,
        parts: &parts,
        watch,
        ended: AtomicBool::new(false),
        in_order: AtomicBool::new(false),
        remembered: Mutex::new(Instant::now()),
    };
    let fetched = job.run();
    parts.remember()?;
    fetched?;
    watch.checking();
    if let Some(found) = is_right(parts.path(), wanted, watch)? {
        parts.delete();
        return Err(DownloadError::WrongBytes { url, found });
    }
    parts.finish(to)?;
    Ok(Fetched::Now)
}

/// The hash of a file that is not the wanted one.
fn is_right(path: &Path, wanted: &Wanted, watch: &dyn Watch) -> Result<Option<String>> {
    let Some(expected) = &wanted.file.sha256 else {
        return Ok(None);
    };
    let found = sha256(path, watch)?;
    Ok((!found.eq_ignore_ascii_case(expected)).then_some(found))
}

/// Of a file, in hexadecimal.
pub fn sha256(path: &Path, watch: &dyn Watch) -> Result<String> {
    let io = |error| DownloadError::io(path, error);
    let mut file = File::open(path).map_err(io)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; BUFFER]);
    loop {
        if watch.is_cancelled() {
            return Err(DownloadError::Cancelled);
        }
        match file.read(&mut buffer).map_err(io)? {
            0 => break,
            count => hash.update(&buffer[..count]),
        }
    }
    let digest = hash.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Fails where a folder has no [room](free_space) for so many bytes.
pub fn check_room(folder: &Path, needed: u64) -> Result<()> {
    let free = free_space(folder)?;
    match free < needed.saturating_add(SPARE) {
        false => Ok(()),
        true => Err(DownloadError::NoRoom {
            path: folder.to_owned(),
            needed,
            free,
        }),
    }
}

/// Bytes that are free for a folder, or for the one that it will be made in.
pub fn free_space(folder: &Path) -> Result<u64> {
    let existing = folder.ancestors().find(|folder| folder.is_dir());
    let free = fs4::available_space(existing.unwrap_or(Path::new(".")));
    free.map_err(|error| DownloadError::io(folder, error))
}

/// How many bytes a whole file's answer says that it has.
fn announced(response: &Response<Body>) -> Option<u64> {
    let length = response.headers().get("content-length")?;
    length.to_str().ok()?.parse().ok()
}

struct Job<'a> {
    server: &'a Server,
    url: &'a str,
    size: u64,
    parts: &'a Parts,
    watch: &'a dyn Watch,
    /// Somebody failed for good.
    ended: AtomicBool,
    /// The server sends whole files only.
    in_order: AtomicBool,
    remembered: Mutex<Instant>,
}

impl Job<'_> {
    fn run(&self) -> Result<()> {
        self.watch.bytes(self.parts.there(), self.size);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..CONNECTIONS)
                .map(|_| scope.spawn(|| self.work()))
                .collect();
            let ends = workers.into_iter().map(|worker| match worker.join() {
                Ok(end) => end,
                Err(_) => Err(DownloadError::Unreadable {
                    url: self.url.to_owned(),
                    reason: "a connection broke down".into(),
                }),
            });
            // One that fails ends the others, which then say only that.
            let failures = ends.filter_map(Result::err);
            let reason = failures.min_by_key(|error| matches!(error, DownloadError::Cancelled));
            reason.map_or(Ok(()), Err)
        })?;
        match self.in_order.load(Ordering::Relaxed) {
            true => self.whole(),
            false => Ok(()),
        }
    }

    /// Fetches part after part until there is none.
    fn work(&self) -> Result<()> {
        let mut failures = 0;
        while let Some(mut stretch) = self.parts.take() {
            let before = stretch.first;
            let fetched = self.stretch(&mut stretch);
            self.parts.give_back(stretch);
            if self.in_order.load(Ordering::Relaxed) {
                return Ok(());
            }
            if stretch.first > before {
                failures = 0;
            }
            if let Err(error) = fetched {
                failures += 1;
                self.wait_after(error, failures)?;
            }
        }
        Ok(())
    }

    /// The rest of a part by one connection.
    fn stretch(&self, stretch: &mut Stretch) -> Result<()> {
        let range = (stretch.first, stretch.last);
        let response = self.server.get(self.url, Some(range))?;
        let whole = range == (0, self.size - 1);
        if response.status() != 206 && !whole {
            self.in_order.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if response.status() != 206
            && let Some(found) = announced(&response)
            && found != self.size
        {
            return Err(self.wrong_size(found));
        }
        if response.status() == 206 {
            let told = response.headers().get("content-range");
            let told = told
                .and_then(|range| range.to_str().ok())
                .unwrap_or_default();
            let size = told.rsplit_once('/').map(|(_, size)| size);
            if let Some(found) = size.and_then(|size| size.parse().ok())
                && found != self.size
            {
                return Err(self.wrong_size(found));
            }
            if !told.starts_with(&format!("bytes {}-", range.0)) {
                self.in_order.store(true, Ordering::Relaxed);
                return Ok(());
            }
        }
        self.receive(response.into_body().into_reader(), stretch)
    }

    /// All of the file, from its start.
    fn whole(&self) -> Result<()> {
        let mut failures = 0;
        loop {
            self.parts.forget();
            let fetched = self.server.get(self.url, None).and_then(|response| {
                if let Some(found) = announced(&response).filter(|found| *found != self.size) {
                    return Err(self.wrong_size(found));
                }
                let mut reader = response.into_body().into_reader();
                while let Some(mut stretch) = self.parts.take() {
                    let length = stretch.last + 1 - stretch.first;
                    let received = self.receive(reader.by_ref().take(length), &mut stretch);
                    self.parts.give_back(stretch);
                    received?;
                }
                match reader.read(&mut [0]) {
                    Ok(0) | Err(_) => Ok(()),
                    Ok(_) => Err(self.wrong_size(self.size + 1)),
                }
            });
            match fetched {
                Ok(()) => return Ok(()),
                Err(error) => {
                    failures += 1;
                    self.wait_after(error, failures)?;
                }
            }
        }
    }

    fn receive(&self, mut reader: impl Read, stretch: &mut Stretch) -> Result<()> {
        let mut file = self.parts.writer()?;
        let mut buffer = vec![0; BUFFER];
        while stretch.first <= stretch.last {
            self.check()?;
            let left = usize::try_from(stretch.last + 1 - stretch.first).unwrap_or(BUFFER);
            let count = match reader.read(&mut buffer[..left.min(BUFFER)]) {
                Ok(0) => return Err(self.broken("the connection ended early".into())),
                Ok(count) => count,
                Err(error) => return Err(self.broken(error.to_string())),
            };
            self.parts.write(&mut file, stretch, &buffer[..count])?;
            self.watch.bytes(self.parts.there(), self.size);
            self.remember_now_and_then()?;
        }
        Ok(())
    }

    fn remember_now_and_then(&self) -> Result<()> {
        let Ok(mut last) = self.remembered.try_lock() else {
            return Ok(());
        };
        if last.elapsed() < REMEMBERED {
            return Ok(());
        }
        *last = Instant::now();
        self.parts.remember()
    }

    /// Fails where it is of no use to try again.
    fn wait_after(&self, error: DownloadError, failures: u32) -> Result<()> {
        let tuning = &self.server.tuning;
        if !error.passes() || failures >= tuning.failures {
            self.ended.store(true, Ordering::Relaxed);
            return Err(error);
        }
        let pause = match error {
            DownloadError::Busy { pause, .. } => pause,
            _ => tuning.pause * 2u32.saturating_pow(failures - 1),
        };
        let until = Instant::now() + pause;
        while Instant::now() < until {
            self.check()?;
            thread::sleep(GLANCE.min(pause));
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        match self.watch.is_cancelled() || self.ended.load(Ordering::Relaxed) {
            true => Err(DownloadError::Cancelled),
            false => Ok(()),
        }
    }

    fn broken(&self, reason: String) -> DownloadError {
        DownloadError::Unreachable {
            url: self.url.to_owned(),
            reason,
        }
    }

    fn wrong_size(&self, found: u64) -> DownloadError {
        DownloadError::WrongSize {
            url: self.url.to_owned(),
            expected: self.size,
            found,
        }
    }
}
