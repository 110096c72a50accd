// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "node/demo/process.h"
#include "node/home.h"

namespace verbena::bench {

// A festival on disk and its devices as processes of this program, over real mTLS on loopback.
class Site {
 public:
  // A hub called "hub" and tills, each at the one stand.
  Site(std::filesystem::path directory, const std::vector<std::string>& tills);

  struct Child {
    node::Process process;
    std::string address;
    std::string line(std::uint64_t timeout_ms);  // the next one it prints
    void stop();
  };
  // `program`: node, seller or peer. Returns once it serves.
  Child start(const std::string& program, const std::vector<std::string>& arguments);

  std::filesystem::path home(const std::string& alias) const { return directory_ / alias; }
  std::filesystem::path notes(const std::string& name) const { return directory_ / name; }
  const ledger::Certificate& certificate(const std::string& alias) const {
    return certificates_.at(alias);
  }

 private:
  std::filesystem::path directory_;
  std::map<std::string, ledger::Certificate> certificates_;
  int started_ = 0;
};

// A sale as its till saw it.
struct Sold {
  std::uint64_t incarnation = 0, index = 0, began_ns = 0, ended_ns = 0;
};
std::vector<Sold> read_sold(const std::filesystem::path& path);

// An event as another device's store took it. `synced_ns` is 0 where it never was.
struct Held {
  std::uint64_t incarnation = 0, index = 0, admitted_ns = 0, synced_ns = 0;
};
std::vector<Held> read_held(const std::filesystem::path& path);

// Either is four numbers a line.
void write_rows(const std::filesystem::path& path,
                const std::vector<std::array<std::uint64_t, 4>>& rows);

}  // namespace verbena::bench
