// SPDX-License-Identifier: MIT
// Options: bit 0 rows instead of whole arrays, bits 1 and 2 what the file is: 0 an archive, 1 the packed bytes of one
// entry, 2 the array inside an entry; bits 8 to 15 entries, 16 to 31 thousands of bytes, 32 to 39 rows at once, 40 to
// 47 ratio, 48 to 55 the failing read, 56 to 63 the failing allocation.
#include <algorithm>

#include "betwixt/media/npz.h"
#include "tests/fuzz/failing_allocation.h"
#include "tests/media/archive_builder.h"

namespace {

using namespace betwixt;

/// An archive around the input, with right sums, so that what lies behind them is reached.
std::string around(const std::string& text, std::uint64_t kind) {
  if (kind == 1)
    return archive_test::zip({{.name = "a.npy", .content = {}, .is_deflated = true, .packed = text, .size = 4096}})
        .bytes;
  if (kind == 2) return archive_test::zip({{"a.npy", text, true}}).bytes;
  return text;
}

void read_rows(NpzFile& npz, const std::string& name, std::int64_t step) {
  const NpyInfo info = npz.info(name);
  const std::int64_t rows = info.shape.empty() ? 1 : std::min<std::int64_t>(info.shape[0], 1000);
  for (std::int64_t row = 0; row < rows; row += step) npz.read_rows(name, row, std::min(step, rows - row));
  if (rows > 0) npz.read_rows(name, 0, 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::uint64_t choice = fuzz::take_choice(data, size);
  const std::string archive = around({reinterpret_cast<const char*>(data), size}, choice >> 1 & 3);
  NpzOptions options;
  if (choice >> 8 & 0xFF) options.entries = choice >> 8 & 0xFF;
  options.npy.bytes = (choice >> 16 & 0xFFFF) * 1000;
  if (choice >> 40 & 0xFF) options.entry_ratio = choice >> 40 & 0xFF;
  fuzz::OneFile files({reinterpret_cast<const std::byte*>(archive.data()), archive.size()}, fuzz::failing_read(choice));
  fuzz::run(choice, [&] {
    NpzFile npz = NpzFile::open(files, "", options);
    for (const std::string& name : npz.names()) {
      try {
        if (choice & 1)
          read_rows(npz, name, static_cast<std::int64_t>(choice >> 32 & 0xFF) + 1);
        else if (npz.read(name).bytes.size() > options.npy.bytes)
          std::abort();
      } catch (const Error& error) {
        if (error.code() == ErrorCode::kInternal) std::abort();
      }
    }
  });
  return 0;
}
