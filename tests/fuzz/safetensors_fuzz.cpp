// SPDX-License-Identifier: MIT
// Options: bit 0 lossy conversions, bit 1 finite numbers only, bit 2 the first 8 bytes are replaced by the length of
// the longest header that fits, bits 8 to 15 limit of tensors, 16 to 23 of names, 24 to 27 of rank, 48 to 55 the
// failing read, 56 to 63 the failing allocation.
#include "betwixt/io/safetensors.h"
#include "tests/fuzz/failing_allocation.h"

namespace {

using namespace betwixt;

template <class T>
void read_all(SafetensorsFile& file, ConvertOptions options) {
  for (const std::string& name : file.names()) {
    std::vector<T> values(file.info(name).elements() > 65536 ? 0 : file.info(name).elements());
    try {
      file.read(name, values, options);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInternal) std::abort();
    }
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
  const std::uint64_t choice = fuzz::take_choice(data, size);
  std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  const std::vector<std::byte> repaired = choice & 4 ? with_length(bytes) : std::vector<std::byte>();
  if (!repaired.empty()) bytes = repaired;
  SafetensorsLimits limits;
  if (choice >> 8 & 0xFF) limits.tensors = choice >> 8 & 0xFF;
  if (choice >> 16 & 0xFF) limits.name_bytes = choice >> 16 & 0xFF;
  limits.rank = choice >> 24 & 15;
  const ConvertOptions options{.allow_lossy = (choice & 1) != 0, .require_finite = (choice & 2) != 0};
  fuzz::OneFile files(bytes, fuzz::failing_read(choice));
  fuzz::run(choice, [&] {
    SafetensorsFile file = SafetensorsFile::open(files, "", limits);
    fuzz::no_failing_allocation();
    std::uint64_t total = 0;
    for (const std::string& name : file.names()) total += file.info(name).bytes;
    if (total > size) std::abort();
    read_all<float>(file, options);
    read_all<double>(file, options);
    read_all<std::uint8_t>(file, options);
    read_all<std::int32_t>(file, options);
    read_all<std::uint32_t>(file, options);
  });
  return 0;
}
