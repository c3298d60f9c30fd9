use proptest::prelude::*;

use super::*;

/// There and back in pieces: what the middle shows, and what comes back.
fn through(charset: Charset, pieces: &[&[u8]]) -> (Vec<u8>, Vec<u8>) {
    let mut transcoder = Transcoder::new(charset).unwrap();
    let (mut middle, mut back) = (Vec::new(), Vec::new());
    let mut carry = |transcoder: &mut Transcoder, plain: &[u8]| {
        middle.extend_from_slice(plain);
        // A redactor lets bytes go wherever it likes.
        let (left, right) = plain.split_at(plain.len() / 2);
        transcoder.encode(left, &mut back);
        transcoder.encode(right, &mut back);
    };
    for piece in pieces {
        let mut plain = Vec::new();
        transcoder.decode(piece, &mut plain);
        carry(&mut transcoder, &plain);
    }
    let mut plain = Vec::new();
    transcoder.end_decode(&mut plain);
    carry(&mut transcoder, &plain);
    transcoder.rest(&mut back);
    assert!(!transcoder.holding());
    (middle, back)
}

const ALL: [Charset; 6] =
    [Charset::Windows1252, Charset::Bytes, Charset::BytesWithTrail, Charset::Utf16, Charset::Utf16Le, Charset::Utf16Be];

proptest! {
    #[test]
    fn every_body_comes_back_as_it_was(body: Vec<u8>, at in 0usize..64, which in 0usize..6) {
        let charset = ALL[which];
        let (left, right) = body.split_at(at.min(body.len()));
        prop_assert_eq!(&through(charset, &[left, right]).1, &body);
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        prop_assert_eq!(&through(charset, &bytes).1, &body);
        prop_assert_eq!(through(charset, &bytes).0, through(charset, &[&body]).0);
    }
}

#[test]
fn every_unit_of_utf16_comes_back() {
    let units: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    assert_eq!(through(Charset::Utf16Le, &[&units]).1, units);
    let odd = b"a\0b";
    assert_eq!(through(Charset::Utf16Le, &[odd]), (b"a".to_vec(), odd.to_vec()));
}

#[test]
fn what_is_read_is_what_is_meant() {
    assert_eq!(through(Charset::Windows1252, &[b"a\x80\xe9"]).0, "a€é".as_bytes());
    assert_eq!(through(Charset::Utf16Be, &[b"\0a\x20\xac\xd8\x3d\xde\x00"]).0, "a€😀".as_bytes());
    assert_eq!(through(Charset::Utf16, &[b"\xfe\xff\0a"]).0, "\u{feff}a".as_bytes());
    assert_eq!(through(Charset::Utf16, &[b"a\0"]).0, b"a");
    assert_eq!(through(Charset::Bytes, &[b"a\xe9"]).0, "a\u{f7e9}".as_bytes());
}

#[test]
fn what_a_set_does_not_have_is_a_question_mark() {
    let written = |charset, text: &str| {
        let mut out = Vec::new();
        let mut transcoder = Transcoder::new(charset).unwrap();
        transcoder.encode(text.as_bytes(), &mut out);
        out
    };
    assert_eq!(written(Charset::Windows1252, "é€•Ω"), b"\xe9\x80\x95?");
    assert_eq!(written(Charset::Bytes, "aé"), b"a?");
    assert_eq!(written(Charset::Utf16Le, "aΩ"), b"a\0\xa9\x03");
}

#[test]
fn labels_are_known_or_refused() {
    for (label, charset) in [
        ("UTF-8", Some(Charset::Utf8)),
        ("", Some(Charset::Utf8)),
        ("ISO-8859-1", Some(Charset::Windows1252)),
        ("iso-8859-15", Some(Charset::Bytes)),
        ("windows-1251", Some(Charset::Bytes)),
        ("Shift_JIS", Some(Charset::BytesWithTrail)),
        ("utf-16", Some(Charset::Utf16)),
        ("utf-32", None),
        ("utf-7", None),
        ("iso-2022-jp", None),
        ("ibm037", None),
        ("iso-8859-x", None),
    ] {
        assert_eq!(Charset::of(label.as_bytes()), charset, "{label}");
    }
}

#[test]
fn first_bytes_are_believed_before_labels() {
    use Charset::*;
    for (first, said, structured, charset) in [
        (&b"{\"a\""[..], Utf8, true, Some(Utf8)),
        (b"\xef\xbb\xbf{", Utf16Le, true, Some(Utf8)),
        (b"\xff\xfea\0", Utf8, false, Some(Utf16Le)),
        (b"\xfe\xff\0a", Windows1252, false, Some(Utf16Be)),
        (b"\xfe\xff\0a", Utf16Le, false, None),
        (b"{\0\"\0", Utf8, true, Some(Utf16Le)),
        (b"\0{\0\"", Utf16, true, Some(Utf16Be)),
        (b"\0{\0\"", Utf16Le, true, None),
        (b"a\0b\0", Utf8, false, Some(Utf8)),
        (b"{\0a\"", Utf8, true, Some(Utf8)),
        (b"{\0", Utf8, true, Some(Utf8)),
        (b"a\0", Utf16Be, false, Some(Utf16Be)),
        (b"{\"a\"", Utf16, true, Some(Utf8)),
        (b"abcd", Utf16, false, None),
        (b"\x2d\x4e\x87\x65", Utf16, false, Some(Utf16)),
        (b"{\0\0\0", Utf8, true, None),
        (b"\0\0\0{", Utf16Be, true, None),
        (b"\xff\xfe\0\0", Utf8, false, None),
        (b"\0\0\xfe\xff", Utf8, false, None),
        (b"", Utf8, true, Some(Utf8)),
        (b"\0\0\0\0", Utf8, true, Some(Utf8)),
    ] {
        assert_eq!(said.settled(first, structured), charset, "{first:?} {said:?}");
    }
}

#[test]
fn labels_of_families_are_numbered() {
    for label in ["iso-8859-15", "ISO_8859-9", "windows-1251", "cp1250", "latin2", " iso8859-2 "] {
        assert_eq!(Charset::of(label.as_bytes()), Some(Charset::Bytes), "{label}");
    }
    for label in ["iso-8859-", "iso-8859-x", "windows-125", "latin", "latin-two", "utf-7", "utf-32", "iso-2022-jp"] {
        assert_eq!(Charset::of(label.as_bytes()), None, "{label}");
    }
}

#[test]
fn half_a_character_is_held_on_either_way() {
    let mut out = Vec::new();
    let mut transcoder = Transcoder::new(Charset::Utf16Le).unwrap();
    transcoder.decode(b"A", &mut out);
    assert!(transcoder.holding() && out.is_empty());
    let mut transcoder = Transcoder::new(Charset::Utf16Le).unwrap();
    transcoder.encode(b"\xc3", &mut out);
    assert!(transcoder.holding() && out.is_empty());
}
