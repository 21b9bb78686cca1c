// SPDX-License-Identifier: MIT
#include "betwixt/image/float_images.h"

#include <algorithm>
#include <cmath>

#include "betwixt/core/checked.h"
#include "betwixt/tensor/program.h"

namespace betwixt {

FloatImages::FloatImages(std::int64_t n, int h, int w, int c, float value)
    : count(n), height(h), width(w), channels(c) {
  if (n < 0 || h < 0 || w < 0 || c < 0)
    throw Error(ErrorCode::kArgument, "float_images", "sizes %lld x %d x %d x %d", static_cast<long long>(n), h, w, c);
  const CheckedSize size = CheckedSize(static_cast<std::uint64_t>(n)) * CheckedSize(static_cast<std::uint64_t>(h)) *
                           CheckedSize(static_cast<std::uint64_t>(w)) * CheckedSize(static_cast<std::uint64_t>(c));
  values.resize(size.size(), value);
}

FloatImages to_floats(const Images& images) {
  FloatImages result(images.count, images.height, images.width, images.channels);
  std::transform(images.pixels.begin(), images.pixels.end(), result.values.begin(),
                 [](std::uint8_t byte) { return static_cast<float>(byte) / 255.0f; });
  return result;
}

Images to_bytes(const FloatImages& images) {
  Images result(images.count, images.height, images.width, images.channels);
  std::transform(images.values.begin(), images.values.end(), result.pixels.begin(), [](float value) {
    const float held = value > 0 ? std::min(value, 1.0f) : 0.0f;
    return static_cast<std::uint8_t>(std::lround(held * 255.0f));
  });
  return result;
}

FloatImages select_channels(const FloatImages& images, std::span<const int> channels) {
  for (const int channel : channels)
    if (channel < 0 || channel >= images.channels)
      throw Error(ErrorCode::kArgument, "select_channels", "channel %d of %d", channel, images.channels);
  FloatImages result(images.count, images.height, images.width, static_cast<int>(channels.size()));
  auto to = result.values.begin();
  const std::size_t step = static_cast<std::size_t>(images.channels);
  for (std::size_t pixel = 0; pixel < images.values.size(); pixel += step)
    for (const int channel : channels) *to++ = images.values[pixel + static_cast<std::size_t>(channel)];
  return result;
}

State upload(const Device& device, const FloatImages& images) {
  const State state(device, "pictures", {images.shape(), DType::kF32});
  state.write(images.values);
  return state;
}

FloatImages compute(const Device& device, const Tensor& tensor) {
  const Shape& shape = tensor.shape();
  if (shape.rank() != 4)
    throw Error(ErrorCode::kShape, "compute", "pictures are [n,h,w,c], not %s", shape.text().c_str());
  FloatImages result;
  result.count = shape[0];
  result.height = static_cast<int>(shape[1]);
  result.width = static_cast<int>(shape[2]);
  result.channels = static_cast<int>(shape[3]);
  Program program(device, {tensor});
  program.run();
  result.values = program.values<float>();
  return result;
}

}  // namespace betwixt
