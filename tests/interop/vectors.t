#!/usr/bin/env -S /usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the documents against what they describe: every value of the worked example of docs/protocol.md is computed
again from tests/data/vectors, its reason codes and schemas are those of proto/, and each test that docs/ names exists.
`vectors.t schema`, `vectors.t kinds` and `vectors.t required` print the tables for it."""
import glob
import importlib.machinery
import importlib.util
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("COMITY_TOP") or os.path.join(HERE, "..", "..")


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


# --- schemas: a .proto file with the limits of limits.def as comments ------------------------------------------

def numbers_of(*headers):
    """Every #define whose value is a number or another such name."""
    text = "\n".join(read(*h) for h in headers)
    raw = dict(re.findall(r"^#define (\w+)\s+\(?(?:\(size_t\)|U?INT64_C\()?(\w+)\)?", text, re.M))
    return {name: int(raw.get(value, value)) for name, value in raw.items() if raw.get(value, value).isdigit()}


def rule_text(rule, named):
    def value(word):
        return named.get(word.strip()) or int(word)

    many = re.fullmatch(r"MANY\((\w+), (.*)\)", rule)
    if many:
        inner = rule_text(many[2], named)
        return f"at most {value(many[1])}" + (f", each {inner}" if inner else "")
    if rule in ("NUMBER", "ADDRESS", "DATE", "STATE"):
        return {"NUMBER": "", "ADDRESS": "address", "DATE": "YYYY-MM-DD", "STATE": "two letters A-Z"}[rule]
    name, arguments = re.fullmatch(r"(\w+)\((.*)\)", rule).groups()
    if name == "OF":
        return ""
    if name == "RANGE":
        return "see 7.2" if "INSTANT" in arguments else " to ".join(a.strip() for a in arguments.split(","))
    sizes = [value(a) for a in arguments.split(",")]
    if name == "BYTES":
        return f"{sizes[0]} bytes" if sizes[0] == sizes[-1] else f"{sizes[0]} to {sizes[1]} bytes"
    if name == "HASHES":
        return f"n * 32 bytes, n <= {sizes[0]}"
    return f"{name.lower()}, at most {sizes[0]} bytes"


def limits():
    named = numbers_of(("proto", "wire.h"), ("proto", "limits.h"))
    text = read("proto", "limits.def")
    fields = {(m, f): rule_text(r, named) for m, f, r in re.findall(r"^FIELD\((\w+), (\w+), (.*)\)$", text, re.M)}
    sizes = {m: named.get(s) or int(s) for m, s in re.findall(r"^MESSAGE\((\w+), \w+, (\w+)\)$", text, re.M)}
    return fields, sizes


def schema(name):
    fields, sizes = limits()
    lines, stack = [], []
    for line in read("proto", name + ".proto").split("\n"):
        line = re.sub(r"\s*//.*", "", line)
        if not line.strip() or re.match(r"(syntax|package) ", line):
            continue
        opened = re.match(r"\s*(message|enum|oneof) (\w+) \{", line)
        field = re.match(r"\s*(?:repeated )?\w+ (\w+) = \d+", line)
        comment = ""
        if opened:
            stack.append(opened.groups())
            if opened[1] == "message":
                comment = f"at most {sizes[opened[2]]} bytes"
        elif line.strip() == "}":
            stack.pop()
        elif field and not any(kind == "enum" for kind, _ in stack):
            message = [n for kind, n in stack if kind == "message"][-1]
            comment = fields[(message, field[1])]
        lines.append(f"{line.ljust(46)} // {comment}" if comment else line)
    return "\n".join(lines)


# --- the document ---------------------------------------------------------------------------------------------

def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", read("docs", "protocol.md"), re.M | re.S)


def second_implementation():
    path = os.path.join(HERE, "envelope.t")
    loader = importlib.machinery.SourceFileLoader("envelope", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("envelope", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def example(e):
    """The values of section 11, by the names they have there."""
    v, na = e.load("envelope.json")[0], e.na
    parts = e.parse(e.x(v, "envelope"), e.ENVELOPE)
    inner = e.parse(e.x(v, "inner"), e.INNER, ("signature",))
    header, seal, content = parts["header"], parts["seal"], e.x(v, "content_key")
    public, private, ephemeral = (e.x(v["recipients"][0], n) for n in ("public", "private", "ephemeral"))
    commit = e.k(content, b"commit")
    enc = na.crypto_scalarmult_base(ephemeral)
    exporter = e.exporter(na.crypto_scalarmult(ephemeral, public), enc, public, e.PREFIX + b"slot")
    slot_context = e.d(b"slot", header, commit)
    kek = e.export(exporter, slot_context, 32)
    root = e.leaf(e.x(v, "id"))
    roster = read("tests", "data", "roster", "roster.json").encode()
    return {
        "network": e.x(v, "network"), "sender_seed": e.x(v, "sender_seed"), "from_key": e.x(v, "from_key"),
        "officer_key": e.x(v, "officer_key"), "public": public, "private": private, "ephemeral": ephemeral,
        "content_key": content, "context": inner["context"], "letter": inner["letter"],
        "letter_id": e.d(b"letter", inner["context"], e.h(inner["letter"])), "signature": inner["signature"][0],
        "inner": e.x(v, "inner"), "header": header, "commit": commit, "x": slot_context, "enc": enc,
        "exporter": exporter, "kek": kek,
        "wrapped": na.crypto_aead_chacha20poly1305_ietf_encrypt(content, None, bytes(12), kek), "seal": seal,
        "body_key": e.k(content, b"body", header, seal), "body_first_16": parts["body"][:16],
        "body_last_16": parts["body"][-16:], "body_hash": e.h(parts["body"]), "id": e.x(v, "id"), "root": root,
        "signed_text": e.m(b"turn", (1).to_bytes(8, "big"), root), "proof": parts["proof"], "roster_hash": e.h(roster),
        "ack": b"\x12\x26" + b"\x0a\x05XB-77" + b"\x12\x04duty" + b"\x18\x01" + b"\x22\x09by letter"
               + b"\x2a\x0a\x08" + varint(2 * 1780394400000) + b"\x10" + varint(2 * 120),
        "hello": b"\x0a\x49\x08\x01\x12\x20" + e.x(v, "network") + b"\x1a\x06XA/poc" + b"\x22\x09example 1"
                 + b"\x29" + (1).to_bytes(8, "little") + b"\x31" + (3).to_bytes(8, "little"),
        "credit": b"\x4a\x04\x08\x01\x10\x08", "heads": b"\x52\x02\x10\x01",
        "ping": b"\x7a\x12\x09" + (1).to_bytes(8, "little") + b"\x11" + (2).to_bytes(8, "little"),
    }


def varint(value):
    text = b""
    while value > 0x7F:
        text, value = text + bytes([value & 0x7F | 0x80]), value >> 7
    return text + bytes([value])


def example_holds():
    told = {}
    for block in blocks("vector"):
        for name, hexes in re.findall(r"^(\w+)((?:\s+[0-9a-f]+$)+)", block, re.M):
            told[name] = bytes.fromhex("".join(hexes.split()))
    known = example(second_implementation())
    assert sorted(told) == sorted(known), sorted(set(told) ^ set(known))
    for name, value in known.items():
        assert told[name] == value, f"{name}: {told[name].hex()} is not {value.hex()}"


def reasons_hold():
    rows = re.findall(r"^REASON\((\d+), (\w+), \"(.*?)\"", read("proto", "reason.def"), re.M)
    told = re.findall(r"^\| (\d+) \| E_(\w+) \| (.*?) \|$", read("docs", "protocol.md"), re.M)
    assert len(rows) == 30 and told == rows, [r for r in rows if r not in told]


def schema_holds(name):
    assert schema(name) + "\n" in blocks("proto"), f"run: tests/interop/vectors.t schema {name}"


def tests_exist():
    """`fold_test: name`, `property/seal_test: name` where there are two of one name, `broker.bats: name`."""
    named, scripts = [], []
    for path in glob.glob(os.path.join(TOP, "docs", "**", "*.md"), recursive=True):
        text = " ".join(read(path).split())
        named += re.findall(r"`(?:(\w+)/)?(\w+_test): (\w+)`", text)
        scripts += re.findall(r"`(\w+\.bats): ([^`]+)`", text)
    gone = []
    for folder, program, test in named:
        sources = glob.glob(os.path.join(TOP, "tests", folder or "*", program + ".c"))
        if not any(re.search(rf"^static void {test}\(", read(source), re.M) for source in sources):
            gone.append(f"{program}: {test}")
    gone += [f"{file}: {test}" for file, test in scripts if f'@test "{test}"' not in read("tests", "e2e", file)]
    assert len(named) > 100 and scripts and not gone, gone


# --- letters: nodes/lifecycle.def and nodes/required.def as tables of section 7 ---------------------------------------

MACHINES = {"HOLD": "hold", "MLA": "MLA", "ENQUIRY": "enquiry", "SPONTANEOUS": "information", "EMERGENCY": "emergency",
            "PING": "ping", "LINK": "link"}


def kinds():
    rows = re.findall(r"^ROW(?:_EARLY)?\((\w+), *(\w+), *(\w+), *([QR]), *(\d)", read("nodes", "lifecycle.def"), re.M)
    lines = ["| no. | letter | of | signed by | in cases of |", "|---|---|---|---|---|"]
    for number, letter in re.findall(r"^LETTER_KIND\((\d+), (\w+),", read("proto", "codes.def"), re.M):
        own = [row for row in rows if row[1] == letter]
        least = sorted({row[4] for row in own})
        by = least[0]
        if len(least) > 1:
            most = max(least, key=lambda n: sum(row[4] == n for row in own))
            others = [f"{n} for " + ", ".join(dict.fromkeys(MACHINES[r[0]] if r[2] == "NONE" else r[2]
                                                           for r in own if r[4] == n)) for n in least if n != most]
            by = f"{most}; {'; '.join(others)}"
        lines.append(f"| {number} | {letter} | {', '.join(sorted({row[3] for row in own}))} | {by} | "
                     f"{', '.join(dict.fromkeys(MACHINES[row[0]] for row in own))} |")
    return "\n".join(lines)


def required():
    rows = re.findall(r"^REQUIRED\((\w+), (\w+), ([A-Z_+ ]+),", read("nodes", "required.def"), re.M)
    words = {"BINDING": "PRESERVE, MLA, EMERGENCY", "IN_WORDS": "PRESERVE, MLA, EMERGENCY, ENQUIRY, SPONTANEOUS"}
    lines = ["| message | fields |", "|---|---|"]
    for message in dict.fromkeys(row[0] for row in rows):
        parts = {}
        for _, field, when in (row for row in rows if row[0] == message):
            names = when.split(" + ")
            types = ", ".join(words.get(name, name) for name in names if name not in ("ORAL", "ALWAYS"))
            parts.setdefault(types, []).append(field + ("*" if "ORAL" in names else ""))
        lines.append(f"| {message} | " + "; ".join((f"{types}: " if types else "") + ", ".join(fields)
                                                   for types, fields in parts.items()) + " |")
    return "\n".join(lines)


def letters_hold():
    text = read("docs", "protocol.md")
    assert kinds() in text, "run: tests/interop/vectors.t kinds"
    assert required() in text, "run: tests/interop/vectors.t required"


def main():
    if sys.argv[1:2] in (["kinds"], ["required"]):
        print(kinds() if sys.argv[1] == "kinds" else required())
        return 0
    if sys.argv[1:2] == ["schema"]:
        print("\n\n".join(schema(name) for name in sys.argv[2:] or ["envelope", "control", "receipt", "frame", "letter"]))
        return 0
    cases = [("the reason codes of the text are those of the code", reasons_hold)]
    for name in ("envelope", "control", "receipt", "frame", "letter"):
        cases.append((f"the schema of {name} in the text is that of the code", lambda name=name: schema_holds(name)))
    cases.append(("the letters and their fields in the text are those of the code", letters_hold))
    cases.append(("the worked example of the text is computed again", example_holds))
    cases.append(("every test that the documents name is there", tests_exist))
    print(f"1..{len(cases)}")
    failed = 0
    for number, (name, function) in enumerate(cases, 1):
        try:
            function()
        except Exception as why:  # pylint: disable=broad-except  # whatever it is, this case does not hold
            failed += 1
            print(f"not ok {number} - {name}\n# {type(why).__name__}: {why}")
        except SystemExit:
            print(f"ok {number} - {name} # SKIP python3-nacl is not installed")
        else:
            print(f"ok {number} - {name}")
    return 1 if failed else 0


sys.exit(main())
