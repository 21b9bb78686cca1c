// SPDX-License-Identifier: MIT
#include <atomic>
#include <cmath>
#include <functional>

#include "tests/capi/api.h"

using namespace capi_test;

namespace {

constexpr int kWarpSide = 24;
constexpr std::size_t kWarpBytes = kWarpSide * kWarpSide;

/// A soft spot that moves by four pixels to the right.
std::vector<std::uint8_t> spots() {
  std::vector<std::uint8_t> pixels;
  for (const double x0 : {9.0, 13.0})
    for (int y = 0; y < kWarpSide; ++y)
      for (int x = 0; x < kWarpSide; ++x)
        pixels.push_back(
            static_cast<std::uint8_t>(20 + 220 * std::exp(-((x - x0) * (x - x0) + (y - 12) * (y - 12)) / 12)));
  return pixels;
}

class CApiWarp : public CApi {
 protected:
  void SetUp() override {
    CApi::SetUp();
    CAPI_OK(betwixt_pictures_create(kWarpSide, kWarpSide, 1, &pair, &error));
    const auto l = layout(2, kWarpSide, kWarpSide, 1);
    CAPI_OK(betwixt_pictures_add(pair, &l, spots().data(), 2 * kWarpBytes, &error));
  }
  betwixt_warp_options options(std::int64_t steps) const {
    auto o = sized<betwixt_warp_options>();
    o.steps = steps;
    return o;
  }
  Pictures pair;
  Warp warp;
};

TEST_F(CApiWarp, TheSpotIsHalfWayInTheMiddle) {
  const auto o = options(60);
  CAPI_OK(betwixt_warp_create(device, pair, 0, 1, &o, &warp, &error));
  auto report = sized<betwixt_warp_report>();
  CAPI_OK(betwixt_warp_fit(warp, &report, &error));
  EXPECT_EQ(report.stopped, 0);
  EXPECT_GE(report.steps, 60);
  EXPECT_LT(report.residual, 0.5 * report.difference);
  const auto frames = layout(3, kWarpSide, kWarpSide, 1);
  std::vector<std::uint8_t> made(3 * kWarpBytes), timed(3 * kWarpBytes);
  CAPI_OK(betwixt_warp_frames(warp, nullptr, &frames, made.data(), 3 * kWarpBytes, &error));
  const double times[] = {0, 0.5, 1};
  CAPI_OK(betwixt_warp_frames(warp, times, &frames, timed.data(), 3 * kWarpBytes, &error));
  EXPECT_EQ(made, timed);
  const auto drawn = spots();
  EXPECT_TRUE(std::equal(made.begin(), made.begin() + kWarpBytes, drawn.begin())) << "the ends are exact";
  EXPECT_TRUE(std::equal(made.end() - kWarpBytes, made.end(), drawn.end() - kWarpBytes));
  const std::uint8_t* row = made.data() + kWarpBytes + 12 * kWarpSide;
  EXPECT_NEAR(std::max_element(row, row + kWarpSide) - row, 11, 1);
  EXPECT_GT(*std::max_element(row, row + kWarpSide), 200) << "moved, not faded";

  std::vector<float> flow(2 * kWarpBytes), seen(kWarpBytes);
  CAPI_OK(betwixt_warp_flow(warp, 0, flow.data(), 2 * kWarpBytes, &error));
  EXPECT_NEAR(flow[2 * (12 * kWarpSide + 9)], 4, 1) << "to the right";
  EXPECT_NEAR(flow[2 * (12 * kWarpSide + 9) + 1], 0, 1) << "and not down";
  CAPI_OK(betwixt_warp_visibility(warp, 1, seen.data(), kWarpBytes, &error));
  EXPECT_GT(seen[12 * kWarpSide + 13], 0.5f);

  auto again = sized<betwixt_warp_report>();
  CAPI_OK(betwixt_warp_fit(warp, &again, &error));
  EXPECT_EQ(std::memcmp(&again, &report, sizeof report), 0) << "it is not fitted twice";
}

/// What a progress callback does.
struct Listener {
  std::function<std::int32_t()> body;
  int calls = 0;
  static std::int32_t call(void* user, const betwixt_progress* progress) {
    auto* self = static_cast<Listener*>(user);
    ++self->calls;
    EXPECT_LE(progress->step, progress->steps);
    return self->body();
  }
};

TEST_F(CApiWarp, TheCallbackStopsAndMayUseTheDevice) {
  auto o = options(1'000'000);
  Listener listener{[&]() -> std::int32_t {
    Codes codes;
    EXPECT_EQ(betwixt_model_encode(model, pictures, &codes, nullptr), BETWIXT_OK);
    betwixt_error error;
    EXPECT_EQ(betwixt_warp_fit(warp, nullptr, &error), BETWIXT_E_ARGUMENT) << "it is being fitted";
    return 1;
  }};
  o.progress = Listener::call;
  o.progress_user = &listener;
  CAPI_OK(betwixt_warp_create(device, pair, 0, 1, &o, &warp, &error));
  auto report = sized<betwixt_warp_report>();
  CAPI_OK(betwixt_warp_fit(warp, &report, &error));
  EXPECT_EQ(report.stopped, 1);
  EXPECT_EQ(listener.calls, 1);
  const auto frame = layout(2, kWarpSide, kWarpSide, 1);
  std::vector<std::uint8_t> made(2 * kWarpBytes);
  CAPI_OK(betwixt_warp_frames(warp, nullptr, &frame, made.data(), 2 * kWarpBytes, &error));
}

TEST_F(CApiWarp, CancelAndReleaseEndTheFitUnderWay) {
  for (const bool release : {false, true}) {
    betwixt_warp* fitted = nullptr;
    auto o = options(1'000'000);
    Listener listener{[&]() -> std::int32_t {
      if (release)
        betwixt_warp_release(fitted);
      else
        EXPECT_EQ(betwixt_warp_cancel(fitted, nullptr), BETWIXT_OK);
      return 0;
    }};
    o.progress = Listener::call;
    o.progress_user = &listener;
    CAPI_OK(betwixt_warp_create(device, pair, 0, 1, &o, &fitted, &error));
    auto report = sized<betwixt_warp_report>();
    CAPI_OK(betwixt_warp_fit(fitted, &report, &error));
    EXPECT_EQ(report.stopped, 1);
    if (!release) betwixt_warp_release(fitted);
  }
}

TEST_F(CApiWarp, WhatMakesNoSenseIsRefused) {
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "second", betwixt_warp_create(device, pair, 0, 2, nullptr, &warp, &error));
  auto o = options(5);
  o.smoothness = std::nan("");
  CAPI_FAILS(BETWIXT_E_NOT_FINITE, "smoothness", betwixt_warp_create(device, pair, 0, 1, &o, &warp, &error));
  o = options(5);
  o.search = 2;
  CAPI_FAILS(BETWIXT_E_VALUE, "search", betwixt_warp_create(device, pair, 0, 1, &o, &warp, &error));
  o = options(-5);
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "steps", betwixt_warp_create(device, pair, 0, 1, &o, &warp, &error));
  o = options(2);
  CAPI_OK(betwixt_warp_create(device, pair, 0, 1, &o, &warp, &error));
  const auto two = layout(2, kWarpSide, kWarpSide, 1);
  std::vector<std::uint8_t> memory(2 * kWarpBytes);
  float values[4];
  CAPI_FAILS(BETWIXT_E_MISSING, "betwixt_warp_fit",
             betwixt_warp_frames(warp, nullptr, &two, memory.data(), 2 * kWarpBytes, &error));
  CAPI_OK(betwixt_warp_fit(warp, nullptr, &error));
  const double late[] = {0, 1.5};
  CAPI_FAILS(BETWIXT_E_VALUE, "1.5", betwixt_warp_frames(warp, late, &two, memory.data(), 2 * kWarpBytes, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "bytes",
             betwixt_warp_frames(warp, nullptr, &two, memory.data(), 2 * kWarpBytes - 1, &error));
  CAPI_FAILS(BETWIXT_E_LIMIT, "capacity", betwixt_warp_flow(warp, 0, values, 4, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "from", betwixt_warp_visibility(warp, 2, values, 4, &error));
}

}  // namespace
