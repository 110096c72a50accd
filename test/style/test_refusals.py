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


def classed_by_the_till() -> set[str]:
    """The lists of "an attempt that may have been done": ends, waits for its band, asks again."""
    test = (ROOT / "node/web/src/till/machine.test.ts").read_text()
    lists = re.findall(r"const (?:DECIDED|OF_THE_BAND|LATER) = \[(.*?)\];", test, re.DOTALL)
    return set(re.findall(r'"([a-z-]+)"', " ".join(lists)))


class Refusals(unittest.TestCase):
    def test_the_page_and_the_code_tell_the_same(self):
        self.assertGreater(len(told_by_the_code()), 20)
        self.assertEqual(told_by_the_page(), told_by_the_code())

    def test_the_till_knows_what_every_rule_s_refusal_says_of_an_open_attempt(self):
        page = (ROOT / "docs/refusals.md").read_text()
        by_rule = page.split("## By rule")[1].split("\n## ")[0]
        codes = set(re.findall(r"^\| `([a-z-]+)` \|", by_rule, re.MULTILINE))
        self.assertGreater(len(codes), 20)
        self.assertEqual(codes - classed_by_the_till(), set())


if __name__ == "__main__":
    unittest.main()
