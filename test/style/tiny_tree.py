# SPDX-License-Identifier: Apache-2.0
"""A tree of a few files in a temporary folder, and the questions that the tests ask about it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

SPDX = "SPDX-License-Identifier: Apache-2.0\n"
HEADER = f"// {SPDX}#pragma once\n"
SOURCE = f"// {SPDX}"


class TinyTreeTest(unittest.TestCase):
    script = ""  # the check under test, by its file name

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def write(self, path: str, text: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def write_code(self, path: str, code: str) -> None:
        """The code begins on line 3 of a header and on line 2 of a source."""
        self.write(path, (HEADER if path.endswith(".h") else SOURCE) + code + "\n")

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def run_script(self) -> subprocess.CompletedProcess:
        command = [sys.executable, "-B", SCRIPTS / self.script, "--root", self.root]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def told(self) -> list[str]:
        return sorted(str(v) for v in sys.modules[self.script[:-3]].check(self.root).violations)

    def assert_clean(self) -> None:
        self.assertEqual(self.told(), [])

    def assert_only(self, place: str, part_of_sentence: str) -> None:
        """There is exactly one violation, at this place ("path:line") and with these words."""
        told = self.told()
        self.assertEqual(len(told), 1, told)
        self.assertTrue(told[0].startswith(f"{place}: "), told[0])
        self.assertIn(part_of_sentence, told[0])

    def assert_ends(self, code: int, last_line: str) -> None:
        """The script as a command ends with this exit code and these last words."""
        ended = self.run_script()
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        self.assertEqual(ended.stderr, "")
        self.assertRegex(ended.stdout.splitlines()[-1], last_line)
