#!/usr/bin/env -S /usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A second implementation of docs/protocol.md, written from its text alone: opens what the C code sealed
(tests/data/vectors) and verifies every id, proof, receipt and prekey list. Shares no code with the program."""
import hashlib
import hmac
import json
import os
import sys

try:
    from nacl import bindings as na
    from nacl.exceptions import CryptoError
except ImportError:
    print("1..0 # SKIP python3-nacl is not installed")
    sys.exit(0)

TOP = os.environ.get("COMITY_TOP") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PREFIX = b"comity/v1/"


class Refused(Exception):
    pass


# --- notation -------------------------------------------------------------------------------------------------

def m(label, *parts):
    text = (PREFIX + label).ljust(16, b"\0") + bytes([len(parts)])
    return text + b"".join(len(p).to_bytes(8, "big") + p for p in parts)


def h(x):
    return hashlib.blake2b(x, digest_size=32).digest()


def d(label, *parts):
    return h(m(label, *parts))


def k(key, label, *parts):
    return hashlib.blake2b(m(label, *parts), digest_size=32, key=key).digest()


def aead_open(key, sealed):
    try:
        return na.crypto_aead_chacha20poly1305_ietf_decrypt(sealed, None, bytes(12), key)
    except CryptoError as why:
        raise Refused("AEAD") from why


# --- the one encoding -----------------------------------------------------------------------------------------

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

HEADER = {1: ("version", VARINT), 2: ("kind", VARINT), 3: ("lane", VARINT), 4: ("network", BYTES), 5: ("from", BYTES),
          6: ("to", BYTES), 7: ("from_key", BYTES), 8: ("roster", FIXED64), 9: ("created_ms", FIXED64),
          10: ("expires_ms", FIXED64), 11: ("incarnation", FIXED32), 12: ("seq", FIXED32), 13: ("prev", BYTES),
          14: ("exercise", BYTES)}
ENVELOPE = {1: ("header", BYTES), 2: ("seal", BYTES), 3: ("body", BYTES), 4: ("proof", BYTES)}
SEAL = {1: ("commit", BYTES), 2: ("slot", BYTES)}
SLOT = {1: ("recipient_key", BYTES), 2: ("enc", BYTES), 3: ("wrapped", BYTES)}
PROOF = {1: ("signature", BYTES), 2: ("size", VARINT), 3: ("index", VARINT), 4: ("path", BYTES)}
INNER = {1: ("context", BYTES), 2: ("letter", BYTES), 3: ("signature", BYTES), 4: ("gossip", BYTES)}
CONTEXT = {1: ("version", VARINT), 2: ("kind", VARINT), 3: ("network", BYTES), 4: ("from", BYTES), 5: ("to", BYTES),
           6: ("copy", BYTES), 7: ("case_id", BYTES), 8: ("case_seq", FIXED32), 9: ("case_prev", BYTES),
           10: ("seen", BYTES), 11: ("signed_ms", FIXED64), 12: ("roster", FIXED64), 13: ("roster_hash", BYTES),
           14: ("exercise", BYTES), 15: ("signer", BYTES)}
SIGNED_RECEIPT = {1: ("receipt", BYTES), 2: ("proof", BYTES)}
RECEIPT = {1: ("version", VARINT), 2: ("kind", VARINT), 3: ("network", BYTES), 4: ("from", BYTES), 5: ("to", BYTES),
           6: ("by_key", BYTES), 7: ("roster", FIXED64), 8: ("at_ms", FIXED64), 9: ("item", BYTES),
           10: ("checkpoint", BYTES)}
ITEM = {1: ("id", BYTES), 2: ("lane", VARINT), 3: ("incarnation", FIXED32), 4: ("seq", FIXED32),
        5: ("reason", VARINT), 6: ("leaf", FIXED64), 7: ("through", FIXED32)}
SIGNED_PREKEYS = {1: ("list", BYTES), 2: ("proof", BYTES)}
PREKEY_LIST = {1: ("version", VARINT), 2: ("network", BYTES), 3: ("party", BYTES), 4: ("signer_key", BYTES),
               5: ("number", FIXED64), 6: ("issued_ms", FIXED64), 7: ("first_ms", FIXED64), 8: ("key", BYTES)}


def varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Refused("varint")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if byte == 0 and shift:
                raise Refused("long varint")
            return value, at
        shift += 7


def one_field(wire, data, at):
    if wire == VARINT:
        value, at = varint(data, at)
    elif wire == BYTES:
        size, at = varint(data, at)
        value, at = data[at:at + size], at + size
    else:
        size = 8 if wire == FIXED64 else 4
        value, at = int.from_bytes(data[at:at + size], "little"), at + size
    if at > len(data) or not value:
        raise Refused("cut off, or an explicit zero")
    return value, at


def parse(data, fields, repeated=()):
    ret = {name: [] if name in repeated else (b"" if wire == BYTES else 0) for name, wire in fields.values()}
    at = last = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        if number not in fields or fields[number][1] != wire:
            raise Refused("unknown field")
        name = fields[number][0]
        if number < last or (number == last and name not in repeated):
            raise Refused("order")
        last = number
        value, at = one_field(wire, data, at)
        if name in repeated:
            ret[name].append(value)
        else:
            ret[name] = value
    return ret


# --- the one signature rule -----------------------------------------------------------------------------------

def leaf(digest):
    return hashlib.sha256(b"\0" + digest).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree(leaves):
    if len(leaves) == 1:
        return leaf(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node(tree(leaves[:split]), tree(leaves[split:]))


def inclusion(index, size, path, digest):
    """RFC 9162 2.1.3.2, up to the root it leads to."""
    if not index < size:
        raise Refused("index")
    fn, sn, r = index, size - 1, leaf(digest)
    for p in path:
        if sn == 0:
            raise Refused("path too long")
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = node(r, p)
        fn >>= 1
        sn >>= 1
    if sn:
        raise Refused("path too short")
    return r


def verify(encoded, digest, key):
    proof = parse(encoded, PROOF)
    size, path = proof["size"], proof["path"]
    if len(proof["signature"]) != 64 or not 1 <= size <= 4096 or len(path) % 32 or len(path) > 12 * 32:
        raise Refused("proof fields")
    root = inclusion(proof["index"], size, [path[i:i + 32] for i in range(0, len(path), 32)], digest)
    try:
        na.crypto_sign_open(proof["signature"] + m(b"turn", size.to_bytes(8, "big"), root), key)
    except CryptoError as why:
        raise Refused("signature") from why
    return root


# --- HPKE, RFC 9180 -------------------------------------------------------------------------------------------

KEM, SUITE = b"KEM\0\x20", b"HPKE\0\x20\0\1\0\3"


def extract(suite, salt, label, ikm):
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256").digest()


def expand(suite, prk, label, info, size):
    labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    out, block, count = b"", b"", 1
    while len(out) < size:
        block = hmac.new(prk, block + labelled + bytes([count]), "sha256").digest()
        out, count = out + block, count + 1
    return out[:size]


def exporter(dh, enc, recipient, info):
    shared = expand(KEM, extract(KEM, b"", b"eae_prk", dh), b"shared_secret", enc + recipient, 32)
    context = b"\0" + extract(SUITE, b"", b"psk_id_hash", b"") + extract(SUITE, b"", b"info_hash", info)
    return expand(SUITE, extract(SUITE, shared, b"secret", b""), b"exp", context, 32)


def setup_receiver(enc, private, recipient, info):
    return exporter(na.crypto_scalarmult(private, enc), enc, recipient, info)


def export(secret, context, size):
    return expand(SUITE, secret, b"sec", context, size)


# --- open -----------------------------------------------------------------------------------------------------

def unpad(plain):
    end = plain.rstrip(b"\0")
    if not end.endswith(b"\x80"):
        raise Refused("padding")
    if len(plain) != min(s for s in (4096, 16384, 65536, 262144) if s >= len(end)):
        raise Refused("padding: not the smallest size")
    return end[:-1]


def open_seal(header, seal_bytes, body, public, private):
    seal = parse(seal_bytes, SEAL, ("slot",))
    slots = [parse(s, SLOT) for s in seal["slot"]]
    keys = [s["recipient_key"] for s in slots]
    if not 1 <= len(slots) <= 8 or sorted(set(keys)) != keys or len(seal["commit"]) != 32:
        raise Refused("slots")
    mine = slots[keys.index(public)]
    secret = setup_receiver(mine["enc"], private, public, PREFIX + b"slot")
    kek = export(secret, d(b"slot", header, seal["commit"]), 32)
    cek = aead_open(kek, mine["wrapped"])
    if not hmac.compare_digest(k(cek, b"commit"), seal["commit"]):
        raise Refused("commit")
    return cek, unpad(aead_open(k(cek, b"body", header, seal_bytes), body))


# --- tests ----------------------------------------------------------------------------------------------------

CASES = []


def case(name, function):
    CASES.append((name, function))


def load(name):
    with open(os.path.join(TOP, "tests", "data", "vectors", name), encoding="ascii") as file:
        return json.load(file)


def x(entry, name):
    return bytes.fromhex(entry[name])


def refused(function, *args):
    try:
        function(*args)
    except Refused:
        return True
    return False


def hpke_published():
    """RFC 9180 A.2.1."""
    secret = setup_receiver(
        bytes.fromhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"),
        bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"),
        bytes.fromhex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"),
        bytes.fromhex("4f6465206f6e2061204772656369616e2055726e"))
    assert secret.hex() == "a3b010d4994890e2c6968a36f64470d3c824c8f5029942feb11e7a74b2921922"
    assert export(secret, b"TestContext", 32).hex() == \
        "5acb09211139c43b3090489a9da433e8a30ee7188ba8b0a9a1ccf0c229283e53"


def turn(vectors, entry):
    key = x(vectors, "key")
    assert na.crypto_sign_seed_keypair(x(vectors, "seed"))[0] == key
    digests = [x(o, "digest") for o in entry["objects"]]
    assert tree(digests) == x(entry, "root")
    for index, item in enumerate(entry["objects"]):
        proof = x(item, "proof")
        assert parse(proof, PROOF)["index"] == index
        assert verify(proof, digests[index], key) == x(entry, "root")
        assert refused(verify, proof, h(digests[index]), key)


def header_fields(v):
    header = parse(x(v, "header"), HEADER)
    assert header["version"] == 1 and header["kind"] in (1, 3) and header["lane"] in (1, 2, 3)
    assert header["network"] == x(v, "network") and header["from_key"] == x(v, "from_key")
    assert (header["from"], header["to"]) == (b"XA/poc", b"XB/poc")
    assert 60_000 <= header["expires_ms"] - header["created_ms"] <= 1_209_600_000
    assert header["incarnation"] >= 1 and header["seq"] >= 1 and header["roster"] >= 1
    assert len(header["prev"]) == (0 if header["seq"] == 1 else 32) and len(header["exercise"]) in (0, 16)


def envelope(v):
    parts = parse(x(v, "envelope"), ENVELOPE)
    header, seal, body = parts["header"], parts["seal"], parts["body"]
    assert (header, seal, parts["proof"]) == (x(v, "header"), x(v, "seal"), x(v, "proof"))
    assert len(body) in (4112, 16400, 65552, 262160)
    assert d(b"env", header, seal, h(body)) == x(v, "id")
    verify(parts["proof"], x(v, "id"), x(v, "from_key"))
    for recipient in v["recipients"]:
        cek, inner = open_seal(header, seal, body, x(recipient, "public"), x(recipient, "private"))
        assert (cek, inner) == (x(v, "content_key"), x(v, "inner"))


def sealed_again(v):
    """Not only opened: the same bytes come out of the steps of the text with the same randomness."""
    header, content = x(v, "header"), x(v, "content_key")
    commit = k(content, b"commit")
    seal = b"\x0a\x20" + commit
    for r in v["recipients"]:
        ephemeral, public = x(r, "ephemeral"), x(r, "public")
        enc = na.crypto_scalarmult_base(ephemeral)
        secret = exporter(na.crypto_scalarmult(ephemeral, public), enc, public, PREFIX + b"slot")
        kek = export(secret, d(b"slot", header, commit), 32)
        wrapped = na.crypto_aead_chacha20poly1305_ietf_encrypt(content, None, bytes(12), kek)
        slot = b"\x0a\x20" + public + b"\x12\x20" + enc + b"\x1a\x30" + wrapped
        seal += b"\x12" + bytes([len(slot)]) + slot
    assert seal == x(v, "seal")
    inner = x(v, "inner") + b"\x80"
    plain = inner.ljust(min(s for s in (4096, 16384, 65536, 262144) if s >= len(inner)), b"\0")
    body = na.crypto_aead_chacha20poly1305_ietf_encrypt(plain, None, bytes(12), k(content, b"body", header, seal))
    assert body == parse(x(v, "envelope"), ENVELOPE)["body"]


def flipped(v):
    parts = parse(x(v, "envelope"), ENVELOPE)
    mine = v["recipients"][0]
    for name in ("header", "seal", "body"):
        for at in range(0, len(parts[name]), 97):
            bent = dict(parts)
            bent[name] = parts[name][:at] + bytes([parts[name][at] ^ 4]) + parts[name][at + 1:]
            new_id = d(b"env", bent["header"], bent["seal"], h(bent["body"]))
            assert refused(verify, parts["proof"], new_id, x(v, "from_key"))
            try:
                open_seal(bent["header"], bent["seal"], bent["body"], x(mine, "public"), x(mine, "private"))
            except (Refused, ValueError, CryptoError, RuntimeError):
                continue
            raise AssertionError(f"{name} byte {at} makes no difference")


def officer(v):
    inner = parse(x(v, "inner"), INNER, ("signature",))
    context = parse(inner["context"], CONTEXT, ("copy", "signer"))
    letter_id = d(b"letter", inner["context"], h(inner["letter"]))
    assert letter_id == x(v, "letter_id")
    assert context["signer"] == [x(v, "officer_key")] and context["network"] == x(v, "network")
    assert len(context["case_id"]) == 16 and len(context["roster_hash"]) == 32
    verify(inner["signature"][0], letter_id, context["signer"][0])


def receipt(v, number):
    outer = parse(x(v, "signed_receipt"), SIGNED_RECEIPT)
    body = parse(outer["receipt"], RECEIPT, ("item",))
    items = [parse(i, ITEM) for i in body["item"]]
    assert body["version"] == 1 and body["kind"] == number and body["by_key"] == x(v, "by_key")
    assert [i["seq"] for i in items] == [1, 2] and all(i["lane"] == 2 for i in items)
    assert [i["id"] for i in items] == [h(b"first"), h(b"second")]
    assert all((i["reason"] != 0) == (number in (2, 5)) for i in items)
    assert all((i["through"] != 0) == (number == 4) for i in items)
    digest = d(b"rcpt", outer["receipt"])
    assert digest == x(v, "digest")
    verify(outer["proof"], digest, body["by_key"])


def prekeys(v):
    outer = parse(x(v, "signed_prekeys"), SIGNED_PREKEYS)
    body = parse(outer["list"], PREKEY_LIST, ("key",))
    assert body["version"] == 1 and body["network"] == x(v, "network") and body["party"] == b"XB/poc"
    assert body["first_ms"] % 86_400_000 == 0 and body["number"] == 3
    assert [key.hex() for key in body["key"]] == v["keys"] and 8 <= len(body["key"]) <= 42
    digest = d(b"prekey", outer["list"])
    assert digest == x(v, "digest")
    verify(outer["proof"], digest, x(v, "signer_key"))


def collect():
    case("HPKE: the published values of RFC 9180 A.2.1", hpke_published)
    turns = load("turn.json")
    for t in turns["turns"]:
        case(f"turn of {len(t['objects'])}: root and every path", lambda t=t: turn(turns, t))
    for v in load("envelope.json"):
        case(f"header of {v['about']}", lambda v=v: header_fields(v))
        case(f"id, proof and content of {v['about']}", lambda v=v: envelope(v))
        case(f"sealing again {v['about']}", lambda v=v: sealed_again(v))
        case(f"flipped bits of {v['about']}", lambda v=v: flipped(v))
        if "letter_id" in v:
            case(f"letter id and officer of {v['about']}", lambda v=v: officer(v))
    for number, v in enumerate(load("receipt.json"), 1):
        case(f"receipt {v['kind']}", lambda v=v, number=number: receipt(v, number))
    case("prekey list", lambda: prekeys(load("prekeys.json")))


def main():
    collect()
    print(f"1..{len(CASES)}")
    failed = 0
    for number, (name, function) in enumerate(CASES, 1):
        try:
            function()
        except Exception as why:  # pylint: disable=broad-except  # whatever it is, this case does not hold
            failed += 1
            print(f"not ok {number} - {name}")
            print(f"# {type(why).__name__}: {why}")
        else:
            print(f"ok {number} - {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
