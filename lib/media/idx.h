// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/image/images.h"
#include "betwixt/media/number_array.h"

namespace betwixt {

/// Limits on a file, and what is accepted in it.
struct IdxOptions {
  std::uint64_t bytes = std::uint64_t{1} << 30;  ///< E_LIMIT for more data (unpacked)
  int rank = 8;                                  ///< E_LIMIT above
  bool allow_gzip = true;                        ///< E_UNSUPPORTED for a gzip file when off
  bool allow_empty = false;                      ///< E_VALUE for a dimension 0 when off
  bool require_finite = true;                    ///< E_NOT_FINITE for NaN or infinity
};

/// Pictures with a class number each.
struct LabelledImages {
  Images images;            ///< the pictures
  std::vector<int> labels;  ///< one per picture, in the same order
};

/// Reads an IDX file (the format of MNIST), plain or gzip-compressed: big-endian sizes, then the numbers.
///
/// E_BAD_MAGIC, E_DTYPE (unknown element type), E_VALUE (rank or size 0), E_OVERFLOW, E_TRUNCATED (also when the sizes
/// ask for more than the file can hold, before anything is allocated; the text says so when they look little-endian),
/// E_TRAILING, E_CHECKSUM (gzip).
NumberArray read_idx(FileSystem& files, const std::string& path, const IdxOptions& options = {});

/// Grey pictures from a u8 file of rank 3 [n, h, w]; E_DTYPE, E_SHAPE.
Images read_idx_images(FileSystem& files, const std::string& path, const IdxOptions& options = {});

/// Class numbers from a u8 file of rank 1, each below `classes`: E_VALUE, E_SHAPE, E_DTYPE.
std::vector<int> read_idx_labels(FileSystem& files, const std::string& path, int classes,
                                 const IdxOptions& options = {});

/// Both; E_MISMATCH when their counts differ.
LabelledImages read_idx_pair(FileSystem& files, const std::string& images_path, const std::string& labels_path,
                             int classes, const IdxOptions& options = {});

}  // namespace betwixt
