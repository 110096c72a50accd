// SPDX-License-Identifier: Apache-2.0
#include "node/payout/claim_desk.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "test/support/payout_ground.h"

using namespace verbena;
using node::ClaimWord;
using test::PayoutGround;

namespace {

// All bytes below a folder, with the names of files.
std::string everything(const node::Path& folder) {
  std::string out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    out += entry.path().string();
    if (entry.is_regular_file()) out += node::read_file(entry.path(), 1 << 30).take();
  }
  return out;
}

}  // namespace

TEST_CASE("A box opens with its key alone and in the form of crypto_box_seal") {
  test::SeededRandom random(7);
  const auto key = ledger::BoxKey::generate(random);
  const auto other = ledger::BoxKey::generate(random);
  const auto box = *ledger::seal_for(key.public_key(), "to whom it may concern", random);
  REQUIRE(ledger::open_sealed_for(key, box).has_value());
  CHECK(*ledger::open_sealed_for(key, box) == "to whom it may concern");
  CHECK_FALSE(ledger::open_sealed_for(other, box).has_value());
  CHECK(box != *ledger::seal_for(key.public_key(), "to whom it may concern", random));
  for (std::size_t i = 0; i < box.size(); ++i) {
    auto flipped = box;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    CHECK_FALSE(ledger::open_sealed_for(key, flipped).has_value());
    CHECK_FALSE(ledger::open_sealed_for(key, box.substr(0, i)).has_value());
  }
}

TEST_CASE("No box is closed for a key that nobody can have") {
  test::SeededRandom random(8);
  CHECK_FALSE(ledger::seal_for(ledger::PublicKey{}, "to nobody", random).ok());
}

TEST_CASE("A keyed hash is BLAKE2b of RFC 7693 with a key") {
  // Of the first bytes 00 to 3f as a key and no message, from the reference's list of known
  // answers.
  std::string key;
  for (int i = 0; i < 64; ++i) key.push_back(static_cast<char>(i));
  CHECK(ledger::hex(ledger::keyed_hash(key, "", 64)) ==
        "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786"
        "b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568");
}

TEST_CASE("A secret reads back however people write it, and a slip of the pen is told") {
  test::SeededRandom random(9);
  for (int round = 0; round < 50; ++round) {
    node::ClaimSecret secret;
    random.fill(secret);
    const std::string text = node::secret_text(secret);
    REQUIRE(text.size() == 34);
    REQUIRE(node::read_secret(text).ok());
    CHECK(*node::read_secret(text) == secret);
    std::string careless;
    for (const char c : text) {
      if (c == '-') continue;
      careless += c == '0' ? 'o' : c == '1' ? 'l' : static_cast<char>(std::tolower(c));
      careless += ' ';
    }
    REQUIRE(node::read_secret(careless).ok());
    CHECK(*node::read_secret(careless) == secret);
    CHECK_FALSE(node::read_secret(text.substr(1)).ok());
    CHECK_FALSE(node::read_secret(text + "0").ok());
  }
  // One wrong character passes once in 1,024 times, and then names another secret.
  const std::string text = node::secret_text(node::ClaimSecret{});
  int passed = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : std::string("23456789ABCDEFGHJKMNPQRSTVWXYZ")) {
      if (text[i] == '-' || text[i] == c) continue;
      auto slip = text;
      slip[i] = c;
      passed += node::read_secret(slip).ok() ? 1 : 0;
    }
  }
  CHECK(passed < 8);
}

TEST_CASE("A secret is what another implementation of its definition makes") {
  node::ClaimKey key;  // 00 to 1f
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  const auto secret = node::claim_secret(key, 0x0102030405060708, 0x1112131415161718);
  CHECK(node::secret_text(secret) == "7ZTR-8YT9-SN6P-P1CE-ERZA-TSZE-P8J6");  // hashlib of Python
  CHECK(node::number_text(0x1112131415161718) == "1112 1314 1516 1718");
  CHECK(*node::read_number("1112 1314 1516-1718") == 0x1112131415161718);
  CHECK_FALSE(node::read_number("1112 1314 1516").ok());
}

TEST_CASE("Secrets differ by purse and by festival and by desk") {
  node::ClaimKey key{1}, other{2};
  CHECK(node::claim_secret(key, 1, 2) == node::claim_secret(key, 1, 2));
  CHECK(node::claim_secret(key, 1, 2) != node::claim_secret(key, 2, 1));
  CHECK(node::claim_secret(key, 1, 2) != node::claim_secret(key, 1, 3));
  CHECK(node::claim_secret(key, 1, 2) != node::claim_secret(other, 1, 2));
}

TEST_CASE("A wrong secret and an unknown number get the same answer and the same number of tries") {
  PayoutGround ground;
  const std::uint64_t known = ground.band(1000), unknown = 0x1122334455667788;
  const node::ClaimSecret wrong{1, 2, 3};
  for (unsigned i = 0; i < node::claim_tries_max; ++i) {
    CHECK(ground.try_claim(known, wrong).word == ClaimWord::refused);
    CHECK(ground.try_claim(unknown, wrong).word == ClaimWord::refused);
  }
  CHECK(ground.try_claim(known, wrong).word == ClaimWord::locked);
  CHECK(ground.try_claim(unknown, wrong).word == ClaimWord::locked);
  // The right secret comes too late, also in another process.
  ground.reopen();
  CHECK(ground.try_claim(known, *ground.desk->secret(known)).word == ClaimWord::locked);
  CHECK(ground.desk->payouts().claims().empty());
  const auto stranger = ledger::BoxKey::generate(ground.world.random);
  CHECK_FALSE(ground.desk->allow_again(known, stranger).ok());
  CHECK(ground.try_claim(known, *ground.desk->secret(known)).word == ClaimWord::locked);
  REQUIRE(ground.desk->allow_again(known, *ground.officer).ok());
  CHECK(ground.try_claim(known, *ground.desk->secret(known)).word == ClaimWord::noted);
  CHECK(ground.try_claim(unknown, wrong).word == ClaimWord::locked);
}

TEST_CASE("A try is counted on disk before it is answered") {
  PayoutGround ground;
  const std::uint64_t number = ground.band(1000);
  const auto tries = ground.scratch.path() / "desk" / "tries";
  const auto before = *node::read_file(tries);
  ground.try_claim(number, node::ClaimSecret{});
  CHECK(*node::read_file(tries) != before);
  // Where it cannot be counted there is no answer at all, be the secret right or wrong.
  std::filesystem::remove(tries);
  std::filesystem::create_directory(tries);
  CHECK_FALSE(ground.desk->note({number, {}, "Ana", PayoutGround::iban, ""}, ground.world.random));
  CHECK_FALSE(ground.desk->note(
      {number, *ground.desk->secret(number), "Ana", PayoutGround::iban, ""}, ground.world.random));
}

TEST_CASE("A right secret gives the tries back") {
  PayoutGround ground;
  const std::uint64_t number = ground.band(1000);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) ground.try_claim(number, node::ClaimSecret{});
    CHECK(ground.try_claim(number, *ground.desk->secret(number)).word == ClaimWord::noted);
  }
}

TEST_CASE("What is claimed lies sealed and under a commitment that hides it") {
  PayoutGround ground;
  const auto noted = ground.claim(ground.band(1000));
  const auto again = ground.claim(ground.band(1000));
  CHECK(noted.commitment != again.commitment);  // by the blinding alone: all else is equal
  for (const char* planted : {"Canaria", PayoutGround::iban, "ejemplo"}) {
    CHECK(everything(ground.scratch.path()).find(planted) == std::string::npos);
  }
  const auto claimant = ground.desk->read(noted, *ground.officer);
  REQUIRE(claimant.ok());
  CHECK(claimant->name == "Ana Canaria");
  CHECK(claimant->iban == PayoutGround::iban);
  CHECK(claimant->mail == "ana@ejemplo.invalid");
  CHECK_FALSE(ground.desk->read(noted, ledger::BoxKey::generate(ground.world.random)).ok());
}

TEST_CASE("The details of one claim are never taken for those of another") {
  PayoutGround ground;
  const auto one = ground.claim(ground.band(1000));
  const auto two = ground.claim(ground.band(1000), PayoutGround::other_iban);
  const auto claims = ground.scratch.path() / "desk" / "claims";
  std::filesystem::copy_file(claims / ledger::hex(one.commitment),
                             claims / ledger::hex(two.commitment),
                             std::filesystem::copy_options::overwrite_existing);
  const auto read = ground.desk->read(two, *ground.officer);
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ledger::Errc::damaged);
}

TEST_CASE("A claim that is corrected leaves no details of the first behind") {
  PayoutGround ground;
  const std::uint64_t number = ground.band(1000);
  const auto first = ground.claim(number);
  const auto second = ground.claim(number, PayoutGround::other_iban);
  CHECK(ground.desk->payouts().claim(first.commitment)->forgotten);
  CHECK_FALSE(ground.desk->read(*ground.desk->payouts().claim(first.commitment), *ground.officer));
  const auto live = ground.desk->payouts().live_claims(ground.desk->payouts().entries());
  CHECK(live.at(number).commitment == second.commitment);
  CHECK(std::distance(
            std::filesystem::directory_iterator(ground.scratch.path() / "desk" / "claims"), {}) ==
        1);
}

TEST_CASE("What a cut claim or a cut forgetting leaves behind goes when the desk opens") {
  PayoutGround ground;
  const auto noted = ground.claim(ground.band(1000));
  const auto claims = ground.scratch.path() / "desk" / "claims";
  const auto kept = node::read_file(claims / ledger::hex(noted.commitment));
  REQUIRE(ground.desk->forget(noted).ok());
  for (const std::string& name :
       {ledger::hex(noted.commitment), std::string(64, 'a'), std::string(64, 'a') + ".new"}) {
    std::ofstream(claims / name, std::ios::binary) << *kept;
  }
  ground.reopen();
  CHECK(std::filesystem::is_empty(claims));
}

TEST_CASE("An older ledger beside newer claims destroys none of them") {
  PayoutGround ground;
  const auto ledger = ground.scratch.path() / "desk" / "ledger";
  const auto older = *node::read_file(ledger);
  const auto one = ground.claim(ground.band(1000));
  const auto two = ground.claim(ground.band(1000));
  const auto newest = *node::read_file(ledger);
  ground.desk.reset();
  REQUIRE(node::write_file(ledger, older).ok());
  const auto refused = node::ClaimDesk::open(ground.scratch.path() / "desk");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ledger::Errc::damaged);
  REQUIRE(node::write_file(ledger, newest).ok());
  ground.reopen();
  CHECK(ground.desk->read(one, *ground.officer).ok());
  CHECK(ground.desk->read(two, *ground.officer).ok());
}

TEST_CASE("A shredded file is overwritten where it lies before its name goes") {
  test::TemporaryDirectory scratch;
  const auto path = scratch.path() / "secret", other = scratch.path() / "other name";
  std::ofstream(path, std::ios::binary) << std::string(10'000, 'x');
  std::filesystem::create_hard_link(path, other);
  REQUIRE(node::shred_file(path).ok());
  CHECK_FALSE(node::path_exists(path));
  CHECK(*node::read_file(other) == std::string(10'000, '\0'));
  CHECK(node::shred_file(path).ok());
}

TEST_CASE("No error about a claim repeats what was claimed") {
  PayoutGround ground;
  const std::uint64_t number = ground.band(1000);
  const auto secret = *ground.desk->secret(number);
  const char* names[] = {"Ana Canaria", "Ana Canaria\x01", "Ana <Canaria>", ""};
  const char* ibans[] = {"ES9121000418450200051333", "XX9121000418450200051332",
                         "ES91 2100 0418 4502 0005 13", "9121000418450200051332"};
  const char* mails[] = {"canaria", "canaria@", "@canaria", "a b@canaria", "<canaria@x>"};
  std::string said;
  const auto note = [&](const char* name, const char* iban, const char* mail) {
    const auto answer = ground.desk->note({number, secret, name, iban, mail}, ground.world.random);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code == ledger::Errc::bad_input);
    said += answer.error().text;
  };
  for (std::size_t i = 1; i < std::size(names); ++i) note(names[i], PayoutGround::iban, "");
  for (const auto* iban : ibans) note(names[0], iban, "");
  for (const auto* mail : mails) note(names[0], PayoutGround::iban, mail);
  for (const char* planted : {"anaria", "2100", "9121"}) {
    CHECK(said.find(planted) == std::string::npos);
  }
}
