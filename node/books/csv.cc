// SPDX-License-Identifier: Apache-2.0
#include "node/books/csv.h"

namespace verbena::node {

using ledger::Status;

namespace {

Status write_table(const Table& table, const Path& path) {
  auto file = FileWriter::create(path);
  if (!file) return file.error();
  std::string line;
  for (const auto& column : table.columns)
    line += (line.empty() ? "" : ",") + csv_text(column.name);
  if (auto status = file->put(line + "\r\n"); !status) return status;
  auto status = table.rows([&](const std::vector<Value>& row) {
    line.clear();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += ',';
      const auto* integer = std::get_if<std::int64_t>(&row[i]);
      line += integer ? std::to_string(*integer) : csv_text(std::get<std::string>(row[i]));
    }
    return file->put(line + "\r\n");
  });
  if (!status) return status;
  return file->close();
}

std::string read_me(const std::vector<Table>& tables, Language language) {
  const auto say = [&](const char* en, const char* es) {
    return std::string(language == Language::es ? es : en);
  };
  std::string out = say("# What these files hold\n\n", "# Qué contienen estos archivos\n\n") +
                    say("CSV as in RFC 4180: UTF-8, commas, quoted texts, lines ended by CR LF. "
                        "Money is in minor units (cents of a euro), stock in units. A text that "
                        "a spreadsheet would take for a formula has an apostrophe before it.\n",
                        "CSV según RFC 4180: UTF-8, comas, textos entre comillas, líneas "
                        "terminadas en CR LF. El dinero va en unidades mínimas (céntimos de "
                        "euro) y las existencias en unidades. Un texto que una hoja de cálculo "
                        "tomaría por fórmula lleva un apóstrofo delante.\n");
  for (const auto& table : tables) {
    out += std::string("\n## ") + table.name + ".csv\n\n" + say(table.en, table.es) + "\n\n" +
           say("| column | type | meaning |\n", "| columna | tipo | significado |\n") +
           "|---|---|---|\n";
    for (const auto& column : table.columns) {
      out += std::string("| ") + column.name + " | " +
             (column.integer ? say("integer", "entero") : say("text", "texto")) + " | " +
             say(column.en, column.es) + " |\n";
    }
  }
  return out;
}

}  // namespace

std::string csv_text(std::string_view text) {
  std::string out = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r\n").find(text[0]) != std::string_view::npos) {
    out += '\'';
  }
  for (const char c : text) {
    if (c == '"') out += '"';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out + '"';
}

Status write_csv(const std::vector<Table>& tables, const Path& directory, Language language) {
  for (const auto& table : tables) {
    auto status = write_table(table, directory / (std::string(table.name) + ".csv"));
    if (!status) return status;
  }
  return write_file(directory / "README.md", read_me(tables, language));
}

}  // namespace verbena::node
