// SPDX-License-Identifier: MIT
// Options: bit 0 accepts \u0000, bits 8 to 15 depth, 16 to 31 values, 32 to 47 length of a string.
#include "betwixt/io/json.h"
#include "tests/fuzz/failing_allocation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace betwixt;
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  JsonLimits limits;
  limits.allow_escaped_nul = choice.bit(0);
  limits.depth = choice.bits(8, 8);
  limits.values = choice.bits(16, 16);
  limits.string_bytes = choice.bits(32, 16);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fuzz::run(choice, 1024 * (size + 256), [&] {
    const JsonValue value = parse_json(text, limits);
    // What was written must read back to the same text.
    const std::string once = to_text(value);
    JsonLimits wide;
    wide.allow_escaped_nul = true;
    wide.bytes = wide.values = wide.string_bytes = once.size() + 1;
    wide.depth = 256;
    if (to_text(parse_json(once, wide)) != once) std::abort();
  });
  return 0;
}
