// SPDX-License-Identifier: MIT
// Options: bit 0 any floats, bit 1 the checksum of the whole file is set right, bit 2 another model is expected, bit 3
// the length of the header is set right first, bit 4 all three generations hold the same bytes (else there is one).
#include "betwixt/io/checkpoint.h"
#include "betwixt/io/checksum.h"
#include "betwixt/io/detail/checkpoint_format.h"
#include "tests/fuzz/failing_allocation.h"

namespace {

using namespace betwixt;

/// Puts a length before the text up to its last closing brace.
void repair_length(std::vector<std::byte>& file) {
  std::size_t end = file.size();
  while (end > 8 && file[end - 1] != static_cast<std::byte>('}')) --end;
  if (end <= 8) return;
  for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<std::byte>((end - 8) >> (8 * i));
}

void repair_checksum(std::vector<std::byte>& file) {
  if (file.size() < detail::kChecksumAt + detail::kChecksumDigits) return;
  const std::string digits = checksum_text(detail::whole_checksum(file));
  std::memcpy(file.data() + detail::kChecksumAt, digits.data(), digits.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  const std::span<const std::byte> bytes = fuzz::as_bytes(data, size);
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  if (choice.bit(3)) repair_length(file);
  if (choice.bit(1)) repair_checksum(file);
  CheckpointOptions options;
  options.require_finite = !choice.bit(0);
  if (choice.bit(2)) options.description_hash = 1;
  fuzz::OneFile files(file, choice, choice.bit(4));
  fuzz::run(choice, 1024 * size + (std::size_t{128} << 10), [&] {
    const Checkpoint checkpoint = load_checkpoint(files, "c", options);
    std::size_t total = 0;
    for (const NamedBlob& blob : checkpoint.tensors) {
      total += blob.bytes.size();
      if (blob.bytes.size() != blob.type.bytes()) std::abort();
    }
    if (total > size) std::abort();
  });
  return 0;
}
