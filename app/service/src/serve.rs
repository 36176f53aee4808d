//! The server from its start to its end.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use engine::{Backend, DecomposeRequest};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal;
use tokio::sync::{Semaphore, watch};

use crate::executor::{Executor, Workers};
use crate::http::{Api, Inner, listen, router};
use crate::jobs::{Jobs, ResultWriter, Shared};
use crate::metrics::Metrics;
use crate::store::Store;
use crate::{Limits, ServiceError, Tokens};

const LAST_TASKS: Duration = Duration::from_secs(5);

pub struct Options {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// None are needed on an address that only this computer reaches.
    pub tokens: Tokens,
    /// Where the queue, the pictures and the results lie.
    pub data: PathBuf,
    pub limits: Limits,
    /// What a client's settings stand in place of.
    pub defaults: DecomposeRequest,
    pub runs: Runs,
    pub write: ResultWriter,
}

/// What runs the jobs.
pub enum Runs {
    /// This computer, best backend first.
    Here(Vec<Box<dyn Backend>>),
    Workers(Box<dyn Workers>),
}

/// Serves until the process is interrupted or told to terminate; `on_start` gets the address. The job that runs then goes back
/// to the queue, which the next server takes on.
///
/// # Errors
/// When the server cannot start; see [`ServiceError`].
pub fn serve(options: Options, on_start: impl FnOnce(SocketAddr)) -> Result<(), ServiceError> {
    if !options.listen.ip().is_loopback() && !options.tokens.are_needed() {
        return Err(ServiceError::NeedsToken(options.listen));
    }
    let store = Store::open(&options.data)?;
    let _lock: File = store.lock()?;
    store.prepare_folders()?;
    let shared = Shared {
        store: Arc::new(store),
        feeds: Arc::default(),
        metrics: Arc::new(Metrics::new()),
        limits: Arc::new(options.limits),
    };
    let runtime = Runtime::new().map_err(ServiceError::System)?;
    let bound = runtime.block_on(TcpListener::bind(options.listen));
    let address = options.listen;
    let listener = bound.map_err(|error| ServiceError::Listen { address, error })?;
    let address = listener.local_addr().map_err(ServiceError::System)?;

    let executor = Arc::new(match options.runs {
        Runs::Here(backends) => Executor::engine(backends)?,
        Runs::Workers(workers) => Executor::workers(workers),
    });
    let jobs = Jobs::start(shared.clone(), Arc::clone(&executor), options.write)?;
    let (end, stop) = watch::channel(false);
    let api = Api::new(Inner {
        uploads: Semaphore::new(shared.limits.uploads),
        decoding: Semaphore::new(1),
        estimating: AtomicUsize::new(0),
        tokens: options.tokens,
        defaults: options.defaults,
        stop: stop.clone(),
        shared: shared.clone(),
        executor,
        jobs,
    });
    let router = router(api.clone());
    runtime.block_on(async {
        on_start(address);
        tokio::spawn(async move {
            asked_to_end().await;
            end.send_replace(true);
        });
        listen(listener, router, shared.limits.connections, stop).await;
    });
    // What still holds the API ends, and with the last of it the jobs' threads and the engine.
    runtime.shutdown_timeout(LAST_TASKS);
    drop(api);
    Ok(())
}

/// Ctrl-C, or what service managers send.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        let terminate = signal::unix::signal(signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = signal::ctrl_c() => return,
            }
        }
    }
    // Where no signal can be waited for, the process ends at once, which loses nothing.
    let _ = signal::ctrl_c().await;
}
