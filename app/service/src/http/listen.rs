//! Connections: as many as the limits say, none that idles, and none cut off in an answer when the server ends.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::limits::HEAD_TIME;

/// For answers that are under way when the server ends.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// After the system refused a connection, most often for want of file handles.
const PAUSE: Duration = Duration::from_millis(100);

/// Until `stop` is true.
pub async fn listen(
    listener: TcpListener,
    router: Router,
    connections: usize,
    mut stop: watch::Receiver<bool>,
) {
    let open = Arc::new(Semaphore::new(connections));
    let shutdown = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    loop {
        let accepted = async {
            let place = Arc::clone(&open).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = shutdown.watch(connection);
        tokio::spawn(async move {
            // A client that went away is no error of the server's.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    // Those that do not end in time are cut off.
    let _ = tokio::time::timeout(LAST_ANSWERS, shutdown.shutdown()).await;
}
