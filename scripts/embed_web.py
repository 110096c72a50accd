#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the built screens into one C++ source: embed_web.py DIST OUT.cc

Every file of DIST is kept compressed (gzip), since every browser takes that.
"""

import gzip
import hashlib
import sys
from pathlib import Path

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
BYTES_PER_LINE = 24


def literal(data: bytes) -> str:
    lines = [data[at : at + BYTES_PER_LINE] for at in range(0, len(data), BYTES_PER_LINE)]
    return "\n".join('    "' + "".join(f"\\{byte:03o}" for byte in line) + '"' for line in lines)


def main(dist: Path, out: Path) -> int:
    rows, arrays = [], []
    for number, path in enumerate(sorted(p for p in dist.rglob("*") if p.is_file())):
        if path.suffix not in TYPES:
            print(f"{path}: no content type is known for {path.suffix}", file=sys.stderr)
            return 1
        data = path.read_bytes()
        packed = gzip.compress(data, compresslevel=9, mtime=0)
        arrays.append(f"constexpr char file_{number}[] =\n{literal(packed)};\n")
        tag = hashlib.sha256(data).hexdigest()[:16]
        name = "/" + path.relative_to(dist).as_posix()
        rows.append(
            f'    {{"{name}", "{TYPES[path.suffix]}", "\\"{tag}\\"", '
            f"{{file_{number}, sizeof file_{number} - 1}}}},"
        )
    if not rows:
        print(f"{dist}: nothing to embed", file=sys.stderr)
        return 1
    text = (
        '#include "node/http/assets.h"\n\nnamespace verbena::node::http {\n\nnamespace {\n\n'
        + "\n".join(arrays)
        + "\nconstexpr Asset table[] = {\n"
        + "\n".join(rows)
        + "\n};\n\n}  // namespace\n\n"
        + "std::span<const Asset> assets() {\n  return table;\n}\n\n"
        + "}  // namespace verbena::node::http\n"
    )
    out.write_text(text)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
