//! The bed itself, without a filter: what the ends say they sent and got is what passed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::path::Path;
use std::time::Duration;

use inkseal_tests::bed::{Bed, Route, skipped};
use inkseal_tests::message::{Message, Protocol, Request, Response};

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
}

#[tokio::test]
async fn bodies_and_trailers_pass_both_ways_over_both_protocols() {
    if skipped("envoy") {
        return;
    }
    let route = Route { name: "plain".into(), route: "plain".into(), plan: None };
    let bed = Bed::start(&[route], Path::new("/none"), Vec::new(), None).await.unwrap();
    for protocol in [Protocol::Http1, Protocol::Http2] {
        for trailers in [None, Some(fields(&[("x-sum", "abc")]))] {
            let chunks = ["he", "", "llo", " there"].map(|chunk| chunk.as_bytes().to_vec()).to_vec();
            let message = |name: &str| Message {
                headers: fields(&[("x-name", name)]),
                chunks: chunks.clone(),
                trailers: trailers.clone(),
                broken: None,
            };
            let request = Request {
                method: "POST".into(),
                target: "/a?b=c".into(),
                host: "shop.example".into(),
                message: message("request"),
            };
            let response = Response { status: 201, message: message("response") };
            let seen = bed.exchange("plain", protocol, &request, response, Duration::from_millis(2)).await.unwrap();
            let client = seen.client.unwrap();
            assert_eq!(client.message.broken, None);
            assert_eq!((client.status, client.message.body()), (201, b"hello there".to_vec()));
            assert_eq!(client.message.header("x-name"), Some(&b"response"[..]));
            assert_eq!(client.message.trailers, trailers);
            let got = &seen.upstream[0];
            assert_eq!(
                (got.method.as_str(), got.target.as_str(), got.host.as_str()),
                ("POST", "/a?b=c", "shop.example")
            );
            assert_eq!((got.message.body(), &got.message.trailers), (b"hello there".to_vec(), &trailers));
            assert_eq!(seen.upstream.len(), 1);
        }
    }
    assert!(bed.envoy.counter("envoy_http_downstream_rq_completed").unwrap() >= 4);
    bed.envoy.stop().unwrap();
}

#[tokio::test]
async fn a_bodiless_response_has_no_body() {
    if skipped("envoy") {
        return;
    }
    let route = Route { name: "plain".into(), route: "plain".into(), plan: None };
    let bed = Bed::start(&[route], Path::new("/none"), Vec::new(), None).await.unwrap();
    for protocol in [Protocol::Http1, Protocol::Http2] {
        for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304)] {
            let request = Request {
                method: method.into(),
                target: "/".into(),
                host: "shop.example".into(),
                message: Message::default(),
            };
            let response = Response { status, message: Message::default() };
            let seen = bed.exchange("plain", protocol, &request, response, Duration::ZERO).await.unwrap();
            let client = seen.client.unwrap();
            assert_eq!(client.message.broken, None);
            assert_eq!((client.status, client.message.body()), (status, Vec::new()));
        }
    }
}
