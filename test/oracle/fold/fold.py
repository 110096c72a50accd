#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Folds bundles from zero, as docs/fold.md says, and prints what they add up to.

    fold.py BUNDLE...       one line of JSON for each

A second implementation, naive on purpose: every sum is made afresh over everything, in no
particular order. It shares no code with the product; schemas and documents are all it knows.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import wire
from custody import Custody, two_lives
from logs import (CONTROL, TRADE, VALUE, BundleError, Log, head_verifies, leaf_hash, name_of,
                  parse_event, read_bundle, run_is_formed, sha256, u64, verify)
from people import NEVER, ROLE, People, Place, approval_verifies, parse_certificate
from purses import Grant, Purse, Sighting, Step, evaluate, replaced
from prices import Prices
from rules import (CREW, DEPOSIT, OFFICE, TIP, Limits, beside_in, beside_out, between, breaks_rule,
                   gift_in, gift_out, is_grant, leaving, own_holder, replaced_purse)
from vouchers import Vouchers, moved

KIND = {name.removeprefix("KIND_"): value for name, value in wire.ENUMS["Kind"].items()}
ACCOUNT, STOCK, SOURCE = (wire.ENUMS[n] for n in ("AccountClass", "StockClass", "GrantSource"))
OUTSIDE, PURSE, STAND = ACCOUNT["OUTSIDE"], ACCOUNT["PURSE"], ACCOUNT["STAND"]
PREPARED = {KIND[n] for n in ("TOP_UP_PREPARED", "SALE_PREPARED", "REFUND_PREPARED")}
CONFIRMED = {KIND[n] for n in ("TOP_UP_CONFIRMED", "SALE_CONFIRMED", "REFUND_CONFIRMED")}
# Grants that a stand may give: back, of its own.
BY_STANDS = {SOURCE["GRANT_VOID"], SOURCE["GRANT_DEPOSIT"]}
ISSUERS = {ROLE["HUB"], ROLE["TOP_UP_DESK"]}
# Kinds whose step, where they have one, is none.
STEPLESS = CONFIRMED | {KIND[n] for n in ("GRANT", "EVIDENCE", "CASH_VOID", "PURSE_BLOCK")}
SLOT_BYTES = 346


def home_class(kind):
    """The class of log a kind belongs in; None: any."""
    if kind == KIND["CONTEXT"]:
        return None
    if 1 <= kind < 10:
        return CONTROL
    if 20 <= kind < 30:
        return VALUE
    return TRADE if 30 <= kind < 60 else None


def payload(name, event):
    try:
        return wire.decode(name, event.payload)
    except wire.WireError:
        return None


class Fact:
    """An event where it stands."""

    def __init__(self, log, index, data, event):
        self.log, self.index, self.event = log, index, event
        self.id = leaf_hash(data)
        self.place = Place(log.id, index)
        self.author = log.author


class Fold:
    def __init__(self, data):
        signed_root, self.runs = read_bundle(data)
        root = parse_certificate(signed_root)
        if root is None:
            raise BundleError("its root certificate is damaged")
        self.findings = Counter()
        self.people = People(root)
        self.logs = {}
        self.settings = {}  # hash -> [Festival, by the root, approving keys]
        self.cards = {}  # alias -> {id: [card, places]}
        self.verdicts = {}  # place judged -> places of the verdicts
        self.balances = Counter()  # (unit, path)
        self.flows = Counter()  # (kind, kind), of money alone
        self.purses = {}
        self.prices, self.vouchers = Prices(self), Vouchers(self)
        self.sales, self.voids, self.claims = {}, {}, {}
        self.counted = []  # events that count and break no rule
        self.moved = []  # the facts of section 10
        self.admit_runs()
        self.note_all()
        self.people.evaluate()
        self.festival_hash, self.festival = self.festival_in_force()
        self.over_limits = Limits(self).broken()
        self.fold_all()
        self.custody = Custody(self)

    # --- which events there are

    def admit_runs(self):
        """Certificates come in control logs: round and round until nothing more is known."""
        waiting = self.runs
        while True:
            later = [run for run in waiting if not self.admit(run)]
            if len(later) == len(waiting):
                break
            waiting = later
        if waiting:
            self.findings["forged"] += 1

    def admit(self, run):
        name, head = name_of(run), run.head
        author = self.people.known.get(name.certificate)
        if author is None or not run_is_formed(run) or not self.head_holds(author, name, head):
            return False
        log = self.logs.get(name) or Log(name, author)
        if not log.admit(run):
            return False
        self.logs[name] = log
        if name.log_class == CONTROL:  # more authors, by form
            for index, data in enumerate(run.event, run.first):
                event = parse_event(data)
                if event and event.kind == KIND["CERTIFICATE"]:
                    certificate = parse_certificate(event.payload)
                    if certificate:
                        self.people.note_certificate(certificate, Place(log.id, index))
        return True

    def head_holds(self, author, name, head):
        return head_verifies(
            author.key, name.id(), head.size, head.root, head.hlc, head.signature
        )

    def facts(self, log, from_fork):
        """The log's events: each below the fork once, above it each that any history tells."""
        fork = self.people.forks.get(log.id, NEVER)
        seen = set()
        for history in log.histories:
            for index, data in enumerate(history):
                mark = index if index < fork else (sha256(data) if from_fork else (index, data))
                if mark not in seen:
                    seen.add(mark)
                    yield Fact(log, index, data, parse_event(data))

    # --- who and what counts

    def note_all(self):
        for log in self.logs.values():
            self.people.names[log.id] = log.name
            fork = log.held_fork()
            if fork is not None:
                self.people.note_fork(log.name, fork)
        for log in self.logs.values():
            for fact in self.facts(log, from_fork=False):
                home = fact.event and home_class(fact.event.kind)
                if fact.event and home in (None, log.name.log_class):
                    self.note(fact)

    def note(self, fact):
        kind, people = fact.event.kind, self.people
        if kind == KIND["REVOCATION"]:
            if body := payload("Revocation", fact.event):
                people.note_revocation(body, fact.author, fact.place)
        elif kind == KIND["FORK_PROOF"]:
            if body := payload("ForkProof", fact.event):
                people.proofs.append(body)
        elif kind == KIND["SEEN"]:
            if body := payload("Seen", fact.event):
                people.note_seen(fact.log.id, fact.index, body)
        elif kind == KIND["FESTIVAL"]:
            if body := payload("SignedFestival", fact.event):
                self.note_festival(body, fact.author == people.root)
        elif kind == KIND["STAFF_CARD"] and fact.author.role == ROLE["SUPERVISOR"]:
            self.note_card(fact)
        elif kind == KIND["PRESENCE_VERDICT"] and fact.author.role == ROLE["HUB"]:
            if body := payload("PresenceVerdict", fact.event):
                for index in body.false_index:
                    if index < body.size:
                        told = self.verdicts.setdefault(Place(body.log, index), set())
                        told.add(fact.place)

    def note_festival(self, change, by_root):
        try:
            festival = wire.decode("Festival", change.festival)
        except wire.WireError:
            return
        if len(change.approval) > 8:
            return
        entry = self.settings.setdefault(sha256(change.festival), [festival, False, set()])
        entry[1] |= by_root
        entry[2] |= {
            a.key for a in change.approval
            if approval_verifies(a, self.people.root.festival, sha256(change.festival))
        }

    def festival_in_force(self):
        approvers, ranks = self.people.approvers(), {}
        for hash_, (_, by_root, approvals) in self.settings.items():
            persons = {approvers[key] for key in approvals if key in approvers}
            ranks[hash_] = 2 if by_root else 1 if len(persons) >= 2 else 0
        ranks = {hash_: rank for hash_, rank in ranks.items() if rank}
        self.ranked = ranks.keys()
        named = {hash_: self.settings[hash_][0].replaces for hash_ in ranks}
        replaced = {old for hash_, old in named.items() if old != hash_}
        left = sorted((-rank, hash_) for hash_, rank in ranks.items() if hash_ not in replaced)
        return (left[0][1], self.settings[left[0][1]][0]) if left else (bytes(32), None)

    def note_card(self, fact):
        card = payload("StaffCard", fact.event)
        alias = card.alias if card else ""
        if not alias or not set(alias) <= set("abcdefghijklmnopqrstuvwxyz0123456789-"):
            return
        if len(alias) > 32 or len(card.verifier) not in (0, 32):
            return
        entry = self.cards.setdefault(alias, {}).setdefault(sha256(fact.event.payload), [card, []])
        entry[1].append(fact.place)

    def card_in_force(self, alias):
        cards = {
            id_: card for id_, (card, places) in self.cards[alias].items()
            if any(map(self.people.counts, places))
        }
        replaced = {card.replaces for id_, card in cards.items() if card.replaces != id_}
        left = sorted(id_ for id_ in cards if id_ not in replaced)
        return left[0] if left and cards[left[0]].verifier else None

    # --- postings

    payload = staticmethod(payload)

    def at_home(self, fact):
        return home_class(fact.event.kind) in (None, fact.log.name.log_class)

    def context_of(self, fact):
        """The Context an event names, in its own log."""
        at, history = fact.event.context - 1, fact.log.histories[0]
        if not 0 <= at < len(history):
            return None
        event = parse_event(history[at])
        named = event and event.kind == KIND["CONTEXT"]
        return payload("Context", event) if named else None

    def counts(self, fact):
        return self.people.counts(fact.place) and not self.is_phantom(fact)

    def is_phantom(self, fact):
        return self.is_false(fact.place)

    def is_false(self, place):
        return any(map(self.people.counts, self.verdicts.get(place, ())))

    def phantoms(self):
        held = {log.id: len(log.histories[0]) for log in self.logs.values()}
        return sum(place.index < held.get(place.log, 0) and self.people.counts(place)
                   and self.is_false(place) for place in self.verdicts)

    @property
    def currency(self):
        return self.festival.currency if self.festival else ""

    def transfers(self, fact, purse, suspend, giver=None):
        """(unit, from, to, amount) of each posting and move; the receiving side of a suspended
        one is a suspense account. `giver`: the purse that is left, where it is another one."""
        author, out = fact.author, []
        standing = self.people.standing(fact.log.id)
        cause = "rule"
        if fact.index >= standing.cut:
            cause = standing.cause
        elif self.is_phantom(fact):
            cause = "phantom"

        def money(class_, id_, purse):
            if class_ in (PURSE, ACCOUNT["ADVANCE"]):
                return f"{'purse' if class_ == PURSE else 'advance'}/{purse:016x}"
            name = next(n for n, value in ACCOUNT.items() if value == class_).lower()
            absent = {OUTSIDE: "cash", STAND: author.stand}.get(class_, "")
            return f"{name}/{id_ or absent}"

        def stock(class_, id_):
            name = next(n for n, value in STOCK.items() if value == class_).lower()
            return name if name == "supplier" else f"{name}/{id_ or own_holder(author)}"

        for p in fact.event.posting:
            unit = p.currency or self.currency
            if unit:
                left = purse if giver is None else giver
                out.append((unit, money(p.from_class, p.from_id, left),
                            money(p.to, p.to_id, purse), p.amount_minor))
        for move in fact.event.move:
            ends = stock(move.from_class, move.from_id), stock(move.to, move.to_id)
            out += [(f"#{item}", *ends, n) for item, n in zip(move.item, move.quantity)]
        if suspend:
            out = [(u, source, f"suspense/{cause}/{author.alias}", n) for u, source, _, n in out]
        return out

    def post(self, transfers):
        for unit, source, target, amount in transfers:
            self.balances[unit, source] -= amount
            self.balances[unit, target] += amount
            if not unit.startswith("#"):
                self.flows[source.split("/")[0], target.split("/")[0]] += amount

    # --- events

    def fold_all(self):
        self.confirmed = {
            Place(log.id, at) for log in self.logs.values() for history in log.histories
            for at in self.confirmed_in(log, history)
        }
        for log in self.logs.values():
            for fact in self.facts(log, from_fork=True):
                if fact.event is not None:
                    self.findings["rule-broken"] += self.fold(fact)
        replacing = {grant for purse in self.purses.values() for grant in replaced(purse).values()}
        self.views = {
            id_: evaluate(purse, replacing)
            for id_, purse in self.purses.items()
        }
        for id_, view in self.views.items():
            self.post(view.transfers)
            self.post_gaps(id_, view)
            self.moved += view.facts
        self.voided = {place: void for place in self.voids if (void := self.winning_void(place))}
        for void in self.voided.values():
            self.post(void[2])
            self.moved.append(void[4])

    def confirmed_in(self, log, history):
        for index, data in enumerate(history):
            event = parse_event(data)
            if event and event.kind in CONFIRMED and home_class(event.kind) == log.name.log_class:
                body = payload("Confirmed", event)
                if body and body.prepared < index:
                    yield body.prepared

    def fold(self, fact):
        """Takes it in; whether it is a finding."""
        event, kind = fact.event, fact.event.kind
        if not self.at_home(fact):
            return True
        broken = breaks_rule(fact) or fact.place in self.over_limits
        good = self.counts(fact) and not broken
        if good and not (self.is_step(fact) and step_breaks(event)):
            self.counted.append(fact)
            if self.is_sale(fact):
                self.findings["age-unchecked"] += self.sold_unchecked(fact)
                self.prices.note(fact)
        if kind in CONFIRMED:
            return False  # posts nothing, so there is no rule to break
        if is_grant(event):
            return self.fold_grant(fact, good) or broken
        if kind == KIND["EVIDENCE"]:
            body = payload("Evidence", event)
            if body and self.counts(fact):
                self.see(body.slot)
            return False
        if kind == KIND["CASH_VOID"]:
            return self.fold_void(fact, good) or broken
        if kind == KIND["PURSE_BLOCK"]:
            body = payload("PurseBlock", event)
            if body and fact.author.role in OFFICE and self.counts(fact):
                self.purse(body.purse).blocked = True
            return False
        unread = kind == KIND["CERTIFICATE"] and parse_certificate(event.payload) is None
        if self.is_step(fact):
            return self.fold_step(fact, good) or broken
        if kind in PREPARED or any(PURSE in (p.from_class, p.to) for p in event.posting):
            return True
        self.post(self.transfers(fact, 0, not good))
        if good:
            self.moved.append(fact)
            self.vouchers.note(fact)
        if kind == KIND["SALE"]:
            self.sales[fact.place] = (amount_to(STAND, event), fact)
        asked = kind == KIND["CASH_DROP"] or (
            kind == KIND["SHEET_CLOSED"] and fact.author.role == ROLE["SUPERVISOR"]
        )
        return unread or broken and bool(asked or event.posting or event.move)

    def is_sale(self, fact):
        event = fact.event
        if self.is_step(fact):
            return event.kind == KIND["SALE_PREPARED"]
        idle = not event.posting and not event.move
        by_purse = any(PURSE in (p.from_class, p.to) for p in event.posting)
        return event.kind == KIND["SALE"] and not idle and not by_purse

    def items_named(self, fact):
        """By number, as in the settings that its context names; None where these are unknown."""
        context = self.context_of(fact)
        if context is None or context.festival_hash not in self.ranked:
            return None
        out = {}
        for item in self.settings[context.festival_hash][0].item:
            out.setdefault(item.number, item)
        return out

    def sold_unchecked(self, fact):
        """A sale of what the rules it names sell to grown-ups only, without the seller's word."""
        items, sale = self.items_named(fact), payload("Sale", fact.event)
        if sale is None or items is None:
            return False
        return any(number in items and items[number].age_min > sale.age_checked
                   for number in sale.item)

    @staticmethod
    def is_step(fact):
        stepless = fact.event.kind in STEPLESS or is_grant(fact.event)
        return "step" in fact.event.has and not stepless

    def purse(self, id_):
        return self.purses.setdefault(id_, Purse())

    def fold_step(self, fact, good):
        event, step = fact.event, fact.event.step
        credit, debit = amount_to(PURSE, event), amount_from(PURSE, event)
        broken = step_breaks(event)
        good = good and not broken
        self.purse(step.purse).steps.append(Step(
            fact.id, fact.log.id, fact.index, fact.author.alias, fact.author.stand, step.counter,
            step.credited, step.debited, step.gift_debited, step.previous,
            min(credit, step.credited), min(debit, step.debited), gift_out(event),
            step.meals_used, meals_of(event), beside_in(PURSE, event), fact.place in self.confirmed,
            good, self.transfers(fact, step.purse, not good), fact
        ))
        return broken

    def fold_grant(self, fact, good):
        body = payload("Grant", fact.event)
        if body is None:
            return True
        amount = amount_to(PURSE, fact.event)
        may_give = body.source in BY_STANDS or fact.author.role in ISSUERS
        if body.source == SOURCE["GRANT_REPLACEMENT"]:
            may_give = fact.author.role in OFFICE
        broken = (amount == 0 and body.meals == 0) or not may_give
        old = replaced_purse(body, fact.event)
        grant = Grant(
            fact.id, fact.author.stand, body.source, body.source_id, body.line, amount,
            gift_in(fact.event), body.meals, beside_out(fact.event),
            good and not broken, self.transfers(fact, body.purse, False, old), fact, body.purse
        )
        self.purse(body.purse).grants.append(grant)
        if old is not None:
            self.purse(old).replacements += [grant] if grant.counts else []
        return broken

    def see(self, slot):
        """A band slot, under the seal of the device that it names as its writer."""
        if len(slot) != SLOT_BYTES or slot[0] != 1:
            return
        number = lambda at, size: int.from_bytes(slot[at : at + size], "big")
        writers = [
            self.people.known[hash_] for hash_ in sorted(self.people.certified)
            if self.people.known[hash_].number == number(46, 2) and verify(
                self.people.known[hash_].key, b"verbena-purse-v1",
                u64(self.people.root.festival) + slot[:-64], slot[-64:]
            )
        ]
        if not writers:
            return
        writer = writers[-1]
        if number(14, 4) > 0:
            self.purse(number(6, 8)).sightings.add(
                Sighting(number(14, 4), number(18, 4), number(22, 4), slot[34:46], writer.alias)
            )
        for at in range(154, 154 + 8 * 16, 16):
            if number(at, 2) == number(46, 2) and number(at + 4, 3) > 0:
                life = writer.hash, number(at + 2, 2)
                claim = number(at + 4, 3), number(at + 7, 4)
                self.claims[life] = max(claim, self.claims.get(life, claim))

    def fold_void(self, fact, good):
        body = payload("CashVoid", fact.event)
        if body is None or len(body.log) != 32:
            return True
        if good:
            purse = fact.event.step.purse if "step" in fact.event.has else 0
            void = (amount_from(STAND, fact.event), fact.id, self.transfers(fact, purse, False),
                    fact.author.stand, fact)
            self.voids.setdefault(Place(body.log, body.index), []).append(void)
        return False

    def winning_void(self, place):
        amount, sale = self.sales.get(place, (0, None))
        if amount == 0 or not self.counts(sale):
            return None
        def covered(void):
            event = void[4].event
            to_crew = any((p.to, p.to_id) == (OUTSIDE, CREW) for p in event.posting)
            spent, put_back = moved(sale.event, out=True), moved(event, out=False)
            return not to_crew and spent == put_back and all(
                leaving(class_, event) <= between(OUTSIDE, class_, sale.event)
                for class_ in (TIP, DEPOSIT))

        return min((v for v in self.voids[place]
                    if 0 < v[0] <= amount and v[3] == sale.author.stand and covered(v)),
                   key=lambda void: (void[0], void[1], void[4].place), default=None)

    def post_gaps(self, id_, view):
        own = f"purse/{id_:016x}"
        for gap in view.gaps:
            other = f"suspense/gap/{gap.writer or f'{id_:016x}'}"
            if gap.credit:
                self.post([(self.currency, other, own, gap.credit)])
            if gap.debit:
                self.post([(self.currency, own, other, gap.debit)])

    # --- what it adds up to

    def totals(self):
        def flow(source, target):
            return self.flows[source, target]

        def total(kind):
            return sum(n for (unit, path), n in self.balances.items()
                       if path.split("/")[0] == kind and not unit.startswith("#"))

        return {
            "topups_minor": flow("outside", "purse"),
            "sales_minor": flow("purse", "stand") + flow("outside", "stand")
            + flow("voucher", "stand") - flow("stand", "purse") - flow("stand", "outside")
            - flow("stand", "voucher"),
            "refunds_minor": flow("purse", "outside"),
            "balances_minor": total("purse"),
            "suspense_minor": total("suspense"),
            "vouchers_minor": total("voucher"),
        }

    def conserved(self):
        sums = Counter()
        for (unit, _), balance in self.balances.items():
            sums[unit] += balance
        return not any(sums.values())

    def sections(self):
        people = self.people
        settings = {b"festival": self.festival_hash}
        settings |= {b"staff/" + alias.encode(): card for alias in self.cards
                     if (card := self.card_in_force(alias))}
        devices = {
            c.hash: bytes([(c.hash in people.certified)
                           | 2 * (c.key in people.revoked | people.forked)
                           | 4 * (c.key in people.forked)])
            for c in people.known.values()
        }
        accounts = {
            unit.encode() + b"\0" + path.encode(): balance.to_bytes(16, "big", signed=True)
            for (unit, path), balance in self.balances.items() if balance
        }
        purses = {u64(id_): purse_row(view) for id_, view in self.views.items()}
        voids = {place.log + u64(place.index): void[1] for place, void in self.voided.items()}
        return [settings, devices, accounts, purses, voids]

    def digest(self):
        out = b"verbena-state-v1"
        for number, rows in enumerate(self.sections(), 1):
            out += bytes([number]) + section_hash(rows)
        return sha256(out)

    def all_findings(self):
        found, people = +self.findings, self.people
        for c in people.known.values():
            if c.key in people.forked:
                found["fork"] += 1
            elif c.key in people.revoked:
                found["revoked"] += 1
        for id_, view in self.views.items():
            found["gap"] += len(view.gaps)
            found["double-spend"] += view.forked
            found["replaced-twice"] += view.replaced_twice
            own = self.balances[self.currency, f"purse/{id_:016x}"] - view.gift_left
            found["overdraft"] += own < 0 or view.meals_used > view.meals
        for (unit, path), balance in self.balances.items():
            held = path.split("/")[0] in ("holder", "transit")
            found["custody-below-zero"] += held and unit[0] == "#" and balance < 0
            lent = path.startswith("deposit/") and unit[0] != "#"
            found["deposit-overdrawn"] += lent and balance < 0
        found += self.prices.findings()
        found["voucher-overdrawn"] = self.vouchers.overdrawn()
        found["phantom"] = self.phantoms()
        found["variance"] = self.custody.variances()
        found["short-delivery"] = self.custody.short_deliveries()
        found["drawer"] = self.custody.drawers_off()
        found["two-lives"] = two_lives(self.logs.values())
        for (certificate, life), (size, _) in self.claims.items():
            held = [log for log in self.logs.values() if log.name.certificate == certificate
                    and log.name.log_class == TRADE and log.name.incarnation >> 48 == life]
            newest = max(held, key=lambda log: log.name.incarnation, default=None)
            found["device-gap"] += size > (len(newest.histories[0]) if newest else 0)
        found["not-conserved"] += not self.conserved()
        return dict(sorted((+found).items()))

    def report(self):
        return {
            "events": sum(log.positions() for log in self.logs.values()),
            "conserved": self.conserved(),
            "digest": self.digest().hex(),
            "totals": self.totals(),
            "findings": self.all_findings(),
        }


def amount_to(class_, event):
    return sum(p.amount_minor for p in event.posting if p.to == class_)


def amount_from(class_, event):
    return sum(p.amount_minor for p in event.posting if p.from_class == class_)


def meals_of(event):
    sale = payload("Sale", event) if event.kind == KIND["SALE_PREPARED"] else None
    return sale.meals if sale else 0


def step_breaks(event):
    credit, debit = amount_to(PURSE, event), amount_from(PURSE, event)
    return (
        credit > event.step.credited or debit > event.step.debited
        or (credit > 0 and event.kind != KIND["TOP_UP_PREPARED"])
        or gift_out(event) > event.step.gift_debited
        or meals_of(event) > event.step.meals_used
        or (beside_in(PURSE, event)[3] > 0 and meals_of(event) == 0)
    )


def purse_row(view):
    top = view.top
    return (
        top.counter.to_bytes(4, "big") + u64(top.after[0]) + u64(top.after[1])
        + u64(top.gift_debited) + u64(view.granted) + view.meals_used.to_bytes(4, "big")
        + u64(view.meals) + view.posted.to_bytes(4, "big")
        + view.pending.to_bytes(4, "big") + view.aborted.to_bytes(4, "big")
        + bytes([view.frozen | 2 * view.forked]) + top.hash
    )


def section_hash(rows):
    buckets = {}
    for key in sorted(rows):
        hash_ = sha256(key)
        row = len(key).to_bytes(4, "big") + key + len(rows[key]).to_bytes(4, "big") + rows[key]
        buckets.setdefault(hash_[0] << 4 | hash_[1] >> 4, []).append(row)
    hashes = [bytes(32)] * 4096
    for bucket, joined in buckets.items():
        hashes[bucket] = sha256(*joined)
    return sha256(*hashes)


def main(paths):
    for path in paths:
        try:
            print(json.dumps(Fold(Path(path).read_bytes()).report()))
        except (BundleError, wire.WireError, OSError) as error:
            print(f"fold: {path}: {error}", file=sys.stderr)
            return 1
    return 0 if paths else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
