#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds files for a bank against a sealed archive, by this fold.

    payouts.py ARCHIVE PAIN [ARCHIVE PAIN]...   in the order in which runs were approved, each
                                                with the archive it was approved over

Each payment must be what one purse was still owed: the id of a payment is a function of purse,
sum paid before and amount, so that a file without purses can be matched. Prints what is owed,
paid, still open and paid too much, in minor units. exit 1: a payment that nobody was owed, one paid
twice, a count or control sum that is not so.
"""

import hashlib
import sys
import xml.etree.ElementTree as xml
from collections import Counter
from decimal import Decimal
from pathlib import Path

from archive import as_bundle, blocks_of
from fold import Fold

NAMES = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def owed_by(fold):
    """What each purse is owed: its balance less what is left of gifts, and never a debit."""
    left = {
        id_: fold.balances[fold.currency, f"purse/{id_:016x}"] - view.gift_left
        for id_, view in fold.views.items()
    }
    out = Counter()
    for id_, amount in left.items():
        out[heir_of(fold, id_) if amount > 0 else id_] += amount
    return {id_: max(0, amount) for id_, amount in out.items()}


def heir_of(fold, purse):
    """The last purse that took its place; in a circle nobody did."""
    passed, heir = set(), purse
    while fold.views[heir].replaced_by and heir not in passed:
        passed.add(heir)
        heir = fold.views[heir].replaced_by
    return purse if heir in passed else heir


def payment_id(festival, purse, paid, amount):
    message = b"".join(number.to_bytes(8, "big") for number in (festival, purse, paid, amount))
    return hashlib.sha256(b"verbena-payment-v1" + message).hexdigest()[:32]


def read_pain(path):
    """(id, minor units) of each payment, and what is wrong with the sums."""
    root = xml.parse(path).getroot()
    payments = [
        (entry.find("p:PmtId/p:EndToEndId", NAMES).text,
         int(Decimal(entry.find("p:Amt/p:InstdAmt", NAMES).text) * 100))
        for entry in root.iterfind(".//p:CdtTrfTxInf", NAMES)
    ]
    faults = []
    for count in root.iterfind(".//p:NbOfTxs", NAMES):
        if int(count.text) != len(payments):
            faults.append(f"it says {count.text} payments, there are {len(payments)}")
    for said in root.iterfind(".//p:CtrlSum", NAMES):
        if Decimal(said.text) * 100 != sum(amount for _, amount in payments):
            faults.append(f"its control sum {said.text} is not that of its payments")
    return payments, faults


def judge(archive, path, paid):
    """Takes what this file pays into `paid`; (owed by purse, what is wrong)."""
    fold = Fold(as_bundle(blocks_of(Path(archive).read_bytes())))
    festival, owed = fold.people.root.festival, owed_by(fold)
    payments, faults = read_pain(path)
    due = {}
    for purse, amount in owed.items():
        if amount > paid[purse]:
            due[payment_id(festival, purse, paid[purse], amount - paid[purse])] = purse
    for id_, amount in payments:
        purse = due.pop(id_, None)
        if purse is None or amount != owed[purse] - paid[purse]:
            faults.append(f"payment {id_} of {amount} is nobody's")
        else:
            paid[purse] += amount
    return owed, [f"{path}: {fault}" for fault in faults]


def main(*paths):
    paid, owed, code = Counter(), {}, 0
    for archive, path in zip(paths[::2], paths[1::2], strict=True):
        owed, faults = judge(archive, path, paid)
        for fault in faults:
            print(fault)
            code = 1
    over = sum(max(0, paid[purse] - owed[purse]) for purse in owed)
    total, out = sum(owed.values()), sum(paid.values())
    print(f"owed {total} paid {out} open {total - out + over} over {over}")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
