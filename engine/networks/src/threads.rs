use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rten::ThreadPool;

/// More threads than this do not make these networks faster.
const MOST: usize = 16;

/// The pool with as many threads as the caller's rayon pool; the runtime takes no pool of ours, so it has its own.
pub(crate) fn pool() -> Arc<ThreadPool> {
    static POOLS: Mutex<BTreeMap<usize, Arc<ThreadPool>>> = Mutex::new(BTreeMap::new());
    let count = rayon::current_num_threads().min(MOST);
    POOLS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(count)
        .or_insert_with(|| Arc::new(ThreadPool::with_num_threads(count)))
        .clone()
}
