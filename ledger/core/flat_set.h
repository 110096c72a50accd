// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace verbena::ledger {

// An ordered set in one piece of memory, for the few elements most sets of the fold hold: no
// allocation for each, and a copy is one. Inserting is linear unless the new element is the last.
template <typename T>
class FlatSet {
 public:
  // False where it was there.
  bool insert(T value) {
    if (values_.empty() || values_.back() < value) {
      values_.push_back(std::move(value));
      return true;
    }
    const auto at = std::lower_bound(values_.begin(), values_.end(), value);
    if (*at == value) return false;
    values_.insert(at, std::move(value));
    return true;
  }
  bool contains(const T& value) const {
    return std::binary_search(values_.begin(), values_.end(), value);
  }
  auto lower_bound(const T& value) const {
    return std::lower_bound(values_.begin(), values_.end(), value);
  }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  bool operator==(const FlatSet&) const = default;

 private:
  std::vector<T> values_;
};

}  // namespace verbena::ledger
