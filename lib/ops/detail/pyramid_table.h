// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/ops/detail/resize_table.h"

namespace betwixt {

enum class PyramidKind : std::uint8_t { kBlur, kDown, kUp };

/// What the taps of neighbouring results look like away from the border.
enum class PyramidPattern : std::uint8_t {
  kSame,    ///< result i reads i - 2 ... i + 2
  kShrink,  ///< result i reads 2 i - 2 ... 2 i + 2
  kGrow,    ///< result 2 i reads i - 1, i, i + 1 and result 2 i + 1 reads i, i + 1
};

/// One axis: every row of the sparse matrix, and where the rows follow the pattern with weights [1 4 6 4 1] * gain.
struct PyramidAxis {
  ResizeAxis table;
  std::int64_t inner_begin = 0;  ///< results; even for kGrow
  std::int64_t inner_end = 0;
  /// Every row follows the pattern if source -k is source k, and behind the last of n sources come n - 2, n - 3, or
  /// where an axis grows to an even size n - 1.
  bool mirrors = false;
};

/// A pyramid operator or its adjoint.
struct PyramidMap {
  PyramidPattern pattern = PyramidPattern::kSame;
  double gain = 1.0 / 16;  ///< of one axis
  Shape source;            ///< [n,h,w,c]
  Shape target;
  PyramidAxis axes[2];  ///< vertical, horizontal
};

/// Options of the linear ops and of their adjoints.
struct PyramidOptions {
  PyramidKind kind = PyramidKind::kBlur;
  bool adjoint = false;
  Shape original;  ///< what the forward op reads
  PyramidMap map;
};

/// Options of pyramid_level.
struct PyramidLevelOptions {
  PyramidMap down;
  PyramidMap up;
};

/// How many rows of results, or pairs of them, one unit of work covers, and how many units a picture has: from shapes
/// only.
struct PyramidBands {
  std::int64_t rows;    ///< of the smaller picture for a level, of the target otherwise
  std::int64_t bands;   ///< of one picture
  std::int64_t grain;   ///< bands per chunk
  std::int64_t chunks;  ///< of the whole call: each has scratch of its own
};
PyramidBands pyramid_bands(std::int64_t pictures, std::int64_t rows, std::int64_t row_elements);

/// Elements of scratch of a chunk of pyramid_cpu.
std::int64_t pyramid_scratch_elements(const PyramidMap& map);
/// Elements of scratch of a chunk of pyramid_level_cpu.
std::int64_t pyramid_level_scratch_elements(const PyramidLevelOptions& options);
/// Elements behind a row of scratch that may be read and written.
constexpr std::int64_t kPyramidSlack = 48;
/// Elements of every other pixel of a row whose results have `row_elements`, with what may be read and written beside
/// them: kPyramidStripMargin before and kPyramidSlack behind.
std::int64_t pyramid_strip_elements(std::int64_t row_elements);
constexpr std::int64_t kPyramidStripMargin = 16;

}  // namespace betwixt
