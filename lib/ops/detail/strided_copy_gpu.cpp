// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/strided_copy_gpu.h"

#include "betwixt/ops/detail/gpu_launch.h"

namespace betwixt {
namespace {

/// Four neighbours can be moved at once: rows and all strides are whole vectors.
bool is_vector_copy(const StridedCopy& copy) {
  const int last = copy.rank - 1;
  if (copy.target_stride[last] != 1 || (copy.source_stride[last] != 0 && copy.source_stride[last] != 1)) return false;
  if (copy.source_start % (copy.source_stride[last] != 0 ? 4 : 1) != 0 || copy.target_start % 4 != 0) return false;
  if (copy.rank > 1 && copy.size[last] % 4 != 0) return false;
  const bool walks = copy.source_stride[last] != 0;
  for (int axis = 0; axis < last; ++axis)
    if ((walks && copy.source_stride[axis] % 4 != 0) || copy.target_stride[axis] % 4 != 0) return false;
  return true;
}

}  // namespace

void StridedCopy::add_axis(std::int64_t axis_size, std::int64_t axis_source_stride, std::int64_t axis_target_stride) {
  size[rank] = axis_size;
  source_stride[rank] = axis_source_stride;
  target_stride[rank++] = axis_target_stride;
}

std::int64_t StridedCopy::elements() const {
  std::int64_t product = 1;
  for (int axis = 0; axis < rank; ++axis) product *= size[axis];
  return product;
}

void record_strided_copy(GpuCall& call, const GpuOperand& source, const GpuOperand& target, const StridedCopy& copy,
                         std::size_t element_bytes) {
  StridedCopy full = copy;
  if (full.rank == 0) full.add_axis(1, 0, 1);
  const std::int64_t count = full.elements();
  const bool bytes = element_bytes == 1;
  const bool vector = !bytes && is_vector_copy(full);
  GpuDispatch dispatch("strided_copy", {source, target});
  dispatch.constant(kGpuLocal).constant(bytes ? 2 : vector ? 1 : 0);
  dispatch.word(gpu_word(count)).word(static_cast<std::uint32_t>(full.rank));
  dispatch.word(gpu_word(full.source_start)).word(gpu_word(full.target_start));
  for (const std::int64_t size : full.size) dispatch.word(gpu_word(size));
  for (const std::int64_t stride : full.source_stride) dispatch.word(static_cast<std::uint32_t>(stride));
  for (const std::int64_t stride : full.target_stride) dispatch.word(gpu_word(stride));
  run_items(call, dispatch, bytes || vector ? gpu_vectors(count) : count);
}

}  // namespace betwixt
