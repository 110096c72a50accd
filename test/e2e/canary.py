#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks for planted personal data in all bytes of all files below a directory.

    canary.py DIR TEXT...     prints the files that have one; exit 1: there is none

Looked for as it is, in other cases, without blanks, in hex, in base 64 at each of its three
offsets, in UTF-16, with UTF-8 escaped as JSON and Python write it, and inside zstd frames.
"""

import base64
import json
import subprocess
import sys
from pathlib import Path

ZSTD = b"\x28\xb5\x2f\xfd"


def forms(text):
    for said in {text, text.replace(" ", ""), json.dumps(text)[1:-1]}:
        raw = said.encode()
        yield raw.lower()
        yield said.encode("utf-16-le").lower()
        yield raw.hex().encode()
        for skipped in range(3):  # whole groups of the middle are the same wherever it begins
            coded = base64.b64encode(bytes(skipped) + raw)[4:-4]
            yield coded.lower()


def unfolded(data):
    """The content of each zstd frame in it, however it is wrapped."""
    at = data.find(ZSTD)
    while at != -1:
        done = subprocess.run(["zstd", "-dcq"], input=data[at:], capture_output=True, check=False)
        yield done.stdout
        at = data.find(ZSTD, at + 1)


def main(directory, *texts):
    wanted = [form for text in texts for form in forms(text)]
    found = 0
    for path in sorted(Path(directory).rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if any(form in part.lower() for part in [data, *unfolded(data)] for form in wanted):
            print(path.relative_to(directory))
            found += 1
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
