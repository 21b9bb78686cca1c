// SPDX-License-Identifier: MIT
#include "betwixt/data/data_set.h"

#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/ops/gather.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

std::vector<double> mean_picture(const Images& images) {
  std::vector<double> mean(images.picture_bytes(), 0.0);
  for (std::int64_t i = 0; i < images.count; ++i) {
    const auto picture = images.picture(i);
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += picture[k] / 255.0;
  }
  for (double& value : mean) value /= static_cast<double>(images.count);
  return mean;
}

double distance_to(const Images& images, const std::vector<double>& mean) {
  double sum = 0;
  for (std::int64_t i = 0; i < images.count; ++i) {
    const auto picture = images.picture(i);
    for (std::size_t k = 0; k < mean.size(); ++k)
      sum += (picture[k] / 255.0 - mean[k]) * (picture[k] / 255.0 - mean[k]);
  }
  return sum / static_cast<double>(images.count) / static_cast<double>(mean.size());
}

}  // namespace

DataSet::DataSet(const Device& device, const Images& images) {
  if (images.count == 0 || images.picture_bytes() == 0)
    throw Error(ErrorCode::kArgument, "data_set", "there are no pictures");
  guard_memory("data_set", [&] {
    pixels_ = State(device, "pixels", {{images.count, images.height, images.width, images.channels}, DType::kU8});
    pixels_.write(images.pixels);
    const std::vector<double> mean = mean_picture(images);
    variance_ = distance_to(images, mean);
    const auto channels = static_cast<std::size_t>(images.channels);
    means_.assign(channels, 0.0);
    for (std::size_t k = 0; k < mean.size(); ++k) means_[k % channels] += mean[k];
    for (double& value : means_) value /= static_cast<double>(images.height) * images.width;
  });
}

Shape DataSet::picture_shape() const {
  const Shape& all = pixels_.type().shape;
  return {all[1], all[2], all[3]};
}

Tensor DataSet::batch(const Tensor& indices, DType dtype) const {
  return cast(gather_rows(read(pixels_), indices, {.scale = 1.0f / 255}), dtype);
}

}  // namespace betwixt
