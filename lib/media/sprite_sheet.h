// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/image/images.h"
#include "betwixt/media/decode.h"

namespace betwixt {

/// Frames of one size drawn side by side in a picture. Cell (column, row) begins at pixel
/// (margin + column (cell_width + spacing), margin + row (cell_height + spacing)).
struct SpriteGrid {
  int cell_width = 0;   ///< pixels
  int cell_height = 0;  ///< pixels
  int columns = 0;      ///< 0: as many as fit
  int rows = 0;         ///< 0: as many as fit
  int margin = 0;       ///< pixels before the first cell, in both directions
  int spacing = 0;      ///< pixels between cells
};

/// Cuts a sheet (one picture) into its cells, row by row. `occupied` names the cells to take, one flag per cell; empty
/// takes all. E_ARGUMENT for sizes below 1, E_SHAPE when a cell lies outside the sheet or the sheet is not one picture,
/// E_MISMATCH when the flags do not count the cells.
Images cut_sprites(const Images& sheet, const SpriteGrid& grid, const std::vector<bool>& occupied = {});

/// Decodes a PNG or JPEG file and cuts it. Frames are named "file.png#cell".
Images read_sprites(FileSystem& files, const std::string& path, const SpriteGrid& grid,
                    const std::vector<bool>& occupied = {}, const DecodeOptions& options = {});

/// One line of a cell table.
struct SpriteSheet {
  std::string file;            ///< relative to the table's folder
  SpriteGrid grid;             ///< where its cells are
  std::vector<bool> occupied;  ///< one flag per cell, row by row
};

/// Reads a cell table: tab-separated text, a first line "file cell_w cell_h cols rows occupied", then one sheet a line;
/// `occupied` is one 0 or 1 per cell.
///
/// E_SYNTAX (first line, number of fields, flags), E_VALUE (no number from 1 to 16384), E_MISMATCH (count of flags),
/// E_DUPLICATE (a file twice), E_PATH (a file outside the folder), E_ENCODING (control characters), E_LIMIT.
std::vector<SpriteSheet> read_sprite_table(FileSystem& files, const std::string& path);

/// All occupied frames of one sheet of a table in `folder`.
Images read_sprites(FileSystem& files, const std::string& folder, const SpriteSheet& sheet,
                    const DecodeOptions& options = {});

}  // namespace betwixt
