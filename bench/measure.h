// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ledger/core/result.h"

// Clocks, medians, the table and the place on disk that all benches share.
namespace verbena::bench {

using Steady = std::chrono::steady_clock;

constexpr int rounds = 5;  // kinds of work take turns; a figure is the median of its rounds
constexpr int repeats_per_round = 400;

std::uint64_t now_ns();  // CLOCK_MONOTONIC: the same for every process of this machine
double seconds_since(Steady::time_point began);
double median(std::vector<double> values);
double quantile(std::vector<double> values, double q);

// p50 and p99 of each round.
class Latency {
 public:
  void add_round(const std::vector<double>& us);
  // Times `once`; `before` each time is not counted.
  void round(
      const std::function<void()>& once, const std::function<void()>& before = [] {});
  double p50() const { return median(p50s_); }
  double p99() const { return median(p99s_); }

 private:
  std::vector<double> p50s_, p99s_;
};

// One table for all benches: what, how much, beside what, and the goal.
void heading();
void row(const std::string& what, double measured, const char* unit, const std::string& beside = {},
         const std::string& goal = {});
std::string times(double value, double base, const char* of);

// Single-process benches keep to one core; others use what the machine has.
void keep_to_one_core();
void use_all_cores();

// Fails the run and still tidies up.
void need(bool holds, const std::string& what);
void need_ok(const ledger::Status& status);
template <typename T>
T value_of(ledger::Result<T> result) {
  need(result.ok(), result.ok() ? std::string() : result.error().text);
  return result.take();
}

// Everything on disk is below it and goes with it.
class WorkDirectory {
 public:
  WorkDirectory();
  ~WorkDirectory();
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;
  std::filesystem::path make(const std::string& name) const;

 private:
  std::filesystem::path path_;
};

}  // namespace verbena::bench
