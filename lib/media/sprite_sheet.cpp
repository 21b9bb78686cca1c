// SPDX-License-Identifier: MIT
#include "betwixt/media/sprite_sheet.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "betwixt/core/error.h"
#include "betwixt/media/detail/numbers.h"

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
  return detail::guard_memory("sprites", [&] {
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

/// One line of the table, with its place for errors.
struct Line {
  std::string_view text;
  std::uint64_t at = 0;

  Error fail(ErrorCode code, const char* field, const char* fact) const {
    return Error(code, "sprites", "%s", fact).at(at).in(field);
  }
};

std::vector<Line> split_lines(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) lines.push_back({line, at});
    at = end + 1;
  }
  return lines;
}

std::vector<std::string_view> split_fields(const Line& line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at <= line.text.size();) {
    const std::size_t end = std::min(line.text.find('\t', at), line.text.size());
    fields.push_back(line.text.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

int parse_size(const Line& line, std::string_view text, const char* field) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || value > kMaxSide)
      throw line.fail(ErrorCode::kValue, field, "not a number from 1 to 16384");
    value = value * 10 + (c - '0');
  }
  if (value < 1 || value > kMaxSide) throw line.fail(ErrorCode::kValue, field, "not a number from 1 to 16384");
  return value;
}

std::string parse_file(const Line& line, std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20) throw line.fail(ErrorCode::kEncoding, "file", "control character");
  std::string inside(1, '/');
  inside.append(text).push_back('/');
  const bool is_bad = text.empty() || text.front() == '/' || text.find('\\') != std::string_view::npos ||
                      (text.size() > 1 && text[1] == ':') || inside.find("/../") != std::string::npos;
  if (is_bad) throw line.fail(ErrorCode::kPath, "file", "not a file below the table's folder");
  return std::string(text);
}

SpriteSheet parse_sheet(const Line& line) {
  const std::vector<std::string_view> fields = split_fields(line);
  if (fields.size() != 6)
    throw line.fail(ErrorCode::kSyntax, "line", "a sheet has 6 fields").found("%zu", fields.size());
  SpriteSheet sheet;
  sheet.file = parse_file(line, fields[0]);
  sheet.grid.cell_width = parse_size(line, fields[1], "cell_w");
  sheet.grid.cell_height = parse_size(line, fields[2], "cell_h");
  sheet.grid.columns = parse_size(line, fields[3], "cols");
  sheet.grid.rows = parse_size(line, fields[4], "rows");
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
  return detail::guard_memory("sprites", [&] {
    const Memory bytes = read_file(files, path, kMaxTableBytes);
    const std::vector<Line> lines = split_lines({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (lines.empty() || lines[0].text != "file\tcell_w\tcell_h\tcols\trows\toccupied")
      throw Error(ErrorCode::kSyntax, "sprites", "not a cell table").at(0).in("first line");
    std::vector<SpriteSheet> sheets;
    std::set<std::string> names;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      sheets.push_back(parse_sheet(lines[i]));
      if (!names.insert(sheets.back().file).second)
        throw lines[i].fail(ErrorCode::kDuplicate, "file", "file is there twice");
    }
    return sheets;
  });
}

}  // namespace betwixt
