// SPDX-License-Identifier: Apache-2.0
// When devices were down, silent or cut off, as far as logs tell.
#include <algorithm>

#include "ledger/fiscal_read.h"

namespace verbena::ledger {

namespace {

void add_silences(LifeTimes& life, std::vector<Outage>& out) {
  std::sort(life.at_ms.begin(), life.at_ms.end());
  for (std::size_t i = 1; i < life.at_ms.size(); ++i) {
    if (life.at_ms[i] - life.at_ms[i - 1] < silent_ms_min) continue;
    out.push_back({OutageKind::silent, life.device->alias, life.device->stand, life.at_ms[i - 1],
                   life.at_ms[i]});
  }
}

// Of one device, by their first event.
void add_restarts(std::vector<const LifeTimes*> lives, std::vector<Outage>& out) {
  std::sort(lives.begin(), lives.end(), [](const auto* a, const auto* b) {
    return std::tie(a->at_ms.front(), a->incarnation) < std::tie(b->at_ms.front(), b->incarnation);
  });
  for (std::size_t i = 1; i < lives.size(); ++i) {
    const std::uint64_t ended = lives[i - 1]->at_ms.back(), began = lives[i]->at_ms.front();
    const auto& device = *lives[i]->device;
    if (began >= ended) {
      out.push_back({OutageKind::restart, device.alias, device.stand, ended, began});
    } else {
      out.push_back({OutageKind::overlap, device.alias, device.stand, began,
                     std::min(ended, lives[i]->at_ms.back())});
    }
  }
}

// Sales by settings that others had replaced.
void add_old_settings(const ReadLogs& read, const std::map<Hash, std::uint64_t>& replaced_at_ms,
                      std::vector<Outage>& out) {
  for (const auto& entry : read.documents) {
    const auto replaced = replaced_at_ms.find(entry.rules);
    if (replaced == replaced_at_ms.end()) continue;
    const FiscalDocument& document = entry.document;
    const BookedLog& log = read.series[document.series].log;
    if (log.branch || document.at_ms < replaced->second + behind_ms_min) continue;
    out.push_back({OutageKind::behind, log.author->alias, log.author->stand, replaced->second,
                   document.at_ms});
  }
}

auto key(const Outage& outage) {
  return std::tie(outage.device, outage.stand, outage.kind, outage.from_ms, outage.until_ms);
}

}  // namespace

const char* outage_kind_name(OutageKind kind) {
  switch (kind) {
    case OutageKind::restart: return "restart";
    case OutageKind::silent: return "silent";
    case OutageKind::behind: return "behind";
    case OutageKind::overlap: return "overlap";
    default: return "clock";
  }
}

std::vector<Outage> outages_of(const ReadLogs& read,
                               const std::map<Hash, std::uint64_t>& replaced_at_ms) {
  std::vector<Outage> all = read.behind;
  auto lives = read.lives;
  std::map<Hash, std::vector<const LifeTimes*>> devices;
  for (auto& [name, life] : lives) {
    if (life.at_ms.empty()) continue;
    add_silences(life, all);
    devices[name.first].push_back(&life);
  }
  for (auto& [certificate, own] : devices) add_restarts(std::move(own), all);
  add_old_settings(read, replaced_at_ms, all);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return key(a) < key(b); });
  std::vector<Outage> out;  // of one kind and device those that touch are one
  for (const auto& outage : all) {
    if (!out.empty() && out.back().kind == outage.kind && out.back().device == outage.device &&
        out.back().stand == outage.stand && outage.kind != OutageKind::silent &&
        outage.kind != OutageKind::restart && outage.from_ms <= out.back().until_ms) {
      out.back().until_ms = std::max(out.back().until_ms, outage.until_ms);
    } else {
      out.push_back(outage);
    }
  }
  return out;
}

}  // namespace verbena::ledger
