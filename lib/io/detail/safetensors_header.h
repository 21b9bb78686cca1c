// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "betwixt/io/safetensors.h"

namespace betwixt::detail {

/// A checked header. `tensors` keeps the order of the text; offsets count from the start of the file.
struct SafetensorsHeader {
  std::vector<std::pair<std::string, SafetensorsInfo>> tensors;
  std::map<std::string, std::string> metadata;
};

/// Parses and checks the JSON text of a header that is followed by `data_bytes` of data.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           const SafetensorsLimits& limits);

}  // namespace betwixt::detail
