// SPDX-License-Identifier: MIT
#include "betwixt/ops/put_row.h"

#include "betwixt/core/error.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(put_row_cpu)
void put_row_gpu(GpuCall& call);

namespace {

std::vector<TensorType> put_row_shape(const Node& node) {
  const TensorType& table = node.input_type(0);
  const TensorType& index = node.input_type(1);
  const TensorType& row = node.input_type(2);
  if (index.dtype != DType::kI32 && index.dtype != DType::kU32)
    throw Error(ErrorCode::kDtype, "put_row", "the index is %s, not i32 or u32", dtype_name(index.dtype));
  if (row.dtype != table.dtype)
    throw Error(ErrorCode::kDtype, "put_row", "a row of %s for a table of %s", dtype_name(row.dtype),
                dtype_name(table.dtype));
  const bool fits = table.shape.rank() >= 1 && table.shape[0] >= 1 && index.shape.elements() == 1 &&
                    row.shape.elements() == table.shape.elements() / table.shape[0];
  if (!fits)
    throw Error(ErrorCode::kShape, "put_row", "row %s at index %s for table %s", row.shape.text().c_str(),
                index.shape.text().c_str(), table.shape.text().c_str());
  return {table};
}

std::uint32_t only_the_table(const Node&, int) { return 1; }

const Op put_row_op{
    .name = "put_row", .shape = put_row_shape, .cpu = put_row_cpu, .gpu = put_row_gpu, .in_place = only_the_table};

}  // namespace

Tensor put_row(const Tensor& table, const Tensor& index, const Tensor& row) {
  return apply(put_row_op, {table, index, row});
}

}  // namespace betwixt
