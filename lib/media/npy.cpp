// SPDX-License-Identifier: MIT
#include "betwixt/media/npy.h"

#include <cstring>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/media/detail/npy_header.h"
#include "betwixt/media/detail/numbers.h"

namespace betwixt {
namespace detail {
namespace {

/// From Fortran order (first axis fastest) to C order (last axis fastest).
Memory to_c_order(const Memory& from, const std::vector<std::int64_t>& shape, std::size_t element_size) {
  Memory to(from.size());
  std::vector<std::int64_t> place(shape.size(), 0);
  std::vector<std::size_t> strides(shape.size(), 1);
  for (std::size_t axis = 1; axis < shape.size(); ++axis)
    strides[axis] = strides[axis - 1] * static_cast<std::size_t>(shape[axis - 1]);
  std::size_t source = 0;
  for (std::size_t target = 0; target < to.size(); target += element_size) {
    std::memcpy(to.data() + target, from.data() + source * element_size, element_size);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      source += strides[axis];
      if (++place[axis] < shape[axis]) break;
      source -= strides[axis] * static_cast<std::size_t>(shape[axis]);
      place[axis] = 0;
    }
  }
  return to;
}

}  // namespace

NumberArray read_npy_data(ByteSource& source, const NpyInfo& info, const NpyOptions& options) {
  if (info.bytes > options.bytes)
    throw Error(ErrorCode::kLimit, "npy", "array of %llu bytes, allowed %llu",
                static_cast<unsigned long long>(info.bytes), static_cast<unsigned long long>(options.bytes))
        .in("shape")
        .limit("bytes");
  const std::uint64_t most = source.most_left();
  if (info.bytes > most)
    throw Error(ErrorCode::kTruncated, "npy", "fewer numbers than the shape says").at(source.file_offset()).in("data");
  NumberArray array{info.type, info.shape, Memory(CheckedSize(info.bytes).size())};
  source.read({array.bytes.data(), array.bytes.size()}, "data");
  source.finish();
  const std::size_t size = number_type_size(info.type);
  to_native_order({array.bytes.data(), array.bytes.size()}, size, info.is_big_endian);
  if (info.fortran_order && info.shape.size() > 1) array.bytes = to_c_order(array.bytes, info.shape, size);
  return array;
}

}  // namespace detail

std::uint64_t NpyInfo::row_bytes() const {
  if (shape.empty()) return bytes;
  return shape[0] == 0 ? 0 : bytes / static_cast<std::uint64_t>(shape[0]);
}

NumberArray read_npy(FileSystem& files, const std::string& path, const NpyOptions& options) {
  return guard_memory("npy", [&] {
    const std::unique_ptr<File> file = files.open(path);
    const std::uint64_t size = file->size();
    const std::unique_ptr<detail::ByteSource> source = detail::open_stored(*file, "npy", {0, size});
    const NpyInfo info = detail::read_npy_header(*source, size, options);
    return detail::read_npy_data(*source, info, options);
  });
}

}  // namespace betwixt
