# SPDX-License-Identifier: Apache-2.0
"""Whether what was paid for sales is the price of their goods, and what was paid in parts."""

from collections import Counter
from dataclasses import dataclass

from rules import STAND, body_of

PREFIX_BYTES = 12
PARTS_MAX = 16


@dataclass
class Priced:
    fact: object
    sale: object  # the payload
    paid: int
    price: int  # None: the settings it names are unknown, or it is told already

    @property
    def parts(self):
        named = dict.fromkeys(part for part in self.sale.part if len(part) == PREFIX_BYTES)
        return set(list(named)[:PARTS_MAX])


class Prices:
    def __init__(self, fold):
        self.fold = fold
        self.sales, self.parts, self.told = [], [], 0

    def note(self, fact):
        """A sale that counts and breaks no rule."""
        sale = body_of("Sale", fact.event)
        if sale is None:
            return
        paid = sum(p.amount_minor for p in fact.event.posting
                   if p.to == STAND and p.currency == "")
        entry = Priced(fact, sale, paid, None)
        if not sale.item:
            if "step" in fact.event.has:
                self.parts.append(entry)
            return
        items = self.fold.items_named(fact)
        if items is not None:
            lines = list(zip(sale.item, sale.quantity))
            entry.price = sum(items[n].price_minor * units for n, units in lines if n in items)
            meals = all(n in items and items[n].meal for n, _ in lines)
            if sale.meals and not (meals and sale.meals == sum(units for _, units in lines)):
                self.told += 1
                entry.price = None
        self.sales.append(entry)

    def stands(self, entry):
        fact = entry.fact
        if "step" not in fact.event.has:
            return fact.place not in self.fold.voided
        view = self.fold.views[fact.event.step.purse]
        return fact.id not in view.voided and any(f is fact for f in view.facts)

    def findings(self):
        parts, taken = {}, {}
        for part in filter(self.stands, self.parts):
            prefix = part.fact.id[:PREFIX_BYTES]
            if prefix not in parts or part.fact.id < parts[prefix].fact.id:
                parts[prefix] = part
        split = [sale for sale in self.sales if sale.parts and self.stands(sale)]
        for sale in sorted(split, key=lambda s: (s.fact.id, s.fact.place)):
            for prefix in sale.parts & parts.keys():
                if parts[prefix].fact.author.stand == sale.fact.author.stand:
                    taken.setdefault(prefix, sale)
        wrong = self.told
        for sale in split + [sale for sale in self.sales if not sale.parts]:
            paid = sale.paid + sum(parts[p].paid for p, by in taken.items() if by is sale)
            wrong += sale.price is not None and paid != sale.price
        return Counter({"price-differs": wrong, "part-open": len(parts.keys() - taken.keys())})
