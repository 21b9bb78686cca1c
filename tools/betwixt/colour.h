// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "betwixt/media/convert.h"

namespace betwixt::cli {

/// "white", "black", "grey", "#rrggbb" or "rrggbb"; nothing for the empty text. E_VALUE for anything else.
std::optional<Colour> colour_in(const std::string& text);

}  // namespace betwixt::cli
