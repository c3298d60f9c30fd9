//! Connections: so many at once, none that does nothing, an orderly end.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 1024;

/// How long a head may take, and how long a connection may idle: edges send something every 10 s.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// How long to leave the listener alone after it failed, as it does when the process has too many files open.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop`, then lets requests end for at most `grace`.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>, grace: Duration) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    // A sender that closes its side has still sent what it sent: a proxy that ends does not wait for the answer.
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).half_close(true);
    let accept = async {
        // The semaphore is never closed.
        while let Ok(permit) = permits.clone().acquire_owned().await {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let service = TowerToHyperService::new(router.clone());
            let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
            tokio::spawn(async move {
                // A connection that broke is the sender's loss: what it got no answer for it sends again.
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "connection ended");
                }
                drop(permit);
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = stop => {}
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were cut off");
    }
}
