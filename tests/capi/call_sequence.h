// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace capi_test {

/// How many calls did what they were asked, and how many returned an error.
struct CallCounts {
  int done = 0;
  int refused = 0;
};

/// Reads bytes as a sequence of calls of the C API on a few handles of each kind, in any order and with any argument in
/// range of the contract: NULL, handles of another kind, 0, negative, huge and NaN among them. Aborts when a call
/// leaves its error and its status in disagreement, gives a code that is none, or leaves a handle where it failed.
CallCounts run_calls(const std::uint8_t* data, std::size_t size);

}  // namespace capi_test
