// SPDX-License-Identifier: MIT
// Options: bit 0 lossy conversions, bit 1 finite numbers only, bit 2 the first 8 bytes are replaced by the length of
// the longest header that fits, bits 3 to 5 what the tensors are read as, bits 8 to 15 limit of tensors, 16 to 23 of
// names, 24 to 27 of rank.
#include "betwixt/io/safetensors.h"
#include "tests/fuzz/failing_allocation.h"

namespace {

using namespace betwixt;

template <class T>
void read_all(SafetensorsFile& file, ConvertOptions options) {
  for (const std::string& name : file.names()) {
    const std::uint64_t count = file.info(name).elements();
    std::vector<T> values(count > 65536 ? 0 : count);
    fuzz::expect_documented([&] { file.read(name, values, options); });
  }
}

void read_as(SafetensorsFile& file, std::uint64_t kind, ConvertOptions options) {
  switch (kind) {
    case 0:
      return read_all<double>(file, options);
    case 1:
      return read_all<std::uint8_t>(file, options);
    case 2:
      return read_all<std::int32_t>(file, options);
    case 3:
      return read_all<std::uint32_t>(file, options);
    default:
      return read_all<float>(file, options);
  }
}

/// Puts a length before the text up to its last closing brace.
std::vector<std::byte> with_length(std::span<const std::byte> bytes) {
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  std::size_t end = file.size();
  while (end > 8 && file[end - 1] != static_cast<std::byte>('}')) --end;
  if (end <= 8) return file;
  for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<std::byte>((end - 8) >> (8 * i));
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  std::span<const std::byte> bytes = fuzz::as_bytes(data, size);
  const std::vector<std::byte> repaired = choice.bit(2) ? with_length(bytes) : std::vector<std::byte>();
  if (!repaired.empty()) bytes = repaired;
  SafetensorsLimits limits;
  if (choice.bits(8, 8)) limits.tensors = choice.bits(8, 8);
  if (choice.bits(16, 8)) limits.name_bytes = choice.bits(16, 8);
  limits.rank = choice.bits(24, 4);
  const ConvertOptions options{.allow_lossy = choice.bit(0), .require_finite = choice.bit(1)};
  fuzz::OneFile files(bytes, choice);
  fuzz::run(choice, 128 * size + (std::size_t{128} << 10), [&] {
    SafetensorsFile file = SafetensorsFile::open(files, "", limits);
    std::uint64_t total = 0;
    for (const std::string& name : file.names()) total += file.info(name).bytes;
    if (total > size) std::abort();
    try {
      read_as(file, choice.bits(3, 3), options);
    } catch (const std::bad_alloc&) {
      // The vector of the harness, not the loader.
    }
  });
  return 0;
}
