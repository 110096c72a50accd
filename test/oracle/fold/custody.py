# SPDX-License-Identifier: Apache-2.0
"""Sheets, counts, dispatches and drawers: section 10 of docs/fold.md, summed afresh each time."""

from collections import Counter, defaultdict

import wire
from box import open_box
from logs import TRADE, VALUE, LogName, parse_event, sha256
from people import ROLE, Place
from rules import KIND, OUTSIDE, PURSE, SOURCE_VOID, STAND, STOCK, own_holder

ACTION, COUNT_OF = wire.ENUMS["StockAction"], wire.ENUMS["CountOf"]
ENDLESS = 1 << 64
FIRST_SHEET_MAX, SKIPPED_MAX = 10_000, 16
AMOUNT_MAX, LINE_UNITS_MAX, SHEET_UNITS_MAX = 10**12, 10**9, 10**15
# What these tell is no goods moved and no cash taken.
TELLING = {KIND["OPENED"], *range(KIND["COUNT_SEALED"], KIND["CASH_DROP"] + 1)}


class Custody:
    """What section 10 makes of a fold that is done."""

    def __init__(self, fold):
        self.fold = fold
        self.good = fold.counted  # counts and breaks no rule, of any kind
        self.facts = [f for f in fold.moved if f.event.kind not in TELLING and is_fact(f.event)]
        self.at = {fact.place: fact for fact in self.facts}
        self.steps = {f.id: f for f in self.facts if fold.is_step(f)}  # as the purse chose
        self.starts = {
            fact.log.id: min(max(1, body.sheet), FIRST_SHEET_MAX)
            for fact, body in self.of_kind("OPENED", "Opened")
            if fact.index == 0 and fact.log.name.log_class == TRADE
        }
        self.own_closings = defaultdict(list)  # log -> [(index, sheet)] in order
        self.bounds = Counter()  # (log, sheet) -> size
        self.note_closings()

    def of_kind(self, kind, name):
        for fact in self.good:
            if fact.event.kind == KIND[kind]:
                body = self.fold.payload(name, fact.event)
                if body is not None:
                    yield fact, body

    def person(self, fact):
        context = self.fold.context_of(fact)
        return (context.staff if context else "") or fact.author.person or fact.author.alias

    # --- sheets

    def note_closings(self):
        for fact, body in self.of_kind("SHEET_CLOSED", "SheetClosed"):
            if fact.author.role == ROLE["SUPERVISOR"]:
                at = body.log, body.sheet
                self.bounds[at] = max(body.size, self.bounds[at])
            else:
                self.own_closings[fact.log.id].append((fact.index, body.sheet))

    def closed_in(self, log):
        """[(index, sheet)] of the log's own closings that are accepted."""
        on, out = self.starts.get(log.id, 1), []
        for at, number in sorted(self.own_closings[log.id]):
            if on <= number <= on + SKIPPED_MAX:
                out.append((at, number))
                on = number + 1
        return out

    def sheet_at(self, log, index):
        own = self.closed_in(log)
        closed = {number for _, number in own}
        before = [number for at, number in own if at < index]
        sheet = before[-1] + 1 if before else self.starts.get(log.id, 1)
        while (log.id, sheet) in self.bounds and sheet not in closed:
            if index < self.bounds[log.id, sheet]:
                break
            sheet += 1
        return sheet

    def sheet_of(self, fact):
        """None: a void of a sale that is no fact."""
        sale = fact
        if fact.event.kind == KIND["CASH_VOID"]:
            body = self.fold.payload("CashVoid", fact.event)
            sale = self.at.get(Place(body.log, body.index))
        elif fact.event.kind == KIND["GRANT"]:
            body = self.fold.payload("Grant", fact.event)
            if body.source == SOURCE_VOID:
                sale = self.steps.get(body.source_id)
        return self.sheet_at(sale.log, sale.index) if sale else None

    def columns(self):
        """(holder, sheet) -> item -> in - out - sold - gratis - waste."""
        out = defaultdict(Counter)
        for fact in self.facts:
            sheet = self.sheet_of(fact) if on_sheet(fact.event) else None
            if sheet is None:
                continue
            column = out[own_holder(fact.author), sheet]  # there even where no item is
            for move in fact.event.move:
                sign = (move.to == STOCK["HOLDER"]) - (move.from_class == STOCK["HOLDER"])
                for item, units in zip(move.item, move.quantity):
                    column[item] += sign * units * (units <= LINE_UNITS_MAX)
        for log in {fact.log for fact in self.good}:
            for _, number in self.closed_in(log):
                out[own_holder(log.author), number].update()
        return out

    def variances(self):
        columns, counts = self.columns(), self.counts()
        newest = Counter()
        for holder, sheet in columns:
            newest[holder] = max(newest[holder], sheet)
        sheets = set(columns)
        sheets |= {(holder, n) for holder, n, _ in counts if n <= newest[holder] + 1}
        ends, found = Counter(), 0
        for holder, sheet in sorted(sheets):
            moved = columns.get((holder, sheet), Counter())
            opening = counts.get((holder, sheet, COUNT_OF["OPENING"]), {})
            closing = counts.get((holder, sheet, COUNT_OF["CLOSING"]), {})
            for item in moved.keys() | opening.keys() | closing.keys():
                start = max(-SHEET_UNITS_MAX, min(ends[holder, item], SHEET_UNITS_MAX))
                expected = opening.get(item, start) + moved[item]
                ends[holder, item] = closing.get(item, expected)
                found += ends[holder, item] != expected
        return found

    def counts(self):
        """(holder, sheet, of) -> item -> the figure that holds."""
        opened = defaultdict(list)
        for fact, body in self.of_kind("COUNT_OPENED", "OpenedCount"):
            opened[body.sealed].append(body.key)
        sealed = {}  # of copies: the lower certificate's
        for fact, body in self.of_kind("COUNT_SEALED", "SealedCount"):
            mine = body.holder == own_holder(fact.author) or fact.author.role == ROLE["SUPERVISOR"]
            if not mine or body.sheet == 0 or body.of not in COUNT_OF.values() or body.of == 0:
                continue
            rank = fact.author.hash, fact.place
            if fact.id not in sealed or rank < sealed[fact.id][0]:
                sealed[fact.id] = rank, fact, body
        said = defaultdict(dict)  # by what is counted and person: the count that speaks
        for _, fact, body in sealed.values():
            who = fact.author.hash, self.person(fact)
            tried = (unsealed(body, key, *who) for key in opened[fact.id])
            lines = next((found for found in tried if found is not None), None)
            if lines is None:
                continue
            speaking = said[body.holder, body.sheet, body.of]
            mark = -body.attempt, fact.id
            person = self.person(fact)
            if person not in speaking or mark < speaking[person][0]:
                speaking[person] = mark, lines
        items = {item.number for item in self.fold.festival.item} if self.fold.festival else set()
        return {
            key: {item: min(n, SHEET_UNITS_MAX) for item, n in agreed(by.values()).items()
                  if item in items}
            for key, by in said.items()
        }

    # --- dispatches

    def short_deliveries(self):
        sent, received = {}, defaultdict(dict)  # an answer once, whoever copied it
        for fact in self.facts:
            if fact.event.kind != KIND["STOCK"] or not fact.event.move:
                continue
            note = self.fold.payload("StockNote", fact.event)
            if note and note.action == ACTION["DISPATCH"]:
                # Of copies the lowest; what they send is the same.
                sent[fact.id] = min(fact, sent.get(fact.id, fact), key=lambda f: f.place)
            elif note and note.action == ACTION["RECEIVE"]:
                received[note.dispatch, own_holder(fact.author)][fact.id] = fact
        found = 0
        for id_, fact in sent.items():
            answers = received.get((id_, fact.event.move[0].to_id))
            if answers:
                got = sum((units(a.event) for a in answers.values()), Counter())
                went = units(fact.event)
                found += sum(got[item] != went[item] for item in got.keys() | went.keys())
        return found

    # --- drawers

    def drawers_off(self):
        cash = defaultdict(list)  # log -> [(index, amount)]
        for fact in self.facts:
            cash[fact.log.id].append((fact.index, cash_of(fact.event)))
        for fact, body in self.of_kind("CASH_DROP", "CashDrop"):
            if body.amount_minor <= AMOUNT_MAX:
                cash[fact.log.id].append((fact.index, -body.amount_minor))
        opened, closed = defaultdict(list), defaultdict(list)
        for fact, body in self.of_kind("SHIFT_OPENED", "ShiftOpened"):
            if body.float_minor <= AMOUNT_MAX:
                opened[fact.log].append((fact.index, body))
        for fact, body in self.of_kind("SHIFT_CLOSED", "ShiftClosed"):
            if body.counted_minor <= AMOUNT_MAX and fact.index > body.opened:
                closed[fact.log, body.opened].append((fact.index, body))
        return sum(
            expected != counted
            for log, shifts in opened.items()
            for expected, counted in drawers_of(log, shifts, closed, cash)
        )


def drawers_of(log, shifts, closed, cash):
    """Expected and counted, of each closed shift of one trade log."""
    value = LogName(log.name.certificate, log.name.incarnation, VALUE).id()
    shifts, spans = sorted(shifts, key=lambda shift: shift[0]), []
    for (at, body), after in zip(shifts, [*shifts[1:], None]):
        end, value_end, counted = ENDLESS, ENDLESS, None
        if after:
            end, value_end = after[0], after[1].value_size
        close = min(closed.get((log, at), [(ENDLESS, None)]), key=lambda told: told[0])
        if close[0] < end:
            end, value_end, counted = close[0], close[1].value_size, close[1].counted_minor
        spans.append((at, end, body, value_end, counted))
    sums = [body.float_minor for _, _, body, _, _ in spans]
    for index, amount in cash[log.id]:
        inside = [i for i, (at, end, *_) in enumerate(spans) if at < index < end]
        if inside:
            sums[inside[-1]] += amount
    for index, amount in cash[value]:
        inside = [i for i, (_, _, body, end, _) in enumerate(spans)
                  if body.value_size <= index < end]
        if inside:
            sums[inside[-1]] += amount
    return [(sums[i], span[4]) for i, span in enumerate(spans) if span[4] is not None]


def is_fact(event):
    return on_sheet(event) or cash_of(event) != 0


def on_sheet(event):
    """Goods moved, or something was taken for a stand or given back by it."""
    return any(move.item for move in event.move) or any(
        not p.currency and ((p.to == STAND and p.from_class in (OUTSIDE, PURSE))
                            or (p.from_class == STAND and p.to in (OUTSIDE, PURSE)))
        for p in event.posting
    )


def cash_of(event):
    return sum(
        p.amount_minor * ((p.from_class == OUTSIDE and p.from_id in ("", "cash"))
                          - (p.to == OUTSIDE and p.to_id in ("", "cash")))
        for p in event.posting if not p.currency
    )


def units(event):
    out = Counter()
    for move in event.move:
        for item, n in zip(move.item, move.quantity):
            out[item] += n
    return out


def unsealed(sealed, key, certificate, person):
    """What the box holds, item -> units; None where the key is not the one, or nothing fits."""
    bound = sha256(b"verbena-count-key-v1", key, certificate, person.encode())
    content = open_box(key, bytes(24), sealed.box) if bound == sealed.key_hash else None
    if content is None:
        return None
    try:
        lines = wire.decode("CountLines", content)
    except wire.WireError:
        return None
    once = len(set(lines.item)) == len(lines.item) == len(lines.counted)
    return dict(zip(lines.item, lines.counted)) if once else None


def agreed(counts):
    """item -> what two persons give in equal attempts; of (mark, lines) of each."""
    out = {}
    for item in {item for _, lines in counts for item in lines}:
        told = Counter((lines[item], mark[0]) for mark, lines in counts if item in lines)
        held = [(-persons, figure) for (figure, _), persons in told.items() if persons >= 2]
        if held:
            out[item] = min(held)[1]
    return out


def two_lives(logs):
    """Devices two of whose lives name each other's logs."""
    lives = {log.id: (log.name.certificate, log.name.incarnation) for log in logs}
    named = set()
    for log in logs:
        for data in {event for history in log.histories for event in history}:
            event = parse_event(data)
            if event is None or event.kind not in (KIND["OPENED"], KIND["SEEN"]):
                continue
            opened = event.kind == KIND["OPENED"]
            try:
                body = wire.decode("Opened" if opened else "Seen", event.payload)
            except wire.WireError:
                continue
            for position in body.previous if opened else body.known:
                named.add((lives[log.id], lives.get(position.log)))
    return len({a[0] for a, b in named
                if b and a != b and a[0] == b[0] and (b, a) in named})
