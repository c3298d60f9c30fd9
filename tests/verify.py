#!/usr/bin/env python3
"""Verifies an Inkseal audit trail, with nothing but Python's standard library.

    verify.py TRAIL.ndjson KEYRING.json [HEADS.json]
    verify.py --cases CASES.json KEYRING.json
    verify.py --self-test

The second form reads many trails at once, `{"cases": [{"rows": [line, ...], "heads": {...}}]}`, and prints an array of
what the first form prints of each.

It was written from the construction alone and shares no code with the engine: X25519 (RFC 7748), ChaCha20-Poly1305
(RFC 8439), HKDF (RFC 5869) and HPKE (RFC 9180) are written out below. It holds the whole trail in memory.

It prints the verdict, the findings and the notes as one JSON object. Exit code 0 is for VERIFIED, 1 for any other
verdict, 2 for input that cannot be read.
"""

import base64
import hashlib
import hmac as std_hmac
import json
import re
import sys

D = b"inkseal/audit/v1/"
STEPS = 1 << 20
OPEN, HEARTBEAT, CLOSE = 0, 2, 9
TAMPERED = {
    "BODY_ALTERED", "BODY_MISSING", "FORK", "AFTER_CLOSE", "NO_OPEN", "ROLLED_BACK", "MISSING_BELOW_ANCHOR",
}
INCOMPLETE = {"UNCLOSED", "MISSING", "DROPPED", "REJECTED", "UNREACHABLE"}


# ---- primitives ----


def hmac(key, data):
    return std_hmac.digest(key, data, "sha256")


def sha256(data):
    return hashlib.sha256(data).digest()


def x25519(scalar, u):
    """The Montgomery ladder of RFC 7748, section 5. Not constant in time: it reads trails, it guards no server."""
    p, a24 = 2**255 - 19, 121665
    k = int.from_bytes(scalar, "little")
    k = (k & ~7 & ~(1 << 255)) | (1 << 254)
    x1 = int.from_bytes(u, "little") & ((1 << 255) - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in reversed(range(255)):
        bit = (k >> t) & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb = d * a % p, c * b % p
        x3, z3 = (da + cb) ** 2 % p, x1 * (da - cb) ** 2 % p
        aa, bb = a * a % p, b * b % p
        e = (aa - bb) % p
        x2, z2 = aa * bb % p, e * (aa + a24 * e) % p
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, p - 2, p) % p).to_bytes(32, "little")


def chacha20_block(key, counter, nonce):
    def rotate(v, n):
        return ((v << n) & 0xFFFFFFFF) | (v >> (32 - n))

    words = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574]
    words += [int.from_bytes(key[i : i + 4], "little") for i in range(0, 32, 4)]
    words += [counter] + [int.from_bytes(nonce[i : i + 4], "little") for i in range(0, 12, 4)]
    s = list(words)
    rounds = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]
    rounds += [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
    for _ in range(10):
        for a, b, c, d in rounds:
            for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[x] = (s[x] + s[y]) & 0xFFFFFFFF
                s[z] = rotate(s[z] ^ s[x], n)
    return b"".join(((x + y) & 0xFFFFFFFF).to_bytes(4, "little") for x, y in zip(s, words))


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    accumulator = 0
    for i in range(0, len(message), 16):
        block = message[i : i + 16] + b"\x01"
        accumulator = (accumulator + int.from_bytes(block, "little")) * r % (2**130 - 5)
    return ((accumulator + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def chacha20_poly1305_open(key, nonce, ciphertext, aad):
    """The plaintext, or None if it is not authentic (RFC 8439, section 2.8)."""

    def padded(data):
        return data + bytes(-len(data) % 16)

    body, tag = ciphertext[:-16], ciphertext[-16:]
    lengths = len(aad).to_bytes(8, "little") + len(body).to_bytes(8, "little")
    one_time = chacha20_block(key, 0, nonce)[:32]
    if not std_hmac.compare_digest(poly1305(one_time, padded(aad) + padded(body) + lengths), tag):
        return None
    stream = b"".join(chacha20_block(key, 1 + i, nonce) for i in range((len(body) + 63) // 64))
    return bytes(a ^ b for a, b in zip(body, stream))


def hkdf_expand(prk, info, length):
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac(prk, block + info + bytes([counter]))
        out, counter = out + block, counter + 1
    return out[:length]


def hpke_open(private, encapsulated, info, ciphertext, aad=b""):
    """RFC 9180 base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305; the first message."""
    kem, suite = b"KEM" + b"\x00\x20", b"HPKE" + b"\x00\x20\x00\x01\x00\x03"

    def extract(suite_id, salt, label, ikm):
        return hmac(salt, b"HPKE-v1" + suite_id + label + ikm)

    def expand(suite_id, prk, label, context, length):
        return hkdf_expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + context, length)

    public = x25519(private, (9).to_bytes(32, "little"))
    dh = x25519(private, encapsulated)
    if dh == bytes(32):
        return None
    shared = expand(kem, extract(kem, b"", b"eae_prk", dh), b"shared_secret", encapsulated + public, 32)
    context = b"\x00" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    secret = extract(suite, shared, b"secret", b"")
    key = expand(suite, secret, b"key", context, 32)
    nonce = expand(suite, secret, b"base_nonce", context, 12)
    return chacha20_poly1305_open(key, nonce, ciphertext, aad)


# ---- the construction ----


def lp(text):
    return len(text.encode()).to_bytes(2, "big") + text.encode()


def x(key, label, context=b""):
    return hmac(key, D + label + b"\x00" + context + b"\x01")


def tag_of(state, row, seq, kind, commitment):
    head = D + b"record\x00" + lp(row["kid"]) + row["chain"]
    return hmac(x(state, b"tag"), head + seq.to_bytes(8, "big") + bytes([kind]) + commitment)


class States:
    """The states of a chain, walked forwards from S_0."""

    def __init__(self, first):
        self.first = first
        self.seq, self.state = 0, first
        self.steps = 0

    def at(self, seq):
        if seq < self.seq:
            self.seq, self.state = 0, self.first
        while self.seq < seq:
            self.seq, self.state = self.seq + 1, x(self.state, b"next")
            self.steps += 1
        return self.state


# ---- the wire ----

HEX = re.compile(r"\A(?:[0-9a-f]{2})*\Z")
DECIMAL = re.compile(r"\A(?:0|[1-9][0-9]*)\Z")
KID = re.compile(r"\A[a-z0-9-]{1,32}\Z")


def unhex(text, length):
    if not isinstance(text, str) or not HEX.match(text) or len(text) != 2 * length:
        raise ValueError("hex")
    return bytes.fromhex(text)


def decimal(text):
    if not isinstance(text, str) or not DECIMAL.match(text) or len(text) > 20 or int(text) >= 1 << 64:
        raise ValueError("seq")
    return int(text)


def once(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def parse_record(line):
    """A record, or ValueError."""
    wire = json.loads(line, object_pairs_hook=once)
    if not isinstance(wire, dict) or set(wire) - {"seed"} != {"kid", "chain", "seq", "kind", "c", "tag", "body"}:
        raise ValueError("members")
    if type(wire["kind"]) is not int or not 0 <= wire["kind"] <= 255:
        raise ValueError("kind")
    if not isinstance(wire["kid"], str) or not KID.match(wire["kid"]):
        raise ValueError("kid")
    if not (wire["body"] is None or isinstance(wire["body"], str) and len(wire["body"].encode()) <= 256 * 1024):
        raise ValueError("body")
    return {
        "kid": wire["kid"],
        "chain": unhex(wire["chain"], 16),
        "seq": decimal(wire["seq"]),
        "kind": wire["kind"],
        "c": unhex(wire["c"], 32),
        "tag": unhex(wire["tag"], 32),
        "seed": unhex(wire["seed"], 80) if "seed" in wire else None,
        "body": wire["body"],
    }


def parse_keyring(text):
    keyring = json.loads(text)
    of = lambda purpose: [entry for entry in keyring if entry["purpose"] == purpose and "key" in entry]
    seal = {entry["kid"]: unhex(entry["key"], 32) for entry in of("seal")}
    return seal, [unhex(entry["key"], 32) for entry in of("verifier")]


def parse_heads(text):
    anchor = json.loads(text)
    heads = [
        {
            "name": (head["kid"], unhex(head["chain"], 16)),
            "seq": decimal(head["seq"]),
            "tag": unhex(head["tag"], 32) if "tag" in head else None,
            "accumulator": unhex(head["accumulator"], 32) if "accumulator" in head else None,
        }
        for head in anchor["heads"]
    ]
    size = decimal(anchor["tree_size"]) if "tree_size" in anchor else None
    return {"witnessed": anchor["witnessed"] is True, "tree_size": size, "heads": heads}


def claims_of(body):
    """What an open, a heartbeat or a close claims; what is malformed claims nothing."""
    claims = {"dropped": [], "rejected": []}
    try:
        body = json.loads(body)
    except ValueError:
        return claims
    if not isinstance(body, dict):
        return claims
    for name in ("dropped", "rejected"):
        for lost in body[name] if isinstance(body.get(name), list) else []:
            try:
                first, last = decimal(lost["first"]), decimal(lost["last"])
            except (ValueError, TypeError, KeyError):
                continue
            if first <= last:
                claims[name].append((first, last))
    try:
        claims["accumulator"] = unhex(body["accumulator"], 32)
    except (ValueError, KeyError):
        pass
    try:
        previous = body["previous"]
        claims["previous"] = {
            "name": (previous["kid"], unhex(previous["chain"], 16)),
            "seq": decimal(previous["seq"]),
            "tag": None,
            "accumulator": unhex(previous["accumulator"], 32),
        }
    except (ValueError, TypeError, KeyError):
        pass
    try:
        note = base64.b64decode(body["checkpoint"], validate=True).decode()
        claims["tree_size"] = int(note.splitlines()[1])
    except (ValueError, TypeError, KeyError, IndexError):
        pass
    return claims


# ---- one chain ----


class Chain:
    def __init__(self, rows):
        self.rows = sorted(rows, key=lambda row: row["seq"])
        self.reach = len(rows) + STEPS
        self.forged = self.unreachable = self.duplicates = 0
        self.records = {}  # seq -> {tag: row, with its best body state}
        self.claims = []  # (seq, claims)
        self.findings = []

    def find(self, code, first, last=None):
        self.findings.append((code, first, first if last is None else last))

    def authenticate(self, seal_key, privates):
        """Sorts the rows into genuine records and the rest."""
        states = self.open(seal_key, privates)
        for row in self.rows:
            if states and row["seq"] > self.reach:
                self.unreachable += 1
                continue
            if not states or not self.genuine(states, row):
                self.forged += 1
                continue
            state = states.at(row["seq"])
            if row["body"] is None:
                quality = 1
            else:
                quality = 0 if hmac(x(state, b"commit"), row["body"].encode()) == row["c"] else 2
            copies = self.records.setdefault(row["seq"], {})
            copies.setdefault(row["tag"], {"kind": row["kind"], "qualities": []})["qualities"].append(quality)
            if quality == 0 and row["kind"] in (OPEN, HEARTBEAT, CLOSE):
                self.claims.append((row["seq"], claims_of(row["body"])))

    def genuine(self, states, row):
        expected = tag_of(states.at(row["seq"]), row, row["seq"], row["kind"], row["c"])
        return std_hmac.compare_digest(expected, row["tag"])

    def open(self, seal_key, privates):
        """The chain's states, from the first seed under which the row that carries it is genuine."""
        opened, budget = {}, self.reach
        root = hmac(D + b"root", seal_key)
        for row in self.rows:
            sealed = row["seed"]
            if sealed is None or row["seq"] > self.reach:
                continue
            context = lp(row["kid"]) + row["chain"]
            if sealed not in opened:
                seeds = (hpke_open(private, sealed[:32], D + context, sealed[32:]) for private in privates)
                seed = next((seed for seed in seeds if seed is not None), None)
                opened[sealed] = seed and States(x(root, b"chain", context + seed))
            states = opened[sealed]
            if states is None or row["seq"] - states.seq > budget:
                continue
            budget -= max(0, row["seq"] - states.seq)
            if self.genuine(states, row):
                return states
        return None

    def judge(self, anchored, linked, witnessed):
        seqs = sorted(self.records)
        head = seqs[-1] if seqs else None
        kinds = {seq: {copy["kind"] for copy in self.records[seq].values()} for seq in seqs}
        for seq in seqs:
            if len(self.records[seq]) > 1:
                self.find("FORK", seq)
            for copy in self.records[seq].values():
                best = min(copy["qualities"])
                spoiled = sum(1 for quality in copy["qualities"] if quality == 2) if best < 2 else 0
                self.forged += spoiled
                self.duplicates += len(copy["qualities"]) - 1 - spoiled
                if best:
                    self.find("BODY_MISSING" if best == 1 else "BODY_ALTERED", seq)
        closes = [seq for seq in seqs if CLOSE in kinds[seq]]
        dropped, rejected = self.declared("dropped"), self.declared("rejected")
        if head is not None:
            if OPEN not in kinds.get(0, ()) and not within(0, dropped + rejected):
                self.find("NO_OPEN", 0)
            for seq in seqs:
                if seq and OPEN in kinds[seq]:
                    self.find("NO_OPEN", seq)
            if not closes:
                self.find("UNCLOSED", head)
            elif closes[0] < head:
                self.find("AFTER_CLOSE", closes[0] + 1, head)
        anchor = max((known["seq"] for known in anchored), default=None)
        end = -1
        for seq in seqs:
            # A gap may be long, its parts are few: cut it where a declaration or the anchor begins or ends.
            cuts = {end + 1, seq}
            for first, last in dropped + rejected + ([(0, anchor)] if anchor is not None else []):
                cuts |= {cut for cut in (first, last + 1) if end < cut < seq}
            cuts = sorted(cuts)
            for first, after in zip(cuts, cuts[1:]):
                if within(first, dropped):
                    code = "DROPPED"
                elif within(first, rejected):
                    code = "REJECTED"
                else:
                    code = "MISSING_BELOW_ANCHOR" if anchor is not None and first <= anchor else "MISSING"
                self.find(code, first, after - 1)
            end = seq
        if anchor is not None and anchor > end:
            self.find("ROLLED_BACK", end + 1, anchor)
        else:
            link = max((known["seq"] for known in linked), default=-1)
            if link > end:
                self.find("MISSING", end + 1, link)
        self.check_accumulators(seqs, anchored + linked)
        if self.unreachable and not closes and seqs:
            self.find("UNREACHABLE", head)
            self.unreachable = 0
        if head is not None and not (witnessed and anchor is not None and anchor >= head):
            self.find("UNANCHORED", head)

    def declared(self, name):
        """What the edge says it lost: of each record only what came before it."""
        ranges = ((at, lost) for at, claims in self.claims for lost in claims[name])
        return [(first, min(last, at - 1)) for at, (first, last) in ranges if first < at]

    def check_accumulators(self, seqs, heads):
        claimed = {at: claims["accumulator"] for at, claims in self.claims if "accumulator" in claims}
        accumulator = self.rows and sha256(D + b"acc0\x00" + lp(self.rows[0]["kid"]) + self.rows[0]["chain"])
        following = 0
        for seq in seqs:
            if seq != following:
                accumulator = None
            following = seq + 1
            if seq in claimed:
                if accumulator is not None and accumulator != claimed[seq]:
                    self.find("FORK", seq)
                accumulator = claimed[seq]
            tags = list(self.records[seq])
            if len(tags) > 1:
                accumulator = None
            elif accumulator is not None:
                accumulator = sha256(D + b"acc\x00" + accumulator + tags[0])
            for known in heads:
                if known["seq"] != seq:
                    continue
                if known["tag"] is not None and known["tag"] not in tags:
                    self.find("FORK", seq)
                if known["accumulator"] is not None and accumulator not in (None, known["accumulator"]):
                    self.find("FORK", seq)


def within(seq, ranges):
    return any(first <= seq <= last for first, last in ranges)


# ---- the trail ----


def verify(lines, seal_keys, privates, anchor):
    chains, notes = {}, {}

    def note(code, rows):
        if rows:
            notes[code] = notes.get(code, 0) + rows

    rows = 0
    by_chain = {}
    for line in lines:
        if not line.strip():
            continue
        rows += 1
        try:
            row = parse_record(line)
        except ValueError:
            note("MALFORMED", 1)
            continue
        if row["kid"] not in seal_keys:
            note("UNKNOWN_KID", 1)
            continue
        by_chain.setdefault((row["kid"], row["chain"]), []).append(row)
    for name, members in by_chain.items():
        chains[name] = Chain(members)
        chains[name].authenticate(seal_keys[name[0]], privates)
    claims = [claims for chain in chains.values() for _, claims in chain.claims]
    linked = [claim["previous"] for claim in claims if "previous" in claim]
    codes = set()
    records = 0
    for name in set(chains) | {head["name"] for head in anchor["heads"] + linked}:
        if name[0] not in seal_keys:
            codes.add("UNREACHABLE")
            continue
        chain = chains.get(name) or Chain([])
        of = lambda heads: [head for head in heads if head["name"] == name]
        if chain.records or of(anchor["heads"]) or of(linked):
            chain.judge(of(anchor["heads"]), of(linked), anchor["witnessed"])
        codes |= {code for code, _, _ in chain.findings}
        records += len(chain.records)
        note("FORGED", chain.forged)
        note("DUPLICATE", chain.duplicates)
        note("UNREACHABLE", chain.unreachable)
    echoed = max((claim["tree_size"] for claim in claims if "tree_size" in claim), default=0)
    if anchor["tree_size"] is not None and echoed > anchor["tree_size"]:
        codes.add("ROLLED_BACK")
    if codes & TAMPERED:
        verdict = "TAMPERED"
    elif codes & INCOMPLETE:
        verdict = "INCOMPLETE"
    elif "UNANCHORED" in codes or not records:
        verdict = "UNANCHORED"
    else:
        verdict = "VERIFIED"
    return {"verdict": verdict, "codes": sorted(codes), "notes": notes, "records": records, "rows": rows}


def self_test():
    unhexed = bytes.fromhex
    # RFC 7748, section 6.1.
    alice = unhexed("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    bob = unhexed("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    shared = unhexed("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
    assert x25519(alice, bob) == shared
    # RFC 8439, section 2.8.2.
    key, nonce = bytes(range(0x80, 0xA0)), unhexed("070000004041424344454647")
    aad = unhexed("50515253c0c1c2c3c4c5c6c7")
    text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    text += b"sunscreen would be it."
    stream = b"".join(chacha20_block(key, 1 + i, nonce) for i in range(2))
    body = bytes(a ^ b for a, b in zip(text, stream))
    assert body.startswith(unhexed("d31a8d34648e60db7b86afbc53ef7ec2"))
    tag = unhexed("1ae10b594f09e26a7e902ecbd0600691")
    assert chacha20_poly1305_open(key, nonce, body + tag, aad) == text
    assert chacha20_poly1305_open(key, nonce, body + bytes(16), aad) is None
    # RFC 9180, appendix A.2.1, the first message.
    private = unhexed("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
    encapsulated = unhexed("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")
    sealed = unhexed(
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
    )
    opened = hpke_open(private, encapsulated, b"Ode on a Grecian Urn", sealed, b"Count-0")
    assert opened == b"Beauty is truth, truth beauty"
    print("ok")


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        return 0
    if len(arguments) not in (2, 3):
        sys.stderr.write(__doc__)
        return 2
    if arguments[0] == "--cases":
        with open(arguments[2], encoding="utf-8") as file:
            seal_keys, privates = parse_keyring(file.read())
        with open(arguments[1], encoding="utf-8") as file:
            cases = json.load(file)["cases"]
        anchors = [parse_heads(json.dumps(case["heads"])) for case in cases]
        print(json.dumps([verify(case["rows"], seal_keys, privates, anchor) for case, anchor in zip(cases, anchors)]))
        return 0
    try:
        with open(arguments[1], encoding="utf-8") as file:
            seal_keys, privates = parse_keyring(file.read())
        anchor = {"witnessed": False, "tree_size": None, "heads": []}
        if len(arguments) == 3:
            with open(arguments[2], encoding="utf-8") as file:
                anchor = parse_heads(file.read())
        with open(arguments[0], encoding="utf-8", newline="\n") as file:
            report = verify(file, seal_keys, privates, anchor)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"error: cannot read the input: {type(error).__name__}\n")
        return 2
    print(json.dumps(report, sort_keys=True))
    return 0 if report["verdict"] == "VERIFIED" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
