//! Ended jobs go after a time, or when their results take too much of the disk.

use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

use rusqlite::params;
use uuid::Uuid;

use super::{JobState, Store, milliseconds};
use crate::{Limits, ServiceError};

/// A picture without a job may belong to one that is just being submitted.
const YOUNG: Duration = Duration::from_secs(3600);

impl Store {
    /// Removes what `limits` no longer let stay: the oldest first. A kill in between leaves only files, which the next call
    /// removes.
    pub fn remove_old(&self, limits: &Limits) -> Result<(), ServiceError> {
        for id in self.too_old(limits)? {
            self.writer()
                .execute("DELETE FROM jobs WHERE id = ?1", params![id.to_string()])?;
        }
        self.remove_orphans().map_err(|error| ServiceError::Data {
            path: self.folder.clone(),
            error,
        })
    }

    fn too_old(&self, limits: &Limits) -> Result<Vec<Uuid>, ServiceError> {
        let oldest = SystemTime::now().checked_sub(limits.keep_for);
        let oldest = oldest.map_or(0, milliseconds);
        let reader = self.reader();
        let mut statement = reader.prepare_cached(
            "SELECT id, ended, bytes FROM jobs WHERE state IN (?1, ?2, ?3) ORDER BY ended DESC",
        )?;
        let states = params![JobState::Done, JobState::Failed, JobState::Cancelled];
        let ended = statement.query_map(states, |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, u64>(2)?,
            ))
        })?;
        let mut kept = 0;
        let mut gone = Vec::new();
        for job in ended {
            let (id, ended, bytes) = job?;
            kept += bytes;
            if ended < oldest || kept > limits.keep_bytes {
                gone.extend(id.parse::<Uuid>());
            }
        }
        Ok(gone)
    }

    /// Files that no job names.
    fn remove_orphans(&self) -> io::Result<()> {
        for sha256 in self.pictures()? {
            let path = self.picture(&sha256);
            let age = path.metadata().and_then(|found| found.modified());
            let age = age.ok().and_then(|modified| modified.elapsed().ok());
            if age.is_some_and(|age| age > YOUNG) && !self.names_picture(&sha256) {
                fs::remove_file(path)?;
            }
        }
        for entry in fs::read_dir(self.folder.join("results"))? {
            let entry = entry?;
            let id = entry.file_name().to_string_lossy().parse::<Uuid>();
            if let Ok(id) = id
                && matches!(self.job(id), Ok(None))
            {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// Yes in doubt.
    fn names_picture(&self, sha256: &str) -> bool {
        let found = self.reader().query_row(
            "SELECT EXISTS (SELECT 1 FROM jobs WHERE sha256 = ?1)",
            params![sha256],
            |row| row.get(0),
        );
        found.unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use engine::DecomposeRequest;

    use super::*;
    use crate::store::{Inserted, NewJob};

    fn new(name: &str) -> NewJob {
        NewJob {
            idempotency_key: None,
            name: name.into(),
            sha256: name.into(),
            width: 1,
            height: 1,
            request: DecomposeRequest::new(Default::default()),
        }
    }

    /// Of a job that is done, with so many bytes of results.
    fn done(store: &Store, name: &str, bytes: usize) -> Uuid {
        let Inserted::New(job) = store.insert(&new(name), 10).unwrap() else {
            panic!("there is room");
        };
        fs::write(store.picture(name), "a picture").unwrap();
        fs::create_dir_all(store.results(job.id)).unwrap();
        fs::write(store.results(job.id).join("document.psd"), vec![0; bytes]).unwrap();
        store.claim().unwrap();
        store.done(job.id, bytes as u64).unwrap();
        std::thread::sleep(Duration::from_millis(2));
        job.id
    }

    fn store(folder: &Path) -> Store {
        let store = Store::open(folder).unwrap();
        store.prepare_folders().unwrap();
        store
    }

    fn names(store: &Store) -> Vec<String> {
        let jobs = store.jobs(None, None, 10).unwrap().into_iter();
        jobs.map(|job| job.name).collect()
    }

    #[test]
    fn the_oldest_results_go_where_all_take_too_much_and_old_ones_after_their_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let jobs = ["a", "b", "c"].map(|name| done(&store, name, 1000));
        let mut limits = Limits {
            keep_bytes: 2000,
            ..Limits::default()
        };
        store.remove_old(&limits).unwrap();
        assert_eq!(names(&store), ["c", "b"]);
        assert!(!store.results(jobs[0]).exists() && store.results(jobs[1]).exists());
        assert!(
            store.picture("a").exists(),
            "a young one may be of a job to come"
        );

        limits.keep_for = Duration::ZERO;
        std::thread::sleep(Duration::from_millis(2));
        store.remove_old(&limits).unwrap();
        assert!(names(&store).is_empty() && !store.results(jobs[2]).exists());
    }

    #[test]
    fn what_waits_or_runs_stays_whatever_the_limits_are() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        done(&store, "done", 10);
        store.insert(&new("waits"), 10).unwrap();
        let limits = Limits {
            keep_for: Duration::ZERO,
            keep_bytes: 0,
            ..Limits::default()
        };
        store.remove_old(&limits).unwrap();
        assert_eq!(names(&store), ["waits"]);
    }
}
