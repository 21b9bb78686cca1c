// SPDX-License-Identifier: MIT
#include "colour.h"

#include "betwixt/core/error.h"

namespace betwixt::cli {

std::optional<Colour> colour_in(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (text == "white") return Colour{255, 255, 255};
  if (text == "black") return Colour{0, 0, 0};
  if (text == "grey") return Colour{128, 128, 128};
  const std::string digits = text[0] == '#' ? text.substr(1) : text;
  if (digits.size() != 6 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
    throw Error(ErrorCode::kValue, "colour", "%.40s is no colour: white, black, grey or #rrggbb", text.c_str());
  auto part = [&](std::size_t at) { return static_cast<std::uint8_t>(std::stoi(digits.substr(at, 2), nullptr, 16)); };
  return Colour{part(0), part(2), part(4)};
}

}  // namespace betwixt::cli
