// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace betwixt {

/// One result of several runs that differ in their seed only.
struct Spread {
  std::vector<double> values;  ///< one per seed, in order
  double mean = 0;             ///< arithmetic
  double deviation = 0;        ///< standard deviation of the sample (n - 1); 0 for one value
  double smallest = 0;         ///< of `values`
  double largest = 0;          ///< of `values`
};

/// Statistics of results at hand; zeros for none.
Spread spread_of(std::vector<double> values);

/// Calls `run` with `count` seeds from `first` on and gathers what it returns; a run that returns nothing ends the
/// series, as a stopped one should. E_ARGUMENT for a count below 1. A difference between two methods means something
/// only when it is larger than the spread over their seeds.
Spread over_seeds(std::uint64_t first, int count, const std::function<std::optional<double>(std::uint64_t seed)>& run);

}  // namespace betwixt
