#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads sealed archives by docs/archive.md and makes their newest seal again by this fold.

    archive.py FILE...     exit 1: a word of the seal is not so, or too few signatures count
"""

import base64
import subprocess
import sys
from pathlib import Path

import wire
from fold import Fold
from logs import BundleError, sha256, tree_root, leaf_hash, verify

MAGIC = b"VERARCH1"
PERSONS_MIN, PERSONS_MAX = 2, 16
ROOT, LOGS, BRANCHES, SEAL, END = 1, 2, 3, 4, 5
HEADER_BYTES = 37


def blocks_of(data):
    """(kind, content) of each block; the last is the end."""
    if not data.startswith(MAGIC):
        raise BundleError("this is no archive")
    at, blocks = len(MAGIC), []
    while at < len(data):
        header = data[at : at + HEADER_BYTES]
        content = data[at + HEADER_BYTES : at + HEADER_BYTES + int.from_bytes(header[1:5], "big")]
        number = len(blocks).to_bytes(4, "big")
        if sha256(b"verbena-block-v1", number, header[:5], content) != header[5:]:
            raise BundleError(f"block {len(blocks)} at byte {at} does not match its hash")
        blocks.append((header[0], content))
        at += len(header) + len(content)
    kinds = [kind for kind, _ in blocks]
    if kinds[:1] != [ROOT] or kinds[-2:] != [SEAL, END] or kinds.count(END) != 1 or blocks[-1][1]:
        raise BundleError("its blocks are not in order")
    return blocks


def frames_of(content):
    raw = subprocess.run(["zstd", "-dcq"], input=content, capture_output=True, check=True).stdout
    at = 0
    while at < len(raw):
        size, at = wire.varint(raw, at, 10)
        yield raw[at : at + size]
        at += size


def as_bundle(blocks):
    """What stands before the newest seal, as this fold reads it."""
    parts = [blocks[0][1]]
    for kind, content in blocks:
        if kind in (LOGS, BRANCHES):
            parts += frames_of(content)
    bundle = b"VERBUND1" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    bundle += bytes(4)
    return bundle + sha256(bundle)


def sums_of(accounts):
    sums = {}
    for (unit, path), balance in accounts.items():
        key = (unit, path.partition("/")[0])
        sums[key] = sums.get(key, 0) + balance
    return {key: balance for key, balance in sums.items() if balance}


def tips_of(fold):
    return sorted(
        (log.id, len(history), tree_root([leaf_hash(event) for event in history]))
        for log in fold.logs.values()
        for history in log.histories
    )


def checkpoint(seals):
    """The text of the newest one's checkpoint."""
    leaves = []
    for signed in seals:
        seal = wire.decode("Seal", signed.seal)
        tips = [tip.log + tip.size.to_bytes(8, "big") + tip.root for tip in seal.log]
        leaves += [tip for tip in tips if tip not in leaves]
    origin = f"verbena/{seal.festival:016x}/{sha256(seals[0].seal).hex()[:32]}"
    root = base64.b64encode(tree_root([leaf_hash(leaf) for leaf in leaves])).decode()
    return f"{origin}\n{len(leaves)}\n{root}\n".encode()


def judge(path):
    blocks = blocks_of(path.read_bytes())
    seals = [wire.decode("SignedSeal", content) for kind, content in blocks if kind == SEAL]
    signed = seals[-1]
    seal = wire.decode("Seal", signed.seal)
    fold = Fold(as_bundle(blocks))
    faults = []

    def same(what, said, found):
        if said != found:
            faults.append(f"{what}: sealed {said}, found {found}")

    same("number", seal.number, len(seals))
    same("previous", seal.previous, sha256(seals[-2].seal) if len(seals) > 1 else b"")
    same("digest", seal.state_digest.hex(), fold.digest().hex())
    same("logs", [(log.log, log.size, log.root) for log in seal.log], tips_of(fold))
    sums = {(s.unit, s.account): int.from_bytes(s.balance, "big", signed=True) for s in seal.sum}
    same("sums", sums, sums_of(fold.balances))
    asked = fold.festival.seal_signatures if fold.festival else 0
    needed = min(max(asked, PERSONS_MIN), PERSONS_MAX)
    same("signatures", max(seal.signatures_needed, PERSONS_MIN), needed)
    approvers = fold.people.approvers()
    persons = {
        approvers[entry.key]
        for entry in signed.signature
        if approvers.get(entry.key)
        and verify(entry.key, b"verbena-seal-v1", signed.seal, entry.signature)
    }
    if len(persons) < needed:
        faults.append(f"only {len(persons)} persons signed")
    text = checkpoint(seals)
    for entry in signed.note:
        if not verify(entry.key, b"", text, entry.signature):
            faults.append("a signature under its checkpoint is false")
    return faults


def main(paths):
    code = 0 if paths else 2
    for path in paths:
        try:
            faults = judge(Path(path))
        except (BundleError, wire.WireError, OSError, subprocess.CalledProcessError) as error:
            faults = [str(error)]
        for fault in faults:
            print(f"{path}: {fault}")
        if not faults:
            print(f"{path}: sealed")
        code = 1 if faults else code
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
