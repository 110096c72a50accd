#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two folds of one set of events: compare.py RANDOM_FESTIVAL DIR COUNT [BUNDLE...]

Makes COUNT random festivals with the product in DIR and compares what both implementations say of
each bundle, and of the bundles given. Then alters a few: an amount, or an event less, must make
another digest. The first seed is VERBENA_ORACLE_SEED, 1 where absent.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from fold import KIND, Fold
from logs import leaf_hash, name_of, parse_event, tree_root
from rules import PURSE

SAID_BY_BOTH = ("events", "conserved", "digest", "totals", "findings")
OF_ONE_SET = ("held", "rebuilt", "reordered")
ALTERED_MAX = 12


class Altered(Fold):
    """A bundle in which one log was changed from its first sale on. Nobody signed that."""

    def __init__(self, data, change):
        self.change, self.altered = change, False
        super().__init__(data)

    def admit_runs(self):
        logs = {}
        for run in self.runs:
            logs.setdefault(name_of(run), []).append(run)
        for runs in logs.values():
            events = [event for run in runs for event in run.event]
            in_order = [run.first for run in runs[1:]] == [run.head.size for run in runs[:-1]]
            at = first_sale(events)
            if self.altered or at is None or not in_order:
                continue
            whole = runs[-1]
            whole.first, whole.event = 0, self.change(events, at)
            whole.head.size = len(whole.event)
            whole.head.root = tree_root([leaf_hash(event) for event in whole.event])
            self.runs = [run for run in self.runs if run not in runs[:-1]]
            self.altered = True
        super().admit_runs()

    def head_holds(self, author, name, head):
        return True


def first_sale(events):
    """The index of the first purseless sale whose amount can be altered in place."""
    for index, data in enumerate(events):
        event = parse_event(data)
        if event and event.kind == KIND["SALE"] and amount_mark(event) in data and posts(event):
            return index
    return None


def posts(event):
    """A sale that names a purse without a step posts nothing."""
    return not event.has & {"step"} and all(PURSE not in (p.from_class, p.to)
                                            for p in event.posting)


def amount_mark(event):
    """The amount of the first posting as field 3 of a posting, in two bytes."""
    amount = event.posting[0].amount_minor if event.posting else 0
    return bytes([0x18, amount & 0x7F | 0x80, amount >> 7]) if 128 <= amount < 1 << 14 else b"\xff"


def another_amount(events, at):
    mark = amount_mark(parse_event(events[at]))
    other = bytes([mark[0], mark[1] ^ 1, mark[2]])
    return events[:at] + [events[at].replace(mark, other, 1)] + events[at + 1 :]


def events_less(events, at):
    return events[:at]  # at least what opens the log is left


def nothing(events, _):
    return events


def lines_of(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def differences(theirs):
    """What the product says of a bundle, against the oracle and against itself."""
    ours = Fold(Path(theirs["path"]).read_bytes()).report()
    for what in SAID_BY_BOTH:
        if ours[what] != theirs[what]:
            yield f"{what}: the oracle {ours[what]}, the product {theirs[what]}"
    for other in OF_ONE_SET:
        if theirs[other] not in ("", theirs["digest"]):
            yield f"{other}: {theirs[other]}, kept {theirs['digest']}"


def unnoticed_changes(theirs):
    """Changes after which the digest is not as it should be; None where none can be made."""
    data = Path(theirs["path"]).read_bytes()
    folds = [(change, Altered(data, change)) for change in (another_amount, events_less, nothing)]
    if not all(fold.altered for _, fold in folds):
        return None
    return [
        change.__name__ for change, fold in folds
        if (fold.digest().hex() == theirs["digest"]) != (change is nothing)
    ]


def main(program, folder, count, *bundles):
    Path(folder).mkdir(parents=True, exist_ok=True)
    told = lines_of(program, folder, os.environ.get("VERBENA_ORACLE_SEED", "1"), count)
    told += lines_of(program, *bundles) if bundles else []
    differing = altered = 0
    for line in told:
        found = list(differences(line))
        if altered < ALTERED_MAX and (left := unnoticed_changes(line)) is not None:
            altered += 1
            found += [f"altered, {change}: not the digest it should have" for change in left]
        differing += bool(found)
        for difference in found:
            print(f"{line['path']}: {difference}", file=sys.stderr)
    events = sum(line["events"] for line in told)
    print(f"oracle: {len(told)} bundles with {events} events folded twice, {altered} of them"
          f" altered; {differing} differ")
    return 1 if differing or not altered else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
