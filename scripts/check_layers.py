#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks every #include: the direction of the folders, heavy headers, and that there is no cycle.

The compiler cannot hold this line: the include root is the repository and the system's headers
are on the path, so every file could include every header. The policy is the tables below.
"""

import graphlib
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from source_tree import PRODUCT, Report, Violation, blanked, list_files, read, run

# A file includes its own folder and earlier ones. "" stands for the files directly in ledger/.
PRODUCT_ORDER = PRODUCT
LEDGER_ORDER = ("core", "store", "purse", "state", "stock", "")
# These may include every folder, and no product file may include them.
OUTSIDE_PRODUCT = ("bench", "test")
FOLDERS = PRODUCT_ORDER + OUTSIDE_PRODUCT


class Heavy(NamedTuple):
    headers: tuple[str, ...]  # patterns; a star crosses slashes
    files: tuple[str, ...]


HEAVY = {
    "libsodium": Heavy(
        ("sodium.h", "sodium/*"), ("ledger/core/crypto.cc", "ledger/core/sealed.cc")
    ),
    "RocksDB": Heavy(
        ("rocksdb/*",),
        (
            "ledger/store/rocks_store.cc",
            "test/support/crash_disk.*",
            "test/ledger/store/*",
            "bench/*",
        ),
    ),
    "gRPC": Heavy(
        ("grpcpp/*", "grpc/*", "*.grpc.pb.h"),
        (
            "replication/grpc_transport.cc",
            "node/terminal_service.cc",
            "node/terminal_client.cc",
            "node/rpc.cc",
        ),
    ),
    "zstd": Heavy(("zstd.h",), ("replication/pack.cc", "replication/squeeze.cc")),
    "OpenSSL": Heavy(
        ("openssl/*",),
        ("ledger/core/crypto.cc", "node/pki.cc", "node/http/totp.cc", "node/nfc/aes.cc"),
    ),
    "Nettle": Heavy(("nettle/*",), ("test/card_emulator/ev2_side.cc",)),
    "PC/SC": Heavy(("winscard.h", "PCSC/*"), ("node/nfc/pcsc_reader.cc",)),
    "QR": Heavy(("qrencode.h",), ("node/qr.cc",)),
    "toml++": Heavy(("toml++/*",), ("node/festival_file.cc",)),
    "CLI11": Heavy(("CLI/*",), ("node/cli/*.cc", "node/cli/call.h", "test/sim/main.cc")),
    "JSON": Heavy(  # json_fwd.hpp is light
        ("nlohmann/json.hpp",),
        ("node/*.cc", "test/node/*", "test/sim/main.cc", "test/sim/*_json.cc"),
    ),
    "SQLite": Heavy(("sqlite3.h",), ("node/books/sqlite.cc", "bench/*")),
    "Boost": Heavy(("boost/beast*", "boost/asio*"), ("node/http/front.cc",)),
    "Catch2": Heavy(("catch2/*",), ("test/*",)),
    "socket": Heavy(
        ("sys/socket.h", "netinet/*", "arpa/*", "netdb.h", "poll.h", "sys/poll.h", "sys/epoll.h"),
        ("node/demo/relay.cc", "test/card_emulator/vpcd_link.cc"),
    ),
}

INCLUDE = re.compile(
    r'\s*#\s*include\b\s*(?:"(?P<quoted>[^"]*)"|<(?P<angled>[^>]*)>|(?P<computed>.*\S))'
)


class Include(NamedTuple):
    path: str
    line: int
    target: str
    form: str  # quoted, angled or computed

    def violation(self, sentence: str) -> Violation:
        return Violation(self.path, self.line, sentence)


def check(root: Path) -> Report:
    files = [p for p in list_files(root) if p.endswith((".h", ".cc")) and top(p) in FOLDERS]
    includes = [include for path in files for include in includes_of(path, read(root, path))]
    violations = [i.violation(sentence) for i in includes for sentence in faults(i)]
    violations += cycles(includes)
    return Report(len(files), f"{len(files)} files, {len(includes)} includes", violations)


def includes_of(path: str, text: str) -> Iterator[Include]:
    for number, line in enumerate(blanked(text, "comment").split("\n"), start=1):
        if found := INCLUDE.match(line):
            yield Include(path, number, found[found.lastgroup], found.lastgroup)


def faults(include: Include) -> Iterator[str]:
    """One sentence for each rule which this include breaks by itself."""
    if include.form == "computed":
        yield "an include names its file; a macro there cannot be checked"
        return
    yield from form_faults(include)
    yield from direction_faults(include)
    for name, heavy in HEAVY.items():
        if matches(include.target, heavy.headers) and not matches(include.path, heavy.files):
            places = ", ".join(heavy.files)
            yield f"{include.target} is a {name} header, which belongs only in {places}"


def form_faults(include: Include) -> Iterator[str]:
    target, ours = include.target, top(include.target) in FOLDERS
    if target.endswith(".pb.h") and not target.startswith(("schemas/", "google/")):
        yield f'{target} is generated and is included as "schemas/{target.split("/")[-1]}"'
    elif include.form == "quoted" and (not ours or ".." in target.split("/")):
        yield f'"{target}" is not a path from the root of the repository'
    elif include.form == "angled" and ours:
        yield f'<{target}> is a file of this repository and is included in quotes, "{target}"'


def direction_faults(include: Include) -> Iterator[str]:
    mine, other = top(include.path), top(include.target)
    if mine not in PRODUCT_ORDER or other not in FOLDERS:
        return
    if other in OUTSIDE_PRODUCT:
        yield f"{mine}/ is product code and may not include {other}/ ({include.target})"
    elif PRODUCT_ORDER.index(other) > PRODUCT_ORDER.index(mine):
        yield f"{mine}/ may not include {other}/ ({include.target}), which comes after it"
    elif mine == other == "ledger":
        yield from ledger_faults(part_of_ledger(include.path), include.target)


def ledger_faults(mine: str, target: str) -> Iterator[str]:
    other = part_of_ledger(target)
    unknown = {part for part in (mine, other) if part not in LEDGER_ORDER}
    for part in sorted(unknown):
        yield f"ledger/{part}/ has no place in LEDGER_ORDER; give it one in check_layers.py"
    if not unknown and LEDGER_ORDER.index(other) > LEDGER_ORDER.index(mine):
        yield f"ledger/{mine}/ may not include {target}, which comes after it"


def cycles(includes: list[Include]) -> Iterator[Violation]:
    """Each cycle once, told at the include that closes it; foo.h and foo.cc count as one."""
    edges: dict[tuple[str, str], Include] = {}
    for include in includes:
        ends = (unit(include.path), unit(include.target))
        if top(include.target) in FOLDERS and ends[0] != ends[1]:
            edges.setdefault(ends, include)
    while ring := find_cycle(edges):
        first = ring.index(min(ring))
        ring = ring[first:] + ring[:first]
        told = " -> ".join([*ring, ring[0]])
        yield edges.pop((ring[-1], ring[0])).violation(f"this include closes the cycle {told}")


def find_cycle(edges: dict[tuple[str, str], Include]) -> list[str]:
    """Some cycle, each unit followed by one that it includes; empty when there is none."""
    sorter = graphlib.TopologicalSorter()
    for includer, included in edges:
        sorter.add(includer, included)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        return error.args[1][:0:-1]
    return []


def top(path: str) -> str:
    return path.split("/")[0]


def part_of_ledger(path: str) -> str:
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else ""


def unit(path: str) -> str:
    return path.rpartition(".")[0]


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


if __name__ == "__main__":
    sys.exit(run("layers", check, __doc__.partition("\n")[0]))
