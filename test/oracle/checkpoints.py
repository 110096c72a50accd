#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seals as C2SP checkpoints before tools that are not ours: Go's sumdb/note and sumdb/tlog.

checkpoints.py VERBENA ORACLE_SEALS DIR. Signatures, leaves, an amendment's growth and whole ways
from an event to a seal are accepted; altered ones are refused.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STANDALONE = HERE.parent.parent / "deploy" / "verify.py"
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOENV": "off", "GOFLAGS": "",
      "CGO_ENABLED": "0"}
SAMPLED = 12


def fail(sentence):
    sys.exit(f"oracle: {sentence}")


def run(*command, text=None, env=None, cwd=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=env, cwd=cwd)
    if done.returncode != 0:
        told = done.stdout + done.stderr
        fail(f"{' '.join(map(str, command))} ended with {done.returncode}: {told[-2000:]}")
    return done.stdout


def build(folder):
    note = Path(GO["GOPATH"]) / "src/golang.org/x/mod/sumdb/note"
    if not note.is_dir() or shutil.which("go") is None:
        fail("golang-go or golang-golang-x-mod-dev is missing; deploy/install --tests")
    env = {**os.environ, **GO, "GOCACHE": str(folder.parent / "go-cache")}
    run("go", "build", "-buildvcs=false", "-o", folder / "note", ".", env=env, cwd=HERE / "note")
    return folder / "note"


def load_standalone():
    spec = importlib.util.spec_from_file_location("verify", STANDALONE)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def main(verbena, make_seals, directory):
    folder = Path(directory).resolve() / "checkpoints"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    judge = build(folder)
    run(make_seals, folder)
    archive, out = folder / "festival.verbena", folder / "out"
    run(verbena, "export", archive, "--format", "checkpoint", "--out", out)
    if len(list(out.glob("*.checkpoint"))) != 2 or len((out / "keys").read_text().split()) != 2:
        fail(f"two checkpoints by two keys were wanted: {sorted(out.iterdir())}")

    standalone = load_standalone()
    root = bytes.fromhex((folder / "fingerprint").read_text().strip())
    events = (folder / "events").read_text().split()
    lines, wanted = [], []
    for event in events[:: len(events) // SAMPLED] + events[-2:]:
        file = folder / "event.proof"
        run(verbena, "prove", event, "--from", archive, "--sealed", "--out", file)
        data = file.read_bytes()
        standalone.verify(data, root)
        proof = standalone.canonical(data[8:], standalone.PROOF)
        head = proof["head"]
        path = [node.hex() for node in proof["path"]]
        way = [str(proof["index"]), str(head["size"]), head["root"].hex(), event, *path]
        lines.append(" ".join(["2", *way]))
        wanted.append("yes")
        for altered in (
            [way[0], str(head["size"] + 1), *way[2:]],
            [str(proof["index"] ^ 1), *way[1:]],
            [*way[:3], event[:-1] + ("0" if event[-1] != "0" else "1"), *path],
        ):
            lines.append(" ".join(["2", *altered]))
            wanted.append("no")
    # What came late is in the amendment and not in what was sealed before.
    lines.append("1" + lines[-4][1:])
    wanted.append("no")
    said = run(judge, out, "-", text="".join(f"{line}\n" for line in lines)).split("\n")
    seals, accepted, refused = map(int, said[0].split())
    if said[1:-1] != wanted:
        wrong = [line for line, want, got in zip(lines, wanted, said[1:]) if want != got]
        fail(f"events are judged otherwise than wanted: {wrong[:3]}")
    print(
        f"oracle: {seals} checkpoints verified by sumdb/note, {accepted} leaves and amendments by"
        f" sumdb/tlog, {refused} altered ones refused; {wanted.count('yes')} events followed up to"
        f" a seal, {wanted.count('no')} altered ones refused"
    )


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} VERBENA ORACLE_SEALS DIR")
    main(*sys.argv[1:])
