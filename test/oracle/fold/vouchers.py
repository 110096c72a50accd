# SPDX-License-Identifier: Apache-2.0
"""Vouchers: who may issue and spend them, and which were spent for more than they are worth."""

import re
from collections import Counter

import wire
from logs import sha256, u64, verify
from people import ROLE

KIND = {name.removeprefix("KIND_"): value for name, value in wire.ENUMS["Kind"].items()}
ACCOUNT = wire.ENUMS["AccountClass"]
OUTSIDE, STAND, VOUCHER = ACCOUNT["OUTSIDE"], ACCOUNT["STAND"], ACCOUNT["VOUCHER"]
FORFEIT = "forfeit"
ID = re.compile(r"[0-9a-f]{32}\Z")
ISSUERS = {ROLE["HUB"], ROLE["TOP_UP_DESK"]}
VOUCHERS_MAX = 16
AMOUNT_MAX = 10**12
FESTIVAL, ZONE, AT_STAND = range(3)


class Body:
    """What everybody may know of a voucher; ValueError where the bytes are none."""

    def __init__(self, data):
        self.id = sha256(b"verbena-voucher-id-v1" + data)[:16].hex()
        self.festival = int.from_bytes(data[1:9], "big")
        self.key = data[11:43]
        self.amount = int.from_bytes(data[43:51], "big")
        self.where = data[52:]
        if len(data) < 52 or data[0] != 1 or data[51] > AT_STAND or len(self.where) > 32:
            raise ValueError
        self.place = data[51]
        if (self.place == FESTIVAL) != (self.where == b"") or not 0 < self.amount <= AMOUNT_MAX:
            raise ValueError

    def is_for(self, till):
        here = {FESTIVAL: b"", ZONE: till.zone.encode(), AT_STAND: till.stand.encode()}
        return self.where == here[self.place]


def spending(data, till):
    """The body of a spending by this till; None where it is false."""
    body = data[:-64] if len(data) >= 64 else b""
    try:
        out = Body(body)
    except ValueError:
        return None
    return out if verify(out.key, b"verbena-voucher-spent-v1", body + till.hash,
                         data[-64:]) else None


def moved(event, out):
    """By voucher: what goes out of it to stands and to outside, or comes into it from there."""
    sums = {}
    for p in event.posting:
        if (p.from_class if out else p.to) == VOUCHER:
            id_, other = (p.from_id, p.to) if out else (p.to_id, p.from_class)
            sums.setdefault(id_, Counter())[other] += p.amount_minor
    return {id_: (legs[STAND], legs[OUTSIDE]) for id_, legs in sums.items()}


def breaks_vouchers(author, event):
    if event.kind == KIND["VOUCHER_ISSUED"] and "step" in event.has:
        return True
    for p in event.posting:
        enters, leaves = p.to == VOUCHER, p.from_class == VOUCHER
        if enters and not may_enter(author, event, p) or leaves and not may_leave(author, event, p):
            return True
        if (enters or leaves) and (p.currency or enters and leaves):
            return True
    out = moved(event, out=True)
    worth = shown(author, event) if out else {}
    return any(worth.get(id_) != sum(legs) for id_, legs in out.items())


def may_enter(author, event, p):
    outside = p.from_class == OUTSIDE
    issued = event.kind == KIND["VOUCHER_ISSUED"] and outside and author.role in ISSUERS
    source = p.from_class == STAND or outside and p.from_id == FORFEIT
    back = event.kind == KIND["CASH_VOID"] and author.stand and source
    return (issued or back) and ID.match(p.to_id)


def may_leave(author, event, p):
    goes = p.to == STAND or (p.to, p.to_id) == (OUTSIDE, FORFEIT)
    return event.kind == KIND["SALE"] and "step" not in event.has and author.stand and goes


def shown(author, event):
    try:
        sale = wire.decode("Sale", event.payload)
    except wire.WireError:
        return {}
    if len(sale.voucher) > VOUCHERS_MAX:
        return {}
    bodies = filter(None, (spending(data, author) for data in sale.voucher))
    return {b.id: b.amount for b in bodies if b.festival == author.festival and b.is_for(author)}


class Vouchers:
    def __init__(self, fold):
        self.fold = fold
        self.issued, self.uses = Counter(), []

    def note(self, fact):
        """What is posted, and neither suspended nor a void."""
        if fact.event.kind == KIND["VOUCHER_ISSUED"]:
            for id_, (_, outside) in moved(fact.event, out=False).items():
                self.issued[id_] += outside
        self.uses += [(fact.place, id_, sum(legs))
                      for id_, legs in moved(fact.event, out=True).items()]

    def overdrawn(self):
        used = Counter()
        for place, id_, amount in self.uses:
            used[id_] += amount * (place not in self.fold.voided)
        return sum(used[id_] > self.issued[id_] for id_ in used)
