//! Each coding against what other programs encode, in every cut, whole, broken and hostile.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

const WIDE: Bounds = Bounds { decoded: 64 << 20, ratio: 100_000 };

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bare(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn brotli(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let parameters = ::brotli::enc::BrotliEncoderParams { quality: 5, ..Default::default() };
    ::brotli::BrotliCompress(&mut &text[..], &mut out, &parameters).unwrap();
    out
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(text, 3).unwrap()
}

fn all(text: &[u8]) -> [(Coding, Vec<u8>); 5] {
    [
        (Coding::Gzip, gzip(text)),
        (Coding::Deflate, zlib(text)),
        (Coding::Deflate, bare(text)),
        (Coding::Brotli, brotli(text)),
        (Coding::Zstd, zstd(text)),
    ]
}

fn decoded(codings: &[Coding], bounds: Bounds, pieces: &[&[u8]]) -> (Vec<u8>, Result<(), Fault>) {
    let mut decoder = Decoder::new(codings, bounds, &Pool::default());
    let mut out = Vec::new();
    for piece in pieces {
        let pushed = decoder.push(piece, &mut |decoded| {
            assert!(!decoded.is_empty() && decoded.len() <= PIECE);
            out.extend_from_slice(decoded);
            Ok(())
        });
        if pushed.is_err() {
            return (out, pushed);
        }
    }
    (out, decoder.finish())
}

fn sample() -> Vec<u8> {
    let mut text = Vec::new();
    for at in 0..700_u32 {
        text.extend(format!("{{\"id\":{},\"name\":\"user {}\"}}\n", at.wrapping_mul(2_654_435_761), at % 13).bytes());
    }
    text
}

#[test]
fn every_coding_decodes_in_every_cut() {
    let text = sample();
    let short = &text[..200];
    for (coding, coded) in all(short) {
        for at in 0..=coded.len() {
            let (left, right) = coded.split_at(at);
            assert_eq!(decoded(&[coding], WIDE, &[left, b"", right]), (short.to_vec(), Ok(())), "{coding:?} {at}");
        }
    }
    for (coding, coded) in all(&text) {
        let bytes: Vec<&[u8]> = coded.chunks(1).collect();
        assert_eq!(decoded(&[coding], WIDE, &bytes), (text.clone(), Ok(())), "{coding:?}");
        assert_eq!(decoded(&[coding], WIDE, &[&coded]), (text.clone(), Ok(())), "{coding:?}");
    }
}

#[test]
fn codings_lie_upon_each_other() {
    let text = sample();
    let coded = gzip(&brotli(&zstd(&text)));
    assert_eq!(decoded(&[Coding::Zstd, Coding::Brotli, Coding::Gzip], WIDE, &[&coded]), (text, Ok(())));
}

#[test]
fn an_empty_body_is_empty() {
    for (coding, coded) in all(b"") {
        assert_eq!(decoded(&[coding], WIDE, &[&coded]), (Vec::new(), Ok(())), "{coding:?}");
        assert_eq!(decoded(&[coding], WIDE, &[]), (Vec::new(), Ok(())), "{coding:?}: no byte at all");
    }
}

#[test]
fn members_and_frames_may_follow_each_other() {
    for (coding, first, second) in
        [(Coding::Gzip, gzip(b"one "), gzip(b"two")), (Coding::Zstd, zstd(b"one "), zstd(b"two"))]
    {
        let both = [first, second].concat();
        let bytes: Vec<&[u8]> = both.chunks(1).collect();
        assert_eq!(decoded(&[coding], WIDE, &bytes), (b"one two".to_vec(), Ok(())), "{coding:?}");
    }
}

#[test]
fn a_gzip_header_may_have_all_parts() {
    let plain = gzip(b"text");
    let mut coded = plain[..3].to_vec();
    coded.push(2 | 4 | 8 | 16);
    coded.extend(&plain[4..10]);
    coded.extend(b"\x03\x00abcname\0comment\0\x00\x00");
    coded.extend(&plain[10..]);
    let bytes: Vec<&[u8]> = coded.chunks(1).collect();
    assert_eq!(decoded(&[Coding::Gzip], WIDE, &bytes), (b"text".to_vec(), Ok(())));
}

#[test]
fn what_is_cut_off_is_truncated_and_what_came_before_stands() {
    let text = sample();
    for (coding, coded) in all(&text) {
        for at in [1, 2, coded.len() / 2, coded.len() - 1] {
            let (out, end) = decoded(&[coding], WIDE, &[&coded[..at]]);
            assert_eq!(end, Err(Fault::Truncated), "{coding:?} {at}");
            assert!(text.starts_with(&out), "{coding:?} {at}");
        }
    }
}

#[test]
fn what_stands_behind_the_end_is_seen() {
    for (coding, coded) in all(b"some text") {
        let longer = [&coded[..], b"<html>"].concat();
        let (out, end) = decoded(&[coding], WIDE, &[&longer]);
        assert_eq!((out, end), (b"some text".to_vec(), Err(Fault::Trailing)), "{coding:?}");
    }
}

#[test]
fn no_damage_goes_unseen_where_there_is_a_checksum_and_none_is_a_panic() {
    let text = sample();
    for (coding, coded) in all(&text) {
        for at in 0..coded.len() {
            for bit in [0, 3, 7] {
                let mut broken = coded.clone();
                broken[at] ^= 1 << bit;
                let (out, end) = decoded(&[coding], WIDE, &[&broken]);
                let checked = coding == Coding::Gzip && at >= 10;
                // Some bits of a deflate stream say nothing.
                assert!(!checked || end.is_err() || out == text, "{coding:?} {at} {bit}: {} bytes", out.len());
            }
        }
    }
}

#[test]
fn bombs_are_bounded_in_what_comes_of_them() {
    let bomb = vec![0; 32 << 20];
    for (coding, coded) in all(&bomb) {
        let bounds = Bounds { decoded: 8 << 20, ratio: 100_000 };
        let (out, end) = decoded(&[coding], bounds, &[&coded]);
        assert_eq!(end, Err(Fault::TooLarge), "{coding:?}");
        assert!(out.len() <= 8 << 20, "{coding:?}");
        let (out, end) = decoded(&[coding], Bounds { ratio: 100, ..WIDE }, &[&coded]);
        assert_eq!(end, Err(Fault::TooLarge), "{coding:?}");
        let most = (100 * (coded.len() + PIECE)).max(2 << 20);
        assert!(out.len() <= most, "{coding:?}: {} of {}", out.len(), coded.len());
    }
    // A bomb of bombs: the inner coding alone is short.
    let coded = gzip(&gzip(&bomb));
    let (_, end) = decoded(&[Coding::Gzip, Coding::Gzip], Bounds { decoded: 8 << 20, ratio: 250 }, &[&coded]);
    assert_eq!(end, Err(Fault::TooLarge));
}

#[test]
fn memory_is_leased_from_the_pool_and_comes_back() {
    let text: Vec<u8> =
        (0..4_000_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()).take(6 << 20).collect();
    for (coding, coded) in all(&text) {
        let pool = Pool::default();
        // Each layer has what it hands on at once.
        assert!(Decoder::new(&[coding, coding], WIDE, &pool).memory() >= 2 * PIECE, "{coding:?}");
        let mut decoder = Decoder::new(&[coding], WIDE, &pool);
        let mut length = 0;
        decoder
            .push(&coded, &mut |piece| {
                length += piece.len();
                Ok(())
            })
            .unwrap();
        assert_eq!(length, text.len(), "{coding:?}");
        let memory = decoder.memory();
        assert!(memory <= 18 << 20, "{coding:?} holds {memory}");
        assert!(pool.lease(24 << 20).is_none(), "{coding:?}");
        drop(decoder);
        assert!(pool.lease(24 << 20).is_some(), "{coding:?}");
        let mut poor = Decoder::new(&[coding], WIDE, &Pool::of(1000));
        assert_eq!(poor.push(&coded, &mut |_| Ok(())), Err(Fault::Memory), "{coding:?}");
    }
}

#[test]
fn what_a_sender_flushes_is_handed_on_at_once() {
    let events: Vec<String> = (0..40).map(|at| format!("data: {{\"at\":{at}}}\n\n")).collect();
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    let mut br = ::brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    let mut zs = ::zstd::Encoder::new(Vec::new(), 3).unwrap();
    let mut sent = [0_usize; 3];
    let mut decoders =
        [Coding::Gzip, Coding::Brotli, Coding::Zstd].map(|coding| Decoder::new(&[coding], WIDE, &Pool::default()));
    for event in &events {
        gz.write_all(event.as_bytes()).unwrap();
        gz.flush().unwrap();
        br.write_all(event.as_bytes()).unwrap();
        br.flush().unwrap();
        zs.write_all(event.as_bytes()).unwrap();
        zs.flush().unwrap();
        let coded: [Vec<u8>; 3] = [gz.get_ref().clone(), br.get_ref().clone(), zs.get_ref().clone()];
        for ((decoder, coded), sent) in decoders.iter_mut().zip(&coded).zip(&mut sent) {
            let mut out = Vec::new();
            decoder
                .push(&coded[*sent..], &mut |piece| {
                    out.extend_from_slice(piece);
                    Ok(())
                })
                .unwrap();
            *sent = coded.len();
            assert_eq!(String::from_utf8(out).unwrap(), *event);
        }
    }
}
