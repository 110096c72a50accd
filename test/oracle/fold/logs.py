# SPDX-License-Identifier: Apache-2.0
"""Bytes, hashes, signatures; and the signed histories that a bundle holds."""

import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import wire

MAGIC = b"VERBUND1"
PART_BYTES_MAX = 1 << 20
EVENT_BYTES_MAX = 16 * 1024
AMOUNT_MAX = 10**12
CURRENCY = re.compile(r"[A-Z0-9]{0,8}\Z")
CONTROL, VALUE, TRADE = 1, 2, 3


class BundleError(Exception):
    """The file is no bundle, or was altered."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u64(value):
    return value.to_bytes(8, "big")


@lru_cache(maxsize=1 << 16)  # the bundles of one festival hold much in common
def verify(key, context, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, context + message)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- Merkle trees as RFC 6962 defines them, by the definition


def leaf_hash(event):
    return sha256(b"\0", event)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def tree_root(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node_hash(tree_root(leaves[:k]), tree_root(leaves[k:]))


def root_by_path(leaf, index, size, path):
    """The root that an inclusion path leads to; None where the path does not fit."""
    if size == 1:
        return leaf if index == 0 and not path else None
    if index >= size or not path:
        return None
    k = 1
    while 2 * k < size:
        k *= 2
    left = index < k
    below = root_by_path(leaf, index if left else index - k, k if left else size - k, path[:-1])
    if below is None:
        return None
    return node_hash(below, path[-1]) if left else node_hash(path[-1], below)


# --- logs


class LogName(NamedTuple):
    certificate: bytes
    incarnation: int
    log_class: int

    def id(self):
        return sha256(
            b"verbena-log-v1", self.certificate, u64(self.incarnation), bytes([self.log_class])
        )


def head_verifies(key, log, size, root, hlc, signature):
    return verify(key, b"verbena-head-v1", log + u64(size) + root + u64(hlc), signature)


class Log:
    """One log with all its signed histories, each a list of events from index 0."""

    def __init__(self, name, author):
        self.name, self.id, self.author = name, name.id(), author
        self.histories = []

    def admit(self, run):
        """Whether the run stands on a history held. Its head is known to verify."""
        for held in [*self.histories, []]:
            if run.first > len(held):
                continue
            joined = held[: run.first] + run.event
            if tree_root([leaf_hash(event) for event in joined]) != run.head.root:
                continue
            if not any(h[: len(joined)] == joined for h in self.histories):
                self.histories = [h for h in self.histories if joined[: len(h)] != h] + [joined]
            return True
        return False

    def held_fork(self):
        """The lowest index at which two histories differ; None where there is one history."""
        lowest = None
        for i, a in enumerate(self.histories):
            for b in self.histories[:i]:
                at = next(k for k in range(len(a)) if a[k] != b[k])
                lowest = at if lowest is None else min(lowest, at)
        return lowest

    def positions(self):
        """Number of events held: what histories share counts once."""
        seen = set()
        for history in self.histories:
            prefix = b""
            for event in history:
                prefix = sha256(prefix, event)
                seen.add(prefix)
        return len(seen)


def read_bundle(data):
    """The root's signed certificate, the runs and the number of receipts."""
    if not data.startswith(MAGIC):
        raise BundleError("this is no bundle, or of a later format")
    parts, at = [], len(MAGIC)
    while True:
        if len(data) - at < 4:
            raise BundleError("it ends too early")
        size = int.from_bytes(data[at : at + 4], "big")
        at += 4
        if size == 0:
            break
        if size > PART_BYTES_MAX or size > len(data) - at:
            raise BundleError("a part is too large, or the bundle ends too early")
        parts.append(data[at : at + size])
        at += size
    if sha256(data[:at]) != data[at:]:
        raise BundleError("its content does not match its hash")
    if not parts:
        raise BundleError("it holds no root certificate")
    runs = []
    for part in parts[1:]:
        frame = wire.decode("Frame", part)
        if "run" in frame.has:
            runs.append(frame.run)
    return parts[0], runs


def name_of(run):
    name = run.log
    if len(name.certificate) != 32 or name.log_class not in (CONTROL, VALUE, TRADE):
        raise BundleError("a log name is malformed")
    if len(run.head.root) != 32 or len(run.head.signature) != 64 or run.head.size >> 32:
        raise BundleError("a head is malformed")
    return LogName(name.certificate, name.incarnation, name.log_class)


def run_is_formed(run):
    return (
        run.event
        and run.first + len(run.event) == run.head.size
        and all(len(event) <= EVENT_BYTES_MAX for event in run.event)
    )


# --- events


@lru_cache(maxsize=1 << 16)
def parse_event(data):
    """The event, or None where its form is wrong: it keeps its index and folds as nothing."""
    try:
        event = wire.decode("Event", data)
    except wire.WireError:
        return None
    good = (
        len(data) <= EVENT_BYTES_MAX
        and len(data) == wire.size_of("Event", event)
        and event.version == 1
        and len(event.posting) <= 64
        and len(event.move) <= 64
        and all(map(posting_is_formed, event.posting))
        and all(map(move_is_formed, event.move))
        and ("step" not in event.has or step_is_formed(event.step))
    )
    return event if good else None


def posting_is_formed(posting):
    return (
        0 < posting.amount_minor <= AMOUNT_MAX
        and 1 <= posting.from_class <= 8
        and 1 <= posting.to <= 8
        and bytes_of(posting.from_id) <= 64
        and bytes_of(posting.to_id) <= 64
        and CURRENCY.match(posting.currency)
    )


def move_is_formed(move):
    return (
        len(move.item) == len(move.quantity) <= 64
        and 1 <= move.from_class <= 6
        and 1 <= move.to <= 6
        and all(0 < quantity <= AMOUNT_MAX for quantity in move.quantity)
        and bytes_of(move.from_id) <= 64
        and bytes_of(move.to_id) <= 64
    )


def step_is_formed(step):
    return (
        len(step.previous) == 12
        and step.counter > 0
        and step.credited <= AMOUNT_MAX
        and step.debited <= AMOUNT_MAX
        and step.gift_debited <= step.debited
    )


def bytes_of(text):
    return len(text.encode())
