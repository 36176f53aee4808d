use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// After so many bytes the disk is given work.
const AT_ONCE: usize = 1 << 26;

/// A large file that another thread brings to the disk while more of it is made, so that little is left to wait for at its
/// end.
pub struct WriteBehind<'a> {
    file: &'a mut File,
    waiting: usize,
    disk: Option<(Sender<()>, JoinHandle<io::Result<()>>)>,
}

impl<'a> WriteBehind<'a> {
    /// Without a second handle or a thread the file is written as any other.
    pub fn new(file: &'a mut File) -> Self {
        let disk = file.try_clone().ok().and_then(|file| {
            let (sender, receiver) = channel();
            let sync = move || receiver.iter().try_for_each(|()| file.sync_data());
            let thread = std::thread::Builder::new().spawn(sync).ok()?;
            Some((sender, thread))
        });
        Self {
            file,
            waiting: 0,
            disk,
        }
    }

    /// What is not on the disk yet is left to whoever has the file.
    ///
    /// # Errors
    /// The disk's own, which it tells only once.
    pub fn finish(mut self) -> io::Result<()> {
        self.wait()
    }

    fn wait(&mut self) -> io::Result<()> {
        let Some((sender, thread)) = self.disk.take() else {
            return Ok(());
        };
        drop(sender);
        let ended = thread.join();
        ended.unwrap_or_else(|_| Err(io::Error::other("the thread that writes to the disk ended")))
    }
}

impl Drop for WriteBehind<'_> {
    fn drop(&mut self) {
        // Whoever does not finish has failed already.
        self.wait().ok();
    }
}

impl Write for WriteBehind<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.waiting += written;
        if let Some((sender, _)) = self.disk.as_ref().filter(|_| self.waiting >= AT_ONCE) {
            self.waiting = 0;
            // A thread that has ended has met an error, which comes at the end.
            sender.send(()).ok();
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for WriteBehind<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_the_disk_said_meanwhile_is_told_at_the_end() {
        // Takes all bytes, and cannot bring them to a disk.
        let mut file = File::options().write(true).open("/dev/null").unwrap();
        let mut behind = WriteBehind::new(&mut file);
        behind.write_all(b"few").unwrap();
        behind.finish().unwrap();
        let mut behind = WriteBehind::new(&mut file);
        behind.write_all(&vec![0; AT_ONCE]).unwrap();
        behind.write_all(b"more").unwrap();
        behind.finish().unwrap_err();
    }
}
