// SPDX-License-Identifier: MIT
#include "betwixt/media/mpi3d.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/media/detail/numbers.h"
#include "betwixt/media/npz.h"

namespace betwixt {
namespace {

constexpr char kArray[] = "images";

std::string factor_name(const Mpi3dFactors& factors) {
  std::string name;
  for (const int factor : factors) {
    if (!name.empty()) name += '-';
    name += std::to_string(factor);
  }
  return name;
}

/// Positions in `indices`, by rising index.
std::vector<std::size_t> reading_order(std::span<const std::int64_t> indices) {
  std::vector<std::size_t> order(indices.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return indices[a] < indices[b]; });
  return order;
}

}  // namespace

std::int64_t mpi3d_index(const Mpi3dFactors& factors) {
  std::int64_t index = 0;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (factors[i] < 0 || factors[i] >= kMpi3dSizes[i])
      throw Error(ErrorCode::kArgument, "mpi3d", "factor %zu is %d, sizes end at %d", i, factors[i],
                  kMpi3dSizes[i] - 1);
    index = index * kMpi3dSizes[i] + factors[i];
  }
  return index;
}

Mpi3dFactors mpi3d_factors(std::int64_t index) {
  if (index < 0 || index >= kMpi3dPictures)
    throw Error(ErrorCode::kArgument, "mpi3d", "picture %lld", static_cast<long long>(index));
  Mpi3dFactors factors{};
  for (std::size_t i = factors.size(); i-- > 0; index /= kMpi3dSizes[i])
    factors[i] = static_cast<int>(index % kMpi3dSizes[i]);
  return factors;
}

Images read_mpi3d(FileSystem& files, const std::string& path, std::span<const std::int64_t> indices) {
  return guard_memory("mpi3d", [&] {
    for (const std::int64_t index : indices) mpi3d_factors(index);
    NpzFile npz = NpzFile::open(files, path);
    const NpyInfo info = npz.info(kArray);
    if (info.shape != std::vector<std::int64_t>{kMpi3dPictures, 64, 64, 3} || info.type != NumberType::kU8)
      throw Error(ErrorCode::kShape, "mpi3d", "not the pictures of MPI3D");
    Images images(static_cast<std::int64_t>(indices.size()), 64, 64, 3);
    images.names.resize(indices.size());
    for (std::size_t i = 0, last = 0; const std::size_t place : reading_order(indices)) {
      const std::span<std::uint8_t> to = images.picture(static_cast<std::int64_t>(place));
      // Packed archives cannot go back, so a picture asked for twice is copied.
      if (i++ > 0 && indices[place] == indices[last]) {
        std::ranges::copy(images.picture(static_cast<std::int64_t>(last)), to.begin());
      } else {
        std::memcpy(to.data(), npz.read_rows(kArray, indices[place], 1).bytes.data(), to.size());
      }
      images.names[place] = factor_name(mpi3d_factors(indices[place]));
      last = place;
    }
    return images;
  });
}

}  // namespace betwixt
