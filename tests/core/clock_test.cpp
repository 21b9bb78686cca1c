// SPDX-License-Identifier: MIT
#include "betwixt/core/clock.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "places.h"
#include "tests/support/manual_clock.h"

namespace betwixt {
namespace {

using test_support::kSecond;
using test_support::ManualClock;

TEST(Clock, TheSystemsNeverGoesBack) {
  std::int64_t last = default_clock().now();
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t now = default_clock().now();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(Clock, AStopwatchMeasuresOnTheClockItIsGiven) {
  ManualClock clock;
  Stopwatch watch(clock);
  EXPECT_EQ(watch.nanoseconds(), 0);
  clock.advance(3 * kSecond / 2);
  EXPECT_DOUBLE_EQ(watch.seconds(), 1.5);
  EXPECT_DOUBLE_EQ(watch.milliseconds(), 1500);
}

TEST(Clock, AClockSetBackStopsAWatchAndTurnsItNotBack) {
  ManualClock clock;
  Stopwatch watch(clock);
  clock.advance(-5 * kSecond);
  EXPECT_EQ(watch.nanoseconds(), 0);
  clock.advance(7 * kSecond);
  EXPECT_DOUBLE_EQ(watch.seconds(), 2);
  clock.advance(-1 * kSecond);
  EXPECT_DOUBLE_EQ(watch.seconds(), 2);
}

TEST(Clock, IsTheOnlyPlaceOfTheLibraryThatReadsTime) {
  const std::filesystem::path lib = std::filesystem::path(BETWIXT_SOURCE_DIR) / "lib";
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(lib)) {
    const std::filesystem::path& path = entry.path();
    if (!entry.is_regular_file() || (path.extension() != ".h" && path.extension() != ".cpp")) continue;
    ++files;
    if (path == lib / "core" / "clock.cpp") continue;
    std::ifstream in(path);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (const char* word :
         {"steady_clock", "system_clock", "high_resolution_clock", "clock_gettime", "gettimeofday", "time(nullptr)"})
      EXPECT_EQ(text.find(word), std::string::npos) << path << " uses " << word;
  }
  EXPECT_GT(files, 100);
}

}  // namespace
}  // namespace betwixt
