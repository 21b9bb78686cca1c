// SPDX-License-Identifier: MIT
#include "betwixt/io/weights.h"

#include <cstddef>
#include <initializer_list>
#include <utility>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"

namespace betwixt {
namespace {

enum class Direction { kToPytorch, kFromPytorch };

std::uint64_t checked_product(std::initializer_list<std::int64_t> sizes) {
  CheckedSize product(1);
  for (const std::int64_t size : sizes) {
    if (size < 1) throw Error(ErrorCode::kShape, "weights", "size %lld", static_cast<long long>(size));
    product *= CheckedSize(static_cast<std::uint64_t>(size));
  }
  return product.value();
}

void check_size(std::uint64_t expected, std::size_t found) {
  if (expected != found)
    throw Error(ErrorCode::kShape, "weights", "wrong number of weights")
        .expected("%llu", static_cast<unsigned long long>(expected))
        .found("%zu", found);
}

void check_groups(std::int64_t in, std::int64_t out, std::int64_t groups) {
  if (groups < 1 || in % groups != 0 || out % groups != 0)
    throw Error(ErrorCode::kShape, "weights", "%lld groups do not divide %lld and %lld channels",
                static_cast<long long>(groups), static_cast<long long>(in), static_cast<long long>(out));
}

/// One element moves between place `ours` and place `theirs`.
class Mover {
 public:
  Mover(Direction direction, std::span<const float> from) : direction_(direction), from_(from), to_(from.size()) {}

  void move(std::int64_t ours, std::int64_t theirs) {
    const auto source = static_cast<std::size_t>(direction_ == Direction::kToPytorch ? ours : theirs);
    const auto target = static_cast<std::size_t>(direction_ == Direction::kToPytorch ? theirs : ours);
    to_[target] = from_[source];
  }
  std::vector<float> take() { return std::move(to_); }

 private:
  Direction direction_;
  std::span<const float> from_;
  std::vector<float> to_;
};

std::vector<float> convert(const ConvWeight& c, std::span<const float> from, Direction direction) {
  check_groups(c.in, c.out, c.groups);
  const std::int64_t in = c.in / c.groups;
  check_size(checked_product({c.kernel_height, c.kernel_width, in, c.out}), from.size());
  const std::int64_t window = c.kernel_height * c.kernel_width;
  Mover mover(direction, from);
  for (std::int64_t k = 0; k < window; ++k)
    for (std::int64_t i = 0; i < in; ++i)
      for (std::int64_t o = 0; o < c.out; ++o) mover.move((k * in + i) * c.out + o, (o * in + i) * window + k);
  return mover.take();
}

std::vector<float> convert(const TransposedConvWeight& c, std::span<const float> from, Direction direction) {
  check_groups(c.in, c.out, c.groups);
  const std::int64_t in = c.in / c.groups, out = c.out / c.groups;
  check_size(checked_product({c.kernel_height, c.kernel_width, in, c.out}), from.size());
  const std::int64_t window = c.kernel_height * c.kernel_width;
  Mover mover(direction, from);
  for (std::int64_t k = 0; k < window; ++k)
    for (std::int64_t i = 0; i < in; ++i)
      for (std::int64_t o = 0; o < c.out; ++o) {
        const std::int64_t group = o / out;
        mover.move((k * in + i) * c.out + o, ((group * in + i) * out + o % out) * window + k);
      }
  return mover.take();
}

/// Place in PyTorch's flattened picture of feature `ours` of ours.
std::int64_t pytorch_feature(const FlattenedPicture& picture, std::int64_t ours) {
  if (picture.is_plain()) return ours;
  const std::int64_t channel = ours % picture.channels, pixel = ours / picture.channels;
  return channel * picture.height * picture.width + pixel;
}

void check_picture(const FlattenedPicture& picture, std::int64_t features) {
  if (picture.is_plain()) return;
  check_size(checked_product({picture.height, picture.width, picture.channels}), static_cast<std::size_t>(features));
}

std::vector<float> convert(const DenseWeight& d, std::span<const float> from, Direction direction) {
  check_size(checked_product({d.in, d.out}), from.size());
  check_picture(d.in_picture, d.in);
  check_picture(d.out_picture, d.out);
  Mover mover(direction, from);
  for (std::int64_t i = 0; i < d.in; ++i)
    for (std::int64_t o = 0; o < d.out; ++o)
      mover.move(i * d.out + o, pytorch_feature(d.out_picture, o) * d.in + pytorch_feature(d.in_picture, i));
  return mover.take();
}

std::vector<float> convert(const FlattenedPicture& picture, std::span<const float> from, Direction direction) {
  check_picture(picture, static_cast<std::int64_t>(from.size()));
  Mover mover(direction, from);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(from.size()); ++i) mover.move(i, pytorch_feature(picture, i));
  return mover.take();
}

}  // namespace

std::vector<std::int64_t> ConvWeight::shape() const { return {kernel_height, kernel_width, in / groups, out}; }
std::vector<std::int64_t> ConvWeight::pytorch_shape() const { return {out, in / groups, kernel_height, kernel_width}; }
std::vector<std::int64_t> TransposedConvWeight::shape() const {
  return {kernel_height, kernel_width, in / groups, out};
}
std::vector<std::int64_t> TransposedConvWeight::pytorch_shape() const {
  return {in, out / groups, kernel_height, kernel_width};
}

std::vector<float> to_pytorch(const ConvWeight& conv, std::span<const float> ours) {
  return convert(conv, ours, Direction::kToPytorch);
}
std::vector<float> from_pytorch(const ConvWeight& conv, std::span<const float> theirs) {
  return convert(conv, theirs, Direction::kFromPytorch);
}
std::vector<float> to_pytorch(const TransposedConvWeight& conv, std::span<const float> ours) {
  return convert(conv, ours, Direction::kToPytorch);
}
std::vector<float> from_pytorch(const TransposedConvWeight& conv, std::span<const float> theirs) {
  return convert(conv, theirs, Direction::kFromPytorch);
}
std::vector<float> to_pytorch(const DenseWeight& dense, std::span<const float> ours) {
  return convert(dense, ours, Direction::kToPytorch);
}
std::vector<float> from_pytorch(const DenseWeight& dense, std::span<const float> theirs) {
  return convert(dense, theirs, Direction::kFromPytorch);
}
std::vector<float> to_pytorch(const FlattenedPicture& picture, std::span<const float> ours) {
  return convert(picture, ours, Direction::kToPytorch);
}
std::vector<float> from_pytorch(const FlattenedPicture& picture, std::span<const float> theirs) {
  return convert(picture, theirs, Direction::kFromPytorch);
}

}  // namespace betwixt
