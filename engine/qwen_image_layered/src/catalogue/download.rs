use std::path::PathBuf;

use download::{Server, Wanted, Watch, check_room, fetch, there};

use super::error::Result;
use super::{Here, Published};

/// A published model on its way to where the others are.
pub struct Download<'a> {
    here: &'a Here,
    published: &'static Published,
    server: &'a Server,
    wanted: Vec<Wanted>,
}

impl<'a> Download<'a> {
    /// Asks the server what there is. Fails where the disk has no room for the rest of it.
    pub fn prepare(
        here: &'a Here,
        published: &'static Published,
        server: &'a Server,
    ) -> Result<Self> {
        let wanted = published.files(server, &here.folder_of(published))?;
        let this = Self {
            here,
            published,
            server,
            wanted,
        };
        let left = this.bytes().saturating_sub(this.there());
        check_room(&this.folder(), left)?;
        Ok(this)
    }

    pub fn folder(&self) -> PathBuf {
        self.here.folder_of(self.published)
    }

    pub fn files(&self) -> usize {
        self.wanted.len()
    }

    /// Of all files.
    pub fn bytes(&self) -> u64 {
        self.wanted.iter().map(|wanted| wanted.file.size).sum()
    }

    /// Of these, how many an earlier download left.
    pub fn there(&self) -> u64 {
        self.wanted.iter().map(there).sum()
    }

    /// `watch` is told of the bytes of all files together.
    pub fn run(&self, watch: &dyn Watch) -> Result<()> {
        self.here.begin(self.published, &self.wanted)?;
        let of_each: Vec<u64> = self.wanted.iter().map(there).collect();
        let (mut others, all) = (self.there(), self.bytes());
        for (wanted, before) in self.wanted.iter().zip(of_each) {
            others -= before;
            fetch(self.server, wanted, &OfAll { watch, others, all })?;
            others += wanted.file.size;
        }
        self.here.keep(self.published, &self.wanted)
    }
}

/// Follows one file of several.
struct OfAll<'a> {
    watch: &'a dyn Watch,
    /// Bytes that are there of the other files.
    others: u64,
    all: u64,
}

impl Watch for OfAll<'_> {
    fn bytes(&self, there: u64, _: u64) {
        self.watch.bytes(self.others + there, self.all);
    }

    fn checking(&self) {
        self.watch.checking();
    }

    fn is_cancelled(&self) -> bool {
        self.watch.is_cancelled()
    }
}
