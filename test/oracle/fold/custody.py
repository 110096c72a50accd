# SPDX-License-Identifier: Apache-2.0
"""Sheets, counts, dispatches and drawers: section 10 of docs/fold.md, summed afresh each time."""

from collections import Counter, defaultdict

import wire
from box import open_box
from logs import TRADE, VALUE, LogName, parse_event, sha256
from people import ROLE, Place
from rules import ACCOUNT, KIND, OUTSIDE, SOURCE_VOID, STOCK, own_holder

ACTION, COUNT_OF = wire.ENUMS["StockAction"], wire.ENUMS["CountOf"]
OF_STANDS = {ACCOUNT[name] for name in ("STAND", "FEE", "TIP", "DEPOSIT")}
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
        self.starts, self.goes_on = {}, {}
        for fact, body in self.of_kind("OPENED", "Opened"):
            if fact.index == 0 and fact.log.name.log_class == TRADE:
                self.starts[fact.log.id] = min(max(1, body.sheet), FIRST_SHEET_MAX)
                self.goes_on[fact.log.id] = Place(body.shift_log, body.shift_index)
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

    def sheets(self):
        """[(holder, sheet, items off, whether it is counted)], ascending."""
        columns = self.columns()
        counts, differing = self.counts()
        newest = Counter()
        for holder, sheet in columns:
            newest[holder] = max(newest[holder], sheet)
        sheets = set(columns)
        sheets |= {(holder, n) for holder, n, _ in self.told if n <= newest[holder] + 1}
        ends, out = Counter(), []
        for holder, sheet in sorted(sheets):
            moved = columns.get((holder, sheet), Counter())
            opening = counts.get((holder, sheet, COUNT_OF["OPENING"]), {})
            at_end = holder, sheet, COUNT_OF["CLOSING"]
            closing = counts.get(at_end, {})
            off, counted = 0, bool(closing) and not differing.get(at_end)
            before = {item for own, item in ends if own == holder}
            for item in moved.keys() | opening.keys() | closing.keys() | before:
                start = max(-SHEET_UNITS_MAX, min(ends[holder, item], SHEET_UNITS_MAX))
                expected = opening.get(item, start) + moved[item]
                ends[holder, item] = closing.get(item, expected)
                off += ends[holder, item] != expected
                counted &= item in closing or expected == 0
            out.append((holder, sheet, off, counted))
        return out

    def variances(self):
        return sum(off for _, _, off, _ in self.sheets())

    def finals(self):
        """holder -> sheet -> whether it is final."""
        on = defaultdict(dict)  # holder -> alias -> the sheet it is on
        for log in {fact.log for fact in self.good}:
            author = log.author
            if log.name.log_class != TRADE or author.role == ROLE["SUPERVISOR"]:
                continue
            last = max((n + 1 for _, n in self.closed_in(log)), default=0)
            set_ = max((n + 1 for at, n in self.bounds if at == log.id), default=0)
            now = max(last or self.starts.get(log.id, 1), set_)
            devices = on[own_holder(author)]
            devices[author.alias] = max(now, devices.get(author.alias, 0))
        revoked = {c.alias for c in self.fold.people.known.values()
                   if c.key in self.fold.people.revoked}
        out = defaultdict(dict)
        for holder, sheet, _, counted in self.sheets():
            closed = all(now > sheet for alias, now in on[holder].items() if alias not in revoked)
            out[holder][sheet] = closed and counted
        return out

    def counts(self):
        """(holder, sheet, of) -> item -> the figure that holds; and of which two differ."""
        opened = defaultdict(list)
        for fact, body in self.of_kind("COUNT_OPENED", "OpenedCount"):
            opened[body.sealed].append(body.key)
        sealed = {}  # copies of other devices or persons are counts of their own
        for fact, body in self.of_kind("COUNT_SEALED", "SealedCount"):
            mine = body.holder == own_holder(fact.author) or fact.author.role == ROLE["SUPERVISOR"]
            if not mine or body.sheet == 0 or body.of not in COUNT_OF.values() or body.of == 0:
                continue
            if len(body.key_hash) == 32:
                sealed[fact.id, fact.author.hash, self.person(fact)] = body
        said = defaultdict(dict)  # by what is counted and person: the count that speaks
        self.told = {(body.holder, body.sheet, body.of) for body in sealed.values()}
        for (id_, certificate, person), body in sealed.items():
            tried = (unsealed(body, key, certificate, person) for key in opened[id_])
            lines = next((found for found in tried if found is not None), None)
            if lines is None:
                continue
            speaking = said[body.holder, body.sheet, body.of]
            mark = -body.attempt, id_
            if person not in speaking or mark < speaking[person][0]:
                speaking[person] = mark, lines
        items = {item.number for item in self.fold.festival.item} if self.fold.festival else set()
        held, differing = {}, {}
        for key, by in said.items():
            figures = agreed(by.values())
            held[key] = {item: min(n, SHEET_UNITS_MAX)
                         for item, n in figures.items() if item in items}
            differing[key] = {
                item for _, lines in by.values() for item in lines
                if item in items and item not in figures
                and sum(item in other for _, other in by.values()) > 1
            }
        return held, differing

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
        found, finals = 0, self.finals()
        for id_, fact in sent.items():
            to = fact.event.move[0].to_id
            answers = received.get((id_, to), {})
            if answers or self.is_overdue(fact, to, finals):
                got = sum((units(a.event) for a in answers.values()), Counter())
                went = units(fact.event)
                found += sum(got[item] != went[item] for item in got.keys() | went.keys())
        return found

    def is_overdue(self, fact, to, finals):
        if to not in finals:
            sent_on = self.sheet_at(fact.log, fact.index)
            return finals.get(own_holder(fact.author), {}).get(sent_on, False)
        note = self.fold.payload("StockNote", fact.event)
        last, said = max(finals[to]), max(1, note.to_sheet)
        return finals[to].get(last if said > last + 1 else said, False)

    # --- drawers

    def drawers_off(self):
        """Closed shifts whose drawer does not hold what it should."""
        cash = defaultdict(list)  # log -> [(index, amount)]
        for fact in self.facts:
            cash[fact.log.id].append((fact.index, cash_of(fact.event)))
        told = defaultdict(list)  # trade log -> [(index, kind, body)]
        for kind, name, field in (("SHIFT_OPENED", "ShiftOpened", "float_minor"),
                                  ("SHIFT_CLOSED", "ShiftClosed", "counted_minor"),
                                  ("CASH_DROP", "CashDrop", "amount_minor")):
            for fact, body in self.of_kind(kind, name):
                if getattr(body, field) <= AMOUNT_MAX and fact.log.name.log_class == TRADE:
                    told[fact.log].append((fact.index, kind, body))
        owners = {Place(log.id, at): log.name.certificate for log, all_ in told.items()
                  for at, kind, _ in all_ if kind == "SHIFT_OPENED"}
        sums, closings = Counter(), defaultdict(list)
        for place in owners:
            log = next(log for log in told if log.id == place.log)
            sums[place] = next(b.float_minor for at, k, b in told[log]
                               if k == "SHIFT_OPENED" and at == place.index)
        for log in {fact.log for fact in self.good if fact.log.name.log_class == TRADE}:
            carried = self.goes_on.get(log.id)
            if (carried not in owners or carried.log == log.id
                    or owners[carried] != log.name.certificate):
                carried = None
            spans = []
            for place, span, close in spans_of(log, told.get(log, []), carried):
                spans.append((place, span))
                for index, kind, body in told.get(log, []):
                    if kind == "CASH_DROP" and span[0] <= index < span[1]:
                        sums[place] -= body.amount_minor
                if close is not None:
                    closings[place].append((place.log != log.id, log.id, close))
            value = LogName(log.name.certificate, log.name.incarnation, VALUE).id()
            for id_, low, high in ((log.id, 0, 1), (value, 2, 3)):
                for index, amount in cash[id_]:
                    inside = [place for place, span in spans if span[low] <= index < span[high]]
                    if inside:
                        sums[inside[-1]] += amount
        return sum(sums[place] != min(words)[2] for place, words in closings.items())


def spans_of(log, told, shift):
    """(shift, (from, to, value from, value to), counted or None) of one trade log, in order."""
    begin = value_begin = 0
    for index, kind, body in sorted(told, key=lambda entry: entry[0]):
        if kind == "SHIFT_OPENED":
            if shift is not None:
                yield shift, (begin, index, value_begin, body.value_size), None
            shift, begin, value_begin = Place(log.id, index), index, body.value_size
        elif kind == "SHIFT_CLOSED" and shift == Place(named(body, log), body.opened):
            yield shift, (begin, index, value_begin, body.value_size), body.counted_minor
            shift = None
    if shift is not None:
        yield shift, (begin, ENDLESS, value_begin, ENDLESS), None


def named(closed, log):
    return closed.log if len(closed.log) == 32 else log.id


def is_fact(event):
    return on_sheet(event) or touches_cash(event)


def on_sheet(event):
    """Goods moved, or money of a stand, a fee, a tip or a deposit."""
    return any(move.item for move in event.move) or any(
        not p.currency and {p.to, p.from_class} & OF_STANDS for p in event.posting
    )


def touches_cash(event):
    return any(
        not p.currency and ((p.from_class == OUTSIDE and p.from_id in ("", "cash"))
                            or (p.to == OUTSIDE and p.to_id in ("", "cash")))
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
