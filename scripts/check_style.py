#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what a formatter cannot: seams, money without floats, banned words, headers, layout.

What is not checked is not a rule. The rules are the tables below; the layout rules hold for every
file of the repository, the bans for product code.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from source_tree import PRODUCT, Report, Violation, blanked, list_files, read, run

COLUMNS_MAX = 100
FILE_LINES_MAX = 600
SPDX = "SPDX-License-Identifier: Apache-2.0"
SPDX_MARK = {".h": "//", ".cc": "//", ".proto": "//", ".py": "#"}
LAID_OUT = {".h", ".cc", ".proto", ".py", ".sh", ".md"}
ANY_LENGTH = {".md"}
OTHER_CPP = {".hpp", ".hh", ".hxx", ".cpp", ".cxx", ".c", ".inc", ".ipp"}

# What a ban looks at: code alone, or code and its comments. Texts for people are never looked at.
CODE = ("comment", "literal")
CODE_AND_COMMENTS = ("literal",)


def calls(names: str) -> str:
    """A call of a C function: not x.name(, Type::name( or a declaration such as Type name(."""
    before = r"(?:^|\breturn|\belse|&&|(?<!:):(?!:)|[^\w\s.>:&*])"
    return rf"{before}\s*((?:std::|::)?(?:{names})\s*\()"


def system_calls(names: str) -> str:
    """A call written with a leading ::, for names that our own functions may have as well."""
    return rf"(?<![\w>])::(?:{names})\s*\("


class Ban(NamedTuple):
    sentence: str
    patterns: tuple[str, ...]
    allowed: tuple[str, ...] = ()
    folders: tuple[str, ...] = PRODUCT
    suffixes: tuple[str, ...] = (".h", ".cc")
    hidden: tuple[str, ...] = CODE
    flags: int = 0


BANS = {
    "clock": Ban(
        "reads a clock outside the Clock seam",
        (
            r"\bchrono::(?:system|steady|high_resolution)_clock\b",
            r"\b(?:system|steady|high_resolution)_clock::",
            r"\b(?:gettimeofday|clock_gettime|timespec_get)\b",
            calls("time"),
        ),
        allowed=("node/system_clock.h", "node/system_clock.cc"),
    ),
    "random": Ban(
        "draws randomness outside the Random seam",
        (
            r"\bstd::(?:random_device|mt19937|default_random_engine)",
            r"\b(?:getrandom|getentropy|arc4random\w*)\b",
            r"\brandombytes_",
            calls("s?rand"),
        ),
        allowed=("ledger/core/crypto.cc",),
    ),
    "file": Ban(
        "touches files outside the sources that are there for it",
        (
            r"\bstd::(?:[io]?fstream|filebuf)\b",
            r"\b(?:filesystem|fs)::(?:remove|rename|create|copy|resize|permissions|last_write)",
            r"\bO_(?:RDONLY|WRONLY|RDWR|CREAT)\b",
            r"\bstd::rename\s*\(",
            calls("fopen|freopen|tmpfile|mkstemp|opendir"),
            system_calls("open|openat|creat|unlink|rename|mkdir|f?truncate|fsync|fdatasync"),
        ),
        allowed=(
            "ledger/store/rocks_store.cc",
            "ledger/store/head_file.cc",
            "node/files.cc",
            "node/band_file.cc", "node/demo/process.cc",
        ),
    ),
    "socket": Ban(
        "opens sockets outside the Transport seam",
        (calls("socket|socketpair|connect"), system_calls("bind|listen|accept4?|poll")),
        allowed=("node/demo/relay.cc",),
    ),
    "process": Ban(
        "starts or ends processes outside node/demo/process.cc",
        (r"\bposix_spawnp?\b", calls("kill|waitpid|v?fork|exec[lv]p?e?|popen|system")),
        allowed=("node/demo/process.cc",),
    ),
    "float": Ban(
        "uses a floating-point number; money and statistics are integers and fixed point",
        (r"\b(?:float|double)\b",),
        folders=("ledger",),
    ),
    "assert": Ban("uses assert(), off in release; CHECK is always on", (r"\bassert\s*\(",)),
    "using": Ban(
        "has 'using namespace' in a header", (r"\busing\s+namespace\b",), suffixes=(".h",)
    ),
    "later": Ban(
        "puts work off in a comment; do it now or open an issue",
        (r"\b(?:TODO|FIXME|XXX)\b",),
        suffixes=(".h", ".cc", ".proto"),
        hidden=CODE_AND_COMMENTS,
    ),
    "words": Ban(
        "uses a word that the glossary bans",
        (r"block_?chain|master(?!_?card)|slave|white_?list|black_?list",),
        folders=("ledger", "replication", "node"),
        hidden=CODE_AND_COMMENTS,
        flags=re.IGNORECASE,
    ),
}
COMPILED = {name: re.compile("|".join(ban.patterns), ban.flags) for name, ban in BANS.items()}


def check(root: Path) -> Report:
    files, violations = 0, []
    for path in list_files(root):
        suffix = kind(root, path)
        if suffix in LAID_OUT | OTHER_CPP:
            files += 1
            text = read(root, path)
            violations += [Violation(path, *fault) for fault in faults(path, suffix, text)]
            if suffix == ".cc" and not is_built(root, path):
                violations.append(Violation(path, 1, "no CMakeLists.txt above it names it"))
    return Report(files, f"{files} files", violations)


def is_built(root: Path, path: str) -> bool:
    """Whether a CMakeLists.txt above names the source, with its suffix or as an item of a loop."""
    if not (root / "CMakeLists.txt").is_file():
        return True
    source = root / path
    for folder in list(source.parents)[: len(Path(path).parts)]:
        lists = folder / "CMakeLists.txt"
        name = re.escape(source.relative_to(folder).with_suffix("").as_posix())
        if lists.is_file() and re.search(rf"(?<![\w/.-]){name}(?![\w/-])", lists.read_text()):
            return True
    return False


def kind(root: Path, path: str) -> str:
    """The suffix; a script without one counts as .sh."""
    suffix = Path(path).suffix
    if not suffix:
        with (root / path).open("rb") as file:
            return ".sh" if file.read(2) == b"#!" else ""
    return suffix


def faults(path: str, suffix: str, text: str) -> Iterator[tuple[int, str]]:
    folder = path.split("/")[0]
    if suffix in OTHER_CPP:
        if folder in (*PRODUCT, "bench", "test"):
            yield 1, f"ends in {suffix}; C++ sources end in .h or .cc, others are not checked"
        return
    yield from layout_faults(suffix, text)
    yield from head_faults(suffix, text)
    for name, ban in BANS.items():
        if folder in ban.folders and suffix in ban.suffixes and path not in ban.allowed:
            yield from banned(COMPILED[name], ban, text)
    length = text.count("\n")
    if folder in PRODUCT and suffix in (".h", ".cc") and length > FILE_LINES_MAX:
        yield length, f"the file has {length} lines, more than {FILE_LINES_MAX}"


def layout_faults(suffix: str, text: str) -> Iterator[tuple[int, str]]:
    lines = text.split("\n")
    if lines[-1]:
        yield len(lines), "the file does not end with a newline"
    for number, line in enumerate(lines, start=1):
        if "\r" in line:
            yield number, "has a carriage return; lines end in LF"
        if "\t" in line:
            yield number, "has a tab"
        if line.rstrip("\r") != line.rstrip():
            yield number, "has trailing blanks"
        if "\ufffd" in line:
            yield number, "has bytes that are not UTF-8"
        if len(line) > COLUMNS_MAX and suffix not in ANY_LENGTH:
            yield number, f"has {len(line)} columns, more than {COLUMNS_MAX}"


def head_faults(suffix: str, text: str) -> Iterator[tuple[int, str]]:
    lines = text.splitlines()
    first = 1 if lines and lines[0].startswith("#!") else 0
    if mark := SPDX_MARK.get(suffix):
        if lines[first : first + 1] != [f"{mark} {SPDX}"]:
            yield first + 1, f"the file does not start with '{mark} {SPDX}'"
    if suffix == ".h" and "#pragma once" not in blanked(text, *CODE).splitlines():
        yield 1, "the header has no '#pragma once'"


def banned(pattern: re.Pattern, ban: Ban, text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(blanked(text, *ban.hidden).split("\n"), start=1):
        if found := pattern.search(line):
            where = f", allowed only in {', '.join(ban.allowed)}" if ban.allowed else ""
            yield number, f"'{found[found.lastindex or 0]}' {ban.sentence}{where}"


if __name__ == "__main__":
    sys.exit(run("style", check, __doc__.partition("\n")[0]))
