//! The demo's exchanges, each shown before and after.

use std::net::SocketAddr;

use anyhow::{Result, bail};

use super::show::Show;
use super::upstream::{CONFIG, CUSTOMER, RECEIPT, Upstream, field};
use crate::http;

/// A caller's credential, made of repeated letters.
const BEARER: &str = "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Sends everything and shows it; returns how many exchanges there were.
///
/// # Errors
/// Envoy does not answer, or not as it should.
pub(super) fn play(show: &Show, envoy: SocketAddr, upstream: &Upstream) -> Result<usize> {
    let send = |method: &str, target: &str| {
        http::request(envoy, method, target, &[("host", "shop.example"), ("authorization", BEARER)], &[])
    };
    show.title("A customer's record: the address becomes a pseudonym, the same one every time")?;
    let target = "/v1/customers/42?token=BBBBBBBBBBBBBBBB";
    let customer = send("GET", target)?;
    show.pair(("upstream sent", CUSTOMER), ("client got", &customer.text()))?;
    show.title("The caller's credentials reach the upstream, and only it")?;
    let seen = upstream.last_seen();
    let reached = format!(
        "{} authorization: {}",
        seen.split(' ').nth(1).unwrap_or_default(),
        field(&seen, "authorization").unwrap_or_default()
    );
    show.pair(("client sent", &format!("{target} authorization: {BEARER}")), ("upstream got", &reached))?;

    show.title("A receipt, written in pieces that cut a card number in two")?;
    let order = send("POST", "/v1/orders")?;
    show.pair(("upstream sent", &RECEIPT.join(" | ")), ("client got", &order.text()))?;

    show.title("A private key does not leave at all")?;
    let config = send("GET", "/v1/config")?;
    let got = format!("{} {}", config.status, config.text());
    show.pair(("upstream sent", CONFIG), ("client got", &got))?;

    // Shown is what happened; this says whether it is what should happen.
    let leaks = [(&customer, "ada@"), (&order, "4111 1111"), (&order, "411111111111"), (&config, "PRIVATE KEY")];
    for (response, secret) in leaks {
        if response.text().contains(secret) {
            bail!("`{secret}` reached the client: this is a defect, please report it");
        }
    }
    if (customer.status, order.status, config.status) != (200, 200, 502) {
        bail!("answers {}, {}, {} instead of 200, 200, 502", customer.status, order.status, config.status);
    }
    if !reached.contains(BEARER) {
        bail!("the upstream did not get the caller's credential");
    }
    Ok(3)
}
