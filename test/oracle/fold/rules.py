# SPDX-License-Identifier: Apache-2.0
"""Which events break a rule: by what they move, and by limits and the approvals beyond them."""

import wire
from logs import sha256
from people import ROLE, approval_verifies
from vouchers import breaks_vouchers

KIND = {name.removeprefix("KIND_"): value for name, value in wire.ENUMS["Kind"].items()}
ACCOUNT, STOCK = wire.ENUMS["AccountClass"], wire.ENUMS["StockClass"]
OUTSIDE, PURSE, STAND = ACCOUNT["OUTSIDE"], ACCOUNT["PURSE"], ACCOUNT["STAND"]
TIP, DEPOSIT = ACCOUNT["TIP"], ACCOUNT["DEPOSIT"]
SUPPLIER, HOLDER, TRANSIT, SOLD = (STOCK[n] for n in ("SUPPLIER", "HOLDER", "TRANSIT", "SOLD"))
ACTION = wire.ENUMS["StockAction"]
STOCK_KINDS = range(KIND["STOCK"], KIND["CASH_DROP"] + 1)
SELLING = {KIND["SALE"], KIND["SALE_PREPARED"]}
COMING_BACK = {KIND["CASH_VOID"], KIND["GRANT"], KIND["DEPOSIT_RETURN"]}
GIFT, CREW = "gift", "crew"
MEALS_MAX = 255
# The only move of a stock note, by its action.
MOVE_OF = {
    ACTION["DELIVER"]: (SUPPLIER, HOLDER), ACTION["DISPATCH"]: (HOLDER, TRANSIT),
    ACTION["RECEIVE"]: (TRANSIT, HOLDER), ACTION["WASTED"]: (HOLDER, STOCK["WASTE"]),
    ACTION["GIVEN"]: (HOLDER, STOCK["GRATIS"]),
}
SOURCE_VOID, SOURCE_GIFT, SOURCE_DEPOSIT, SOURCE_REPLACEMENT = (
    wire.ENUMS["GrantSource"][n]
    for n in ("GRANT_VOID", "GRANT_GIFT", "GRANT_DEPOSIT", "GRANT_REPLACEMENT")
)
ISSUERS = {ROLE["HUB"], ROLE["TOP_UP_DESK"]}
PAYERS = ISSUERS | {ROLE["REFUND_OFFICER"]}
OFFICE = {ROLE["SUPERVISOR"], ROLE["HUB"]}
APPROVALS_MAX = 8
APPROVAL_SPAN = 64


def own_holder(author):
    return author.stand or author.alias


def breaks_rule(fact):
    """By what it says alone."""
    event = fact.event
    if event.kind in STOCK_KINDS and "step" in event.has:
        return True
    if is_grant(event):
        body = body_of("Grant", event)
        if body and grant_breaks(body, event):
            return True
    if breaks_vouchers(fact.author, event):
        return True
    return any(posting_breaks(fact, p) for p in event.posting) or not all(
        may_move(fact, move) for move in event.move
    )


def body_of(name, event):
    try:
        return wire.decode(name, event.payload)
    except wire.WireError:
        return None


def gift_in(event):
    """What enters a purse as a gift."""
    return sum(p.amount_minor for p in event.posting if (p.to, p.to_id) == (PURSE, GIFT))


def gift_out(event):
    return sum(p.amount_minor for p in event.posting if (p.from_class, p.from_id) == (PURSE, GIFT))


def beside_in(from_class, event):
    """What comes with what a purse pays for goods; `from_class` pays tips and deposits."""
    brought = [p for p in event.posting
               if (p.from_class, p.to, p.currency) == (OUTSIDE, STAND, "")]
    return (between(from_class, TIP, event), between(from_class, DEPOSIT, event),
            sum(p.amount_minor for p in brought if p.from_id == ""),
            sum(p.amount_minor for p in brought if p.from_id == CREW))


def beside_out(event):
    taken = [p for p in event.posting if (p.from_class, p.to) == (STAND, OUTSIDE)]
    crew = sum(p.amount_minor for p in taken if (p.to_id, p.currency) == (CREW, ""))
    return (leaving(TIP, event), leaving(DEPOSIT, event),
            sum(p.amount_minor for p in taken) - crew, crew)


def between(from_class, to, event):
    return sum(p.amount_minor for p in event.posting
               if (p.from_class, p.to) == (from_class, to))


def leaving(class_, event):
    return sum(p.amount_minor for p in event.posting if p.from_class == class_)


def is_grant(event):
    """A grant, or cups whose deposit goes to a purse by the grant they bear."""
    return event.kind == KIND["GRANT"] or (
        event.kind == KIND["DEPOSIT_RETURN"] and event.payload != b""
    )


def grant_breaks(body, event):
    amount = sum(p.amount_minor for p in event.posting if p.to == PURSE)
    if (body.source == SOURCE_DEPOSIT) != (event.kind == KIND["DEPOSIT_RETURN"]):
        return True
    if body.meals > MEALS_MAX:
        return True
    if body.source == SOURCE_REPLACEMENT:
        return replaced_purse(body, event) is None
    if body.meals > 0 and body.source not in (SOURCE_GIFT, SOURCE_VOID):
        return True
    if body.source == SOURCE_VOID:
        return body.line != 0
    if any((p.from_class, p.to) == (STAND, OUTSIDE) for p in event.posting):
        return True
    if body.source == SOURCE_DEPOSIT:
        return leaving(DEPOSIT, event) != amount or gift_in(event) > 0
    beside = leaving(TIP, event) + leaving(DEPOSIT, event)
    return beside > 0 or (body.source == SOURCE_GIFT and gift_in(event) != amount)


def replaced_purse(body, event):
    """The purse that a replacement empties; None where this is none, or not of its form."""
    only_that = all(
        (p.from_class, p.to, p.from_id, p.currency) == (PURSE, PURSE, "", "")
        and p.to_id in ("", GIFT) for p in event.posting
    )
    if body.source != SOURCE_REPLACEMENT or event.move or not only_that:
        return None
    old = int.from_bytes(body.source_id, "big")
    named = len(body.source_id) == 8 and old and body.purse
    return old if named and old != body.purse else None


def posting_breaks(fact, p):
    author, event = fact.author, fact.event
    grant = is_grant(event)
    own_from, own_to = p.from_id in ("", author.stand), p.to_id in ("", author.stand)
    if p.to == PURSE:
        issued = p.from_class == OUTSIDE and author.role in ISSUERS
        source = (p.from_class == STAND and own_from) or own_beside(author, p)
        given_back = source and grant and author.stand
        body = p.from_class == PURSE and event.kind == KIND["GRANT"] and body_of("Grant", event)
        replaced = body and body.source == SOURCE_REPLACEMENT
        if not issued and not given_back and not replaced:
            return True
    elif p.from_class in (TIP, DEPOSIT) and author.role not in OFFICE:
        if not (p.to == OUTSIDE and author.stand and goes_out(event, author, p)):
            return True
    if (p.from_class, p.from_id) == (PURSE, GIFT) and p.to != STAND:
        return True
    if p.from_class == PURSE and p.to == OUTSIDE and author.role not in PAYERS:
        return True
    if p.from_class == STAND and not own_from and author.role not in OFFICE:
        return True
    if (p.from_class, p.to) == (STAND, OUTSIDE) and event.kind not in (KIND["CASH_VOID"],
                                                                       KIND["GRANT"]):
        return True
    if (p.from_class, p.from_id) == (OUTSIDE, CREW):
        by_purse = event.kind == KIND["SALE_PREPARED"] and "step" in event.has
        if p.to != STAND or not by_purse or p.currency:
            return True
    if (p.to, p.to_id) == (OUTSIDE, CREW) and (p.from_class, event.kind) != (STAND, KIND["GRANT"]):
        return True
    if p.to == STAND and not (own_to and author.stand):
        return True
    return PURSE in (p.from_class, p.to) and not grant and "step" not in event.has


def own_beside(author, p):
    """A tip is its stand's; deposits are given back wherever cups are."""
    return p.from_class == DEPOSIT or (p.from_class == TIP and p.from_id == author.stand)


def goes_out(event, author, p):
    if event.kind == KIND["CASH_VOID"]:
        return own_beside(author, p)
    cups = event.kind == KIND["DEPOSIT_RETURN"] and "step" not in event.has and not is_grant(event)
    return cups and p.from_class == DEPOSIT


def may_move(fact, move):
    author, kind = fact.author, fact.event.kind
    own, ends = own_holder(author), (move.from_class, move.to)
    own_from, own_to = move.from_id in ("", own), move.to_id in ("", own)
    if ends == (HOLDER, SOLD):
        return kind in SELLING and own_from and own_to
    if ends == (SOLD, HOLDER):
        return kind in COMING_BACK and own_from and own_to
    note = body_of("StockNote", fact.event) if kind == KIND["STOCK"] else None
    if note is None or len(fact.event.move) != 1 or MOVE_OF.get(note.action) != ends:
        return False
    if ends == (SUPPLIER, HOLDER):
        return author.role == ROLE["STORE"] and own_to
    return own_from and (own_to or ends == (HOLDER, TRANSIT))


def request_hash(event):
    """What a person who approves an event says yes to."""
    def u32(n):
        return n.to_bytes(4, "big")

    def u64(n):
        return n.to_bytes(8, "big")

    def text(t):
        data = t.encode() if isinstance(t, str) else t
        return u32(len(data)) + data

    out = b"verbena-request-v1" + u32(event.kind) + text(event.payload) + u32(len(event.posting))
    for p in event.posting:
        out += u32(p.from_class) + u32(p.to) + u64(p.amount_minor)
        out += text(p.from_id) + text(p.to_id) + text(p.currency)
    out += u32(len(event.move))
    for move in event.move:
        out += u32(move.from_class) + u32(move.to) + u32(len(move.item))
        out += b"".join(u32(i) + u64(n) for i, n in zip(move.item, move.quantity))
        out += text(move.from_id) + text(move.to_id)
    if "step" in event.has:
        step = event.step
        out += u64(step.purse) + u32(step.counter) + u64(step.credited) + u64(step.debited)
        out += text(step.previous) + u64(step.gift_debited) + u32(step.meals_used)
    return sha256(out)


class Limits:
    """Events that count by their standing and go beyond what their author may do alone."""

    def __init__(self, fold):
        self.fold, self.people = fold, fold.people
        self.approvers = fold.people.approvers()

    def broken(self):
        return {place for log in self.fold.logs.values() for place in self.broken_in(log)}

    def broken_in(self, log):
        """In the log's order: an approval serves once, and what was issued only grows."""
        used, issued = set(), 0
        facts = [f for f in self.fold.facts(log, from_fork=True) if f.event]
        for fact in sorted(facts, key=lambda f: f.index):
            if not self.people.counts(fact.place) or not self.fold.at_home(fact):
                continue
            needed = self.persons_needed(fact)
            if self.persons(fact, used) < needed:
                yield fact.place
            elif needed and self.fold.counts(fact):
                used |= {a.signature for a in fact.event.approval}
            if body_and_left := self.issue(fact):
                body, left = body_and_left
                if (body is None or left < 0 or body.issued_after > fact.author.credit_limit
                        or body.issued_after - left < issued):
                    yield fact.place
                issued = max(issued, body.issued_after if body else 0)  # broken or not

    def issue(self, fact):
        """Its payload, and what it leaves on a band or vouchers."""
        event = fact.event
        if event.kind == KIND["VOUCHER_ISSUED"]:
            entered = sum(p.amount_minor for p in event.posting if p.to == ACCOUNT["VOUCHER"])
            return self.fold.payload("VoucherIssued", event), entered
        if event.kind == KIND["TOP_UP_PREPARED"] and "step" in event.has:
            step = event.step  # gifts were another's
            left = step.credited - (step.debited - step.gift_debited)
            return self.fold.payload("TopUp", event), left
        return None

    def persons_needed(self, fact):
        event, kind = fact.event, fact.event.kind
        void = kind == KIND["CASH_VOID"]
        if kind == KIND["GRANT"]:
            body = self.fold.payload("Grant", event)
            if body and body.source == SOURCE_GIFT:
                return 1
            if body and body.source == SOURCE_REPLACEMENT:
                return 1 if fact.author.role == ROLE["SUPERVISOR"] else 2
            void = body and body.source == SOURCE_VOID
        taken = sum(p.amount_minor for p in event.posting if p.from_class == STAND)
        if void and taken > self.void_limit(fact):
            return 2
        given = any((p.from_class, p.from_id) == (OUTSIDE, GIFT) for p in event.posting)
        return int(
            any(SUPPLIER in (move.from_class, move.to) for move in event.move)
            or kind == KIND["CASH_DROP"]
            or (kind == KIND["VOUCHER_ISSUED"] and given)
            or (kind == KIND["SHEET_CLOSED"] and fact.author.role == ROLE["SUPERVISOR"])
        )

    def void_limit(self, fact):
        context = self.fold.context_of(fact)
        if context is None or context.festival_hash not in self.fold.ranked:
            return -1
        return self.fold.settings[context.festival_hash][0].limits.void_without_approval_minor

    def persons(self, fact, used):
        event, author = fact.event, fact.author
        if len(event.approval) > APPROVALS_MAX:
            return 0
        request = request_hash(event) if event.approval else b""
        return len({
            self.approvers[a.key] for a in event.approval
            if a.key in self.approvers and self.approvers[a.key] != author.person
            and a.key != author.key and a.size <= fact.index < a.size + APPROVAL_SPAN
            and a.signature not in used and approval_verifies(
                a, self.people.root.festival,
                request + fact.log.id + a.size.to_bytes(8, "big")
            )
        })
