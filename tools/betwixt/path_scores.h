// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace betwixt::cli {

/// "29.61 +- 0.19": mean and deviation (of a sample) over runs.
std::string spread_text(const std::vector<double>& values, int digits);

}  // namespace betwixt::cli
