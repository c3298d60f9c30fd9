//! Filters to compare Inkseal's with: its configuration is a JSON list of expressions, which a multi-pattern searcher looks
//! for in response bodies; without any it does nothing. The searcher is measured natively too, from this crate, so that both
//! are the same.

// Its host exists in a VM only.
#[cfg(target_arch = "wasm32")]
pub mod filter;
pub mod searcher;

#[cfg(target_arch = "wasm32")]
mod entry {
    #![allow(missing_docs, unreachable_pub, unsafe_code, reason = "what the SDK's macro expands to")]

    use crate::filter::Root;

    proxy_wasm::main! {{
        proxy_wasm::set_root_context(|_| Box::new(Root::default()));
    }}
}
