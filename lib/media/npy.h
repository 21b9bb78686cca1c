// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/media/number_array.h"

namespace betwixt {

/// Limits on an array, and what is accepted in it.
struct NpyOptions {
  std::uint64_t bytes = std::uint64_t{1} << 30;  ///< E_LIMIT for arrays (or ranges of rows) of more bytes
  std::uint64_t header_bytes = 10000;            ///< E_LIMIT, checked before the header is read
  std::size_t rank = 8;                          ///< E_LIMIT above
  bool allow_big_endian = true;                  ///< swap big-endian numbers; E_UNSUPPORTED when off
};

/// What the header of an NPY array says.
struct NpyInfo {
  NumberType type = NumberType::kU8;  ///< type of an element
  bool is_big_endian = false;         ///< byte order in the file
  bool fortran_order = false;         ///< the first axis varies fastest in the file
  std::vector<std::int64_t> shape;    ///< outermost first; empty for a single number
  std::uint64_t bytes = 0;            ///< of the numbers
  std::uint64_t data_offset = 0;      ///< of the numbers, from the start of the array's file

  /// Bytes of one step along the first axis; all of them for rank 0.
  std::uint64_t row_bytes() const;
};

/// Reads a NumPy `.npy` file, version 1.0, 2.0 or 3.0, of plain numbers (bool, 8 to 64-bit integers, f16, f32, f64).
/// Arrays in Fortran order are turned into C order. Pickled objects, structures, strings and dates are E_UNSUPPORTED.
///
/// E_BAD_MAGIC, E_VERSION, E_LIMIT, E_TRUNCATED (also when the shape asks for more than the file holds, before anything
/// is allocated), E_SYNTAX, E_MISSING, E_DUPLICATE, E_UNKNOWN_KEY, E_ENCODING, E_DTYPE, E_TYPE, E_VALUE, E_OVERFLOW,
/// E_TRAILING.
NumberArray read_npy(FileSystem& files, const std::string& path, const NpyOptions& options = {});

}  // namespace betwixt
