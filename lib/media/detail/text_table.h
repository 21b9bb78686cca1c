// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "betwixt/core/error.h"

namespace betwixt::detail {

/// One line of a tab-separated table, with its place in the file for errors.
struct TableLine {
  const char* operation = "";  ///< of the errors
  std::string_view text;
  std::uint64_t at = 0;

  Error fail(ErrorCode code, const char* field, const char* fact) const {
    return Error(code, operation, "%s", fact).at(at).in(field);
  }
  std::vector<std::string_view> fields() const;
};

/// Non-empty lines, ends of either kind cut off.
std::vector<TableLine> table_lines(const char* operation, std::string_view text);

/// A whole number of digits only. E_VALUE outside low ... high.
int table_number(const TableLine& line, std::string_view text, const char* field, int low, int high);

/// A path below the table's folder. E_ENCODING for control characters, E_PATH for anything that leads elsewhere.
std::string table_path(const TableLine& line, std::string_view text, const char* field);

}  // namespace betwixt::detail
