// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "betwixt/core/file.h"
#include "betwixt/image/images.h"

namespace betwixt {

/// MPI3D (Gondal et al., NeurIPS 2019): a robot arm in 1,036,800 pictures of 64x64 pixels, one for every combination of
/// seven factors. Factors, slowest first: object colour (white, green, red, blue, brown, olive), object shape (cone,
/// cube, cylinder, hexagonal, pyramid, sphere), object size (small, large), camera height (top, centre, bottom),
/// background (purple, sea green, salmon), horizontal axis, vertical axis.
using Mpi3dFactors = std::array<int, 7>;

inline constexpr Mpi3dFactors kMpi3dSizes = {6, 6, 2, 3, 3, 40, 40};
inline constexpr std::int64_t kMpi3dPictures = 1036800;

/// Place of a combination in the data set. E_ARGUMENT when a factor is out of range.
std::int64_t mpi3d_index(const Mpi3dFactors& factors);
/// Combination at a place. E_ARGUMENT when out of range.
Mpi3dFactors mpi3d_factors(std::int64_t index);

/// Reads the pictures at `indices` from the archive of the data set (array "images") without loading the rest. Going
/// through the file once, whatever the order of the indices. Named "c-s-z-h-b-x-y" after their factors.
/// E_SHAPE when the archive holds something else.
Images read_mpi3d(FileSystem& files, const std::string& path, std::span<const std::int64_t> indices);

}  // namespace betwixt
