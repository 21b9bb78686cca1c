// SPDX-License-Identifier: MIT
// Options: bit 0 rows instead of whole arrays, bits 1 and 2 what the file is: 0 an archive, 1 the packed bytes of one
// entry, 2 the array inside an entry; bits 8 to 15 entries, 16 to 31 thousands of bytes, 32 to 39 rows at once, 40 to
// 47 ratio.
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
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  const std::string archive = around({reinterpret_cast<const char*>(data), size}, choice.bits(1, 2));
  NpzOptions options;
  if (choice.bits(8, 8)) options.entries = choice.bits(8, 8);
  options.npy.bytes = choice.bits(16, 16) * 1000;
  if (choice.bits(40, 8)) options.entry_ratio = choice.bits(40, 8);
  fuzz::OneFile files(fuzz::as_bytes(archive), choice);
  fuzz::run(choice, archive.size() * 64 + 2 * options.npy.bytes + (std::size_t{1} << 20), [&] {
    NpzFile npz = NpzFile::open(files, "", options);
    for (const std::string& name : npz.names()) {
      fuzz::expect_documented([&] {
        if (choice.bit(0))
          read_rows(npz, name, static_cast<std::int64_t>(choice.bits(32, 8)) + 1);
        else if (npz.read(name).bytes.size() > options.npy.bytes)
          std::abort();
      });
    }
  });
  return 0;
}
