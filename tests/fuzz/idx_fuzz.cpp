// SPDX-License-Identifier: MIT
// Options: bit 0 no gzip, bit 1 empty dimensions, bit 2 any float, bits 3 and 4 what is read (any array, pictures,
// labels), bits 8 to 11 rank, 16 to 39 bytes, 40 to 47 classes.
#include "betwixt/media/idx.h"
#include "tests/fuzz/failing_allocation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace betwixt;
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  IdxOptions options;
  options.allow_gzip = !choice.bit(0);
  options.allow_empty = choice.bit(1);
  options.require_finite = !choice.bit(2);
  options.rank = static_cast<int>(choice.bits(8, 4));
  options.bytes = choice.bits(16, 24);
  fuzz::OneFile files(fuzz::as_bytes(data, size), choice);
  // Labels become 4 bytes each, numbers floats beside them.
  fuzz::run(choice, 9 * (size + 64) * 1032 + (std::size_t{1} << 20), [&] {
    switch (choice.bits(3, 2)) {
      case 0:
        return void(read_idx_images(files, "", options));
      case 1:
        return void(read_idx_labels(files, "", static_cast<int>(choice.bits(40, 8)), options));
      default:
        break;
    }
    const NumberArray array = read_idx(files, "", options);
    if (array.bytes.size() > options.bytes) std::abort();
    to_floats(array);
  });
  return 0;
}
