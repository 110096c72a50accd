// SPDX-License-Identifier: Apache-2.0
// Shifts, made of what each log tells of its drawer.
#include <algorithm>

#include "ledger/core/money.h"
#include "ledger/state/custody.h"

namespace verbena::ledger {

namespace {

// Puts what the logs tell together.
class ShiftMaker {
 public:
  explicit ShiftMaker(const std::map<std::uint32_t, CustodyLog>& logs) : logs_(logs) {
    for (const auto& [number, log] : logs_) {
      if (log.name.log_class != LogClass::trade) continue;
      for (const auto& note : log.shift_notes) {
        if (note.kind == schemas::KIND_SHIFT_OPENED) open(number, log, note);
      }
    }
    for (const auto& [number, log] : logs_) {
      if (log.name.log_class == LogClass::trade) follow(number, log);
    }
    for (auto& [place, shift] : shifts_) settle(place, shift);
  }

  std::vector<Shift> take() {
    std::vector<Shift> out;
    for (auto& [place, shift] : shifts_) out.push_back(std::move(shift));
    return out;
  }

 private:
  void open(std::uint32_t number, const CustodyLog& log, const ShiftNote& note) {
    Shift& shift = shifts_[{log.id, note.index}];
    shift.log = number;
    shift.opened = note.index;
    shift.opened_id = note.id;
    shift.person = note.person;
    shift.float_minor = note.amount_minor;
  }

  // An earlier life of the same device opened it.
  Shift* carried(const CustodyLog& log) {
    if (!log.goes_on || log.goes_on->log == log.id) return nullptr;
    const auto found = shifts_.find(*log.goes_on);
    if (found == shifts_.end()) return nullptr;
    const bool own = logs_.at(found->second.log).name.certificate == log.name.certificate;
    return own ? &found->second : nullptr;
  }

  void follow(std::uint32_t number, const CustodyLog& log) {
    Shift* shift = carried(log);
    ShiftSpan span{number, 0, UINT64_MAX, 0, UINT64_MAX};
    const auto end = [&](const ShiftNote& note) {
      if (shift == nullptr) return;
      span.to = note.index;
      span.value_to = note.value_size;
      shift->spans.push_back(span);
    };
    for (const auto& note : log.shift_notes) {
      if (note.kind == schemas::KIND_SHIFT_OPENED) {
        end(note);
        if (shift != nullptr && shift->log == number) shift->replaced = true;
        shift = &shifts_.at({log.id, note.index});
        span = {number, note.index, UINT64_MAX, note.value_size, UINT64_MAX};
      } else if (note.kind == schemas::KIND_SHIFT_CLOSED && shift != nullptr &&
                 note.opened == EventPlace{logs_.at(shift->log).id, shift->opened}) {
        end(note);
        closings_[note.opened].push_back({log.id, &note});
        shift = nullptr;
      } else if (note.kind == schemas::KIND_CASH_DROP && shift != nullptr) {
        shift->dropped_minor += note.amount_minor;
      }
    }
    if (shift != nullptr) shift->spans.push_back(span);
  }

  // Of several words that it is closed, its own log's, else the one in the log of the lowest id.
  void settle(const EventPlace& place, Shift& shift) {
    std::stable_partition(shift.spans.begin(), shift.spans.end(),
                          [&](const ShiftSpan& span) { return span.log == shift.log; });
    const auto found = closings_.find(place);
    if (found == closings_.end()) return;
    const auto& told = *std::min_element(found->second.begin(), found->second.end(),
                                         [&](const auto& a, const auto& b) {
                                           return std::pair(a.first != place.log, a.first) <
                                                  std::pair(b.first != place.log, b.first);
                                         });
    shift.closed_id = told.second->id;
    shift.closed_s = told.second->at_s;
    shift.counted_minor = told.second->amount_minor;
  }

  const std::map<std::uint32_t, CustodyLog>& logs_;
  std::map<EventPlace, Shift> shifts_;
  std::map<EventPlace, std::vector<std::pair<Hash, const ShiftNote*>>> closings_;
};

}  // namespace

void CustodyBook::note_shift(CustodyLog& log, const EventPlace& place, const Hash& id,
                             const schemas::Event& event, const std::string& person) {
  schemas::ShiftOpened opened;
  schemas::ShiftClosed closed;
  schemas::CashDrop drop;
  ShiftNote note{event.kind(), place.index, id, person,
                 static_cast<std::int64_t>((event.hlc() >> 16) / 1'000)};
  if (event.kind() == schemas::KIND_SHIFT_OPENED && opened.ParseFromString(event.payload())) {
    note.amount_minor = opened.float_minor();
    note.value_size = opened.value_size();
  } else if (event.kind() == schemas::KIND_SHIFT_CLOSED &&
             closed.ParseFromString(event.payload())) {
    note.amount_minor = closed.counted_minor();
    note.value_size = closed.value_size();
    note.opened = {fixed<32>(closed.log()).value_or(log.id), closed.opened()};
  } else if (event.kind() == schemas::KIND_CASH_DROP && drop.ParseFromString(event.payload())) {
    note.amount_minor = drop.amount_minor();
  } else {
    return;
  }
  if (note.amount_minor <= amount_minor_max) log.shift_notes.push_back(std::move(note));
}

std::vector<Shift> CustodyBook::shifts() const {
  return ShiftMaker(logs_).take();
}

std::optional<Shift> CustodyBook::open_shift(const Hash& certificate, const Hash& trade_log) const {
  const bool begun = std::any_of(logs_.begin(), logs_.end(),
                                 [&](const auto& log) { return log.second.id == trade_log; });
  for (auto& shift : shifts()) {
    if (shift.counted_minor || shift.replaced) continue;
    if (logs_.at(shift.log).name.certificate != certificate) continue;
    const bool here =
        std::any_of(shift.spans.begin(), shift.spans.end(), [&](const ShiftSpan& span) {
          return span.to == UINT64_MAX && (!begun || logs_.at(span.log).id == trade_log);
        });
    if (here) return std::move(shift);
  }
  return std::nullopt;
}

}  // namespace verbena::ledger
