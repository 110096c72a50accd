#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Daily reports computed twice: fiscal.py VERBENA RANDOM_FESTIVAL ORACLE_FESTIVAL DIR

Random festivals are folded by fold/, which shares no code with the product. From what counts there
this makes every receipt's number, lines, tax and money again, as docs/fiscal.md says, and compares
them with `verbena report fiscal`, to the cent, for the whole festival, each stand and each device;
then the sums of each report with each other, and its hash with what a file's bytes have.
VERBENA_LONG=1: 40 festivals instead of 8. The first seed is VERBENA_ORACLE_SEED, 1 where absent.
"""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "fold"))

from fold import ACCOUNT, KIND, SOURCE, Fold, payload  # noqa: E402
from logs import TRADE, VALUE, leaf_hash, parse_event  # noqa: E402
from people import Place  # noqa: E402

LONG = os.environ.get("VERBENA_LONG") == "1"
FESTIVALS, SALES = (40, 4000) if LONG else (8, 900)
AMOUNT_MAX, LINES_MAX, PARTS_MAX = 10**12, 64, 16
YEAR_9999 = 253_402_300_799
NUMBERED = {
    VALUE: ("TOP_UP_PREPARED", "GRANT", "VOUCHER_ISSUED"),
    TRADE: ("SALE", "SALE_PREPARED", "CASH_VOID", "REFUND_PREPARED", "DEPOSIT_RETURN"),
}
NUMBERED = {log_class: {KIND[name] for name in names} for log_class, names in NUMBERED.items()}
SIDE = {"STAND": "goods", "TIP": "tips", "DEPOSIT": "deposits", "FEE": "fees"}
SIDE = {ACCOUNT[name]: column for name, column in SIDE.items()}
PURSE, OUTSIDE = ACCOUNT["PURSE"], ACCOUNT["OUTSIDE"]
HOLD_VALUE = {PURSE, ACCOUNT["VOUCHER"]}
NAMES = {value: name.lower() for name, value in ACCOUNT.items()}


def fail(sentence):
    sys.exit(f"oracle: {sentence}")


class Receipt:
    """One that counts: money by (tender, what for), and lines of (rate, gross, tax)."""

    def __init__(self, fold, fact):
        event = fact.event
        self.id, self.author, self.fact = fact.id, fact.author, fact
        self.day = day_of(event.hlc)
        self.money, self.lines, self.used = Counter(), [], 0
        self.sale = None
        for p in event.posting:
            if p.currency in ("", fold.currency):
                self.add(p)
        self.kind = kind_of(event)
        if self.kind == "sale":
            self.sale = payload("Sale", event)
            self.lines = lines_of(self.sale, fold.items_named(fact)) if self.sale else []

    def add(self, p):
        if p.to in SIDE:
            self.money[tender(p.from_class, p.from_id), SIDE[p.to]] += p.amount_minor
        if p.from_class in SIDE:
            self.money[tender(p.to, p.to_id), SIDE[p.from_class]] -= p.amount_minor
        if p.to in SIDE or p.from_class in SIDE or p.from_class == p.to:
            return
        if p.to in HOLD_VALUE:
            self.money[tender(p.from_class, p.from_id), "purses"] += p.amount_minor
        if p.from_class in HOLD_VALUE:
            self.money[tender(p.to, p.to_id), "purses"] -= p.amount_minor

    @property
    def goods(self):
        return sum(amount for (_, column), amount in self.money.items() if column == "goods")


def tender(side, id_):
    if side == OUTSIDE:
        return id_ or "cash"
    if side == PURSE:
        return "gift" if id_ == "gift" else "purse"
    return NAMES[side]


def kind_of(event):
    if event.kind == KIND["SALE_PREPARED"]:
        sale = payload("Sale", event)
        return "part" if sale and not sale.item else "sale"
    if event.kind == KIND["GRANT"]:
        grant = payload("Grant", event)
        return "credit-note" if grant and grant.source == SOURCE["GRANT_VOID"] else "grant"
    return {"SALE": "sale", "CASH_VOID": "credit-note", "REFUND_PREPARED": "refund",
            "DEPOSIT_RETURN": "deposit-return", "TOP_UP_PREPARED": "top-up",
            "VOUCHER_ISSUED": "vouchers"}[
        next(name for name, value in KIND.items() if value == event.kind)]


def lines_of(sale, items):
    columns = (sale.item, sale.quantity, sale.amount_minor, sale.tax_minor)
    lines = list(zip(*columns))[:LINES_MAX]
    if any(gross > AMOUNT_MAX or tax > gross for _, _, gross, tax in lines):
        return []
    return [(items[item].tax_basis_points if items and item in items else None, gross, tax)
            for item, _, gross, tax in lines]


def day_of(hlc):
    seconds = min((hlc >> 16) // 1000, YEAR_9999)
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d")


def receipts_of(fold):
    """Of each event that counts and takes a number, by place."""
    out = {}
    for fact in fold.moved:
        numbered = fact.event.kind in NUMBERED.get(fact.log.name.log_class, ())
        meals = fact.event.kind == KIND["GRANT"]
        if numbered and (fact.event.posting or fact.event.move or meals):
            out[fact.place] = Receipt(fold, fact)
    parts = {r.id[:12]: r for r in out.values() if r.kind == "part"}
    by_id = {r.id: r for r in out.values()}
    for receipt in out.values():
        told_parts = dict.fromkeys(receipt.sale.part) if receipt.sale else []
        named = [p for p in told_parts if len(p) == 12]
        receipt.used = sum(
            parts[p].goods for p in named[:PARTS_MAX]
            if p in parts and parts[p].author.stand == receipt.author.stand)
    for receipt in out.values():
        if receipt.kind == "credit-note":
            take_back(receipt, out, by_id)
    return out


def take_back(note, by_place, by_id):
    event = note.fact.event
    if event.kind == KIND["CASH_VOID"]:
        body = payload("CashVoid", event)
        sale = by_place.get(Place(body.log, body.index))
    else:
        sale = by_id.get(payload("Grant", event).source_id)
    if sale is None or sale.kind not in ("sale", "part") or note.goods != -sale.goods:
        return
    note.lines = [(rate, -gross, -tax) for rate, gross, tax in sale.lines]
    note.used = -sale.used
    note.of_part = sale.kind == "part"


def summed(receipts):
    """What a day's report says of these."""
    out = {"rates": Counter(), "tenders": Counter(), "kinds": Counter(), "total": Counter()}
    parts = used = difference = 0
    for r in receipts:
        gross, tax = sum(line[1] for line in r.lines), sum(line[2] for line in r.lines)
        for into in (out["total"], out["kinds"]):
            into[r.kind if into is out["kinds"] else "all", "count"] += 1
            into[r.kind if into is out["kinds"] else "all", "gross"] += gross
            into[r.kind if into is out["kinds"] else "all", "tax"] += tax
        for rate, line_gross, line_tax in r.lines:
            out["rates"][rate, "gross"] += line_gross
            out["rates"][rate, "tax"] += line_tax
        out["tenders"].update(r.money)
        is_part = r.kind == "part" or getattr(r, "of_part", False)
        parts += r.goods if is_part else 0
        used += r.used
        difference += gross - r.used - (0 if is_part else r.goods)
    flat = {f"{name} {key}": n for name, sums in out.items() for key, n in sums.items() if n}
    flat |= {"parts": parts, "used": used, "difference": difference}
    return {key: n for key, n in flat.items() if n}


def told(report):
    """The same of the product's JSON."""
    flat = {"parts": report["parts_minor"], "used": report["from_parts_minor"],
            "difference": report["difference_minor"]}
    for row in report["rates"]:
        flat[f"rates {(row['rate_basis_points'], 'gross')}"] = row["gross_minor"]
        flat[f"rates {(row['rate_basis_points'], 'tax')}"] = row["tax_minor"]
    for row in report["tenders"]:
        for column in ("goods", "tips", "deposits", "fees", "purses"):
            flat[f"tenders {(row['tender'], column)}"] = row[column + "_minor"]
    rows = [("kinds", row["kind"], row) for row in report["kinds"]]
    for name, key, row in [*rows, ("total", "all", report["total"])]:
        flat[f"{name} {(key, 'count')}"] = row["count"]
        flat[f"{name} {(key, 'gross')}"] = row["gross_minor"]
        flat[f"{name} {(key, 'tax')}"] = row["tax_minor"]
        if row["net_minor"] != row["gross_minor"] - row["tax_minor"]:
            fail(f"net is not gross less tax: {row}")
    return {key: n for key, n in flat.items() if n}


def compare(where, ours, theirs):
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key, 0) != theirs.get(key, 0):
            fail(f"{where}: {key} is {ours.get(key, 0)} here, {theirs.get(key, 0)} in the report")


def check_sums(where, report):
    """Lines, rates, receipts, kinds and series add up to the same."""
    counted = [r for r in report["receipts"] if r["state"] == "counts"]
    lines = [line for r in counted for line in r["lines"]]
    for column in ("gross_minor", "tax_minor", "net_minor"):
        wanted = report["total"][column]
        for name, rows in (("lines", lines), ("receipts", counted), ("rates", report["rates"]),
                           ("kinds", report["kinds"]), ("series", report["series"])):
            found = sum(row[column] for row in rows)
            if found != wanted:
                fail(f"{where}: {name} sum to {found} of {column}, the total says {wanted}")


def check_numbers(where, fold, counting, reports):
    """Each number from 1 is there once, with its event, and counts where it does here."""
    told_of = {r["event"]: r for report in reports for r in report["receipts"] if r["number"]}
    by_log = {row["log"]: row["series"] for report in reports for row in report["series"]}
    burnt = 0
    for log in fold.logs.values():
        if len(log.histories) > 1:
            continue  # which history a device holds as its log is its own affair
        number = 0
        for index, data in enumerate(log.histories[0]):
            event = parse_event(data)
            if event is None or event.kind not in NUMBERED.get(log.name.log_class, ()):
                continue
            number += 1
            place = Place(log.id, index)
            name = f"{by_log[log.id.hex()]}/{number}"
            found = [r for report in reports for r in report["receipts"] if r["receipt"] == name]
            if len(found) != 1 or found[0]["event"] != leaf_hash(data).hex():
                fail(f"{where}: {name} is told {len(found)} times, or of another event")
            counts = found[0]["state"] == "counts"
            if counts != (place in counting):
                fail(f"{where}: {name} is {found[0]['state']}, here it is "
                     + ("counted" if place in counting else "not"))
            if not counts and not found[0]["remarks"]:
                fail(f"{where}: {name} is burnt without a reason")
            burnt += not counts
    return len(told_of), burnt


def check_table(where, table, report, previous):
    """The file's bytes have the hash that its last line names, and say what the JSON says."""
    body, last = table[: table.rstrip(b"\r\n").rfind(b"\r\n") + 2], table.rstrip(b"\r\n")
    named = last.split(b"\r\n")[-1].decode().split(",")
    if named[:2] != ["hash", hashlib.sha256(body).hexdigest()]:
        fail(f"{where}: the last line is no hash of the lines before it")
    if (report["hash"], report["previous"]) != (named[1], previous):
        fail(f"{where}: another hash, or another one before it")
    rows = list(csv.DictReader(io.StringIO(table.decode()), strict=True))
    rates = [row for row in rows if row["section"] == "rate"]
    if [int(row["tax_minor"]) for row in rates] != [row["tax_minor"] for row in report["rates"]]:
        fail(f"{where}: the table has other rates")
    return named[1]


def main(verbena, random_festival, oracle_festival, directory):
    def run(*command):
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            fail(f"{command} ended with {done.returncode}: {done.stderr[-900:]}")
        return done.stdout

    folder = Path(directory) / "fiscal"
    folder.mkdir(parents=True, exist_ok=True)
    seed = os.environ.get("VERBENA_ORACLE_SEED", "1")
    lines = run(random_festival, folder, seed, str(FESTIVALS)).splitlines()
    bundles = [Path(json.loads(line)["path"]) for line in lines]
    run(oracle_festival, str(SALES), seed, folder)
    bundles.append(folder / "festival.bundle")

    days = receipts = burnt = scopes = 0
    for bundle in bundles:
        fold = Fold(bundle.read_bytes())
        counting = receipts_of(fold)
        by_day = defaultdict(list)
        for receipt in counting.values():
            by_day[receipt.day].append(receipt)
        fiscal = (verbena, "report", "fiscal", "--from", bundle, "--json")
        chain = json.loads(run(*fiscal))["days"]
        if missing := by_day.keys() - {row["day"] for row in chain}:
            fail(f"{bundle}: no report of {missing}")
        previous, reports = "", []
        until_now = Counter()
        for row in chain:
            where = f"{bundle} {row['day']}"
            day = ("--day", row["day"])
            report = json.loads(run(*fiscal, *day, "--receipts"))
            compare(where, summed(by_day[row["day"]]), told(report))
            check_sums(where, report)
            table = run(verbena, "report", "fiscal", "--from", bundle, *day, "--csv")
            previous = check_table(where, table, report, previous)
            for r in by_day[row["day"]]:
                until_now[r.kind] += sum(line[1] for line in r.lines)
            for name, kind in (("sales", "sale"), ("credit_notes", "credit-note")):
                if report[name + "_until_now"]["gross_minor"] != until_now[kind]:
                    fail(f"{where}: {name} until now are not {until_now[kind]}")
            reports.append(report)
            of = [("--device", r["device"]) for r in report["series"]]
            of += [("--stand", r["stand"]) for r in report["series"] if r["stand"]]
            for option, name in sorted(set(of))[: None if LONG else 3]:
                attribute = "alias" if option == "--device" else "stand"
                own = [r for r in by_day[row["day"]] if getattr(r.author, attribute) == name]
                scoped = json.loads(run(*fiscal, *day, option, name))
                compare(f"{where} {name}", summed(own), told(scoped))
                scopes += 1
            days += 1
        numbers = check_numbers(bundle, fold, counting, reports)
        receipts, burnt = receipts + numbers[0], burnt + numbers[1]
    if not burnt or not scopes:
        fail("nothing was burnt, or no stand has a report of its own")
    print(f"oracle: {len(bundles)} bundles, {days} days and {scopes} of stands and devices have the"
          f" same receipts and sums; {receipts} numbers, {burnt} of them burnt and told")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(f"usage: {sys.argv[0]} VERBENA RANDOM_FESTIVAL ORACLE_FESTIVAL DIR")
    main(*sys.argv[1:])
