// SPDX-License-Identifier: Apache-2.0
#include "bench/measure.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace verbena::bench {

namespace fs = std::filesystem;

namespace {

cpu_set_t given_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  ::sched_getaffinity(0, sizeof cores, &cores);
  return cores;
}

const cpu_set_t all_cores = given_cores();

}  // namespace

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(Steady::now().time_since_epoch()).count());
}

double seconds_since(Steady::time_point began) {
  return std::chrono::duration<double>(Steady::now() - began).count();
}

double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

double quantile(std::vector<double> values, double q) {
  need(!values.empty(), "nothing was measured");
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(static_cast<double>(values.size()) * q);
  return values[std::min(at, values.size() - 1)];
}

void Latency::add_round(const std::vector<double>& us) {
  p50s_.push_back(quantile(us, 0.5));
  p99s_.push_back(quantile(us, 0.99));
}

void Latency::round(const std::function<void()>& once, const std::function<void()>& before) {
  std::vector<double> us;
  for (int i = 0; i < repeats_per_round; ++i) {
    before();
    const auto began = Steady::now();
    once();
    us.push_back(seconds_since(began) * 1e6);
  }
  add_round(us);
}

void heading() {
  std::printf("%-66s %12s %-9s %-16s %s\n", "what", "measured", "unit", "beside", "goal");
  std::fflush(stdout);
}

void row(const std::string& what, double measured, const char* unit, const std::string& beside,
         const std::string& goal) {
  std::printf("%-66s %12.2f %-9s %-16s %s\n", what.c_str(), measured, unit, beside.c_str(),
              goal.c_str());
  std::fflush(stdout);
}

std::string times(double value, double base, const char* of) {
  char out[64];
  std::snprintf(out, sizeof out, "%.2fx of %s", value / base, of);
  return out;
}

void keep_to_one_core() {
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &all_cores)) {
      CPU_SET(core, &one);
      break;
    }
  }
  ::sched_setaffinity(0, sizeof one, &one);
}

void use_all_cores() {
  ::sched_setaffinity(0, sizeof all_cores, &all_cores);
}

void need(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

void need_ok(const ledger::Status& status) {
  need(status.ok(), status.ok() ? std::string() : status.error().text);
}

WorkDirectory::WorkDirectory()
    : path_(fs::current_path() / ("bench-" + std::to_string(::getpid()))) {
  fs::create_directories(path_);
}

WorkDirectory::~WorkDirectory() {
  std::error_code error;
  fs::remove_all(path_, error);
}

fs::path WorkDirectory::make(const std::string& name) const {
  fs::create_directories(path_ / name);
  return path_ / name;
}

}  // namespace verbena::bench
