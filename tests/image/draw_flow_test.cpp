// SPDX-License-Identifier: MIT
#include "betwixt/image/draw_flow.h"

#include <gtest/gtest.h>

#include <limits>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

struct Rgb {
  int red, green, blue;
};

Rgb pixel_of(const Images& images, int y, int x) {
  const std::uint8_t* p = images.pixels.data() + (static_cast<std::size_t>(y) * images.width + x) * 3;
  return {p[0], p[1], p[2]};
}

FloatImages uniform(float x, float y, int side = 1) {
  FloatImages flow(1, side, side, 2);
  for (std::size_t i = 0; i < flow.values.size(); i += 2) {
    flow.values[i] = x;
    flow.values[i + 1] = y;
  }
  return flow;
}

Rgb wheel_of(float x, float y, double longest = 1) { return pixel_of(draw_flow_wheel(uniform(x, y), longest), 0, 0); }

TEST(DrawFlow, DirectionsHaveTheColoursOfTheMiddleburyWheel) {
  const Rgb right = wheel_of(1, 0);
  EXPECT_EQ(right.red, 255);
  EXPECT_EQ(right.green + right.blue, 0);
  const Rgb down = wheel_of(0, 1);  // 13.5 of 15 steps from red to yellow
  EXPECT_EQ(down.red, 255);
  EXPECT_NEAR(down.green, 229.5, 1);
  EXPECT_EQ(down.blue, 0);
  const Rgb left = wheel_of(-1, 0);  // 2 of 11 steps from cyan to blue
  EXPECT_EQ(left.red, 0);
  EXPECT_NEAR(left.green, 255 * 9.0 / 11, 1);
  EXPECT_EQ(left.blue, 255);
  const Rgb up = wheel_of(0, -1);  // 4.5 of 13 steps from blue to magenta
  EXPECT_NEAR(up.red, 255 * 4.5 / 13, 1);
  EXPECT_EQ(up.green, 0);
  EXPECT_EQ(up.blue, 255);
}

TEST(DrawFlow, LengthIsSaturationAndTooMuchIsDark) {
  const Rgb still = wheel_of(0, 0);
  EXPECT_EQ(still.red + still.green + still.blue, 3 * 255);
  const Rgb half = wheel_of(2, 0, 4);
  EXPECT_EQ(half.red, 255);
  EXPECT_NEAR(half.green, 127.5, 1);
  const Rgb more = wheel_of(8, 0, 4);
  EXPECT_NEAR(more.red, 0.75 * 255, 1);
  EXPECT_EQ(more.green, 0);
}

TEST(DrawFlow, UnknownVectorsAreBlackAndDoNotSetTheScale) {
  FloatImages flow = uniform(0, 0, 2);
  flow.pixel(0, 0, 0)[0] = std::numeric_limits<float>::quiet_NaN();
  flow.pixel(0, 0, 1)[1] = 1e10f;
  flow.pixel(0, 1, 0)[0] = 3;
  const Images picture = draw_flow_wheel(flow);
  EXPECT_EQ(pixel_of(picture, 0, 0).red, 0);
  EXPECT_EQ(pixel_of(picture, 0, 1).red, 0);
  EXPECT_EQ(pixel_of(picture, 1, 0).red, 255);
  EXPECT_EQ(pixel_of(picture, 1, 0).green, 0);
  EXPECT_EQ(pixel_of(picture, 1, 1).green, 255);
  draw_flow_arrows(flow, {}, {.spacing = 1});
}

TEST(DrawFlow, TheLegendIsTheWheel) {
  const Images legend = flow_wheel_legend(65);
  EXPECT_EQ(pixel_of(legend, 32, 32).green, 255);
  EXPECT_EQ(pixel_of(legend, 32, 64).red, 255);
  EXPECT_EQ(pixel_of(legend, 32, 64).blue, 0);
  EXPECT_EQ(pixel_of(legend, 32, 0).red, 0);
  EXPECT_EQ(pixel_of(legend, 0, 0).red, 255);
  EXPECT_EQ(flow_wheel_legend(1).pixels.size(), 3u);
}

bool is_white(const Rgb& p) { return p.red == 255 && p.green == 255 && p.blue == 255; }

TEST(DrawFlow, AnArrowLeadsFromItsPixelToWhereItPoints) {
  FloatImages flow = uniform(0, 0, 33);
  flow.pixel(0, 16, 16)[0] = 10;
  const Images picture = draw_flow_arrows(flow, {}, {.spacing = 33});
  EXPECT_EQ(picture.channels, 3);
  for (int x = 16; x <= 26; ++x) {
    EXPECT_EQ(pixel_of(picture, 16, x).red, 255) << x;
    EXPECT_LT(pixel_of(picture, 16, x).blue, 40) << x;
  }
  EXPECT_TRUE(is_white(pixel_of(picture, 16, 12)));
  EXPECT_TRUE(is_white(pixel_of(picture, 16, 30)));
  EXPECT_FALSE(is_white(pixel_of(picture, 14, 23))) << "the head is wider than the shaft";
  EXPECT_TRUE(is_white(pixel_of(picture, 14, 17)));
}

TEST(DrawFlow, TheBackgroundShowsThroughAndEverythingGrowsWithZoom) {
  Images background(1, 8, 8, 3);
  background.pixels.assign(background.pixels.size(), 0);
  const Images picture = draw_flow_arrows(uniform(0, 0, 8), background, {.spacing = 8, .zoom = 4});
  EXPECT_EQ(picture.width, 32);
  EXPECT_NEAR(pixel_of(picture, 0, 0).red, 128, 1);
  EXPECT_EQ(pixel_of(picture, 0, 0).red, pixel_of(picture, 0, 0).blue);
  EXPECT_LT(pixel_of(picture, 17, 17).red, 128) << "no motion is a dot";
}

TEST(DrawFlow, WhatIsNoFlowIsRefused) {
  EXPECT_THROW(draw_flow_wheel(FloatImages(1, 4, 4, 3)), Error);
  EXPECT_THROW(draw_flow_wheel(uniform(1, 1), -1), Error);
  EXPECT_THROW(draw_flow_arrows(uniform(1, 1, 4), Images(1, 5, 4, 3)), Error);
  EXPECT_THROW(draw_flow_arrows(uniform(1, 1, 4), {}, {.spacing = 0}), Error);
  EXPECT_THROW(flow_wheel_legend(0), Error);
}

}  // namespace
}  // namespace betwixt
