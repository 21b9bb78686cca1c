// SPDX-License-Identifier: MIT
#include "tests/capi/call_sequence.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <vector>

namespace {

TEST(CallSequences, NoOrderOfCallsDoesMoreThanReturnAnError) {
  // BETWIXT_CALL_SEQUENCES sets another number; tests/fuzz/capi_fuzz.cpp searches without end.
  const char* wanted = std::getenv("BETWIXT_CALL_SEQUENCES");
  const int sequences = wanted ? std::atoi(wanted) : 150;
  std::mt19937 random(20);
  capi_test::CallCounts all;
  for (int i = 0; i < sequences; ++i) {
    std::vector<std::uint8_t> bytes(random() % 1200);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    // What a call must never do ends the program.
    const capi_test::CallCounts counts = capi_test::run_calls(bytes.data(), bytes.size());
    all.done += counts.done;
    all.refused += counts.refused;
  }
  EXPECT_GT(all.done, 10 * sequences) << "calls that are in order work";
  EXPECT_GT(all.refused, 10 * sequences) << "calls that are not are refused";
}

}  // namespace
