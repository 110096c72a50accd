#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a proof file of Verbena without Verbena: verify.py FILE --fingerprint F [--lang es].

Shares no code with the program it checks. Needs Python 3.9 and Debian's python3-cryptography
(OpenSSL). The file format is docs/proof.md. Exit code 0: proven, 3: not proven, 2: bad arguments.
"""

import argparse
import hashlib
import re
import struct
import sys
from datetime import datetime, timezone

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.exit("verify.py: python3-cryptography is missing")

MAGIC, FILE_MAX, EVENT_MAX, PATH_MAX, SIGNATURES_MAX = b"VERPROF1", 64 << 10, 16 << 10, 64, 8
BASE45 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
ROOT, SUPERVISOR = 1, 2
ROLES = ("root supervisor hub admin top-up vendor stand-lead store courier refund-officer auditor")
CLASSES = {1: "control", 2: "value", 3: "trade"}
# Signatures of supervisors, each by another person, that a role needs instead of the root's.
SUPERVISORS_NEEDED = {6: 1, 7: 1, 8: 1, 9: 1, 11: 1, 5: 2, 10: 2}


class Refuted(Exception):
    """The file does not prove what it says."""


def require(condition: bool, why: str) -> None:
    if not condition:
        raise Refuted(why)


# --- Protobuf: the few forms that are used here. Types: v varint, q fixed64, b bytes, m message.


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        require(at < len(data) and shift < 70, "the file is cut or altered")
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value & (2**64 - 1), at


def fields(data: bytes) -> list[tuple[int, int, int | bytes]]:
    """(field, wire type, value) in the order of the bytes."""
    out, at = [], 0
    while at < len(data):
        key, at = varint(data, at)
        wire, size = key & 7, 0
        if wire == 0:
            value, at = varint(data, at)
        elif wire in (1, 2, 5):
            size = 8 if wire == 1 else 4
            if wire == 2:
                size, at = varint(data, at)
            require(at + size <= len(data), "the file is cut or altered")
            value = data[at : at + size]
            value = value if wire == 2 else int.from_bytes(value, "little")
            at += size
        else:
            raise Refuted("the file is cut or altered")
        out.append((key >> 3, wire, value))
    return out


def number(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


WIRE = {"v": 0, "q": 1, "b": 2, "m": 2}
SIGNATURE = {1: ("key", "b"), 2: ("signature", "b")}
CERTIFICATE = {1: ("certificate", "b"), 2: ("signatures", "m*", SIGNATURE)}
HEAD = {1: ("size", "v"), 2: ("root", "b"), 3: ("hlc", "q"), 4: ("signature", "b")}
PROOF = {
    1: ("event", "b"),
    2: ("incarnation", "q"),
    3: ("log_class", "v"),
    4: ("index", "v"),
    5: ("head", "m", HEAD),
    6: ("path", "b*"),
    7: ("certificates", "m*", CERTIFICATE),
}


def canonical(data: bytes, schema: dict) -> dict:
    """Reads a message that must be written in the one way there is: known fields in ascending
    order, numbers as short as can be, no zero and no empty value that is not repeated."""
    out: dict = {name: [] if kind.endswith("*") else None for name, kind, *_ in schema.values()}
    again, last = b"", 0
    for field, wire, value in fields(data):
        require(field in schema and field >= last, "the file is cut or altered")
        name, kind, *inner = schema[field]
        require(wire == WIRE[kind[0]], "the file is cut or altered")
        again += number(field << 3 | wire)
        if kind[0] == "v":
            again += number(value)
        elif kind[0] == "q":
            again += struct.pack("<Q", value)
        else:
            again += number(len(value)) + value
        value = canonical(value, inner[0]) if inner else value
        if kind.endswith("*"):
            out[name].append(value)
        else:
            require(field > last and (inner or value), "the file is cut or altered")
            out[name] = value
        last = field
    require(again == data, "the file is cut or altered")
    for name, kind, *_ in schema.values():
        if out[name] is None:
            out[name] = b"" if kind[0] == "b" else {} if kind[0] == "m" else 0
    return out


# --- What is signed


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(key) != 32 or len(signature) != 64:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Certificate:
    """A certificate all of whose signatures are true; whose they are is for the chain to say."""

    def __init__(self, told: dict) -> None:
        body = told["certificate"]
        said = {field: value for field, _, value in fields(body)}
        self.hash = sha256(body)
        self.festival = said.get(1, 0)
        self.key, self.role = said.get(2, b""), said.get(3, 0)
        self.alias, self.person, self.stand = (said.get(f, b"").decode() for f in (4, 5, 6))
        named = re.fullmatch(r"[a-z0-9-]{1,32}", self.alias) and 1 <= self.role <= 11
        known = len(self.key) == 32 and len(told["signatures"]) <= SIGNATURES_MAX
        require(bool(named and known), "a certificate is out of range")
        self.signers = [entry["key"] for entry in told["signatures"]]
        for entry in told["signatures"]:
            message = b"verbena-certificate-v1" + body
            true = signed(entry["key"], message, entry["signature"])
            require(true, f"certificate of {self.alias}: a signature is false")


def check_chain(chain: list[Certificate], fingerprint: bytes) -> None:
    author, root = chain[0], chain[-1]
    require(root.role == ROOT and root.signers == [root.key], "the last certificate is no root's")
    found = sha256(root.key)[:16]
    require(found == fingerprint, f"its root has the fingerprint {found.hex()}")
    same = all(entry.festival == root.festival for entry in chain)
    require(same, "a certificate is of another festival")
    if len(chain) == 1:
        return
    supervisors = chain[1:-1]
    require(author.role != ROOT, "its author is a second root")
    for entry in supervisors:
        true = entry.role == SUPERVISOR and entry.signers == [root.key]
        require(true, f"{entry.alias} cannot have certified the author")
    needed = SUPERVISORS_NEEDED.get(author.role, 0) if supervisors else 0
    require(len({entry.person for entry in supervisors}) == needed == len(supervisors),
            f"the certificate of {author.alias} lacks signatures")  # fmt: skip
    keys = [entry.key for entry in supervisors] or [root.key]
    require(author.signers == keys, f"the certificate of {author.alias} lacks signatures")


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 6962, section 2.1.1: the root that a leaf and its path lead to."""
    if size == 1:
        require(not path, "the path is too long")
        return leaf
    require(bool(path), "the path is too short")
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return sha256(b"\1", root_of(leaf, index, half, path[:-1]), path[-1])
    return sha256(b"\1", path[-1], root_of(leaf, index - half, size - half, path[:-1]))


def from_base45(text: bytes) -> bytes:
    """RFC 9285: what a QR code holds of a file."""
    out = bytearray()
    for at in range(0, len(text), 3):
        digits = [BASE45.find(digit) for digit in text[at : at + 3]]
        value = sum(digit * 45**place for place, digit in enumerate(digits))
        size = len(digits) - 1
        require(size > 0 and min(digits) >= 0 and value < 256**size, "this is no text of base45")
        out += value.to_bytes(size, "big")
    return bytes(out)


def verify(data: bytes, fingerprint: bytes) -> dict:
    """What the file proves; Refuted where it proves nothing."""
    require(len(data) <= FILE_MAX and data.startswith(MAGIC), "this is no proof file")
    if data.startswith(MAGIC + b":"):
        data = MAGIC + from_base45(data.rstrip(b"\r\n")[len(MAGIC) + 1 :])
    proof = canonical(data[len(MAGIC) :], PROOF)
    require(bool(proof["certificates"]), "it holds no certificate")
    try:
        chain = [Certificate(told) for told in proof["certificates"]]
    except (UnicodeDecodeError, AttributeError, TypeError):
        raise Refuted("a certificate is out of range") from None
    check_chain(chain, fingerprint)

    head, author = proof["head"], chain[0]
    require(proof["log_class"] in CLASSES, "there is no such log")
    require(head.get("size", 0) < 2**32 and len(head.get("root", b"")) == 32, "a head is malformed")
    number_of_life = struct.pack(">QB", proof["incarnation"], proof["log_class"])
    log = sha256(b"verbena-log-v1", author.hash, number_of_life)
    message = b"verbena-head-v1" + log + struct.pack(">Q", head["size"])
    message += head["root"] + struct.pack(">Q", head["hlc"])
    require(signed(author.key, message, head["signature"]), "the author did not sign this head")
    require(len(proof["event"]) <= EVENT_MAX, "the event is too large")
    path = proof["path"]
    require(len(path) <= PATH_MAX and all(len(p) == 32 for p in path), "the path is malformed")
    require(proof["index"] < head["size"], "the event is not in the log under this head")
    event = sha256(b"\0", proof["event"])
    found = root_of(event, proof["index"], head["size"], path)
    require(found == head["root"], "the event is not in the log under this head")
    return {"proof": proof, "event": event, "log": log, "author": author, "chain": chain}


# --- What people read

TEXTS = {
    "en": ("PROVEN. {alias} ({role}, {stand}) signed the event {event}\n"
           "at position {index} of its log {log} ({kind}), under a head of {size} events.\n"
           "Its certificate is signed by {by}. Time by its own clock: {time}.\n"
           "Not proven: that the event counts. That is only seen in all logs.",
           "NOT PROVEN. ", "the root"),
    "es": ("PROBADO. {alias} ({role}, {stand}) firmó el evento {event}\n"
           "en la posición {index} de su registro {log} ({kind}), bajo una cabeza de {size}.\n"
           "Su certificado lleva la firma de {by}. Hora según su propio reloj: {time}.\n"
           "No probado: que el evento cuente. Eso solo se ve en todos los registros.",
           "NO PROBADO. ", "la raíz"),
}  # fmt: skip


def time_of(event: bytes) -> str:
    try:
        said = {field: value for field, wire, value in fields(event) if wire == 1}
        return datetime.fromtimestamp((said.get(3, 0) >> 16) // 1000, timezone.utc).isoformat()
    except (Refuted, ValueError, OverflowError, OSError):
        return "?"


def page(proven: dict, texts: tuple[str, str, str]) -> str:
    proof, author = proven["proof"], proven["author"]
    return texts[0].format(
        alias=author.alias,
        role=ROLES.split()[author.role - 1],
        stand="".join(c if c.isprintable() else "?" for c in author.stand) or "-",
        event=proven["event"].hex(),
        index=proof["index"],
        log=proven["log"].hex(),
        kind=CLASSES[proof["log_class"]],
        size=proof["head"]["size"],
        by=", ".join(entry.alias for entry in proven["chain"][1:-1]) or texts[2],
        time=time_of(proof["event"]),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--fingerprint", required=True, help="of the festival's root, 32 digits")
    parser.add_argument("--lang", choices=sorted(TEXTS), default="en")
    given = parser.parse_args()
    texts = TEXTS[given.lang]
    try:
        fingerprint = bytes.fromhex(given.fingerprint)
        with open(given.file, "rb") as file:
            data = file.read(FILE_MAX + 1)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    if len(given.fingerprint) != 32 or len(fingerprint) != 16:
        parser.error("a fingerprint has 32 hex digits")
    try:
        print(page(verify(data, fingerprint), texts))
        return 0
    except Refuted as why:
        print(texts[1] + str(why))
        return 3


if __name__ == "__main__":
    sys.exit(main())
