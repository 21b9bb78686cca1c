// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/diracs.h"

#include <cmath>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

double profile(double offset, double sigma) {
  if (sigma > 0) return std::exp(-0.5 * (offset / sigma) * (offset / sigma));
  return std::floor(offset + 0.5) == 0 ? 1.0 : 0.0;
}

void check_sigma(double sigma) {
  if (!(sigma >= 0)) throw Error(ErrorCode::kArgument, "diracs", "sigma %g", sigma);
}

}  // namespace

Images diracs(std::span<const DiracFactors> factors, const DiracOptions& options) {
  check_sigma(options.sigma);
  Images images(static_cast<std::int64_t>(factors.size()), options.height, options.width, 1);
  std::size_t place = 0;
  for (const DiracFactors& point : factors)
    for (int y = 0; y < options.height; ++y)
      for (int x = 0; x < options.width; ++x) {
        const double value = profile(x - point.x, options.sigma) * profile(y - point.y, options.sigma);
        images.pixels[place++] = static_cast<std::uint8_t>(value * 255 + 0.5);
      }
  return images;
}

std::vector<float> dirac_rows(std::span<const double> positions, int length, double sigma) {
  check_sigma(sigma);
  if (length < 1) throw Error(ErrorCode::kArgument, "diracs", "length %d", length);
  std::vector<float> rows;
  for (const double position : positions)
    for (int i = 0; i < length; ++i) rows.push_back(static_cast<float>(profile(i - position, sigma)));
  return rows;
}

}  // namespace betwixt
