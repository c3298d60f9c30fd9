//! The HTTP face: two ways in, two ways to ask how it is.

pub mod listen;

use crate::ingest::limits::Limits;
use crate::ingest::otlp::OtlpError;
use crate::ingest::sources::{Source, Sources};
use crate::ingest::writer::Job;
use crate::ingest::{Outcome, Submission, ndjson, otlp};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use tokio::sync::{Semaphore, oneshot};

/// The answer's header with the latest checkpoint: the whole signed note in standard base64.
pub const CHECKPOINT_HEADER: &str = "inkseal-checkpoint";

/// What every request needs.
pub struct App {
    jobs: SyncSender<Job>,
    ready: Arc<AtomicBool>,
    sources: Sources,
    limits: Limits,
    permits: Arc<Semaphore>,
}

/// The routes. The writer ends once the router is dropped.
pub fn router(jobs: SyncSender<Job>, ready: Arc<AtomicBool>, sources: Sources, limits: Limits) -> Router {
    let permits = Arc::new(Semaphore::new(limits.requests));
    Router::new()
        .route("/v1/logs", post(logs))
        .route("/v1/audit", post(audit))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .with_state(Arc::new(App { jobs, ready, sources, limits, permits }))
}

async fn readyz(State(app): State<Arc<App>>) -> Response {
    match app.ready.load(Ordering::Relaxed) {
        true => "ready\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the last commit failed\n").into_response(),
    }
}

/// OTLP/HTTP JSON. The answer is an `ExportLogsServiceResponse`.
async fn logs(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let answer = app.ingest(request, Some("application/json"), |body, bound| {
        otlp::parse(body, bound).map_err(|error| match error {
            OtlpError::Malformed(message) => Refused::new(StatusCode::BAD_REQUEST, message),
            OtlpError::TooMany => Refused::too_many(bound),
        })
    });
    match answer.await {
        Ok(outcome) => success(&outcome, partial_success(&outcome)),
        Err(refused) => refused.into_response(),
    }
}

/// NDJSON. The answer counts, and names refusals the way OTLP does.
async fn audit(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let answer =
        app.ingest(request, None, |body, bound| ndjson::parse(body, bound).ok_or_else(|| Refused::too_many(bound)));
    match answer.await {
        Ok(outcome) => {
            let mut answer = partial_success(&outcome);
            if let Some(answer) = answer.as_object_mut() {
                answer.insert("accepted".into(), outcome.accepted.into());
                answer.insert("duplicate".into(), outcome.duplicate.into());
                answer.insert("rejected".into(), outcome.rejected.into());
            }
            success(&outcome, answer)
        }
        Err(refused) => refused.into_response(),
    }
}

type Parse = fn(&[u8], usize) -> Result<Vec<Submission>, Refused>;

impl App {
    async fn ingest(
        self: &Arc<Self>,
        request: Request<Body>,
        content_type: Option<&str>,
        parse: Parse,
    ) -> Result<Outcome, Refused> {
        let (parts, body) = request.into_parts();
        let source = self.authorise(&parts.headers)?;
        check_encoding(&parts.headers, content_type)?;
        let permit = Arc::clone(&self.permits)
            .try_acquire_owned()
            .map_err(|_| Refused::later(StatusCode::TOO_MANY_REQUESTS, "too many requests at once, try again"))?;
        let body = self.read(body).await?;
        let app = Arc::clone(self);
        // What has arrived is kept although its sender may be gone: a proxy that ends does not wait for the answer, and
        // its connection's end cancels this future but not the task.
        let stored = tokio::spawn(async move {
            let _permit = permit;
            app.store(source, body, parse).await
        });
        stored.await.map_err(|_| Refused::later(StatusCode::SERVICE_UNAVAILABLE, "shutting down"))?
    }

    async fn store(&self, source: Option<Source>, body: Bytes, parse: Parse) -> Result<Outcome, Refused> {
        let bound = self.limits.records;
        // Parsing megabytes would hold up every other connection of this thread.
        let submissions = tokio::task::spawn_blocking(move || parse(&body, bound))
            .await
            .map_err(|_| Refused::later(StatusCode::SERVICE_UNAVAILABLE, "shutting down"))??;
        let (reply, outcome) = oneshot::channel();
        self.jobs.try_send(Job { source, submissions, reply }).map_err(|error| match error {
            TrySendError::Full(_) => Refused::later(StatusCode::TOO_MANY_REQUESTS, "too many requests wait, try again"),
            TrySendError::Disconnected(_) => Refused::later(StatusCode::SERVICE_UNAVAILABLE, "shutting down"),
        })?;
        match outcome.await {
            Ok(Ok(outcome)) => Ok(outcome),
            // The reason is in the collector's log; a sender has no use for it.
            Ok(Err(_)) | Err(_) => Err(Refused::later(StatusCode::SERVICE_UNAVAILABLE, "not stored, try again")),
        }
    }

    fn authorise(&self, headers: &HeaderMap) -> Result<Option<Source>, Refused> {
        if self.sources.open() {
            return Ok(None);
        }
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        match self.sources.identify(authorization) {
            Some(source) => Ok(Some(source.clone())),
            None => Err(Refused::new(StatusCode::UNAUTHORIZED, "a bearer token of a known source is needed")),
        }
    }

    async fn read(&self, body: Body) -> Result<Bytes, Refused> {
        let limit = self.limits.body_bytes;
        match tokio::time::timeout(self.limits.body_time, Limited::new(body, limit).collect()).await {
            Ok(Ok(collected)) => Ok(collected.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {limit} bytes")))
            }
            Ok(Err(_)) => Err(Refused::new(StatusCode::BAD_REQUEST, "the body ended early")),
            Err(_) => Err(Refused::new(StatusCode::REQUEST_TIMEOUT, "the body came too slowly")),
        }
    }
}

fn check_encoding(headers: &HeaderMap, content_type: Option<&str>) -> Result<(), Refused> {
    let refused = |message: &str| Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return refused("compressed bodies are not supported yet");
    }
    let Some(expected) = content_type else { return Ok(()) };
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match sent.split(';').next().is_some_and(|sent| sent.trim().eq_ignore_ascii_case(expected)) {
        true => Ok(()),
        false => refused("send OTLP as application/json; protobuf is not supported yet"),
    }
}

fn partial_success(outcome: &Outcome) -> serde_json::Value {
    match outcome.rejected {
        0 => json!({}),
        // A 64-bit integer is a string in Protobuf's JSON.
        rejected => json!({"partialSuccess": {
            "rejectedLogRecords": rejected.to_string(),
            "errorMessage": outcome.message(),
        }}),
    }
}

fn success(outcome: &Outcome, answer: serde_json::Value) -> Response {
    let mut response = axum::Json(answer).into_response();
    let checkpoint = outcome.checkpoint.as_deref().map(|note| data_encoding::BASE64.encode(note.as_bytes()));
    if let Some(value) = checkpoint.and_then(|note| HeaderValue::try_from(note).ok()) {
        response.headers_mut().insert(CHECKPOINT_HEADER, value);
    }
    response
}

/// A request that is refused as a whole.
struct Refused {
    status: StatusCode,
    message: String,
    retry: bool,
}

impl Refused {
    fn new(status: StatusCode, message: impl Into<String>) -> Refused {
        Refused { status, message: message.into(), retry: false }
    }

    fn later(status: StatusCode, message: &str) -> Refused {
        Refused { status, message: message.into(), retry: true }
    }

    fn too_many(bound: usize) -> Refused {
        Refused::new(StatusCode::PAYLOAD_TOO_LARGE, format!("more than {bound} records in one request"))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        tracing::info!(status = self.status.as_u16(), message = self.message, "request refused");
        let mut response = (self.status, axum::Json(json!({"message": self.message}))).into_response();
        if self.retry {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
