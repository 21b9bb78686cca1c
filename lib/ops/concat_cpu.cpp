// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/copy_kernel.h"
#include "betwixt/ops/detail/pack_layout.h"

namespace betwixt::BETWIXT_ISA {

void concat_cpu(const CpuCall& call) {
  const int axis = call.options<int>();
  const auto element = static_cast<std::int64_t>(dtype_size(call.node.output_type().dtype));
  const AxisView whole(call.out_shape(), axis);
  std::byte* to = call.out<std::byte>();
  for (int i = 0; i < call.node.input_count(); ++i) {
    const std::int64_t bytes = AxisView(call.in_shape(i), axis).run() * element;
    const std::byte* from = call.in<std::byte>(i);
    if (from != to && bytes > 0) copy_rows(call.pool, to, whole.run() * element, from, bytes, whole.outer, bytes);
    to += bytes;
  }
}

void pack_cpu(const CpuCall& call) {
  const auto element = static_cast<std::int64_t>(dtype_size(call.node.output_type().dtype));
  std::byte* to = call.out<std::byte>();
  for (int i = 0; i < call.node.input_count(); ++i) {
    const std::int64_t bytes = call.in_shape(i).elements() * element;
    const std::int64_t room = packed_size(call.in_shape(i)) * element;
    const std::byte* from = call.in<std::byte>(i);
    if (from != to) copy_rows(call.pool, to, bytes, from, bytes, 1, bytes);
    std::memset(to + bytes, 0, static_cast<std::size_t>(room - bytes));
    to += room;
  }
}

}  // namespace betwixt::BETWIXT_ISA
