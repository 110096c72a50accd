# SPDX-License-Identifier: Apache-2.0
"""What all that is known of one purse adds up to. A purse is evaluated once, whole."""

from dataclasses import dataclass, field
from typing import NamedTuple

import wire

NOTHING = bytes(12)
SOURCE = {name.removeprefix("GRANT_"): n for name, n in wire.ENUMS["GrantSource"].items()}


@dataclass
class Step:
    """A purse event. `counts` and `transfers` are as its author's standing leaves them."""

    id: bytes
    log: bytes
    index: int
    alias: str
    stand: str
    counter: int
    credited: int
    debited: int
    gift_debited: int
    previous: bytes
    credit: int  # what it adds to credited
    debit: int
    gift: int  # of that, paid from gifts
    meals_used: int
    meals: int  # of that
    beside: tuple  # for tips, for deposits, from outside in cash and by the festival
    confirmed: bool
    counts: bool
    transfers: list
    fact: object

    @property
    def prefix(self):
        return self.id[:12]


class Sighting(NamedTuple):
    """A band slot whose seal verifies."""

    counter: int
    credited: int
    debited: int
    hash: bytes
    writer: str


@dataclass(eq=False)
class Grant:
    id: bytes
    stand: str
    source: int
    source_id: bytes
    line: int
    amount: int
    gift: int  # of that
    meals: int
    taken: tuple  # out of tips and deposits, and to outside in cash and to the festival
    counts: bool
    transfers: list
    fact: object
    purse: int

    @property
    def rank(self):
        """The lowest wins; equal bytes by where they stand."""
        return self.amount, self.id, self.fact.place


class Node(NamedTuple):
    """A point of the chain."""

    counter: int
    hash: bytes
    previous: bytes  # None: a sighting does not say
    before: tuple  # credited and debited before it
    after: tuple
    gift_debited: int
    meals_used: int
    writer: str


class Gap(NamedTuple):
    credit: int
    debit: int
    writer: str  # empty where no band names one


@dataclass
class Purse:
    steps: list = field(default_factory=list)
    sightings: set = field(default_factory=set)
    grants: list = field(default_factory=list)
    replacements: list = field(default_factory=list)  # grants that count, out of this one
    blocked: bool = False


@dataclass
class View:
    posted: int = 0
    pending: int = 0
    aborted: int = 0
    granted: int = 0
    gift_left: int = 0  # 0 where a band alone tells of the last step
    meals: int = 0  # granted
    meals_used: int = 0
    voided: set = field(default_factory=set)  # ids of steps
    forked: bool = False
    frozen: bool = False
    replaced_by: int = 0  # the purse that takes its place
    replaced_twice: bool = False
    top: Node = Node(0, NOTHING, None, (0, 0), (0, 0), 0, 0, "")
    transfers: list = field(default_factory=list)
    gaps: list = field(default_factory=list)
    facts: list = field(default_factory=list)  # what counts of what is posted


def replaced(purse):
    """By line, what of it went to the one purse that takes its place."""
    first = min((g for g in purse.replacements if g.line == 0), key=lambda g: g.rank, default=None)
    out = {}
    for grant in sorted(purse.replacements, key=lambda g: g.rank):
        if grant is first or (grant.line > 0 and first and grant.purse == first.purse):
            out.setdefault(grant.line, grant)
    return out


def evaluate(purse, replacing):
    """`replacing`: the grants that take the place of some purse."""
    view = View(frozen=purse.blocked)
    steps = distinct(purse)
    named = {(s.counter, s.hash) for s in purse.sightings}
    posted = []
    for counter in sorted({s.counter for s in steps}, reverse=True):
        here = [
            s for s in steps if s.counter == counter and
            (s.confirmed or (counter, s.prefix) in named)
        ]
        named |= {(counter - 1, s.previous) for s in here if s.counts}
        posted += here
    view.posted = len(posted)
    at = {}  # counter -> posted events that count
    for step in posted:
        view.transfers += step.transfers
        if step.counts:
            at.setdefault(step.counter, []).append(step)
    unposted = [s for s in steps if s not in posted]
    view.aborted = sum(s.counter in at for s in unposted)
    view.pending = len(unposted) - view.aborted
    rivals = [here for here in at.values() if len(here) > 1]
    view.forked = bool(rivals)
    view.frozen |= any(len({s.stand for s in here}) > 1 for here in rivals)

    chain = chain_of(posted, named, purse.sightings)
    view.gaps = gaps_of(chain, aside_of(posted, named))
    if chain:
        greatest = max(node.counter for node in chain)
        view.top = next(node for node in chain if node.counter == greatest)
    counting = sum(at.values(), [])
    view.meals_used = max(view.top.meals_used, sum(step.meals for step in counting))
    may_win = [g for g in purse.grants if g.source != SOURCE["REPLACEMENT"] or g in replacing]
    grants = winning_grants(may_win, steps, counting)
    grants = within_deposits(grants, counting)
    for grant in grants:
        view.granted += grant.amount
        view.transfers += grant.transfers
        view.gift_left += grant.gift
        view.meals += grant.meals
        view.voided |= {grant.source_id} if grant.source == SOURCE["VOID"] else set()
    spent = view.gift_left if chain and view.top.previous is None else view.top.gift_debited
    view.gift_left = max(view.gift_left - spent, 0)
    gone = replaced(purse)
    view.frozen |= bool(gone)
    view.replaced_by = gone[0].purse if gone else 0
    view.gift_left = max(view.gift_left - sum(grant.gift for grant in gone.values()), 0)
    view.meals_used += sum(grant.meals for grant in gone.values())
    view.replaced_twice = len({g.purse for g in purse.replacements if g.line == 0}) > 1
    view.facts = [s.fact for s in counting] + [grant.fact for grant in grants]
    return view


def distinct(purse):
    """Equal bytes are one event, by whom the band, a confirmation or the lowest log says."""

    def rank(step):
        seals = {s.writer for s in purse.sightings if (s.counter, s.hash) == (step.counter,
                                                                             step.prefix)}
        return (step.alias not in seals, not (step.confirmed and step.counts), step.log, step.index)

    best = {}
    for step in purse.steps:
        if step.id not in best or rank(step) < rank(best[step.id]):
            best[step.id] = step
    return list(best.values())


def chain_of(posted, named, sightings):
    chain = [
        Node(s.counter, s.prefix, s.previous, (s.credited - s.credit, s.debited - s.debit),
             (s.credited, s.debited), s.gift_debited, s.meals_used, "")
        for s in posted if s.counts or (s.counter, s.prefix) in named
    ]
    explained = {(node.counter, node.hash) for node in chain}
    for s in sorted(sightings):  # of several slots about one step the lowest totals stand
        if (s.counter, s.hash) not in explained:
            explained.add((s.counter, s.hash))
            totals = (s.credited, s.debited)
            chain.append(Node(s.counter, s.hash, None, totals, totals, 0, 0, s.writer))
    return sorted(chain, key=lambda n: (n.counter, n.hash))


def aside_of(posted, named):
    """Debits by counter of posted steps off the chain, where nothing tells what stood there."""
    told = {counter for counter, _ in named}
    out = {}
    for s in posted:
        if not s.counts and (s.counter, s.prefix) not in named and s.counter not in told:
            out[s.counter] = out.get(s.counter, 0) + s.debit
    return out


def gaps_of(chain, aside):
    start = Node(0, NOTHING, None, (0, 0), (0, 0), 0, 0, "")
    out, asked = [], set()
    for node in chain:
        known = [start] if (node.counter, node.previous) == (1, NOTHING) else []
        if node.previous is not None:
            known += [n for n in chain if (n.counter + 1, n.hash) == (node.counter, node.previous)]
        if known:
            before = known[-1]
        else:
            if node.previous is not None:
                if (node.counter, node.previous) in asked:
                    continue
                asked.add((node.counter, node.previous))
            below = [n for n in chain if n.counter < node.counter]
            greatest = max((n.counter for n in below), default=0)
            before = next((n for n in below if n.counter == greatest), start)
        credit = max(node.before[0] - before.after[0], 0)
        debit = max(node.before[1] - before.after[1], 0)
        last = node.counter - (node.previous is not None)
        if credit or debit or before.counter < last:
            held = sum(aside.pop(c) for c in list(aside) if before.counter < c <= last)
            out.append(Gap(credit, max(debit - held, 0), node.writer))
    return out


def winning_grants(grants, steps, counting):
    by_id = {step.id: step for step in steps}
    posted = {step.id for step in counting}
    winners = {}
    for grant in grants:
        target = by_id.get(grant.source_id)
        if not grant.counts:
            continue
        if grant.source == SOURCE["VOID"] and not (
            target and target.id in posted and grant.amount <= target.debit
            and grant.stand == target.stand and gives_back_alike(grant, target)
        ):
            continue
        if grant.source == SOURCE["TOP_UP"] and not (
            target and target.id not in posted and grant.amount <= target.credit
        ):
            continue
        key = (grant.source, grant.source_id, grant.line)
        best = winners.get(key)
        if best is None or grant.rank < best.rank:
            winners[key] = grant
    return list(winners.values())


def gives_back_alike(grant, sale):
    return (grant.amount - grant.gift <= sale.debit - sale.gift and grant.meals <= sale.meals
            and (grant.meals == 0 or grant.taken[3] == sale.beside[3])
            and all(taken <= paid for taken, paid in zip(grant.taken, sale.beside)))


def within_deposits(grants, counting):
    """Without those that give back more than this purse paid in deposits."""
    left = sum(step.beside[1] for step in counting)
    left -= sum(grant.taken[1] for grant in grants if grant.source == SOURCE["VOID"])
    out = [grant for grant in grants if grant.source != SOURCE["DEPOSIT"]]
    returns = [grant for grant in grants if grant.source == SOURCE["DEPOSIT"]]
    for grant in sorted(returns, key=lambda g: (g.source_id, g.line)):
        if grant.amount <= left:
            left -= grant.amount
            out.append(grant)
    return out
