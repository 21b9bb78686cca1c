// SPDX-License-Identifier: MIT
// Bytes as calls of the C API.
#include "tests/capi/call_sequence.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  capi_test::run_calls(data, size);
  return 0;
}
