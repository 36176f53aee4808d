use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use candle_core::Error;

use crate::Result;

/// Where threads give one another values: each brings one and takes away what all have brought.
pub(super) struct Rendezvous<T> {
    round: Mutex<Round<T>>,
    changed: Condvar,
}

struct Round<T> {
    brought: Vec<Option<T>>,
    /// How many have taken what was brought.
    taken: usize,
    aborted: bool,
}

impl<T: Clone> Rendezvous<T> {
    pub fn new(threads: usize) -> Self {
        Self {
            round: Mutex::new(Round {
                brought: (0..threads).map(|_| None).collect(),
                taken: 0,
                aborted: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// What each thread has brought, in their order. Waits for all of them; fails once one has aborted.
    pub fn meet(&self, thread: usize, own: T) -> Result<Vec<T>> {
        let mut round = self.wait(self.lock(), |round| {
            matches!(round.brought.get(thread), Some(Some(_)))
        })?;
        let Some(place) = round.brought.get_mut(thread) else {
            candle_core::bail!("there is no thread {thread} among those that meet here");
        };
        *place = Some(own);
        self.changed.notify_all();
        let mut round = self.wait(round, |round| round.brought.iter().any(Option::is_none))?;
        let all = round.brought.iter().flatten().cloned().collect();
        round.taken += 1;
        if round.taken == round.brought.len() {
            round.brought.fill_with(|| None);
            round.taken = 0;
            self.changed.notify_all();
        }
        Ok(all)
    }

    /// Fails all who wait now or meet later.
    pub fn abort(&self) {
        self.lock().aborted = true;
        self.changed.notify_all();
    }

    pub fn is_aborted(&self) -> bool {
        self.lock().aborted
    }

    fn lock(&self) -> MutexGuard<'_, Round<T>> {
        // Nothing panics while it is half changed.
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(
        &'a self,
        round: MutexGuard<'a, Round<T>>,
        blocked: impl Fn(&Round<T>) -> bool,
    ) -> Result<MutexGuard<'a, Round<T>>> {
        let round = self
            .changed
            .wait_while(round, |round| !round.aborted && blocked(round))
            .unwrap_or_else(PoisonError::into_inner);
        match round.aborted {
            true => Err(Error::msg(
                "another of the devices that share the work has given up",
            )),
            false => Ok(round),
        }
    }
}
