// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/pcsc_reader.h"

#include <winscard.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <thread>
#include <vector>

#include "node/nfc/band_desk.h"
#include "node/nfc/ntag21x.h"
#include "node/staff_band.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr DWORD wait_ms = 1'000;         // a cancel that comes a moment too early is made up for
constexpr std::uint64_t retry_ms = 500;  // while the service is away
constexpr std::size_t names_bytes_max = 16 * 1024;
constexpr char new_readers[] = R"(\\?PnP?\Notification)";  // of pcsc-lite: a reader came or went

Error failed(const std::string& what, LONG code) {
  const bool service = code == SCARD_E_NO_SERVICE || code == SCARD_E_SERVICE_STOPPED;
  return Error{Errc::unreachable, service ? std::string("the PC/SC service is not running")
                                          : what + ": " + pcsc_stringify_error(code)};
}

// A connection with the service; not to be used by two threads at once.
class Context {
 public:
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { close(); }

  LONG open() {
    if (handle_ != 0) return SCARD_S_SUCCESS;
    SCARDCONTEXT handle = 0;
    const LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &handle);
    handle_ = handle;
    return code;
  }
  void close() {
    if (handle_ != 0) SCardReleaseContext(handle_);
    handle_ = 0;
  }
  SCARDCONTEXT handle() const { return handle_; }

 private:
  std::atomic<SCARDCONTEXT> handle_ = 0;  // read by who cancels
};

// The connection with one tag, locked for us until destroyed.
class PcscChannel final : public Transceiver {
 public:
  explicit PcscChannel(SCARDHANDLE card, DWORD protocol) : card_(card), protocol_(protocol) {}
  ~PcscChannel() override {
    SCardEndTransaction(card_, SCARD_LEAVE_CARD);
    SCardDisconnect(card_, SCARD_LEAVE_CARD);
  }

  static Result<std::unique_ptr<PcscChannel>> connect(SCARDCONTEXT context,
                                                      const std::string& reader) {
    SCARDHANDLE card = 0;
    DWORD protocol = 0;
    LONG code = SCardConnect(context, reader.c_str(), SCARD_SHARE_SHARED,
                             SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
    if (code != SCARD_S_SUCCESS) return failed(reader, code);
    auto out = std::make_unique<PcscChannel>(card, protocol);
    if (code = SCardBeginTransaction(card); code == SCARD_W_RESET_CARD) {
      SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                     SCARD_LEAVE_CARD, &out->protocol_);
      code = SCardBeginTransaction(card);
    }
    if (code != SCARD_S_SUCCESS) return failed(reader, code);
    return out;
  }

  Result<Bytes> transceive(std::string_view apdu) override {
    Bytes answer(response_bytes_max, '\0');
    DWORD length = answer.size();
    const auto* header = protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    const LONG code =
        SCardTransmit(card_, header, reinterpret_cast<const BYTE*>(apdu.data()), apdu.size(),
                      nullptr, reinterpret_cast<BYTE*>(answer.data()), &length);
    if (code != SCARD_S_SUCCESS) return failed("the reader", code);
    answer.resize(length);
    return answer;
  }

  Bytes answer_to_reset() const override {
    BYTE bytes[MAX_ATR_SIZE];
    DWORD length = sizeof bytes, state = 0, protocol = 0, name_length = 0;
    const LONG code = SCardStatus(card_, nullptr, &name_length, &state, &protocol, bytes, &length);
    return code == SCARD_S_SUCCESS ? Bytes(reinterpret_cast<const char*>(bytes), length) : Bytes();
  }

 private:
  const SCARDHANDLE card_;
  DWORD protocol_;
};

class PcscReader final : public TagReader {
 public:
  PcscReader(std::string name, const std::optional<BandKeys>& keys, ledger::Random& random)
      : name_(std::move(name)), keys_(keys), random_(random) {}
  ~PcscReader() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    SCardCancel(watching_.handle());
    if (thread_.joinable()) thread_.join();
  }

  ledger::Status start() {
    for (auto* context : {&watching_, &tapping_}) {
      if (const LONG code = context->open(); code != SCARD_S_SUCCESS) return failed("PC/SC", code);
    }
    thread_ = std::thread([this] { watch(); });
    return ledger::done();
  }

  Presence presence() override {
    std::lock_guard lock(mutex_);
    return presence_;
  }

  Result<std::unique_ptr<Tag>> hold() override;
  Result<std::unique_ptr<ChipBand>> band_on(Transceiver& channel) {
    return open_band(channel, keys_ ? &*keys_ : nullptr, random_);
  }
  void release() {
    {
      std::lock_guard lock(mutex_);
      held_ = false;
    }
    changed_.notify_all();
  }

 private:
  void watch();
  std::vector<std::string> readers();
  void look(const std::vector<SCARD_READERSTATE>& states);
  Field kind_of(const std::string& reader);
  Result<std::unique_ptr<PcscChannel>> reach(const std::string& reader);

  const std::string name_;
  const std::optional<BandKeys> keys_;
  ledger::Random& random_;
  Context watching_;  // of the thread
  Context tapping_;   // of whoever holds

  std::mutex mutex_;
  std::condition_variable changed_;
  Presence presence_;
  std::map<std::string, DWORD> in_field_;  // reader, and its count of comings and goings
  bool held_ = false, stopping_ = false;
  std::thread thread_;
};

class PcscTag final : public Tag {
 public:
  PcscTag(PcscReader& reader, std::unique_ptr<PcscChannel> channel)
      : reader_(reader), channel_(std::move(channel)) {}
  ~PcscTag() override {
    channel_.reset();
    reader_.release();
  }

  Result<std::string> read() override {
    auto band = reader_.band_on(*channel_);
    if (!band) return band.error();
    band_ = band.take();
    return shown(band_->read());
  }
  Result<std::string> write(std::string_view image) override {
    if (!band_) {
      // A tag without a band is written as a new one; one that has left is not.
      auto before = read();
      if (!before && before.error().code != Errc::bad_input) return before.error();
    }
    if (!band_) return Error{Errc::bad_input, "the tag is none that holds a band"};
    return shown(band_->write(image));
  }
  Transceiver* chip() override { return channel_.get(); }

 private:
  // With the chip's word behind it.
  Result<std::string> shown(Result<ledger::Bytes> image) const {
    return image ? Result<std::string>(*image + band_->proof()) : image;
  }

  PcscReader& reader_;
  std::unique_ptr<PcscChannel> channel_;
  std::unique_ptr<ChipBand> band_;
};

Result<std::unique_ptr<PcscChannel>> PcscReader::reach(const std::string& reader) {
  const LONG code = tapping_.open();
  if (code != SCARD_S_SUCCESS) return failed("PC/SC", code);
  return PcscChannel::connect(tapping_.handle(), reader);
}

Result<std::unique_ptr<Tag>> PcscReader::hold() {
  std::string reader;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !held_ || stopping_; });
    if (stopping_ || in_field_.size() != 1) return std::unique_ptr<Tag>();
    reader = in_field_.begin()->first;
    held_ = true;
  }
  auto channel = reach(reader);
  if (!channel) {
    tapping_.close();  // its service may have been started anew since the last tap
    channel = reach(reader);
  }
  if (!channel) {
    release();
    return channel.error();
  }
  return std::unique_ptr<Tag>(std::make_unique<PcscTag>(*this, channel.take()));
}

std::vector<std::string> PcscReader::readers() {
  std::string names(names_bytes_max, '\0');
  DWORD length = names.size();
  if (SCardListReaders(watching_.handle(), nullptr, names.data(), &length) != SCARD_S_SUCCESS) {
    return {};
  }
  std::vector<std::string> out;
  for (const char* at = names.c_str(); *at != '\0' && out.size() < readers_max;
       at += out.back().size() + 1) {
    out.emplace_back(at);
  }
  std::erase_if(out, [this](const std::string& one) { return !one.starts_with(name_); });
  return out;
}

void PcscReader::watch() {
  std::vector<SCARD_READERSTATE> states;
  std::vector<std::string> names;
  while (true) {
    LONG code = watching_.open();
    if (code == SCARD_S_SUCCESS) {
      if (auto now = readers(); states.empty() || now != names) {
        names = std::move(now);
        states.assign(names.size() + 1, SCARD_READERSTATE{});
        for (std::size_t i = 0; i < names.size(); ++i) states[i].szReader = names[i].c_str();
        states.back().szReader = new_readers;
        if (names.empty()) look(states);
      }
      code = SCardGetStatusChange(watching_.handle(), wait_ms, states.data(), states.size());
    }
    {
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT && code != SCARD_E_UNKNOWN_READER) {
        changed_.wait_for(lock, std::chrono::milliseconds(retry_ms), [this] { return stopping_; });
        if (stopping_) return;
      }
    }
    if (code == SCARD_E_TIMEOUT) continue;
    if (code == SCARD_S_SUCCESS) {
      look(states);
      for (auto& state : states) state.dwCurrentState = state.dwEventState;
      continue;
    }
    if (code != SCARD_E_UNKNOWN_READER) {  // the service went away; whatever it showed did, too
      watching_.close();
      look({});
    }
    states.clear();
  }
}

// What is in the field is told at once when something leaves, and once its kind is known when
// something comes.
void PcscReader::look(const std::vector<SCARD_READERSTATE>& states) {
  std::map<std::string, DWORD> now;
  for (const auto& state : states) {
    if (state.szReader == new_readers) continue;
    if ((state.dwEventState & SCARD_STATE_PRESENT) != 0) {
      now[state.szReader] = state.dwEventState >> 16;
    }
  }
  {
    std::unique_lock lock(mutex_);
    if (now == in_field_) return;
    in_field_.clear();
    presence_.field = now.empty() ? Field::empty : now.size() > 1 ? Field::several : Field::empty;
    if (now.size() > 1) ++presence_.arrival;
    if (now.size() != 1) {
      in_field_ = std::move(now);
      return;
    }
    changed_.wait(lock, [this] { return !held_ || stopping_; });
    if (stopping_) return;
    held_ = true;  // nobody taps meanwhile
  }
  const Field kind = kind_of(now.begin()->first);
  {
    std::lock_guard lock(mutex_);
    in_field_ = std::move(now);
    presence_.field = kind;
    ++presence_.arrival;
  }
  release();
}

// A tag that cannot be read counts as a band: whoever holds it is told why.
Field PcscReader::kind_of(const std::string& reader) {
  auto channel = PcscChannel::connect(watching_.handle(), reader);
  if (!channel) return Field::band;
  if (has_processor(**channel)) return Field::band;
  auto chip = Ntag21x::open(**channel);
  if (!chip) return Field::band;
  auto first = chip->read(first_user_page, 1);
  return first && is_staff_band(*first) ? Field::staff : Field::band;
}

}  // namespace

Result<std::unique_ptr<TagReader>> open_pcsc_reader(const std::string& name,
                                                    const std::optional<BandKeys>& keys,
                                                    ledger::Random& random) {
  auto reader = std::make_unique<PcscReader>(name, keys, random);
  if (auto status = reader->start(); !status) return status.error();
  return std::unique_ptr<TagReader>(std::move(reader));
}

}  // namespace verbena::node::nfc
