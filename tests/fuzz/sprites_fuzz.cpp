// SPDX-License-Identifier: MIT
// Options: bit 0 puts the right first line before the input.
#include "betwixt/media/sprite_sheet.h"
#include "tests/fuzz/failing_allocation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace betwixt;
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  std::string text(reinterpret_cast<const char*>(data), size);
  if (choice.bit(0)) text.insert(0, "file\tcell_w\tcell_h\tcols\trows\toccupied\n");
  fuzz::OneFile files(fuzz::as_bytes(text), choice);
  fuzz::run(choice, 256 * text.size() + 4096, [&] {
    for (const SpriteSheet& sheet : read_sprite_table(files, "")) {
      const auto cells = static_cast<std::size_t>(sheet.grid.columns) * static_cast<std::size_t>(sheet.grid.rows);
      if (sheet.occupied.size() != cells || sheet.file.empty() || sheet.file[0] == '/') std::abort();
    }
  });
  return 0;
}
