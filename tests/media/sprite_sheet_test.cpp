// SPDX-License-Identifier: MIT
#include "betwixt/media/sprite_sheet.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/media/archive_builder.h"
#include "tests/media/media_support.h"
#include "tests/support/memory_files.h"
#include "tests/support/stated_errors.h"

namespace betwixt {
namespace {

using archive_test::error_of;
using archive_test::to_bytes;
using test_support::MemoryFiles;

/// Pixel (x, y) of a sheet holds 10 y + x.
Images numbered(int height, int width) {
  Images sheet(1, height, width, 1);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      sheet.pixels[static_cast<std::size_t>(y * width + x)] = static_cast<std::uint8_t>(10 * y + x);
  return sheet;
}

TEST(SpriteSheet, CutsTheGridRowByRow) {
  const Images frames = cut_sprites(numbered(4, 6), {.cell_width = 3, .cell_height = 2});
  ASSERT_EQ(frames.count, 4);
  EXPECT_EQ(frames.width, 3);
  EXPECT_EQ(frames.height, 2);
  EXPECT_EQ(std::vector<int>(frames.picture(1).begin(), frames.picture(1).end()),
            (std::vector<int>{3, 4, 5, 13, 14, 15}));
  EXPECT_EQ(frames.picture(2)[0], 20);
  const Images some = cut_sprites(numbered(4, 6), {.cell_width = 3, .cell_height = 2}, {false, true, false, true});
  EXPECT_EQ(some.count, 2);
  EXPECT_EQ(some.picture(1)[0], 23);
  const Images spaced = cut_sprites(numbered(7, 8), {.cell_width = 2, .cell_height = 2, .margin = 1, .spacing = 1});
  EXPECT_EQ(spaced.count, 4);
  EXPECT_EQ(spaced.picture(3)[0], 44);
  EXPECT_EQ(cut_sprites(numbered(4, 6), {.cell_width = 2, .cell_height = 2, .columns = 1, .rows = 2}).picture(1)[0],
            20);
}

TEST(SpriteSheet, RefusesCellsOutsideTheSheet) {
  const auto code = [](const SpriteGrid& grid, const std::vector<bool>& flags = {}) {
    return error_of([&] { cut_sprites(numbered(4, 6), grid, flags); }).code();
  };
  EXPECT_EQ(code({.cell_width = 0, .cell_height = 2}), ErrorCode::kArgument);
  EXPECT_EQ(code({.cell_width = 2, .cell_height = 2, .spacing = -1}), ErrorCode::kArgument);
  EXPECT_EQ(code({.cell_width = 7, .cell_height = 2}), ErrorCode::kShape);
  EXPECT_EQ(code({.cell_width = 3, .cell_height = 2, .columns = 3}), ErrorCode::kShape);
  EXPECT_EQ(code({.cell_width = 3, .cell_height = 2, .rows = 3}), ErrorCode::kShape);
  EXPECT_EQ(code({.cell_width = 6, .cell_height = 4, .margin = 1}), ErrorCode::kShape);
  EXPECT_EQ(code({.cell_width = 3, .cell_height = 2}, {true}), ErrorCode::kMismatch);
  EXPECT_EQ(error_of([] { cut_sprites(Images(2, 4, 4, 1), {.cell_width = 2, .cell_height = 2}); }).code(),
            ErrorCode::kShape);
}

TEST(SpriteSheet, ReadsCellTables) {
  MemoryFiles files;
  const std::string head = "file\tcell_w\tcell_h\tcols\trows\toccupied\n";
  const auto read = [&](const std::string& text) {
    files.put("sheets.tsv", to_bytes(text));
    return read_sprite_table(files, "sheets.tsv");
  };
  const std::vector<SpriteSheet> sheets = read(head + "a/b.png\t16\t8\t2\t2\t1011\r\nc.png\t4\t4\t1\t1\t1\n");
  ASSERT_EQ(sheets.size(), 2u);
  EXPECT_EQ(sheets[0].file, "a/b.png");
  EXPECT_EQ(sheets[0].grid.cell_width, 16);
  EXPECT_EQ(sheets[0].occupied, (std::vector<bool>{true, false, true, true}));
  test_support::StatedErrors stated;
  const auto code = [&](const std::string& text) {
    const Error error = error_of([&] { read(text); });
    stated.expect(text.starts_with(head) ? text.substr(head.size()) : text, error);
    return error.code();
  };
  EXPECT_EQ(code(""), ErrorCode::kSyntax);
  EXPECT_EQ(code("file\n"), ErrorCode::kSyntax);
  EXPECT_EQ(code(head + "a.png\t1\t1\t1\t1\n"), ErrorCode::kSyntax);
  EXPECT_EQ(code(head + "a.png\t1\t1\t1\t1\t1\tx\n"), ErrorCode::kSyntax);
  EXPECT_EQ(code(head + "a.png\t1\t1\t1\t1\t2\n"), ErrorCode::kSyntax);
  EXPECT_EQ(code(head + "a.png\t0\t1\t1\t1\t1\n"), ErrorCode::kValue);
  EXPECT_EQ(code(head + "a.png\t-1\t1\t1\t1\t1\n"), ErrorCode::kValue);
  EXPECT_EQ(code(head + "a.png\t\t1\t1\t1\t1\n"), ErrorCode::kValue);
  EXPECT_EQ(code(head + "a.png\t99999999999999999999\t1\t1\t1\t1\n"), ErrorCode::kValue);
  EXPECT_EQ(code(head + "a.png\t16385\t1\t1\t1\t1\n"), ErrorCode::kValue);
  EXPECT_EQ(code(head + "a.png\t1\t1\t2\t2\t111\n"), ErrorCode::kMismatch);
  EXPECT_EQ(code(head + "a.png\t1\t1\t1\t1\t1\na.png\t1\t1\t1\t1\t1\n"), ErrorCode::kDuplicate);
  for (const std::string path : {"/a.png", "../a.png", "x/../../a.png", "a\\b.png", "C:a.png", ""})
    EXPECT_EQ(code(head + path + "\t1\t1\t1\t1\t1\n"), ErrorCode::kPath) << path;
  EXPECT_EQ(code(head + "a\x01.png\t1\t1\t1\t1\t1\n"), ErrorCode::kEncoding);
}

TEST(SpriteSheet, LoadsTheSharedSheets) {
  const std::string folder = media_test::shared_folder("sprites_superpowers");
  if (folder.empty()) GTEST_SKIP() << "no folder sprites_superpowers; set BETWIXT_SHARED";
  FileSystem& files = default_file_system();
  std::int64_t ninja = 0, rpg = 0;
  for (const SpriteSheet& sheet : read_sprite_table(files, folder + "/sheets.tsv")) {
    const Images frames = read_sprites(files, folder, sheet);
    EXPECT_EQ(frames.count, std::count(sheet.occupied.begin(), sheet.occupied.end(), true)) << sheet.file;
    EXPECT_EQ(frames.channels, 4) << sheet.file;
    EXPECT_EQ(frames.names.size(), static_cast<std::size_t>(frames.count));
    (sheet.file.starts_with("rpg/") ? rpg : ninja) += frames.count;
  }
  EXPECT_EQ(ninja, 1012);
  EXPECT_EQ(rpg, 928);
}

}  // namespace
}  // namespace betwixt
