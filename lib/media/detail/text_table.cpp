// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/text_table.h"

#include <algorithm>

namespace betwixt::detail {

std::vector<std::string_view> TableLine::fields() const {
  std::vector<std::string_view> fields;
  for (std::size_t at_field = 0; at_field <= text.size();) {
    const std::size_t end = std::min(text.find('\t', at_field), text.size());
    fields.push_back(text.substr(at_field, end - at_field));
    at_field = end + 1;
  }
  return fields;
}

std::vector<TableLine> table_lines(const char* operation, std::string_view text) {
  std::vector<TableLine> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) lines.push_back({operation, line, at});
    at = end + 1;
  }
  return lines;
}

int table_number(const TableLine& line, std::string_view text, const char* field, int low, int high) {
  int value = 0;
  bool is_number = !text.empty() && text.size() <= 9;
  for (const char c : text) {
    is_number = is_number && c >= '0' && c <= '9';
    if (is_number) value = value * 10 + (c - '0');
  }
  if (!is_number || value < low || value > high)
    throw Error(ErrorCode::kValue, line.operation, "not a number from %d to %d", low, high).at(line.at).in(field);
  return value;
}

std::string table_path(const TableLine& line, std::string_view text, const char* field) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20) throw line.fail(ErrorCode::kEncoding, field, "control character");
  std::string inside(1, '/');
  inside.append(text).push_back('/');
  const bool is_bad = text.empty() || text.front() == '/' || text.find('\\') != std::string_view::npos ||
                      (text.size() > 1 && text[1] == ':') || inside.find("/../") != std::string::npos;
  if (is_bad) throw line.fail(ErrorCode::kPath, field, "not a file below the table's folder");
  return std::string(text);
}

}  // namespace betwixt::detail
