//! Bodies through the recommended pack. Read the ratios, not the figures: machines differ and are shared.
#![allow(missing_docs, clippy::expect_used, reason = "a bench; criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use inkseal_benches::{orders, plan};
use inkseal_engine::tools::scan;

fn redact(criterion: &mut Criterion) {
    let plan =
        plan("version: inkseal/v1\nname: bench\ninclude: [recommended]\n").expect("the recommended pack compiles");
    let mut group = criterion.benchmark_group("redact");
    for (name, every) in [("clean", usize::MAX), ("a hit in ten orders", 10)] {
        let body = orders(64 << 10, every);
        group.throughput(Throughput::Bytes(body.len() as u64));
        for media_type in ["application/json", "text/plain"] {
            group.bench_function(format!("{media_type}, {name}"), |bench| {
                bench.iter(|| scan(&plan, None, 0, media_type, body.as_bytes()).redacted.len());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, redact);
criterion_main!(benches);
