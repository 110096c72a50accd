# SPDX-License-Identifier: Apache-2.0
"""docs/refusals.md tells the refusals that the code knows, each in both languages."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXTS = r'((?:\s*"(?:[^"\\]|\\.)*")+)'


def joined(literals: str) -> str:
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))


def told_by_the_code() -> dict[str, tuple[str, str]]:
    result = (ROOT / "ledger/core/result.cc").read_text()
    texts = (ROOT / "node/texts.cc").read_text()
    codes = dict(re.findall(r'case Refusal::(\w+): return "([a-z-]+)";', result))
    del codes["none"]
    told = {code: None for code in codes.values()}
    for name, en, es in re.findall(r"\{Refusal::(\w+)," + TEXTS + "," + TEXTS + r"\}", texts):
        told[codes[name]] = (joined(en), joined(es))
    for code, en, es in re.findall(r'\{"([a-z-]+)",' + TEXTS + "," + TEXTS + r"\}", texts):
        told[code] = (joined(en), joined(es))
    return told


def told_by_the_page() -> dict[str, tuple[str, str]]:
    page = (ROOT / "docs/refusals.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \| (.*) \|$", page, re.MULTILINE)
    return {code: (en, es) for code, en, es in rows}


class Refusals(unittest.TestCase):
    def test_the_page_and_the_code_tell_the_same(self):
        self.assertGreater(len(told_by_the_code()), 20)
        self.assertEqual(told_by_the_page(), told_by_the_code())


if __name__ == "__main__":
    unittest.main()
