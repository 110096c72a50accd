// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "ledger/tap.h"
#include "node/cli/cli.h"
#include "node/nfc/band_desk.h"
#include "node/office.h"
#include "node/readers.h"

// Bands on chips, in the office: made, looked at, taken back.
namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

struct BandOptions {
  std::string festival, reader, home;
  std::uint32_t count = 1;
  bool with_balance = false;
};

// The office, its keys, and a reader that taps with them.
struct BandOffice {
  Office office;
  BandKeys keys;
  std::unique_ptr<TagReader> reader;
};

Result<BandOffice> open_band_office(const BandOptions& options) {
  auto secret = ask_passphrase();
  if (!secret) return secret.error();
  auto office = Office::open(options.festival, *secret, machine().clock, machine().random);
  if (!office) return office.error();
  auto keys = office->band_keys();
  if (!keys) return keys.error();
  std::unique_ptr<TagReader> reader;
  if (!options.reader.empty()) {
    auto opened = open_reader(options.reader, *keys, machine().random);
    if (!opened) return opened.error();
    reader = opened.take();
  }
  return BandOffice{office.take(), *keys, std::move(reader)};
}

Result<nfc::Transceiver*> chip_of(Tag& tag) {
  if (auto* chip = tag.chip()) return chip;
  return Error{Errc::bad_input, "a simulated reader has no chips: band new makes its bands"};
}

// As far as this office knows who may have written it.
Result<ledger::BandReading> verified(Office& office, std::string_view image) {
  std::optional<Result<ledger::BandReading>> out;
  office.ledger().ask([&](ledger::State& state, const ledger::DeviceView&) {
    out.emplace(ledger::read_band(state, image));
  });
  return std::move(*out);
}

std::int64_t balance_of(const ledger::BandReading& band) {
  return static_cast<std::int64_t>(band.slot.head.credited) -
         static_cast<std::int64_t>(band.slot.head.debited);
}

std::string money(Office& office, std::int64_t minor) {
  std::string out;
  office.ledger().ask([&](ledger::State& state, const ledger::DeviceView&) {
    const auto* festival = state.festival();
    out = ledger::format_decimal(minor, festival == nullptr ? 0 : festival->scale());
  });
  return out;
}

// A chip that left while it was made or wiped is as well as unreachable: the same again ends well.
Error with_advice(const Output& output, Error why) {
  if (why.code != Errc::in_doubt && why.code != Errc::unreachable) return why;
  why.code = Errc::unreachable;
  why.text += output.text("; put it on the reader and give the command again",
                          "; póngalo en el lector y repita la orden");
  return why;
}

Result<ordered_json> make_one(BandOffice& desk, Tag& tag) {
  auto chip = chip_of(tag);
  if (!chip) return chip.error();
  auto made =
      nfc::make_band(**chip, desk.keys, machine().random, [&](bool is_short, bool proves_presence) {
        return desk.office.new_band(is_short, proves_presence);
      });
  if (!made) return made.error();
  auto band = verified(desk.office, made->image);
  if (!band) return band.error();
  ordered_json out;
  out["chip"] = nfc::chip_name(made->kind);
  out["serial"] = ledger::hex(made->uid);
  out["profile"] = nfc::profile_name(made->kind);
  out["purse"] = ledger::hex_u64(band->slot.head.purse);
  out["was_made"] = made->was_made;
  return out;
}

int run_personalise(const Output& output, const BandOptions& options) {
  auto desk = open_band_office(options);
  if (!desk) return output.fail(desk.error());
  ordered_json object{{"bands", ordered_json::array()}};
  std::uint64_t arrival = 0;
  std::string page;
  for (std::uint32_t i = 0; i < options.count; ++i) {
    auto held = wait_for_tag(*desk->reader, machine().clock, arrival);
    auto made = held ? make_one(*desk, *held->tag) : Result<ordered_json>(held.error());
    if (!made) {
      Error why = with_advice(output, made.error());
      why.text += output.text("; bands made: ", "; pulseras hechas: ") + std::to_string(i);
      return output.fail(why);
    }
    arrival = held->arrival;
    if (!page.empty()) page += "\n";
    page += output.text("Band made: ", "Pulsera hecha: ") + (*made)["purse"].get<std::string>() +
            ", " + (*made)["chip"].get<std::string>();
    output.progress(page.substr(page.rfind('\n') + 1));
    object["bands"].push_back(std::move(*made));
  }
  return output.say(object, page, exit_done);
}

int run_show(const Output& output, const BandOptions& options) {
  auto desk = open_band_office(options);
  if (!desk) return output.fail(desk.error());
  auto held = wait_for_tag(*desk->reader, machine().clock);
  if (!held) return output.fail(held.error());
  ordered_json object;
  std::string page;
  if (auto* chip = held->tag->chip()) {
    const auto kind = nfc::find_kind(*chip);
    if (!kind) return output.fail(kind.error());
    if (const auto fit = nfc::fit_for_value(*kind); !fit) {
      return output.fail(ledger::refuse(
          fit.error().refusal,
          std::string(nfc::chip_name(*kind)) + ": " + nfc::unfit_text(*kind, output.language)));
    }
    object["chip"] = nfc::chip_name(*kind);
    object["profile"] = nfc::profile_name(*kind);
    page = std::string(nfc::chip_name(*kind)) + ", ";
  }
  auto image = held->tag->read();
  auto band = image ? verified(desk->office, *image) : Result<ledger::BandReading>(image.error());
  if (!band) return output.fail(band.error());
  const auto& head = band->slot.head;
  object["purse"] = ledger::hex_u64(head.purse);
  object["counter"] = head.counter;
  object["credited_minor"] = head.credited;
  object["debited_minor"] = head.debited;
  object["balance_minor"] = balance_of(*band);
  page += output.text("purse ", "monedero ") + ledger::hex_u64(head.purse) +
          output.text(", step ", ", paso ") + std::to_string(head.counter) +
          output.text(", on it ", ", lleva ") + money(desk->office, balance_of(*band));
  return output.say(object, page, exit_done);
}

// What this office cannot verify may carry anything; what is no band, or was never finished,
// nothing.
bool may_carry_value(const Result<std::string>& image, const Result<ledger::BandReading>& band) {
  if (band) return balance_of(*band) > 0;
  return image.ok() || image.error().refusal == ledger::Refusal::band_damaged ||
         image.error().refusal == ledger::Refusal::band_rolled_back;
}

int run_wipe_band(const Output& output, const BandOptions& options) {
  auto desk = open_band_office(options);
  if (!desk) return output.fail(desk.error());
  auto held = wait_for_tag(*desk->reader, machine().clock);
  if (!held) return output.fail(held.error());
  auto chip = chip_of(*held->tag);
  if (!chip) return output.fail(chip.error());
  const auto image = held->tag->read();
  const auto band =
      image ? verified(desk->office, *image) : Result<ledger::BandReading>(image.error());
  if (!options.with_balance && may_carry_value(image, band)) {
    const std::string why = band ? output.text("it carries ", "lleva ") +
                                       money(desk->office, balance_of(*band)) +
                                       output.text(", pay that out first", ", devuélvalo antes")
                                 : band.error().text;
    return output.fail(ledger::refuse(ledger::Refusal::approval_needed,
                                      why + output.text("; --with-balance wipes it all the same",
                                                        "; --with-balance la borra igualmente")));
  }
  const auto kind = nfc::unmake_band(**chip, desk->keys, machine().random);
  if (!kind) return output.fail(with_advice(output, kind.error()));
  ordered_json object{{"chip", nfc::chip_name(*kind)}, {"wiped", true}};
  return output.say(object,
                    std::string(nfc::chip_name(*kind)) +
                        output.text(": is no band any more", ": ya no es una pulsera"),
                    exit_done);
}

int run_keys(const Output& output, const BandOptions& options) {
  auto desk = open_band_office(options);
  if (!desk) return output.fail(desk.error());
  ordered_json object{{"festival", ledger::hex_u64(desk->keys.festival)}};
  if (options.home.empty()) {
    return output.say(object,
                      output.text("The keys for bands are in the office.",
                                  "Las claves de las pulseras están en la oficina."),
                      exit_done);
  }
  auto home = read_home(options.home);
  if (!home) return output.fail(home.error());
  const auto& certificate = home->identity.certificate;
  if (certificate.festival != desk->keys.festival) {
    return output.fail({Errc::other_festival, options.home + ": is of another festival"});
  }
  auto shared = desk->office.share_band_keys(options.home, certificate.role);
  if (!shared) return output.fail(shared.error());
  object["device"] = certificate.alias;
  object["given"] = *shared;
  return output.say(
      object,
      certificate.alias +
          (*shared ? output.text(": has its keys for bands", ": tiene sus claves de pulseras")
                   : output.text(": its role taps no bands", ": su función no usa pulseras")),
      *shared ? exit_done : exit_no);
}

}  // namespace

void add_band_commands(CLI::App& band, CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  const auto add = [&](const char* name, const char* help, bool reads,
                       int (*go)(const Output&, const BandOptions&)) {
    auto options = std::make_shared<BandOptions>();
    auto* sub = band.add_subcommand(name, help);
    sub->add_option("--festival", options->festival, "directory made by init")->required();
    if (reads) {
      sub->add_option("--reader", options->reader, "pcsc, pcsc:NAME, or file:DIR")->required();
    }
    sub->callback([&output, &run, options, go] {
      run = [&output, options, go] { return go(output, *options); };
    });
    return std::pair(sub, options);
  };
  auto [personalise, making] =
      add("personalise", "make bands of the chips put on the reader", true, run_personalise);
  personalise->add_option("--count", making->count, "how many, one after the other")
      ->check(CLI::PositiveNumber);
  add("show", "what the band on the reader is and carries", true, run_show);
  auto [wipe, wiping] =
      add("wipe", "make a chip as delivered of the band on the reader", true, run_wipe_band);
  wipe->add_flag("--with-balance", wiping->with_balance, "even though it carries value");
  auto [keys, sharing] = add("keys", "the festival's keys for bands on chips", false, run_keys);
  keys->add_option("--home", sharing->home, "give this device what its role has of them");
}

}  // namespace verbena::node
