// SPDX-License-Identifier: MIT
#include "betwixt/train/seeds.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "betwixt/core/error.h"

namespace betwixt {

Spread spread_of(std::vector<double> values) {
  Spread spread;
  spread.values = std::move(values);
  if (spread.values.empty()) return spread;
  const auto count = static_cast<double>(spread.values.size());
  spread.mean = std::accumulate(spread.values.begin(), spread.values.end(), 0.0) / count;
  double squares = 0;
  for (const double v : spread.values) squares += (v - spread.mean) * (v - spread.mean);
  if (count > 1) spread.deviation = std::sqrt(squares / (count - 1));
  const auto [smallest, largest] = std::minmax_element(spread.values.begin(), spread.values.end());
  spread.smallest = *smallest;
  spread.largest = *largest;
  return spread;
}

Spread over_seeds(std::uint64_t first, int count, const std::function<std::optional<double>(std::uint64_t seed)>& run) {
  if (count < 1) throw Error(ErrorCode::kArgument, "seeds", "%d runs", count);
  std::vector<double> values;
  for (int i = 0; i < count; ++i) {
    const std::optional<double> value = run(first + static_cast<std::uint64_t>(i));
    if (!value) break;
    values.push_back(*value);
  }
  return spread_of(std::move(values));
}

}  // namespace betwixt
