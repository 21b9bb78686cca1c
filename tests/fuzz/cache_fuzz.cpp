// SPDX-License-Identifier: MIT
// Options: bit 0 the start of the file is that of a right one for the bytes behind it.
#include "betwixt/gpu/detail/pipeline_cache.h"
#include "tests/fuzz/failing_allocation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace betwixt;
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  const gpu::CacheIdentity identity{.vendor = 1, .device = 2, .driver_version = 3, .driver = 4, .shader_hash = 5};
  const std::vector<std::byte> head = gpu::encode_cache(identity, {});
  const std::span<const std::byte> bytes = fuzz::as_bytes(data, size);
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  if (choice.bit(0) && size >= head.size()) file = gpu::encode_cache(identity, bytes.subspan(head.size()));
  fuzz::OneFile files(file, choice);
  fuzz::run(choice, size + 4096, [&] {
    const Memory content = gpu::load_cache_file(files, "cache");
    if (content.size() == 0) return;
    const std::span<const std::byte> payload =
        gpu::checked_cache(identity, std::span<const std::byte>(content.data(), content.size()));
    if (payload.size() + head.size() != file.size()) std::abort();
    // A byte of it was changed by nobody, or its checksum would differ.
    if (!std::equal(payload.begin(), payload.end(), file.end() - static_cast<std::ptrdiff_t>(payload.size())))
      std::abort();
  });
  return 0;
}
