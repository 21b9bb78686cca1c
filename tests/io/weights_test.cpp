// SPDX-License-Identifier: MIT
#include "betwixt/io/weights.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/io/io_support.h"

namespace betwixt {
namespace {

using test_support::error_of;

std::vector<float> counting(std::int64_t size) {
  std::vector<float> values(static_cast<std::size_t>(size));
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

std::int64_t product(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

/// Element [a][b][c][d] of a dense array.
float at(const std::vector<float>& values, const std::vector<std::int64_t>& shape, std::int64_t a, std::int64_t b,
         std::int64_t c, std::int64_t d) {
  return values[static_cast<std::size_t>(((a * shape[1] + b) * shape[2] + c) * shape[3] + d)];
}

TEST(Weights, ConvolutionBecomesOihwAndBack) {
  for (const std::int64_t groups : {1, 2, 6}) {
    const ConvWeight conv{.kernel_height = 3, .kernel_width = 2, .in = 6, .out = 12, .groups = groups};
    const std::vector<float> ours = counting(product(conv.shape()));
    const std::vector<float> theirs = to_pytorch(conv, ours);
    EXPECT_EQ(conv.pytorch_shape(), (std::vector<std::int64_t>{12, 6 / groups, 3, 2}));
    for (std::int64_t o = 0; o < 12; ++o)
      for (std::int64_t i = 0; i < 6 / groups; ++i)
        for (std::int64_t y = 0; y < 3; ++y)
          for (std::int64_t x = 0; x < 2; ++x)
            ASSERT_EQ(at(theirs, conv.pytorch_shape(), o, i, y, x), at(ours, conv.shape(), y, x, i, o));
    EXPECT_EQ(from_pytorch(conv, theirs), ours);
  }
}

TEST(Weights, TransposedConvolutionBecomesIohwAndBack) {
  const TransposedConvWeight conv{.kernel_height = 3, .kernel_width = 2, .in = 4, .out = 5};
  const std::vector<float> ours = counting(product(conv.shape()));
  const std::vector<float> theirs = to_pytorch(conv, ours);
  EXPECT_EQ(conv.pytorch_shape(), (std::vector<std::int64_t>{4, 5, 3, 2}));
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t o = 0; o < 5; ++o)
      for (std::int64_t y = 0; y < 3; ++y)
        for (std::int64_t x = 0; x < 2; ++x)
          ASSERT_EQ(at(theirs, conv.pytorch_shape(), i, o, y, x), at(ours, conv.shape(), y, x, i, o));
  EXPECT_EQ(from_pytorch(conv, theirs), ours);
}

TEST(Weights, GroupedTransposedConvolutionKeepsItsGroups) {
  const TransposedConvWeight conv{.kernel_height = 2, .kernel_width = 2, .in = 4, .out = 6, .groups = 2};
  const std::vector<float> ours = counting(product(conv.shape()));
  const std::vector<float> theirs = to_pytorch(conv, ours);
  EXPECT_EQ(conv.pytorch_shape(), (std::vector<std::int64_t>{4, 3, 2, 2}));
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t o = 0; o < 3; ++o)
      for (std::int64_t k = 0; k < 4; ++k) {
        const std::int64_t group = i / 2;
        ASSERT_EQ(at(theirs, conv.pytorch_shape(), i, o, k / 2, k % 2),
                  at(ours, conv.shape(), k / 2, k % 2, i % 2, group * 3 + o));
      }
  EXPECT_EQ(from_pytorch(conv, theirs), ours);
}

TEST(Weights, DenseIsTransposedAndItsPicturesReordered) {
  const DenseWeight plain{.in = 2, .out = 3};
  EXPECT_EQ(to_pytorch(plain, counting(6)), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  const FlattenedPicture picture{.height = 2, .width = 3, .channels = 4};
  const DenseWeight dense{.in = 24, .out = 2, .in_picture = picture};
  const std::vector<float> ours = counting(48), theirs = to_pytorch(dense, ours);
  for (std::int64_t o = 0; o < 2; ++o)
    for (std::int64_t c = 0; c < 4; ++c)
      for (std::int64_t y = 0; y < 2; ++y)
        for (std::int64_t x = 0; x < 3; ++x)
          ASSERT_EQ(theirs[static_cast<std::size_t>(o * 24 + (c * 2 + y) * 3 + x)],
                    ours[static_cast<std::size_t>(((y * 3 + x) * 4 + c) * 2 + o)]);
  EXPECT_EQ(from_pytorch(dense, theirs), ours);
  const DenseWeight decoder{.in = 2, .out = 24, .out_picture = picture};
  EXPECT_EQ(from_pytorch(decoder, to_pytorch(decoder, ours)), ours);
  // The bias moves with the rows of the weight: row r of PyTorch's weight belongs to element r of its bias.
  std::vector<float> marked(48);
  for (std::size_t i = 0; i < 48; ++i) marked[i] = static_cast<float>(i % 24);
  const std::vector<float> rows = to_pytorch(decoder, marked), bias = to_pytorch(picture, counting(24));
  for (std::size_t r = 0; r < 24; ++r) EXPECT_EQ(rows[2 * r], bias[r]);
  EXPECT_EQ(from_pytorch(picture, bias), counting(24));
}

TEST(Weights, RefusesWrongSizes) {
  const auto code = [](auto weight, std::int64_t size) {
    return error_of([&] { to_pytorch(weight, counting(size)); }).code();
  };
  EXPECT_EQ(code(ConvWeight{.kernel_height = 3, .kernel_width = 3, .in = 2, .out = 2}, 35), ErrorCode::kShape);
  EXPECT_EQ(code(ConvWeight{.in = 3, .out = 2, .groups = 2}, 3), ErrorCode::kShape);
  EXPECT_EQ(code(ConvWeight{.in = 2, .out = 2, .groups = 0}, 4), ErrorCode::kShape);
  EXPECT_EQ(code(ConvWeight{.kernel_height = 0}, 0), ErrorCode::kShape);
  EXPECT_EQ(code(ConvWeight{.kernel_height = std::int64_t{1} << 62, .kernel_width = 8}, 1), ErrorCode::kOverflow);
  EXPECT_EQ(code(TransposedConvWeight{.in = 2, .out = 2}, 5), ErrorCode::kShape);
  EXPECT_EQ(code(DenseWeight{.in = 2, .out = 3, .in_picture = {.height = 1, .width = 1, .channels = 3}}, 6),
            ErrorCode::kShape);
  EXPECT_EQ(code(FlattenedPicture{.height = 2, .width = 2, .channels = 2}, 7), ErrorCode::kShape);
}

}  // namespace
}  // namespace betwixt
