// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/purse_cell.h"

#include <algorithm>
#include <map>
#include <utility>

#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

// A point on the purse's chain: a posted event, or a sighting of one that is not held.
struct ChainNode {
  std::uint32_t counter = 0;
  PursePrefix hash{};
  PursePrefix previous{};
  bool previous_known = false;  // a sighting does not say what came before it
  std::uint64_t credited_before = 0, debited_before = 0;
  std::uint64_t credited = 0, debited = 0, gift_debited = 0;
  std::uint32_t meals_used = 0;
  std::string writer;  // sightings only
};

bool earlier(const ChainNode& a, const ChainNode& b) {
  return std::tie(a.counter, a.hash) < std::tie(b.counter, b.hash);
}

// Steps that a band or a later step that counts shows: counter and hash.
using Named = FlatSet<std::pair<std::uint32_t, PursePrefix>>;

// Posted steps that count at one counter: more than one is a fork.
struct PostedAt {
  std::uint32_t counter = 0;
  std::uint32_t count = 0;
  std::string_view stand;  // of one of them
  bool several_stands = false;
};

// A posted step off the chain: it does not count, and nothing says which step stood at its counter.
struct Aside {
  std::uint32_t counter = 0;
  std::uint64_t debit_minor = 0;
};

// Of what a gap debits, the part that steps held of it have debited into suspense already. Each
// answers for one gap only.
std::uint64_t debited_aside(std::vector<Aside>& aside, const PurseGap& gap) {
  std::uint64_t sum = 0;
  for (auto& step : aside) {
    if (step.counter < gap.first || step.counter > gap.last) continue;
    sum += std::exchange(step.debit_minor, 0);
  }
  return std::min(sum, gap.debit_minor);
}

// Highest counter first. An event's bytes do not name their author: a device can put another's into
// its own log. Equal bytes are one event, by the device whose seal the band bears after it, else by
// one that confirmed it and counts, else by the lowest log.
std::vector<const PurseEvent*> distinct_descending(const std::vector<PurseEvent>& events,
                                                   const std::set<PurseSighting>& sightings,
                                                   const CellContext& context) {
  const auto rank = [&](const PurseEvent& event) {
    const bool sealed =
        std::any_of(sightings.begin(), sightings.end(), [&](const PurseSighting& sighting) {
          return sighting.counter == event.counter && sighting.hash == purse_prefix(event.id) &&
                 sighting.writer == context.author(event.log).alias;
        });
    const bool counts =
        event.confirmed && !event.rule_broken && context.counts(event.log, event.index);
    return std::make_tuple(!sealed, !counts, context.log_id(event.log), event.index);
  };
  std::vector<const PurseEvent*> out;
  for (const auto& event : events) out.push_back(&event);
  std::sort(out.begin(), out.end(), [&](const auto* a, const auto* b) {
    if (a->id != b->id) return std::tie(b->counter, b->id) < std::tie(a->counter, a->id);
    return a != b && rank(*a) < rank(*b);
  });
  out.erase(std::unique(out.begin(), out.end(),
                        [](const auto* a, const auto* b) {
                          return a->id == b->id && !mutant(Mutant::copies_counted);
                        }),
            out.end());
  return out;
}

// Which prepared events count: confirmed by their device, named as predecessor by one that counts,
// or seen on the band. Evaluated from the highest counter down.
std::vector<bool> posted_events(const std::vector<const PurseEvent*>& descending,
                                const std::set<PurseSighting>& sightings,
                                const CellContext& context, Named& named) {
  for (const auto& sighting : sightings) named.insert({sighting.counter, sighting.hash});
  std::vector<bool> posted(descending.size());
  for (std::size_t i = 0; i < descending.size(); ++i) {
    const PurseEvent& event = *descending[i];
    posted[i] = event.confirmed || named.contains({event.counter, purse_prefix(event.id)}) ||
                mutant(Mutant::aborted_posted);
    const bool outside_suspense = !event.rule_broken && context.counts(event.log, event.index);
    if (posted[i] && outside_suspense) named.insert({event.counter - 1, event.previous});
  }
  return posted;
}

// A void gives back as a gift what was paid as one, of all the rest no more than was taken, and
// meals with all that the festival paid for them.
bool gives_back_alike(const PurseGrant& grant, const PurseEvent& sale) {
  return grant.amount_minor - grant.gift_minor <= sale.debit_minor - sale.gift_minor &&
         grant.meals <= sale.meals && sale.beside.covers(grant.taken) &&
         (grant.meals == 0 || grant.taken.crew == sale.beside.crew);
}

void post_grants(const std::vector<PurseGrant>& grants,
                 const std::vector<const PurseEvent*>& events, const CellContext& context,
                 PurseView& view) {
  std::map<std::tuple<int, Bytes, std::uint32_t>, const PurseGrant*> winners;
  const auto rank = [&](const PurseGrant& grant) {  // equal bytes: the lowest place
    return std::make_tuple(grant.amount_minor, grant.id, context.log_id(grant.log), grant.index);
  };
  for (const auto& grant : grants) {
    if (grant.rule_broken || !context.counts(grant.log, grant.index)) continue;
    if (grant.source == schemas::GRANT_REPLACEMENT && !context.replaces(grant)) continue;
    if (grant.source == schemas::GRANT_VOID || grant.source == schemas::GRANT_TOP_UP) {
      const auto found = std::find_if(events.begin(), events.end(), [&](const auto* event) {
        return ledger::view(event->id) == grant.source_id;
      });
      if (found == events.end()) continue;
      const PurseEvent* target = *found;
      const bool posted = view.posted_ids.contains(target->id);
      if (grant.source == schemas::GRANT_TOP_UP) {
        if (posted || grant.amount_minor > target->credit_minor) continue;
      } else {
        if (!posted || grant.amount_minor > target->debit_minor ||
            !gives_back_alike(grant, *target) || !context.counts(target->log, target->index) ||
            context.author(target->log).stand != context.author(grant.log).stand) {
          continue;
        }
      }
    }
    const bool alone = mutant(Mutant::voids_add_up);
    const auto line = alone ? static_cast<std::uint32_t>(winners.size()) : grant.line;
    auto& winner = winners[{grant.source, grant.source_id, line}];
    if (winner == nullptr || rank(grant) < rank(*winner)) {
      winner = &grant;
    }
  }
  std::map<Bytes, std::uint64_t> given_back;  // by sale, over the lines of its voids
  // By key, so after all voids, the deposits that come back to this purse: while it paid so many.
  for (const auto& [key, grant] : winners) {
    if (grant->source == schemas::GRANT_VOID) {
      const auto sale = std::find_if(events.begin(), events.end(), [&](const auto* event) {
        return ledger::view(event->id) == grant->source_id;
      });
      std::uint64_t& sum = given_back[grant->source_id];
      const bool too_much = grant->amount_minor > (*sale)->debit_minor - sum;
      if (too_much && !mutant(Mutant::voids_add_up)) continue;
      sum += grant->amount_minor;
      view.deposits_left -= std::min(view.deposits_left, grant->taken.deposits);
    }
    if (grant->source == schemas::GRANT_DEPOSIT) {
      if (grant->amount_minor > view.deposits_left) continue;
      view.deposits_left -= grant->amount_minor;
    }
    view.granted += grant->amount_minor;
    view.gift_granted += grant->gift_minor;
    view.meals_granted += grant->meals;
    view.posted_ids.insert(grant->id);
    view.grant_ids.push_back(grant->id);
    view.posted_places.insert({grant->log, grant->index});
    view.transfers.insert(view.transfers.end(), grant->transfers.begin(), grant->transfers.end());
  }
}

void post_gaps(std::uint64_t purse, const std::vector<ChainNode>& chain, std::vector<Aside> aside,
               const CellContext& context, PurseView& view) {
  std::set<std::pair<std::uint32_t, PursePrefix>> priced;  // one gap per missing predecessor
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const ChainNode& node = chain[i];
    const ChainNode start{};
    const ChainNode* before = nullptr;
    if (node.previous_known) {
      for (std::size_t k = 0; k < i; ++k) {
        if (chain[k].hash == node.previous && chain[k].counter + 1 == node.counter) {
          before = &chain[k];
        }
      }
      if (before == nullptr && node.counter == 1 && node.previous == PursePrefix{}) before = &start;
      if (before == nullptr && !priced.insert({node.counter, node.previous}).second) continue;
    }
    if (before == nullptr) {
      before = &start;
      for (std::size_t k = 0; k < i && chain[k].counter < node.counter; ++k) {
        if (before == &start || chain[k].counter > before->counter) before = &chain[k];
      }
    }
    const auto credit = static_cast<std::int64_t>(node.credited_before) -
                        static_cast<std::int64_t>(before->credited);
    const auto debit =
        static_cast<std::int64_t>(node.debited_before) - static_cast<std::int64_t>(before->debited);
    const std::uint32_t last = node.previous_known ? node.counter - 1 : node.counter;
    if (credit <= 0 && debit <= 0 && before->counter + 1 > last) continue;
    PurseGap gap{before->counter + 1, last,
                 static_cast<std::uint64_t>(std::max<std::int64_t>(credit, 0)),
                 static_cast<std::uint64_t>(std::max<std::int64_t>(debit, 0)), node.writer};
    if (!mutant(Mutant::gap_charged_twice)) gap.debit_minor -= debited_aside(aside, gap);
    if (gap.credit_minor > 0) {
      view.transfers.push_back(context.gap_leg(purse, gap.charged, true, gap.credit_minor));
    }
    if (gap.debit_minor > 0) {
      view.transfers.push_back(context.gap_leg(purse, gap.charged, false, gap.debit_minor));
    }
    view.gaps.push_back(std::move(gap));
  }
}

// What went to the band that takes this one's place is spent here: money and gifts off the account,
// meals as used.
void note_replaced(const PurseCell& cell, const CellContext& context, PurseView& view) {
  const auto winners = cell.replaced(context);
  if (winners.empty()) return;
  view.frozen = true;
  view.replaced_by = winners.at(0)->to;
  std::uint64_t gift = 0, meals = 0;
  for (const auto& [line, one] : winners) {
    view.replaced_minor += one->amount_minor;
    gift += one->gift_minor;
    meals += one->meals;
    if (line == view.replaced_lines) ++view.replaced_lines;
  }
  view.gift_left -= std::min(view.gift_left, gift);
  view.meals_used =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(UINT32_MAX, view.meals_used + meals));
  view.replaced_twice =
      std::any_of(cell.replacements.begin(), cell.replacements.end(), [&](const auto& one) {
        return one.line == 0 && one.to != view.replaced_by && context.counts(one.log, one.index);
      });
}

}  // namespace

BesideMinor beside_in(const schemas::Event& event, schemas::AccountClass from) {
  BesideMinor out;
  for (const auto& posting : event.posting()) {
    const bool to_stand = posting.from() == schemas::OUTSIDE && posting.to() == schemas::STAND;
    if (to_stand && posting.currency().empty()) {  // other tenders are not in the drawer
      if (posting.from_id() == crew_mark) out.crew += posting.amount_minor();
      if (posting.from_id().empty()) out.cash += posting.amount_minor();
    }
    if (posting.from() != from) continue;
    if (posting.to() == schemas::TIP) out.tips += posting.amount_minor();
    if (posting.to() == schemas::DEPOSIT) out.deposits += posting.amount_minor();
  }
  return out;
}

BesideMinor beside_out(const schemas::Event& event) {
  BesideMinor out;
  for (const auto& posting : event.posting()) {
    if (posting.from() == schemas::STAND && posting.to() == schemas::OUTSIDE) {
      const bool crew = posting.to_id() == crew_mark && posting.currency().empty();
      (crew ? out.crew : out.cash) += posting.amount_minor();
    }
    if (posting.from() == schemas::TIP) out.tips += posting.amount_minor();
    if (posting.from() == schemas::DEPOSIT) out.deposits += posting.amount_minor();
  }
  return out;
}

std::uint64_t entering_minor(const schemas::Event& event, schemas::AccountClass to) {
  std::uint64_t out = 0;
  for (const auto& posting : event.posting()) {
    if (posting.to() == to) out += posting.amount_minor();
  }
  return out;
}

std::uint64_t leaving_minor(const schemas::Event& event, schemas::AccountClass from) {
  std::uint64_t out = 0;
  for (const auto& posting : event.posting()) {
    if (posting.from() == from) out += posting.amount_minor();
  }
  return out;
}

std::uint64_t gift_in(const schemas::Event& event) {
  std::uint64_t out = 0;
  for (const auto& posting : event.posting()) {
    if (posting.to() == schemas::PURSE && posting.to_id() == gift_mark) {
      out += posting.amount_minor();
    }
  }
  return out;
}

std::uint64_t gift_out(const schemas::Event& event) {
  std::uint64_t out = 0;
  for (const auto& posting : event.posting()) {
    if (posting.from() == schemas::PURSE && posting.from_id() == gift_mark) {
      out += posting.amount_minor();
    }
  }
  return out;
}

bool is_grant(const schemas::Event& event) {
  return event.kind() == schemas::KIND_GRANT ||
         (event.kind() == schemas::KIND_DEPOSIT_RETURN && !event.payload().empty());
}

std::uint64_t replaced_purse(const schemas::Grant& grant, const schemas::Event& event) {
  if (grant.source() != schemas::GRANT_REPLACEMENT || event.move_size() > 0) return 0;
  for (const auto& posting : event.posting()) {
    const bool marked = !posting.to_id().empty() && posting.to_id() != gift_mark;
    if (posting.from() != schemas::PURSE || posting.to() != schemas::PURSE || marked ||
        !posting.from_id().empty() || !posting.currency().empty()) {
      return 0;
    }
  }
  const auto bytes = fixed<8>(grant.source_id());
  if (!bytes || grant.purse() == 0) return 0;
  std::uint64_t purse = 0;
  for (const auto byte : *bytes) purse = purse << 8 | byte;
  return purse == grant.purse() ? 0 : purse;
}

std::map<std::uint32_t, const PurseReplacement*> PurseCell::replaced(
    const CellContext& context) const {
  std::map<std::uint32_t, const PurseReplacement*> out;
  const auto rank = [&](const PurseReplacement& one) {  // equal bytes: the lowest place
    return std::make_tuple(one.amount_minor, one.id, context.log_id(one.log), one.index);
  };
  const auto take = [&](const PurseReplacement& one) {
    if (!context.counts(one.log, one.index)) return;
    const PurseReplacement*& best = out[one.line];
    if (best == nullptr || rank(one) < rank(*best)) best = &one;
  };
  for (const auto& one : replacements) {
    if (one.line == 0) take(one);
  }
  if (out.empty()) return out;
  const std::uint64_t to = out.at(0)->to;
  for (const auto& one : replacements) {
    if (one.line > 0 && one.to == to) take(one);
  }
  return out;
}

PurseView PurseCell::evaluate(const CellContext& context) const {
  PurseView view;
  const auto descending = distinct_descending(events, sightings, context);
  Named named;
  const std::vector<bool> posted = posted_events(descending, sightings, context, named);

  std::vector<PostedAt> posted_at;  // from the highest counter down
  std::vector<ChainNode> chain;
  std::vector<Aside> aside;
  std::uint64_t meals = 0;
  for (std::size_t i = 0; i < descending.size(); ++i) {
    const PurseEvent& event = *descending[i];
    if (!posted[i]) continue;
    ++view.posted;
    const bool suspended = event.rule_broken || !context.counts(event.log, event.index);
    if (!suspended) {
      const std::string& stand = context.author(event.log).stand;
      if (posted_at.empty() || posted_at.back().counter != event.counter) {
        posted_at.push_back({event.counter, 0, stand});
      }
      ++posted_at.back().count;
      posted_at.back().several_stands |= posted_at.back().stand != stand;
      view.posted_ids.insert(event.id);
      view.posted_places.insert({event.log, event.index});
      view.deposits_left += event.beside.deposits;
      meals += event.meals;
    }
    for (const auto& transfer : event.transfers) {
      view.transfers.push_back(suspended ? context.suspend(transfer, event.log, event.index)
                                         : transfer);
    }
    // A suspended device's word does not move the chain; what bands and others show does.
    if (suspended && !named.contains({event.counter, purse_prefix(event.id)})) {
      const auto known = named.lower_bound({event.counter, PursePrefix{}});
      const bool contradicted = known != named.end() && known->first == event.counter;
      if (!contradicted) aside.push_back({event.counter, event.debit_minor});
      continue;
    }
    chain.push_back({event.counter,
                     purse_prefix(event.id),
                     event.previous,
                     true,
                     event.credited - event.credit_minor,
                     event.debited - event.debit_minor,
                     event.credited,
                     event.debited,
                     event.gift_debited,
                     event.meals_used,
                     {}});
  }
  for (std::size_t i = 0; i < descending.size(); ++i) {
    if (posted[i]) continue;
    const bool sibling = std::any_of(posted_at.begin(), posted_at.end(), [&](const PostedAt& at) {
      return at.counter == descending[i]->counter;
    });
    ++(sibling ? view.aborted : view.pending);
    if (!sibling) view.pending_debit_minor += descending[i]->debit_minor;
  }
  for (const auto& sighting : sightings) {
    const bool held = std::any_of(chain.begin(), chain.end(), [&](const auto& node) {
      return node.counter == sighting.counter && node.hash == sighting.hash;
    });
    if (held && !mutant(Mutant::gap_despite_held)) continue;
    chain.push_back({sighting.counter,
                     sighting.hash,
                     {},
                     false,
                     sighting.credited,
                     sighting.debited,
                     sighting.credited,
                     sighting.debited,
                     0,
                     0,
                     sighting.writer});
  }
  std::sort(chain.begin(), chain.end(), earlier);
  if (!mutant(Mutant::gap_unreported)) post_gaps(purse, chain, std::move(aside), context, view);
  post_grants(grants, descending, context, view);
  view.gift_left = view.gift_granted;
  if (!chain.empty()) {
    const ChainNode* top = &chain.front();
    for (const auto& node : chain) {
      if (node.counter > top->counter) top = &node;
    }
    view.counter = top->counter;
    view.credited = top->credited;
    view.debited = top->debited;
    view.gift_debited = top->gift_debited;
    view.meals_used = top->meals_used;
    view.gift_left -=
        std::min(view.gift_left, top->previous_known ? top->gift_debited : UINT64_MAX);
    view.hash = top->hash;
  }
  // A step may say less than was used before it; what steps used together is no less for that.
  view.meals_used = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(UINT32_MAX, std::max<std::uint64_t>(view.meals_used, meals)));
  for (const auto& at : posted_at) {
    view.forked |= at.count > 1;
    if (mutant(Mutant::copies_unfrozen)) continue;
    view.frozen |= at.count > 1 && at.several_stands;  // never one stand's word alone
  }
  view.frozen |= !blocks.empty();
  note_replaced(*this, context, view);
  return view;
}

}  // namespace verbena::ledger
