// SPDX-License-Identifier: Apache-2.0
// Writes the corpora anew, all but those that people wrote as text:
//   fuzz_seeds CORPORA GOLDEN
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/core/merkle.h"
#include "ledger/core/voucher.h"
#include "ledger/proof.h"
#include "ledger/purse/short_band.h"
#include "node/voucher_text.h"
#include "replication/bundle.h"
#include "replication/pack.h"
#include "replication/session.h"
#include "test/fuzz/ground.h"
#include "test/fuzz/input.h"

using namespace verbena;
using fuzz::ground;
using ledger::Bytes;
using schemas::Frame;

namespace {

std::filesystem::path corpora, golden;

void put(const std::string& target, const std::string& name, const Bytes& bytes) {
  std::filesystem::create_directories(corpora / target);
  std::ofstream(corpora / target / name, std::ios::binary) << bytes;
}

Bytes slurp(const std::string& name) {
  std::ifstream in(golden / name, std::ios::binary);
  VERBENA_CHECK(in.good());
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

Bytes big_endian(std::uint64_t value) {
  Bytes out;
  ledger::put_u64(out, value);
  return out;
}

// ---- events
// --------------------------------------------------------------------------------------

schemas::Event event_of(schemas::Kind kind) {
  schemas::Event out;
  out.set_version(1);
  out.set_kind(kind);
  return out;
}

void add_posting(schemas::Event& event, schemas::AccountClass from, schemas::AccountClass to,
                 std::uint64_t amount) {
  auto* posting = event.add_posting();
  posting->set_from(from);
  posting->set_to(to);
  posting->set_amount_minor(amount);
}

void set_step(schemas::Event& event, std::uint32_t counter, std::uint64_t credited,
              std::uint64_t debited) {
  const auto slot = *ledger::decode_slot(ledger::decode_band(ground().band.image)->slots[0]);
  auto* step = event.mutable_step();
  step->set_purse(slot.head.purse);
  step->set_counter(counter);
  step->set_credited(credited);
  step->set_debited(debited);
  step->set_previous(ledger::to_bytes(slot.head.hash));
}

Bytes purse_sale(std::uint32_t counter, std::uint64_t credited, std::uint64_t debited) {
  auto event = event_of(schemas::KIND_SALE_PREPARED);
  add_posting(event, schemas::PURSE, schemas::STAND, 450);
  set_step(event, counter, credited, debited);
  return event.SerializeAsString();
}

Bytes crowded_event() {
  auto event = event_of(schemas::KIND_STOCK);
  for (int i = 0; i < ledger::postings_max; ++i) {
    add_posting(event, schemas::STAND, i % 2 == 0 ? schemas::FEE : schemas::TIP, 1'000'000'000'000);
  }
  for (int i = 0; i < ledger::moves_max; ++i) {
    auto* move = event.add_move();
    move->set_from(schemas::SUPPLIER);
    move->set_to(schemas::HOLDER);
    for (std::uint32_t n = 0; n < 4; ++n) {
      move->add_item(n);
      move->add_quantity(1'000'000'000'000);
    }
  }
  return event.SerializeAsString();
}

Bytes void_of(const schemas::OperateReply& sale) {
  auto event = event_of(schemas::KIND_CASH_VOID);
  add_posting(event, schemas::STAND, schemas::OUTSIDE, 400);
  schemas::CashVoid target;
  for (const auto& run : fuzz::runs_of(*ground().one.ledger)) {
    for (std::size_t i = 0; i < run.events.size(); ++i) {
      const auto id = ledger::to_bytes(ledger::leaf_hash(run.events[i]));
      if (id != sale.done().id()) continue;
      target.set_log(ledger::to_bytes(run.log.id()));
      target.set_index(run.first + i);
      target.set_sale(id);
    }
  }
  event.set_payload(target.SerializeAsString());
  return event.SerializeAsString();
}

Bytes grant_of(const Bytes& sale) {
  auto event = event_of(schemas::KIND_GRANT);
  add_posting(event, schemas::STAND, schemas::PURSE, 450);
  schemas::Grant grant;
  grant.set_purse(
      ledger::decode_slot(ledger::decode_band(ground().band.image)->slots[0])->head.purse);
  grant.set_source(schemas::GRANT_VOID);
  grant.set_source_id(sale);
  event.set_payload(grant.SerializeAsString());
  return event.SerializeAsString();
}

void write_events() {
  std::map<std::string, Bytes> first;
  for (const auto& run : fuzz::runs_of(*ground().hub.ledger)) {
    for (const auto& bytes : run.events) {
      schemas::Event event;
      VERBENA_CHECK(ledger::parse_event(bytes, event).ok());
      first.emplace(schemas::Kind_Name(event.kind()), bytes);
    }
  }
  for (const char* kind : {"KIND_CASH_VOID", "KIND_REFUND_PREPARED", "KIND_REVOCATION", "KIND_SEEN",
                           "KIND_STAFF_CARD", "KIND_STOCK", "KIND_EVIDENCE"}) {
    first.emplace(kind, slurp(std::string(kind) + ".event"));
  }
  for (const auto& [kind, bytes] : first) put("event", kind, bytes);
  put("event", "void-of-sale", void_of(ground().cash_sale));
  put("event", "grant-of-spent", grant_of(ground().spent.done().id()));
  put("event", "step-next", purse_sale(6, 3000, 2000));
  put("event", "step-greatest", purse_sale(UINT32_MAX, 1'000'000'000'000, 1'000'000'000'000));
  put("event", "crowded", crowded_event());
  put("event", "empty", "");
  put("event", "only-version", Bytes("\x08\x01", 2));
  put("event", "later-version", Bytes("\x08\x02\x10\x1f", 4));
  put("event", "overlong-varint", Bytes("\x08\x01\x10") + Bytes(9, '\xff') + "\x01");
  put("event", "length-past-end", Bytes("\x08\x01\x4a\xff\xff\xff\xff\x07zz", 10));
  put("event", "deep-groups", Bytes("\x08\x01", 2) + Bytes(300, '\x7b'));
  put("event", "twice-the-step", first["KIND_SALE_PREPARED"] + purse_sale(9, 9, 9));
}

// ---- heads, certificates, receipts
// ---------------------------------------------------------------

schemas::Receipt receipt_over(std::initializer_list<std::uint64_t> sizes) {
  schemas::Receipt out;
  char log = 'a';
  for (const auto size : sizes) {
    auto* position = out.add_position();
    position->set_log(Bytes(32, log++));
    position->set_size(size);
    position->set_root(Bytes(32, 'r'));
  }
  fuzz::sign_receipt(out, ground().two.identity);
  return out;
}

Bytes certificate_with(const Bytes& alias, int signatures) {
  schemas::Certificate body;
  body.set_festival(ground().world.root.festival);
  body.set_key(Bytes(32, 'k'));
  body.set_role(schemas::VENDOR);
  body.set_alias(alias);
  body.set_number(9);
  const std::vector<const ledger::SigningKey*> signers(static_cast<std::size_t>(signatures),
                                                       &ground().sup.identity.key);
  return ledger::sign_certificate(body, signers);
}

void write_signed() {
  auto& one = *ground().one.ledger;
  put("signed", "head", ledger::encode_head(one.logs().back().head));
  put("signed", "head-of-ones", Bytes(112, '\xff'));
  put("signed", "root", ground().world.signed_root);
  put("signed", "certificate", certificate_with("late", 1));
  put("signed", "certificate-unsigned", certificate_with("late", 0));
  put("signed", "certificate-overfull", certificate_with(Bytes(40, 'x'), 9));
  put("signed", "receipt", one.make_receipts(0).front().SerializeAsString());
  put("signed", "receipt-of-two", receipt_over({5, 6}).SerializeAsString());
  put("signed", "receipt-of-nothing-too", receipt_over({5, 0}).SerializeAsString());
  put("signed", "receipt-greatest", receipt_over({UINT64_MAX}).SerializeAsString());
  auto twice = receipt_over({5});
  *twice.add_position() = twice.position(0);
  twice.mutable_position(1)->set_size(3);
  put("signed", "receipt-same-log-twice", twice.SerializeAsString());
  put("signed", "empty", "");
}

// ---- proof files
// ---------------------------------------------------------------------------------

void write_proofs() {
  const auto root = *ledger::parse_signed_certificate(ground().world.signed_root);
  const auto proof_of = [&](const Bytes& id) {
    return ledger::prove_event(*ground().hub.store, root, ledger::hex(id)).take();
  };
  const Bytes sale = proof_of(ground().cash_sale.done().id());
  put("proof", "cash-sale", sale);
  put("proof", "spent", proof_of(ground().spent.done().id()));
  for (const auto& [log, leaves] : fuzz::leaves_of(*ground().hub.ledger)) {
    if (log.certificate != root.certificate.hash) continue;
    put("proof", "by-root", proof_of(ledger::to_bytes(leaves.back())));
  }
  put("proof", "cut", sale.substr(0, sale.size() / 2));
  put("proof", "only-magic", Bytes(ledger::proof_magic));
  put("proof", "trailing", sale + '\0');
  put("proof", "empty", "");
}

// ---- sessions
// ------------------------------------------------------------------------------------

Bytes part(int asks, const Frame& frame) {
  Bytes out;
  ledger::put_u8(out, static_cast<std::uint8_t>(asks));
  fuzz::put_chunk(out, frame.SerializeAsString());
  return out;
}

Frame run_frame(std::uint64_t incarnation, std::uint64_t first, const std::vector<Bytes>& events) {
  Frame out;
  auto* run = out.mutable_run();
  run->mutable_log()->set_certificate(ledger::to_bytes(ground().two.identity.certificate.hash));
  run->mutable_log()->set_incarnation(incarnation);
  run->mutable_log()->set_log_class(2);
  run->set_first(first);
  for (const auto& event : events) run->add_event(event);
  return out;
}

// What `two` says to a hub that knows nothing of its day.
Bytes conversation() {
  fuzz::Stage stage({}, ground().hub.identity);
  replication::Session left(*ground().two.ledger), right(stage.fresh());
  Bytes out;
  std::vector<Frame> to_right = left.hello(), to_left = right.hello();
  for (int turn = 0; turn < 8 && (!to_right.empty() || !to_left.empty()); ++turn) {
    std::vector<Frame> answers;
    for (const auto& frame : to_left) {
      for (auto& answer : left.receive(frame)) to_right.push_back(std::move(answer));
    }
    for (const auto& frame : to_right) {
      out += part(0, frame);
      for (auto& answer : right.receive(frame)) answers.push_back(std::move(answer));
    }
    to_left = std::move(answers);
    to_right.clear();
  }
  return out;
}

Frame hello() {
  Frame out;
  out.mutable_hello()->set_version(1);
  out.mutable_hello()->set_festival(ground().world.root.festival);
  out.mutable_hello()->set_root(Bytes(16, 'r'));
  return out;
}

Frame frontier_of_all() {
  Frame out;
  for (const auto& log : ground().hub.ledger->logs()) {
    *out.mutable_frontier()->add_name() = ledger::to_wire(log.name);
    out.mutable_frontier()->add_named_size(log.head.size);
    out.mutable_frontier()->mutable_named_root()->append("otherbr.");
  }
  return out;
}

Bytes wants_and_acks() {
  Bytes out = part(16, hello());
  for (const auto& log : ground().hub.ledger->logs()) {
    for (const std::uint64_t from : {std::uint64_t{0}, UINT64_MAX}) {
      Frame frame;
      *frame.mutable_want()->mutable_log() = ledger::to_wire(log.name);
      frame.mutable_want()->set_from(from);
      out += part(0, frame);
    }
    Frame claimed;
    auto* head = claimed.mutable_heads()->add_head();
    *head->mutable_log() = ledger::to_wire(log.name);
    *head->mutable_head() = ledger::to_wire(log.head);
    head->mutable_head()->set_size(UINT32_MAX);
    out += part(8, claimed);
  }
  Frame ack;
  ack.mutable_ack()->set_bytes(UINT64_MAX);
  return out + part(8, ack);
}

void write_sessions() {
  const auto sale = purse_sale(6, 3000, 2000), other = purse_sale(6, 3000, 2500);
  put("session", "conversation", conversation());
  put("session", "own-run",
      part(16, hello()) + part(1, run_frame(5, 0, {sale})) + part(1 | 8, run_frame(5, 1, {other})));
  put("session", "own-fork",
      part(1, run_frame(5, 0, {sale, sale})) + part(1, run_frame(5, 1, {other})) +
          part(1, run_frame(5, 0, {other})));
  put("session", "own-run-past-end",
      part(1, run_frame(5, UINT64_MAX, {sale, other})) +
          part(0, run_frame(5, UINT64_MAX, {sale, other})));
  put("session", "others-branch", part(16, frontier_of_all()) + part(8, hello()));
  put("session", "wants-and-acks", wants_and_acks());
  put("session", "hellos-packed", part(4, hello()) + part(4, frontier_of_all()));
  Frame receipt;
  *receipt.mutable_receipt() = receipt_over({5, 0});
  put("session", "receipt", part(2, receipt) + part(0, hello()));
  Frame pack = replication::Packer().pack(std::vector<Frame>(64, hello())).front();
  put("session", "pack", part(0, pack));
  Frame wrapped;
  wrapped.set_packed(pack.SerializeAsString());
  put("session", "pack-no-zstd", part(0, wrapped) + part(4, pack));
  Frame large = hello();
  large.mutable_hello()->set_root(Bytes(800'000, 'x'));
  put("session", "pack-of-much", part(0, replication::Packer().pack({large}).front()));
  put("session", "pack-of-too-much", part(0, replication::Packer().pack({large, large}).front()));
  put("session", "empty", "");
  put("session", "nothing-in-it", part(0, Frame()) + part(4, Frame()));
}

// ---- bundles
// -------------------------------------------------------------------------------------

Bytes bundle_of(const ledger::Ledger& ledger) {
  Bytes out;
  VERBENA_CHECK(replication::export_bundle(ledger, ground().world.signed_root, [&](auto bytes) {
                  out = Bytes(bytes);
                  return ledger::done();
                }).ok());
  return out;
}

Bytes bundle_with(const std::vector<Frame>& frames) {
  Bytes out(replication::bundle_magic);
  const auto add = [&](const Bytes& bytes) {
    ledger::put_u32(out, static_cast<std::uint32_t>(bytes.size()));
    out += bytes;
  };
  add(ground().world.signed_root);
  for (const auto& frame : frames) add(frame.SerializeAsString());
  ledger::put_u32(out, 0);
  return out + ledger::to_bytes(ledger::sha256({out}));
}

Frame frame_of(const ledger::LogRun& run) {
  Frame out;
  auto* body = out.mutable_run();
  *body->mutable_log() = ledger::to_wire(run.log);
  body->set_first(run.first);
  for (const auto& event : run.events) body->add_event(event);
  *body->mutable_head() = ledger::to_wire(run.head);
  return out;
}

void write_bundles() {
  const Bytes whole = bundle_of(*ground().hub.ledger);
  put("bundle", "whole", whole);
  put("bundle", "cut", whole.substr(0, whole.size() / 2));
  put("bundle", "only-root", bundle_with({}));
  put("bundle", "only-magic", Bytes(replication::bundle_magic));
  put("bundle", "empty", "");
  put("bundle", "long-part", Bytes(replication::bundle_magic) + Bytes(4, '\xff'));
  std::vector<Frame> control;
  for (const auto& run : fuzz::runs_of(*ground().hub.ledger)) {
    if (run.log.log_class == ledger::LogClass::control) control.push_back(frame_of(run));
  }
  const auto sale = purse_sale(6, 3000, 2000), other = purse_sale(6, 3000, 2500);
  auto forked = control;
  forked.push_back(run_frame(5, 0, {sale, sale}));
  forked.push_back(run_frame(5, 1, {other}));
  forked.push_back(run_frame(5, 2, {other, other}));
  put("bundle", "forked", bundle_with(forked));
  auto doubled = control;
  doubled.insert(doubled.begin(), run_frame(7, 0, {sale}));  // its author comes later
  doubled.insert(doubled.end(), control.rbegin(), control.rend());
  doubled.push_back(run_frame(6, 0, std::vector<Bytes>(40, sale)));
  Frame receipt;
  *receipt.mutable_receipt() = receipt_over({5, 0});
  doubled.push_back(receipt);
  put("bundle", "doubled", bundle_with(doubled));
}

// ---- bands
// ---------------------------------------------------------------------------------------

void write_bands() {
  const auto& images = ground().bands_written;
  put("band", "new", images[0]);
  put("band", "topped-up", images[1]);
  put("band", "spent", ground().band.image);
  put("band", "rolled-back", images[2]);
  put("band", "staff", slurp("staff-band"));
  put("band", "other-festival", slurp("band"));
  put("band", "empty", "");
  put("band", "short", images[1].substr(0, 353));
  auto torn = ground().band.image;
  std::fill(torn.begin() + 354, torn.begin() + 500, '\0');
  put("band", "torn", torn);
  auto greatest = ground().band.image;
  std::fill(greatest.begin() + 8 + 14, greatest.begin() + 8 + 26, '\xff');  // counter and totals
  put("band", "greatest", greatest);
}

// ---- requests
// ------------------------------------------------------------------------------------

// ---- lost bands and vouchers in logs
// -----------------------------------------------------------------------------------------------

std::uint64_t purse_on(const std::string& image) {
  return ledger::decode_slot(ledger::decode_band(image)->slots[0])->head.purse;
}

// The rest of the ground's band for another purse, with the yes of another person where `at` is
// written first in the log of the target's that it is for.
Bytes replacement(const test::Device& at, std::uint64_t amount_minor, std::uint32_t line) {
  auto event = event_of(schemas::KIND_GRANT);
  add_posting(event, schemas::PURSE, schemas::PURSE, amount_minor);
  schemas::Grant grant;
  grant.set_purse(7);
  grant.set_source(schemas::GRANT_REPLACEMENT);
  grant.set_source_id(big_endian(purse_on(ground().band.image)));
  grant.set_line(line);
  grant.set_reason("lost");
  event.set_payload(grant.SerializeAsString());
  const ledger::LogName log{at.identity.certificate.hash, 77, ledger::LogClass::value};
  for (const auto& person : ground().world.approvers) {
    *event.add_approval() =
        ledger::approve(event, ground().world.root.festival, log.id(), 0, *person);
  }
  return event.SerializeAsString();
}

Bytes block_of(std::uint64_t purse) {
  auto event = event_of(schemas::KIND_PURSE_BLOCK);
  schemas::PurseBlock block;
  block.set_purse(purse);
  block.set_reason("lost");
  event.set_payload(block.SerializeAsString());
  return event.SerializeAsString();
}

void add_voucher(schemas::Event& event, schemas::AccountClass from, schemas::AccountClass to,
                 const std::string& id, std::uint64_t amount_minor) {
  add_posting(event, from, to, amount_minor);
  auto* posting = event.mutable_posting(event.posting_size() - 1);
  if (from == schemas::VOUCHER) posting->set_from_id(id);
  if (to == schemas::VOUCHER) posting->set_to_id(id);
}

void write_lost_bands() {
  const auto& g = ground();
  put("event", "replacement", replacement(g.sup, 1'000, 0));
  put("event", "replacement-rest", replacement(g.sup, 1'000, 1));
  put("event", "replacement-by-a-desk", replacement(g.desk, 1'000, 0));
  put("event", "block", block_of(purse_on(g.band.image)));
  put("event", "block-of-nobody", block_of(0));
}

void write_voucher_events(const ledger::VoucherCode& code) {
  const std::string id = ledger::voucher_id(code.body());
  auto issue = event_of(schemas::KIND_VOUCHER_ISSUED);
  add_voucher(issue, schemas::OUTSIDE, schemas::VOUCHER, id, 500);
  schemas::VoucherIssued issued;
  issued.set_issued_after(1'000'000);
  issue.set_payload(issued.SerializeAsString());
  put("event", "voucher-issue", issue.SerializeAsString());
  auto sold = event_of(schemas::KIND_SALE);
  add_voucher(sold, schemas::VOUCHER, schemas::STAND, id, 450);
  add_voucher(sold, schemas::VOUCHER, schemas::OUTSIDE, id, 50);
  sold.mutable_posting(1)->set_to_id("forfeit");
  schemas::Sale sale;
  sale.add_voucher(ledger::spend_voucher(code, ground().one.identity.certificate.hash));
  sold.set_payload(sale.SerializeAsString());
  put("event", "voucher-sale", sold.SerializeAsString());
  auto back = event_of(schemas::KIND_CASH_VOID);
  add_voucher(back, schemas::STAND, schemas::VOUCHER, id, 450);
  schemas::CashVoid target;
  const ledger::LogName log{ground().one.identity.certificate.hash, 77, ledger::LogClass::trade};
  target.set_log(ledger::to_bytes(log.id()));
  target.set_sale(ledger::to_bytes(ledger::leaf_hash(sold.SerializeAsString())));
  back.set_payload(target.SerializeAsString());
  put("event", "voucher-void", back.SerializeAsString());
}

// The pieces of a short band as test/fuzz/short_band.cc makes it, and the ways they come apart.
void write_short_bands() {
  test::World world{2033};
  auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
  auto& till = world.add(schemas::VENDOR, "till", "bar-1");
  test::Band band = world.band(true);
  test::World::meet(desk, till);
  const auto pieces = [&](std::size_t of) {
    const auto image = *ledger::decode_band(band.image);
    Bytes out;
    for (const auto& slot : image.slots) out += *ledger::frame_of(slot);
    return out + Bytes(ledger::certificate_in(image.slots[of]));
  };
  put("short_band", "new", pieces(0));
  VERBENA_CHECK(world.top_up(desk, band, 3'000).has_done());
  const Bytes topped_up = pieces(1);
  put("short_band", "topped-up", topped_up);
  VERBENA_CHECK(world.sell(till, band, "beer").has_done());
  put("short_band", "spent", pieces(0));
  VERBENA_CHECK(world.top_up(desk, band, 1'000).has_done());
  const Bytes again = pieces(1);
  constexpr auto frames = 2 * ledger::short_frame_bytes;
  put("short_band", "topped-up-again", again);
  put("short_band", "half-topped-up", again.substr(0, frames) + topped_up.substr(frames));
  put("short_band", "certificate-of-another",
      again.substr(0, frames) + slurp("short-band").substr(frames));
  put("short_band", "one-frame-twice",
      again.substr(0, frames / 2) + again.substr(0, frames / 2) + again.substr(frames));
  put("short_band", "short", again.substr(0, again.size() - 1));
  put("short_band", "other-festival", slurp("short-band"));
  put("short_band", "empty", "");
}

void write_vouchers() {
  const auto& desk = ground().desk.identity;
  ledger::Voucher voucher;
  voucher.festival = ground().world.root.festival;
  voucher.issuer = desk.certificate.number;
  voucher.amount_minor = 500;
  const auto seed = ledger::voucher_seed(desk.key, 1, 0);
  const auto code = ledger::make_voucher(voucher, seed, desk.key);
  put("voucher", "good", ledger::encode_code(code));
  write_voucher_events(code);
  put("voucher", "text", node::voucher_text(ledger::encode_code(code)));
  put("voucher", "spending", ledger::spend_voucher(code, ground().one.identity.certificate.hash));
  put("voucher", "by-a-till",
      ledger::encode_code(ledger::make_voucher(voucher, seed, ground().two.identity.key)));
  voucher.place = ledger::VoucherPlace::stand;
  voucher.where = "bar-1\x1b[2J<svg>";
  put("voucher", "hostile-name",
      ledger::encode_code(ledger::make_voucher(voucher, seed, ground().two.identity.key)));
  put("voucher", "other-festival", slurp("voucher.code"));
  put("voucher", "short", ledger::encode_code(code).substr(0, 99));
  put("voucher", "empty", "");
}

void write_requests() {
  schemas::OperateRequest request;
  request.set_band(ground().band.image);
  const auto write = [&](const std::string& name) {
    put("request", name, request.SerializeAsString());
  };
  auto* line = request.mutable_sell()->add_line();
  line->set_sku("beer");
  line->set_quantity(2);
  request.mutable_sell()->set_tender("purse");
  write("sell-purse");
  request.mutable_sell()->set_tender("cash");
  request.mutable_sell()->set_expected_minor(900);
  request.set_intent(UINT64_MAX);
  write("sell-cash");
  for (int i = 0; i < 70; ++i) *request.mutable_sell()->add_line() = request.sell().line(0);
  write("sell-overfull");
  request.mutable_top_up()->set_amount_minor(2000);
  request.mutable_top_up()->set_tender("card");
  write("top-up");
  request.mutable_top_up()->set_amount_minor(UINT64_MAX);
  write("top-up-greatest");
  request.mutable_refund();
  write("refund");
  request.mutable_balance();
  write("balance");
  request.mutable_void_sale()->set_sale(ledger::hex(ground().cash_sale.done().id()).substr(0, 8));
  request.mutable_void_sale()->set_reason("wrong item");
  write("void");
  auto* stock = request.mutable_stock();
  for (const char* action : {"deliver", "dispatch", "receive", "waste", "count"}) {
    stock->set_action(action);
    stock->set_to("bar-1");
    stock->set_reference("box-1");
    if (stock->line_size() == 0) stock->add_line()->set_sku("beer");
    stock->mutable_line(0)->set_quantity(12);
    write(std::string("stock-") + action);
  }
  request.mutable_revoke()->set_alias("two");
  request.mutable_revoke()->set_reason("lost");
  write("revoke");
  auto settings = test::small_festival();
  settings.mutable_item(0)->set_price_minor(500);
  request.mutable_apply()->set_festival(settings.SerializeAsString());
  write("propose");
  schemas::SignedFestival approved;
  approved.set_festival(settings.SerializeAsString());
  approved.add_approval()->set_key(Bytes(32, 'k'));
  request.mutable_apply()->set_approved(approved.SerializeAsString());
  write("apply");
  put("request", "empty", "");
  put("request", "nothing-asked", Bytes("\x09", 1) + big_endian(7));
}

void write_voids() {
  const auto body = [](const Bytes& reason) {
    return "{\"intent\":\"16\",\"sale\":\"" + ledger::hex(ground().cash_sale.done().id()) +
           "\",\"reason\":\"" + reason + "\"}";
  };
  put("json_input", "void", body("wrong item"));
  put("json_input", "void-long", body(Bytes(17'000, 'r')));
}

void write_proposals() {
  auto settings = test::small_festival();
  put("festival_file", "proposal", settings.SerializeAsString());
  settings.mutable_stand(0)->add_item(9);
  put("festival_file", "proposal-unknown-item", settings.SerializeAsString());
  settings = test::small_festival();
  settings.mutable_item(0)->set_sku("cider");
  settings.set_scale(100'000);
  put("festival_file", "proposal-scale", settings.SerializeAsString());
  settings = test::small_festival();
  *settings.add_item() = settings.item(0);
  put("festival_file", "proposal-same-item-twice", settings.SerializeAsString());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s CORPORA GOLDEN\n", argv[0]);
    return 2;
  }
  corpora = argv[1];
  golden = argv[2];
  write_events();
  write_signed();
  write_proofs();
  write_sessions();
  write_bundles();
  write_bands();
  write_requests();
  write_vouchers();
  write_lost_bands();
  write_short_bands();
  write_voids();
  write_proposals();
}
