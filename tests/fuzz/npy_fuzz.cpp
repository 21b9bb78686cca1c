// SPDX-License-Identifier: MIT
// Options: bit 0 no big-endian numbers, bit 1 the length of the header is set right, bits 8 to 11 rank, 16 to 39 bytes,
// 48 to 55 the failing read, 56 to 63 the failing allocation.
#include <algorithm>

#include "betwixt/media/npy.h"
#include "tests/fuzz/failing_allocation.h"

namespace {

/// A version 1.0 header whose length reaches to the first line end.
std::vector<std::byte> with_length(std::span<const std::byte> bytes) {
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  constexpr char kStart[] = "\x93NUMPY\x01\x00";
  if (file.size() < 10) return file;
  std::transform(kStart, kStart + 8, file.begin(), [](char c) { return static_cast<std::byte>(c); });
  const auto line_end = std::find(file.begin() + 10, file.end(), static_cast<std::byte>('\n'));
  const auto length = static_cast<std::size_t>(line_end - file.begin()) - 10 + (line_end != file.end());
  file[8] = static_cast<std::byte>(length);
  file[9] = static_cast<std::byte>(length >> 8);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace betwixt;
  const std::uint64_t choice = fuzz::take_choice(data, size);
  std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  const std::vector<std::byte> repaired = choice & 2 ? with_length(bytes) : std::vector<std::byte>();
  if (!repaired.empty()) bytes = repaired;
  NpyOptions options;
  options.allow_big_endian = (choice & 1) == 0;
  options.rank = choice >> 8 & 15;
  options.bytes = choice >> 16 & 0xFFFFFF;
  fuzz::OneFile files(bytes, fuzz::failing_read(choice));
  fuzz::run(choice, [&] {
    const NumberArray array = read_npy(files, "", options);
    if (array.bytes.size() > options.bytes || array.bytes.size() > size) std::abort();
    fuzz::no_failing_allocation();
    to_floats(array);
    to_images(array);
  });
  return 0;
}
