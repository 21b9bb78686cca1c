// SPDX-License-Identifier: MIT
#include "betwixt/media/sprite_sheet.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "betwixt/core/error.h"
#include "betwixt/media/detail/numbers.h"
#include "betwixt/media/detail/text_table.h"

namespace betwixt {
namespace {

constexpr int kMaxSide = 16384;
constexpr std::uint64_t kMaxTableBytes = std::uint64_t{4} << 20;

/// How many cells fit between `margin` and `size`.
int cells_that_fit(int size, int margin, int cell, int spacing) {
  return std::max(0, (size - margin + spacing) / (cell + spacing));
}

SpriteGrid complete(const Images& sheet, SpriteGrid grid) {
  const bool is_sensible = grid.cell_width >= 1 && grid.cell_height >= 1 && grid.columns >= 0 && grid.rows >= 0 &&
                           grid.margin >= 0 && grid.spacing >= 0 && grid.margin <= kMaxSide &&
                           grid.spacing <= kMaxSide && grid.cell_width <= kMaxSide && grid.cell_height <= kMaxSide;
  if (!is_sensible)
    throw Error(ErrorCode::kArgument, "sprites", "cells of %d x %d pixels", grid.cell_width, grid.cell_height);
  if (sheet.count != 1)
    throw Error(ErrorCode::kShape, "sprites", "a sheet is one picture, not %lld", static_cast<long long>(sheet.count));
  const int columns = cells_that_fit(sheet.width, grid.margin, grid.cell_width, grid.spacing);
  const int rows = cells_that_fit(sheet.height, grid.margin, grid.cell_height, grid.spacing);
  if (grid.columns > columns || grid.rows > rows || columns == 0 || rows == 0)
    throw Error(ErrorCode::kShape, "sprites", "%d x %d cells of %d x %d do not fit into %d x %d pixels", grid.columns,
                grid.rows, grid.cell_width, grid.cell_height, sheet.width, sheet.height);
  if (grid.columns == 0) grid.columns = columns;
  if (grid.rows == 0) grid.rows = rows;
  return grid;
}

void copy_cell(const Images& sheet, const SpriteGrid& grid, int cell, std::span<std::uint8_t> to) {
  const int left = grid.margin + cell % grid.columns * (grid.cell_width + grid.spacing);
  const int top = grid.margin + cell / grid.columns * (grid.cell_height + grid.spacing);
  const auto channels = static_cast<std::size_t>(sheet.channels);
  const std::size_t line = static_cast<std::size_t>(grid.cell_width) * channels;
  for (int y = 0; y < grid.cell_height; ++y) {
    const std::size_t from =
        (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(sheet.width) + static_cast<std::size_t>(left)) *
        channels;
    std::copy_n(sheet.pixels.begin() + static_cast<std::ptrdiff_t>(from), line,
                to.begin() + static_cast<std::ptrdiff_t>(line) * y);
  }
}

/// Indices of the cells to take.
std::vector<int> chosen_cells(const SpriteGrid& grid, const std::vector<bool>& occupied) {
  const std::size_t cells = static_cast<std::size_t>(grid.columns) * static_cast<std::size_t>(grid.rows);
  if (!occupied.empty() && occupied.size() != cells)
    throw Error(ErrorCode::kMismatch, "sprites", "%zu flags for %zu cells", occupied.size(), cells);
  std::vector<int> chosen;
  for (std::size_t cell = 0; cell < cells; ++cell)
    if (occupied.empty() || occupied[cell]) chosen.push_back(static_cast<int>(cell));
  return chosen;
}

Images cut(const Images& sheet, const SpriteGrid& wanted, const std::vector<bool>& occupied, const std::string& name) {
  return guard_memory("sprites", [&] {
    const SpriteGrid grid = complete(sheet, wanted);
    const std::vector<int> cells = chosen_cells(grid, occupied);
    Images frames(static_cast<std::int64_t>(cells.size()), grid.cell_height, grid.cell_width, sheet.channels);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      copy_cell(sheet, grid, cells[i], frames.picture(static_cast<std::int64_t>(i)));
      if (!name.empty()) frames.names.push_back(name + "#" + std::to_string(cells[i]));
    }
    return frames;
  });
}

SpriteSheet parse_sheet(const detail::TableLine& line) {
  const std::vector<std::string_view> fields = line.fields();
  if (fields.size() != 6)
    throw line.fail(ErrorCode::kSyntax, "line", "a sheet has 6 fields").found("%zu", fields.size());
  SpriteSheet sheet;
  sheet.file = detail::table_path(line, fields[0], "file");
  sheet.grid.cell_width = detail::table_number(line, fields[1], "cell_w", 1, kMaxSide);
  sheet.grid.cell_height = detail::table_number(line, fields[2], "cell_h", 1, kMaxSide);
  sheet.grid.columns = detail::table_number(line, fields[3], "cols", 1, kMaxSide);
  sheet.grid.rows = detail::table_number(line, fields[4], "rows", 1, kMaxSide);
  for (const char flag : fields[5]) {
    if (flag != '0' && flag != '1') throw line.fail(ErrorCode::kSyntax, "occupied", "flags are 0 or 1");
    sheet.occupied.push_back(flag == '1');
  }
  const auto cells = static_cast<std::size_t>(sheet.grid.columns) * static_cast<std::size_t>(sheet.grid.rows);
  if (sheet.occupied.size() != cells)
    throw line.fail(ErrorCode::kMismatch, "occupied", "flags do not count the cells")
        .expected("%zu", cells)
        .found("%zu", sheet.occupied.size());
  return sheet;
}

}  // namespace

Images cut_sprites(const Images& sheet, const SpriteGrid& grid, const std::vector<bool>& occupied) {
  return cut(sheet, grid, occupied, {});
}

Images read_sprites(FileSystem& files, const std::string& path, const SpriteGrid& grid,
                    const std::vector<bool>& occupied, const DecodeOptions& options) {
  const Memory bytes = read_file(files, path);
  return cut(decode_picture({bytes.data(), bytes.size()}, options), grid, occupied, path_name(path));
}

Images read_sprites(FileSystem& files, const std::string& folder, const SpriteSheet& sheet,
                    const DecodeOptions& options) {
  return read_sprites(files, path_join(folder, sheet.file), sheet.grid, sheet.occupied, options);
}

std::vector<SpriteSheet> read_sprite_table(FileSystem& files, const std::string& path) {
  return guard_memory("sprites", [&] {
    const Memory bytes = read_file(files, path, kMaxTableBytes);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::vector<detail::TableLine> lines = detail::table_lines("sprites", text);
    if (lines.empty() || lines[0].text != "file\tcell_w\tcell_h\tcols\trows\toccupied")
      throw Error(ErrorCode::kSyntax, "sprites", "not a cell table").at(0).in("first line");
    std::vector<SpriteSheet> sheets;
    std::set<std::string_view> names;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      sheets.push_back(parse_sheet(lines[i]));
      if (!names.insert(lines[i].text.substr(0, sheets.back().file.size())).second)
        throw lines[i].fail(ErrorCode::kDuplicate, "file", "file is there twice");
    }
    return sheets;
  });
}

}  // namespace betwixt
