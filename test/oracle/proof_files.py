#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proof files before two verifiers: our program and deploy/verify.py, which shares no code with it.

proof_files.py VERBENA ORACLE_FESTIVAL ORACLE_JUDGE DIR. Proofs of a random festival's events are
accepted by both; every altered copy is refused by both.
"""

import importlib.util
import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
STANDALONE = REPOSITORY / "deploy" / "verify.py"
SALES, SEED, SAMPLED, PICTURES = 60, 2718, 300, 6


def fail(sentence: str) -> None:
    sys.exit(f"oracle: {sentence}")


def run(*command: str | Path, wanted: int = 0) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != wanted:
        told = done.stdout + done.stderr
        fail(f"{' '.join(map(str, command))} ended with {done.returncode}: {told[-2000:]}")
    return done.stdout


def load_standalone():
    spec = importlib.util.spec_from_file_location("verify", STANDALONE)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def events_to_prove(database: Path) -> list[tuple[str, str]]:
    """One of each device and class of log. First events of two logs can be the same bytes."""
    base = sqlite3.connect(database)
    rows = base.execute(
        "SELECT max(event), device || ' ' || class FROM events WHERE branch = 0"
        " AND event IN (SELECT event FROM events GROUP BY event HAVING count(*) = 1)"
        " GROUP BY device, class ORDER BY device, class"
    )
    return list(rows)


def turned(data: bytes, bit: int) -> bytes:
    out = bytearray(data)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


def altered(data: bytes, others: list[bytes], dice: random.Random, all_bits: bool) -> Iterator:
    bits = range(len(data) * 8)
    for bit in bits if all_bits else dice.sample(bits, SAMPLED):
        yield turned(data, bit)
    for _ in range(SAMPLED // 3):
        at, length = dice.randrange(8, len(data)), dice.randrange(1, 70)
        yield data[:at]
        yield data[:at] + data[at + length :]
        yield data[:at] + data[at : at + length] + data[at:]
        yield data[:at] + dice.randbytes(length) + data[at + length :]
        yield data[:at] + dice.choice(others)[at:]
    yield data + b"\0"
    yield data + b"\x40\x07"  # a field that nobody knows
    yield data + data[8:]
    yield b""


def check_picture(verbena, standalone_run, event, bundle, fingerprint, file: Path) -> None:
    """A proof on a screen: drawn by librsvg, read by ZBar, and both verifiers take what it says."""
    svg, png, text = (file.with_suffix(suffix) for suffix in (".svg", ".png", ".txt"))
    run(verbena, "prove", event, "--from", bundle, "--qr", svg)
    run("rsvg-convert", "--zoom", "4", svg, "-o", png)
    said = run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", png)
    for wanted, content in ((0, said), (3, said.replace("A", "B", 1)), (3, said[:-9])):
        text.write_text(content)
        for program in ((verbena, "verify"), standalone_run):
            run(*program, text, "--fingerprint", fingerprint, wanted=wanted)


def main(verbena: str, make_festival: str, judge: str, directory: str) -> None:
    folder = Path(directory) / "proofs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(make_festival, str(SALES), str(SEED), folder)
    bundle = folder / "festival.bundle"
    fingerprint = (folder / "fingerprint").read_text().strip()
    other_root = "0" * 32
    standalone_run = (sys.executable, STANDALONE)
    run(verbena, "export", bundle, "--format", "sqlite", "--out", folder / "books")

    proofs = []
    for event, about in events_to_prove(folder / "books" / "verbena.sqlite"):
        file = folder / f"{len(proofs)}.proof"
        run(verbena, "prove", event[:12], "--from", bundle, "--out", file)
        told = json.loads(run(verbena, "verify", file, "--fingerprint", fingerprint, "--json"))
        if told["event"] != event or f"{told['device']} {told['class']}" != about:
            fail(f"a proof of {event} by {about} says {told}")
        said = run(*standalone_run, file, "--fingerprint", fingerprint)
        if event not in said or told["device"] not in said or str(told["size"]) not in said:
            fail(f"verify.py says of the same file: {said}")
        if len(proofs) < PICTURES:
            check_picture(verbena, standalone_run, event, bundle, fingerprint, file)
        for program in ((verbena, "verify"), standalone_run):
            run(*program, file, "--fingerprint", other_root, wanted=3)
            run(*program, file, "--fingerprint", fingerprint[1:], wanted=2)
        proofs.append(file.read_bytes())
    if len(proofs) < 15:
        fail(f"only {len(proofs)} events to prove")

    standalone = load_standalone()
    root = bytes.fromhex(fingerprint)

    def accepts(data: bytes) -> bool:
        try:
            standalone.verify(data, root)
            return True
        except standalone.Refuted:
            return False

    dice = random.Random(SEED)
    longest = max(range(len(proofs)), key=lambda i: len(proofs[i]))  # with supervisors
    files, wanted = [], []
    for i, proof in enumerate(proofs):
        files.append(proof)
        wanted.append(True)
        for copy in altered(proof, proofs, dice, i in (0, longest)):
            if copy not in proofs:
                files.append(copy)
                wanted.append(False)
    lines = "".join(f"{fingerprint} {data.hex() or '00'}\n" for data in files)
    ours = subprocess.run([judge], input=lines, capture_output=True, text=True, check=True)
    answers = ours.stdout.split()
    if len(answers) != len(files):
        fail(f"our judge answered {len(answers)} of {len(files)}")
    for data, want, answer in zip(files, wanted, answers):
        if (answer == "accept") != want or accepts(data) != want:
            (folder / "disputed.proof").write_bytes(data)
            fail(
                f"ours says {answer}, verify.py {accepts(data)}, wanted {want}:"
                f" {folder / 'disputed.proof'}"
            )
    print(
        f"oracle: {sum(wanted)} proof files accepted by both verifiers, "
        f"{len(wanted) - sum(wanted)} altered ones refused by both"
    )


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(f"usage: {sys.argv[0]} VERBENA ORACLE_FESTIVAL ORACLE_JUDGE DIR")
    main(*sys.argv[1:])
