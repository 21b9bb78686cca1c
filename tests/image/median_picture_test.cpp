// SPDX-License-Identifier: MIT
#include "betwixt/image/median_picture.h"

#include <gtest/gtest.h>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

Images rows(std::vector<std::vector<std::uint8_t>> pictures) {
  Images set(static_cast<std::int64_t>(pictures.size()), 1, static_cast<int>(pictures[0].size()), 1);
  for (std::size_t i = 0; i < pictures.size(); ++i)
    std::copy(pictures[i].begin(), pictures[i].end(), set.picture(static_cast<std::int64_t>(i)).begin());
  return set;
}

TEST(MedianPicture, WhatPassesInFewerThanHalfOfThePicturesIsGone) {
  // A spot of 255 walks over a scene of 10, 20, 30.
  const Images median = median_picture(rows({{255, 20, 30}, {10, 255, 30}, {10, 20, 255}}));
  EXPECT_EQ(median.count, 1);
  EXPECT_EQ(median.pixels, (std::vector<std::uint8_t>{10, 20, 30}));
}

TEST(MedianPicture, OfAnEvenCountTheLowerMiddleAndOfOneItself) {
  EXPECT_EQ(median_picture(rows({{9, 1}, {3, 2}, {7, 3}, {5, 4}})).pixels, (std::vector<std::uint8_t>{5, 2}));
  EXPECT_EQ(median_picture(rows({{9, 1}})).pixels, (std::vector<std::uint8_t>{9, 1}));
  EXPECT_THROW(median_picture(Images(0, 4, 4, 3)), Error);
}

}  // namespace
}  // namespace betwixt
