// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/copy_kernel.h"

namespace betwixt::BETWIXT_ISA {

void put_row_cpu(const CpuCall& call) {
  const std::int64_t n = call.out_shape()[0];
  const auto bytes = static_cast<std::int64_t>(call.node.output_type().bytes());
  const std::int64_t index = call.node.input_type(1).dtype == DType::kU32 ? std::int64_t{*call.in<std::uint32_t>(1)}
                                                                          : std::int64_t{*call.in<std::int32_t>(1)};
  const std::int64_t at = (index % n + n) % n;
  if (call.inputs[0] != call.outputs[0])
    copy_rows(call.pool, call.out<std::byte>(), bytes, call.in<std::byte>(0), bytes, 1, bytes);
  std::memcpy(call.out<std::byte>() + at * (bytes / n), call.inputs[2], static_cast<std::size_t>(bytes / n));
}

}  // namespace betwixt::BETWIXT_ISA
