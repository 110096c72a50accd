// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace verbena::ledger {

// Every way an operation can fail. Closed: a caller may switch over it.
enum class Errc {
  bad_input,       // malformed or out of range, from outside
  refused,         // a rule says no; Error::refusal names it
  other_festival,  // belongs to another festival
  unknown_author,  // certificate not held yet
  bad_signature,   // signature or hash does not verify
  not_contiguous,  // does not continue what is held
  forked,          // contradicts a signed history held
  future_version,  // written by a later format than this build reads
  in_doubt,        // a write failed: it may or may not be there after a reopen
  storage,         // the store cannot be read or written
  locked,          // another process holds this home
  damaged,         // stored bytes do not verify
  unreachable,     // no connection
  internal,        // our own fault
};

// Why a rule said no. The codes are part of the command-line contract.
enum class Refusal {
  none,
  insufficient_funds,
  band_rolled_back,
  band_damaged,
  purse_frozen,
  unknown_item,
  unknown_sale,
  limit_purse,
  limit_offline,
  limit_issuer,
  witness_needed,
  approval_needed,
  role_denied,
  other_festival,
  intent_reused,
  already_voided,
  not_here,
  empty_basket,
  amount_out_of_range,
  not_ready,
  out_of_stock_account,
  tap_again,
  sale_aborted,
  price_changed,
  storage_low,
  no_dispatch,
  shift_open,
  shift_needed,
  age_check_needed,
  tip_check_needed,
  deposit_unknown,
  meals_used_up,
  part_used,
  device_revoked,
  already_blocked,
  already_replaced,
  block_not_everywhere,
  voucher_invalid,
  voucher_used,
  voucher_rest,
  chip_unfit,
  band_unfinished,
  band_keys_missing,
};

const char* refusal_code(Refusal refusal);

struct Error {
  Errc code = Errc::internal;
  std::string text;  // one sentence that names the place
  Refusal refusal = Refusal::none;
  std::uint64_t short_minor = 0;  // insufficient_funds: of the goods, what the purse cannot pay
};

inline Error refuse(Refusal why, std::string text) {
  return Error{Errc::refused, std::move(text), why};
}

struct Unit {};

// A value or an Error. Never both, never neither.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : body_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : body_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return body_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& operator*() & { return std::get<0>(body_); }
  const T& operator*() const& { return std::get<0>(body_); }
  T operator*() && { return std::move(std::get<0>(body_)); }  // by value: safe in a range-for
  T* operator->() { return &std::get<0>(body_); }
  const T* operator->() const { return &std::get<0>(body_); }
  const Error& error() const { return std::get<1>(body_); }
  T take() { return std::move(std::get<0>(body_)); }

 private:
  std::variant<T, Error> body_;
};

using Status = Result<Unit>;
inline Status done() {
  return Unit{};
}

// Holds in release builds too. For our own invariants, never for input from outside.
#define VERBENA_CHECK(condition)                                                         \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)

}  // namespace verbena::ledger
