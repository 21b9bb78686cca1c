// SPDX-License-Identifier: MIT
#include "path_scores.h"

#include <cmath>
#include <cstdio>

namespace betwixt::cli {
namespace {

struct Spread {
  double mean = 0, deviation = 0;
};

Spread spread_of(const std::vector<double>& values) {
  Spread spread;
  for (const double value : values) spread.mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  if (values.size() > 1) spread.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return spread;
}

}  // namespace

std::string spread_text(const std::vector<double>& values, int digits) {
  const Spread spread = spread_of(values);
  char text[64];
  std::snprintf(text, sizeof text, "%.*f +- %.*f", digits, spread.mean, digits, spread.deviation);
  return text;
}

}  // namespace betwixt::cli
