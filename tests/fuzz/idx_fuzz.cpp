// SPDX-License-Identifier: MIT
// Options: bit 0 no gzip, bit 1 empty dimensions, bit 2 any float, bits 8 to 11 rank, 16 to 39 bytes, 48 to 55 the
// failing read, 56 to 63 the failing allocation.
#include "betwixt/media/idx.h"
#include "tests/fuzz/failing_allocation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace betwixt;
  const std::uint64_t choice = fuzz::take_choice(data, size);
  IdxOptions options;
  options.allow_gzip = (choice & 1) == 0;
  options.allow_empty = (choice & 2) != 0;
  options.require_finite = (choice & 4) == 0;
  options.rank = static_cast<int>(choice >> 8 & 15);
  options.bytes = choice >> 16 & 0xFFFFFF;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto load = [&](auto read) {
    fuzz::OneFile files(bytes, fuzz::failing_read(choice));
    fuzz::run(choice, [&] { read(files); });
  };
  load([&](FileSystem& files) {
    const NumberArray array = read_idx(files, "", options);
    if (array.bytes.size() > options.bytes) std::abort();
    fuzz::no_failing_allocation();
    to_floats(array);
  });
  load([&](FileSystem& files) { read_idx_images(files, "", options); });
  load([&](FileSystem& files) { read_idx_labels(files, "", static_cast<int>(choice >> 40 & 0xFF), options); });
  return 0;
}
