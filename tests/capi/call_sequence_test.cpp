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
  for (int i = 0; i < sequences; ++i) {
    std::vector<std::uint8_t> bytes(random() % 1200);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    capi_test::run_calls(bytes.data(), bytes.size());
  }
}

}  // namespace
