#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our books in programs that are not ours: Debian's ledger and hledger, csv and sqlite3 of Python.

books.py VERBENA ORACLE_FESTIVAL DIR, where DIR is for what this makes. A random festival is
exported; every account must have the balance that the hub's state had, also the odd ones, and an
altered journal must be refused. VERBENA_LONG=1: 20,000 sales instead of 300.
"""

import csv
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

LONG = os.environ.get("VERBENA_LONG") == "1"
SALES, SEED = (20_000 if LONG else 300), 4217
SKUS = {1: "beer", 2: "water", 3: "beer-50", 4: "123", 8: "eur"}  # others: one character
SCALE = 2
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
ALTERED = 12  # journals altered in each way

Balances = dict[tuple[str, str], Decimal]  # (account, commodity)


def fail(sentence: str) -> None:
    sys.exit(f"oracle: {sentence}")


def run(*command: str | Path, wanted: int = 0) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != wanted:
        fail(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def escaped(text: str) -> str:
    return re.sub(
        rb"[^A-Za-z0-9._-]", lambda found: b"%%%02X" % found[0][0], text.encode()
    ).decode()


def account_of(path: str) -> str:
    return ":".join(escaped(part) or "%" for part in path.split("/"))


def commodity_of(unit: str) -> tuple[str, int]:
    """Its name and its decimals."""
    if unit == "EUR":
        return unit, SCALE
    number = unit[1:] if re.fullmatch(r"#(0|[1-9][0-9]*)", unit) else ""
    return (SKUS.get(int(number), unit), 0) if number else ("minor:" + escaped(unit), 0)


def expected(folder: Path) -> tuple[Balances, dict[tuple[str, str], int]]:
    shown: Balances = {}
    raw = {}
    for line in (folder / "balances").read_text().splitlines():
        unit, path, balance = line.split(" ")
        unit, path = bytes.fromhex(unit).decode(), bytes.fromhex(path).decode()
        commodity, scale = commodity_of(unit)
        key = (account_of(path), commodity)
        if key in shown:
            fail(f"two accounts are shown as {key}")
        shown[key] = Decimal(int(balance)).scaleb(-scale)
        raw[unit, path] = int(balance)
    return shown, raw


def by_ledger(journal: Path) -> Balances:
    form = "%(account)\t%(join(scrub(display_total)))\n"
    told = run(
        *("ledger", "--args-only", "--strict", "--pedantic", "-f", journal),
        *("bal", "--flat", "--no-total", "-E", "--balance-format", form),
    )
    out: Balances = {}
    for line in told.splitlines():
        account, amounts = line.split("\t")
        for amount in amounts.split("\\n"):
            number, _, commodity = amount.strip().partition(" ")
            if commodity:
                out[account, commodity.strip('"')] = Decimal(number)
    return out


def by_hledger(journal: Path) -> Balances:
    told = run(
        *("hledger", "-s", "-f", journal, "bal", "--flat", "-N", "-E", "-O", "csv"),
        "--layout=bare",
    )
    rows = list(csv.reader(told.splitlines()))
    if rows[0] != ["account", "commodity", "balance"]:
        fail(f"hledger has other columns: {rows[0]}")
    return {(a, c.strip('"')): Decimal(b) for a, c, b in rows[1:] if c}


def compare(who: str, found: Balances, wanted: Balances) -> int:
    for key in found.keys() | wanted.keys():
        if found.get(key, 0) != wanted.get(key, 0):
            fail(f"{who} has {found.get(key, 0)} on {key}, the state {wanted.get(key, 0)}")
    return sum(1 for amount in wanted.values() if amount)


POSTING = re.compile(r"^    (\S+)  (-?[0-9.]+) (\S+|\"[^\"]*\")$")


def change_amount(lines: list[str], at: int, _: list[str]) -> None:
    account, number, commodity = POSTING.match(lines[at]).groups()
    step = Decimal(1).scaleb(-SCALE if commodity == "EUR" else 0)
    lines[at] = f"    {account}  {Decimal(number) + step} {commodity}"


def change_commodity(lines: list[str], at: int, _: list[str]) -> None:
    account, number, commodity = POSTING.match(lines[at]).groups()
    other = '"water"' if commodity != '"water"' else '"beer"'
    lines[at] = f"    {account}  {number} {other}"


def change_account(lines: list[str], at: int, accounts: list[str]) -> None:
    account, number, commodity = POSTING.match(lines[at]).groups()
    other = next(name for name in accounts if name != account)
    lines[at] = f"    {other}  {number} {commodity}"


def invent_account(lines: list[str], at: int, _: list[str]) -> None:
    lines[at] = lines[at].replace("    ", "    invented:", 1)


def drop_entry(lines: list[str], at: int, _: list[str]) -> None:
    first = max(i for i in range(at) if not lines[i])
    last = next(i for i in range(at, len(lines)) if not lines[i])
    del lines[first:last]


ALTERATIONS: dict[str, Callable] = {
    "an amount": change_amount,
    "a commodity": change_commodity,
    "an account": change_account,
    "an account that is not declared": invent_account,
    "a missing entry": drop_entry,
}


def altered(folder: Path, dice: random.Random) -> int:
    """Each altered journal is refused by both programs."""
    refused = 0
    accounts = re.findall(r"^account (\S+)$", (folder / "main.journal").read_text(), re.M)
    files = [p.name for p in sorted(folder.glob("*.journal")) if not p.name.startswith(("m", "b"))]
    for name, alter in ALTERATIONS.items():
        for _ in range(ALTERED):
            copy = folder.parent / "altered"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy)
            file = copy / dice.choice(files)
            lines = ["", *file.read_text().split("\n")]
            at = dice.choice([i for i, line in enumerate(lines) if POSTING.match(line)])
            before = lines[at]
            alter(lines, at, dice.sample(accounts, 2))
            file.write_text("\n".join(lines))
            main = copy / "main.journal"
            for command in (
                ("ledger", "--args-only", "--strict", "--pedantic", "-f", main, "bal"),
                ("hledger", "-s", "-f", main, "bal"),
            ):
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode == 0:
                    fail(f"{command[0]} accepts {name} altered in {file.name}: {before!r}")
                refused += 1
    return refused


def read_csv(folder: Path) -> dict[str, list[dict[str, str]]]:
    tables = {}
    dictionary = (folder / "README.md").read_text()
    for path in sorted(folder.glob("*.csv")):
        text = path.read_bytes().decode()
        if text.count("\n") != text.count("\r\n"):
            fail(f"{path.name} has a line that does not end in CR LF")
        with path.open(newline="") as file:
            tables[path.stem] = list(csv.DictReader(file, strict=True))
        section = dictionary.partition(f"## {path.name}\n")[2].partition("\n## ")[0]
        for column in text.split("\r\n")[0].split(","):
            name = column.strip('"')
            if f"| {name} |" not in section:
                fail(f"README.md does not tell what {name} of {path.name} means")
        for row in tables[path.stem]:
            for cell in row.values():
                if cell.startswith(FORMULA) and not re.fullmatch(r"-?[0-9]+", cell):
                    fail(f"{path.name} has a cell that a spreadsheet would run: {cell!r}")
    return tables


def sums(postings: list[dict]) -> dict[tuple[str, str], int]:
    out: dict[tuple[str, str], int] = defaultdict(int)
    for row in postings:
        out[row["unit"], row["from_account"]] -= int(row["amount"])
        out[row["unit"], row["to_account"]] += int(row["amount"])
    return out


def as_csv(value: int | str) -> str:
    if isinstance(value, int):
        return str(value)
    plain = re.sub(r"[\x00-\x1f\x7f]", " ", value)
    return ("'" if value.startswith(FORMULA) else "") + plain


def check_sqlite(file: Path, tables: dict, wanted: dict[tuple[str, str], int]) -> None:
    base = sqlite3.connect(file)
    base.row_factory = sqlite3.Row
    if base.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
        fail("sqlite finds the file damaged")
    held = {
        name: [dict(row) for row in base.execute(f"SELECT * FROM {name}")]
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    meanings = {(row["table_name"], row["column_name"]) for row in held.pop("dictionary")}
    if held.keys() != tables.keys():
        fail(f"sqlite has {sorted(held)}, csv {sorted(tables)}")
    for name, rows in held.items():
        if [{k: as_csv(v) for k, v in row.items()} for row in rows] != tables[name]:
            fail(f"the table {name} is not the same as in csv")
        if not all((name, column) in meanings for column in rows[0]):
            fail(f"the dictionary misses a column of {name}")
    found = sums(held["postings"])
    for key in found.keys() | wanted.keys():
        if found.get(key, 0) != wanted.get(key, 0):
            fail(f"the postings sum to {found.get(key, 0)} on {key}, not {wanted.get(key, 0)}")
    balances = {(row["unit"], row["account"]): row["balance"] for row in held["accounts"]}
    if {k: v for k, v in balances.items() if v} != {k: v for k, v in wanted.items() if v}:
        fail("the table accounts has other balances")


def main(verbena: str, make_festival: str, directory: str) -> None:
    for program in ("ledger", "hledger"):
        if not shutil.which(program):
            fail(f"{program} is missing; deploy/install --tests")
    folder = Path(directory) / "books"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(make_festival, str(SALES), str(SEED), folder)
    bundle = folder / "festival.bundle"
    wanted, raw = expected(folder)

    export = (verbena, "export", bundle, "--json", "--lang", "en", "--format")
    told = json.loads(run(*export, "ledger", "--out", folder / "ledger"))
    main_journal = folder / "ledger" / "main.journal"
    accounts = compare("ledger", by_ledger(main_journal), wanted)
    compare("hledger", by_hledger(main_journal), wanted)
    kinds = {path.partition("/")[0] for (_, path), balance in raw.items() if balance}
    missing = {"outside", "purse", "stand", "tip", "suspense", "holder", "sold"} - kinds
    if missing:
        fail(f"the festival has no account of these kinds: {missing}")
    causes = {path.split("/")[1] for _, path in raw if path.startswith("suspense/")}
    if not {"gap", "revoked", "fork"} <= causes:
        fail(f"the festival has only these in suspense: {causes}")
    run(*export, "ledger", "--out", folder / "ledger", wanted=2)  # not empty

    run(*export, "csv", "--out", folder / "csv")
    run(*export, "sqlite", "--out", folder / "sqlite")
    tables = read_csv(folder / "csv")
    check_sqlite(folder / "sqlite" / "verbena.sqlite", tables, raw)
    refused = 0 if LONG else altered(folder / "ledger", random.Random(SEED))
    print(
        f"oracle: {told['transactions']} entries of {told['events']} events; ledger, hledger, "
        f"csv and sqlite agree with the state on {accounts} balances; "
        f"{refused} altered journals refused"
    )


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} VERBENA ORACLE_FESTIVAL DIR")
    main(*sys.argv[1:])
