// SPDX-License-Identifier: Apache-2.0
#include "bench/site.h"

#include <fstream>

#include "bench/measure.h"
#include "node/office.h"
#include "node/system_clock.h"

namespace verbena::bench {

namespace {

constexpr std::uint64_t start_ms = 120'000;
constexpr std::uint64_t stop_ms = 30'000;
constexpr const char* passphrase = "bench";
constexpr const char* festival_text = R"(name = "Bench"
id = "bench"
currency = "EUR"
[limits]
purse_max = "150.00"
offline_max = "50.00"
unwitnessed_count = 1000000
unwitnessed_value = "100000000.00"
void_without_approval = "20.00"
[[item]]
sku = "beer"
price = "4.50"
tax_percent = "21.0"
[[item]]
sku = "water"
price = "2.00"
tax_percent = "10.0"
[[stand]]
name = "bar-1"
items = ["beer", "water"]
)";

std::vector<std::array<std::uint64_t, 4>> read_rows(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<std::array<std::uint64_t, 4>> out;
  std::array<std::uint64_t, 4> row{};
  while (in >> row[0] >> row[1] >> row[2] >> row[3]) out.push_back(row);
  need(in.eof() && !out.empty(), path.string() + ": nothing was noted there");
  return out;
}

}  // namespace

Site::Site(std::filesystem::path directory, const std::vector<std::string>& tills)
    : directory_(std::move(directory)) {
  const node::SystemClock clock;
  ledger::SystemRandom random;
  const auto file = directory_ / "festival.toml", office_directory = directory_ / "festival";
  need_ok(node::write_file(file, festival_text));
  value_of(node::init_festival(file, office_directory, passphrase, clock, random));
  auto office = value_of(node::Office::open(office_directory, passphrase, clock, random));
  const auto second = office_directory / "spares" / "supervisor-2";
  value_of(office.enrol({schemas::HUB, "", "", second, 0, {}}, home("hub")));
  for (const auto& alias : tills) {
    value_of(office.enrol({schemas::VENDOR, "bar-1", alias, {}, 0, {}}, home(alias)));
  }
  std::vector<std::string> all = tills;
  all.push_back("hub");
  for (const auto& alias : all) {
    need_ok(office.copy_control_logs(home(alias)));  // of those enrolled after it
    certificates_[alias] = value_of(node::read_home(home(alias))).identity.certificate;
  }
}

Site::Child Site::start(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const auto log = notes(program + "-" + std::to_string(++started_) + ".log");
  Child out{value_of(node::Process::spawn_self(words, log.string())), {}};
  const auto ready = out.process.read_line(start_ms);
  if (!ready || !ready->starts_with("ready ")) {
    const auto text = node::read_file(log);
    need(false, "a " + program + " did not start: " + (text ? *text : std::string()));
  }
  out.address = ready->substr(ready->find(' ') + 1);
  return out;
}

std::string Site::Child::line(std::uint64_t timeout_ms) {
  return value_of(process.read_line(timeout_ms));
}

void Site::Child::stop() {
  need(process.stop(stop_ms) == 0, "a process did not end well");
}

std::vector<Sold> read_sold(const std::filesystem::path& path) {
  std::vector<Sold> out;
  for (const auto& row : read_rows(path)) out.push_back({row[0], row[1], row[2], row[3]});
  return out;
}

std::vector<Held> read_held(const std::filesystem::path& path) {
  std::vector<Held> out;
  for (const auto& row : read_rows(path)) out.push_back({row[0], row[1], row[2], row[3]});
  return out;
}

void write_rows(const std::filesystem::path& path,
                const std::vector<std::array<std::uint64_t, 4>>& rows) {
  std::ofstream out(path);
  for (const auto& row : rows) {
    out << row[0] << ' ' << row[1] << ' ' << row[2] << ' ' << row[3] << '\n';
  }
  need(out.flush().good(), path.string() + ": cannot be written");
}

}  // namespace verbena::bench
