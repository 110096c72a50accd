// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace verbena::ledger {

// An ordered map in one piece of memory: cheap to fill in order, to copy and to walk. Inserting is
// linear unless the new key is the last. It grows by an eighth: most are small and many.
template <typename K, typename V>
class FlatMap {
 public:
  using value_type = std::pair<K, V>;

  V& operator[](const K& key) {
    if (values_.size() == values_.capacity()) reserve(size() + size() / 8 + 4);
    if (values_.empty() || values_.back().first < key) return values_.emplace_back(key, V{}).second;
    const auto at = lower_bound(key);
    if (at->first == key) return at->second;
    return values_.emplace(at, key, V{})->second;
  }
  auto find(const K& key) { return found(lower_bound(key), key, values_.end()); }
  auto find(const K& key) const {
    const auto at = std::lower_bound(values_.begin(), values_.end(), key, before);
    return found(at, key, values_.end());
  }
  // All of these at once, each in the place of what its key had. The first of two with one key.
  void assign(std::vector<value_type> more) {
    const auto by_key = [](const auto& a, const auto& b) { return a.first < b.first; };
    const auto same_key = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (!std::is_sorted(more.begin(), more.end(), by_key)) {
      std::stable_sort(more.begin(), more.end(), by_key);
    }
    more.insert(more.end(), std::make_move_iterator(values_.begin()),
                std::make_move_iterator(values_.end()));
    std::inplace_merge(more.begin(), more.end() - static_cast<std::ptrdiff_t>(values_.size()),
                       more.end(), by_key);
    values_ = std::move(more);
    values_.erase(std::unique(values_.begin(), values_.end(), same_key), values_.end());
  }
  void reserve(std::size_t size) { values_.reserve(size); }
  void clear() { values_.clear(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  auto begin() { return values_.begin(); }
  auto end() { return values_.end(); }
  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  bool operator==(const FlatMap&) const = default;

 private:
  static bool before(const value_type& value, const K& key) { return value.first < key; }
  auto lower_bound(const K& key) {
    return std::lower_bound(values_.begin(), values_.end(), key, before);
  }
  template <typename Iterator>
  static Iterator found(Iterator at, const K& key, Iterator end) {
    return at != end && at->first == key ? at : end;
  }

  std::vector<value_type> values_;
};

}  // namespace verbena::ledger
