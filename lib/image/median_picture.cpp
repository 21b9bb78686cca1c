// SPDX-License-Identifier: MIT
#include "betwixt/image/median_picture.h"

#include <algorithm>

#include "betwixt/core/error.h"

namespace betwixt {

Images median_picture(const Images& set) {
  if (set.count == 0) throw Error(ErrorCode::kArgument, "median", "%s", "there are no pictures");
  Images median(1, set.height, set.width, set.channels);
  std::vector<std::uint8_t> values(static_cast<std::size_t>(set.count));
  const auto middle = values.begin() + (set.count - 1) / 2;
  for (std::size_t at = 0; at < median.pixels.size(); ++at) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = set.pixels[i * median.pixels.size() + at];
    std::nth_element(values.begin(), middle, values.end());
    median.pixels[at] = *middle;
  }
  return median;
}

}  // namespace betwixt
