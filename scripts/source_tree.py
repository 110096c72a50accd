#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the check scripts share: which files there are, how to read them, how to report.

Run by itself it lists files: source_tree.py .h .cc prints them, each ended by a NUL.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
PRODUCT = ("schemas", "ledger", "replication", "node")
SKIPPED_NAMES = {".git", "__pycache__", "build", "node_modules"}
SKIPPED_FOLDERS = ("node/web/dist/",)

# The parts of a C++ or proto text in which the others may not be looked for. A number is listed
# because of its digit separators: the one in 1'000 opens no literal.
TOKEN = re.compile(
    r"""
      (?P<number>  \b\d(?:'?[\w.])* )
    | (?P<comment> //(?:\\\n|[^\n])* | /\*.*?(?:\*/|\Z) )
    | (?P<literal> \b(?:u8|[uUL])?R"(?P<fence>[^\s()\\"]{0,16})\(.*?\)(?P=fence)"
                 | "(?:\\.|[^"\\\n])*"
                 | '(?:\\.|[^'\\\n])*' )
    """,
    re.DOTALL | re.VERBOSE,
)


class Violation(NamedTuple):
    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


class Report(NamedTuple):
    files: int
    counted: str  # what the last line says was looked at
    violations: list[Violation]


def list_files(root: Path) -> list[str]:
    """Paths from the root, sorted: what git knows or would add, else everything there is."""
    paths = _listed_by_git(root) or _walked(root)
    return sorted(p for p in set(paths) if not _skipped(p) and _is_plain_file(root / p))


def read(root: Path, path: str) -> str:
    """The text with its line endings as they are; bytes that are no UTF-8 become U+FFFD."""
    return (root / path).read_bytes().decode("utf-8", "replace")


def blanked(text: str, *kinds: str) -> str:
    """The text with its comments, literals or both turned to spaces, line by line in place."""

    def blank(token: re.Match) -> str:
        return re.sub(r"[^\n]", " ", token[0]) if token.lastgroup in kinds else token[0]

    return TOKEN.sub(blank, text)


def run(name: str, check: Callable[[Path], Report], about: str) -> int:
    """The command line of a check: prints its report, returns the exit code."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--root", type=Path, default=REPOSITORY, help="the tree to check")
    report = check(parser.parse_args().root.resolve())
    for violation in sorted(set(report.violations)):
        print(violation)
    if report.violations:
        return 1
    if report.files == 0:
        print(f"{name}: there is nothing to check here")
        return 1
    print(f"{name}: {report.counted}, ok")
    return 0


def _listed_by_git(root: Path) -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        listed = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [os.fsdecode(path) for path in listed.stdout.split(b"\0") if path]


def _walked(root: Path) -> Iterable[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f not in SKIPPED_NAMES]
        for file in files:
            yield (Path(folder) / file).relative_to(root).as_posix()


def _skipped(path: str) -> bool:
    return path.startswith(SKIPPED_FOLDERS) or not SKIPPED_NAMES.isdisjoint(path.split("/"))


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


if __name__ == "__main__":
    for listed_path in list_files(REPOSITORY):
        if listed_path.endswith(tuple(sys.argv[1:])):
            print(listed_path, end="\0")
