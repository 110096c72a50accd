// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without a fuzzer: every file of its corpus, and mutations of each that are the
// same every time. An input that fails is left in the working directory.
//   fuzz_<target> CORPUS [MUTATIONS]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "test/support/world.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

using namespace verbena;

namespace {

using test::SeededRandom;

constexpr int mutations_default = 2'000;
constexpr std::size_t input_bytes_max = 64 << 10;

std::string failed_path;
const std::string* running = nullptr;
struct sigaction others[NSIG];  // a sanitizer's own handlers

void say(std::string_view text) {
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

// Only what may be called from a signal handler.
extern "C" void keep_input(int signal) {
  const int fd = ::open(failed_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd >= 0 && ::write(fd, running->data(), running->size()) >= 0) {
    say("the input that failed is in ");
    say(failed_path);
    say("\n");
  }
  ::sigaction(signal, &others[signal], nullptr);
  if (signal == SIGABRT) std::raise(signal);  // the others come again by themselves
}

void keep_failing_input() {
  static char stack[64 << 10];  // the usual one may be what ran out
  const stack_t other{stack, 0, sizeof stack};
  ::sigaltstack(&other, nullptr);
  struct sigaction action {};
  action.sa_handler = keep_input;
  action.sa_flags = SA_ONSTACK;
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    ::sigaction(signal, &action, &others[signal]);
  }
}

void run(const std::string& input) {
  running = &input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

struct Sample {
  std::string name, bytes;
};

std::vector<Sample> read_corpus(const std::filesystem::path& directory) {
  std::vector<Sample> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    out.push_back(
        {entry.path().filename().string(), std::string(std::istreambuf_iterator<char>(in), {})});
  }
  std::sort(out.begin(), out.end(), [](auto& a, auto& b) { return a.name < b.name; });
  return out;
}

class Mutator {
 public:
  Mutator(std::uint64_t seed, const std::vector<Sample>& corpus) : random_(seed), corpus_(corpus) {}

  std::string mutated(const std::string& bytes) {
    std::string out = bytes;
    for (auto left = 1 + below(4); left > 0; --left) once(out);
    if (out.size() > input_bytes_max) out.resize(input_bytes_max);
    return out;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_.below(n); }
  char any_byte() { return static_cast<char>(random_.next()); }

  void once(std::string& out) {
    const std::string& other = corpus_[below(corpus_.size())].bytes;
    const std::size_t at = below(out.size() + 1), from = below(other.size() + 1);
    const std::size_t length = below(std::min<std::size_t>(out.size() - at, 64) + 1);
    const std::size_t few = below(16), some = below(128);
    const char byte = any_byte();
    switch (below(10)) {
      case 0:
      case 1: flip(out, byte); break;
      case 2: overwrite(out, at); break;
      case 3: out.resize(at); break;
      case 4: out.erase(at, length); break;
      case 5: out.insert(at, out.substr(at, length)); break;
      case 6: out.insert(at, few, byte); break;
      case 7: out.insert(at, few == 0 ? 4'096 : 64, byte); break;
      case 8: out.insert(at, other, from, some); break;
      case 9:
        out.resize(at);
        out.append(other, from);
        break;
    }
  }

  void flip(std::string& out, char byte) {
    if (out.empty()) return;
    char& flipped = out[below(out.size())];
    flipped = below(2) == 0 ? byte : static_cast<char>(flipped ^ 1 << below(8));
  }

  // A number at the edge of its type, little or big-endian or as a varint.
  void overwrite(std::string& out, std::size_t at) {
    static const std::string edges[] = {std::string(1, '\0'),
                                        "\x01",
                                        "\x7f",
                                        "\x80",
                                        "\xff",
                                        std::string(4, '\0'),
                                        "\xff\xff",
                                        "\xff\xff\xff\xff",
                                        "\x7f\xff\xff\xff",
                                        "\xff\xff\xff\x7f",
                                        std::string(8, '\xff'),
                                        std::string(9, '\xff') + "\x01",
                                        "\xff\xff\xff\xff\x0f"};
    const std::string& edge = edges[below(std::size(edges))];
    out.replace(at, std::min(edge.size(), out.size() - at), edge);
  }

  SeededRandom random_;
  const std::vector<Sample>& corpus_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: %s CORPUS [MUTATIONS]\n", argv[0]);
    return 2;
  }
  const std::filesystem::path directory = argv[1];
  const int mutations = argc == 3 ? std::atoi(argv[2]) : mutations_default;
  const std::string target = directory.filename().string();
  failed_path = std::filesystem::absolute("failed-" + target);
  const auto corpus = read_corpus(directory);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s holds no samples\n", directory.c_str());
    return 1;
  }
  keep_failing_input();
  long made = 0;
  for (const auto& sample : corpus) {
    run(sample.bytes);
    const auto seed = ledger::get_be(ledger::view(ledger::sha256({sample.name})).substr(0, 8));
    Mutator mutator(seed, corpus);
    for (int i = 0; i < mutations; ++i, ++made) run(mutator.mutated(sample.bytes));
  }
  std::printf("fuzz %s: %zu files, %ld mutations, no crash\n", target.c_str(), corpus.size(), made);
}
