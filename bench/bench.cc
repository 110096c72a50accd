// SPDX-License-Identifier: Apache-2.0
// Ratios and times measured in one run on this machine. Prints one table.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>

#include "bench/benches.h"
#include "bench/measure.h"
#include "node/cli/cli.h"
#include "node/rpc.h"

using namespace verbena;

namespace {

struct Bench {
  const char* name;
  void (*run)(const bench::Job&);
  bool one_core;
};

constexpr Bench benches[] = {
    {"wire", bench::bench_wire, true},     {"frontier", bench::bench_frontier, true},
    {"commit", bench::bench_commit, true}, {"ingest", bench::bench_ingest, true},
    {"sheets", bench::bench_sheets, true}, {"live", bench::bench_live, false},
    {"drain", bench::bench_drain, false},  {"archive", bench::bench_archive, false},
};

int usage(std::FILE* out, int code) {
  std::fprintf(out, "usage: verbena-bench [--sales N] [NAME...]\nbenches (default: all):");
  for (const auto& it : benches) std::fprintf(out, " %s", it.name);
  std::fprintf(out,
               "\n--sales N  how many sales are ingested and audited; half of them\n           (at "
               "least 20,000) are drained"
               "; default 500000\n");
  return code;
}

// The most memory this process has held, in KiB (proc(5), VmHWM).
unsigned long peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoul(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

// Processes of live, drain and archive are this program again.
int run_child(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 2, argv + argc);
  if (std::strcmp(argv[1], "seller") == 0) return bench::run_seller(arguments);
  if (std::strcmp(argv[1], "peer") == 0) return bench::run_peer(arguments);
  node::prepare_process();
  const int code = node::run_cli(argc, argv);
  if (std::strcmp(argv[1], "audit") == 0) std::printf("\nended %d %lu\n", code, peak_kib());
  return code;
}

bool is_child(const char* word) {
  return std::strcmp(word, "seller") == 0 || std::strcmp(word, "peer") == 0 ||
         std::strcmp(word, "node") == 0 || std::strcmp(word, "audit") == 0;
}

int run(int argc, char** argv) {
  bench::Job job;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help") return usage(stdout, 0);
    if (word == "--sales" && i + 1 < argc) {
      job.sales = std::strtoull(argv[++i], nullptr, 10);
      if (job.sales < 1'000) return usage(stderr, 2);
      continue;
    }
    const bool known = std::any_of(std::begin(benches), std::end(benches),
                                   [&](const Bench& it) { return word == it.name; });
    if (!known) return usage(stderr, 2);
    names.push_back(word);
  }
  const bench::WorkDirectory work;
  bench::heading();
  for (const auto& it : benches) {
    if (!names.empty() && std::find(names.begin(), names.end(), it.name) == names.end()) continue;
    it.one_core ? bench::keep_to_one_core() : bench::use_all_cores();
    job.work = work.make(it.name);
    it.run(job);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return argc > 1 && is_child(argv[1]) ? run_child(argc, argv) : run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "verbena-bench: %s\n", error.what());
    return 1;
  }
}
