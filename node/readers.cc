// SPDX-License-Identifier: Apache-2.0
#include "node/readers.h"

#include "node/nfc/pcsc_reader.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

Result<std::unique_ptr<TagReader>> open_reader(const std::string& spec) {
  const std::size_t colon = spec.find(':');
  const std::string kind = spec.substr(0, colon);
  const std::string rest = colon == std::string::npos ? std::string() : spec.substr(colon + 1);
  const bool names_one = colon == std::string::npos || !rest.empty();
  if (kind == "pcsc" && names_one) return nfc::open_pcsc_reader(rest);
  if (kind == "file" && !rest.empty()) {
    auto reader = FileReader::open(rest);
    if (!reader) return reader.error();
    return std::unique_ptr<TagReader>(reader.take());
  }
  return Error{Errc::bad_input, "\"" + spec + "\" is no reader: file:DIR, pcsc and pcsc:NAME are"};
}

}  // namespace verbena::node
