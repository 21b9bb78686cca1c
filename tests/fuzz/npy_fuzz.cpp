// SPDX-License-Identifier: MIT
// Options: bit 0 no big-endian numbers, bit 1 the length of the header is set right, bits 8 to 11 rank, 16 to 39 bytes.
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
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  std::span<const std::byte> bytes = fuzz::as_bytes(data, size);
  const std::vector<std::byte> repaired = choice.bit(1) ? with_length(bytes) : std::vector<std::byte>();
  if (!repaired.empty()) bytes = repaired;
  NpyOptions options;
  options.allow_big_endian = !choice.bit(0);
  options.rank = choice.bits(8, 4);
  options.bytes = choice.bits(16, 24);
  fuzz::OneFile files(bytes, choice);
  // The data, its copy in C order, floats of single bytes, pictures.
  fuzz::run(choice, 8 * size + (std::size_t{64} << 10), [&] {
    const NumberArray array = read_npy(files, "", options);
    if (array.bytes.size() > options.bytes || array.bytes.size() > size) std::abort();
    fuzz::expect_documented([&] { to_floats(array); });
    fuzz::expect_documented([&] { to_images(array); });
  });
  return 0;
}
