// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/blobs.h"

#include <algorithm>
#include <numbers>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/detail/canvas.h"
#include "betwixt/data/synthetic/detail/random_numbers.h"

namespace betwixt {

Images blobs(std::span<const BlobFactors> factors, const BlobOptions& options) {
  const int channels = options.colour ? 3 : 1;
  Images images(static_cast<std::int64_t>(factors.size()), options.pixels, options.pixels, channels);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const BlobFactors& blob = factors[i];
    if (!(blob.radius_x > 0 && blob.radius_y > 0))
      throw Error(ErrorCode::kArgument, "blobs", "radii %g and %g", blob.radius_x, blob.radius_y);
    detail::Canvas canvas(options.pixels, options.pixels, channels);
    if (options.colour)
      canvas.shade([&](double, double y) {
        detail::Colour ground{};
        for (std::size_t c = 0; c < 3; ++c) ground[c] = (1 - y) * blob.ground_top[c] + y * blob.ground_bottom[c];
        return ground;
      });
    canvas.paint(
        [&](double x, double y) {
          return detail::ellipse_distance(x, y, blob.x, blob.y, blob.radius_x, blob.radius_y, blob.angle);
        },
        options.colour ? blob.colour : detail::Colour{1, 1, 1});
    canvas.store(images, static_cast<std::int64_t>(i));
  }
  return images;
}

std::vector<BlobFactors> random_blobs(std::int64_t count, std::uint64_t seed) {
  const RandomStream stream(seed, "scene/blobs");
  std::vector<BlobFactors> factors;
  for (std::int64_t i = 0; i < count; ++i) {
    detail::SceneNumbers random(stream, i);
    BlobFactors blob;
    blob.radius_x = random.between(0.10, 0.30);
    blob.radius_y = random.between(0.08, 0.30);
    const double margin = std::max(blob.radius_x, blob.radius_y);
    blob.x = random.between(margin, 1 - margin);
    blob.y = random.between(margin, 1 - margin);
    blob.angle = random.between(0, std::numbers::pi);
    for (std::size_t c = 0; c < 3; ++c) {
      blob.colour[c] = random.between(0.4, 1.0);
      blob.ground_top[c] = random.between(0.0, 0.5);
      blob.ground_bottom[c] = random.between(0.2, 0.7);
    }
    factors.push_back(blob);
  }
  return factors;
}

}  // namespace betwixt
