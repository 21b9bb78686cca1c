// SPDX-License-Identifier: MIT
#include <cstring>

#include "betwixt/ops/detail/elementwise_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

template <class T>
void broadcast_typed(const CpuCall& call) {
  const Shape* shapes[] = {&call.in_shape(0)};
  const BroadcastLoop loop = broadcast_loop(call.out_shape(), shapes, 1);
  const T* in = call.in<T>(0);
  T* out = call.out<T>();
  const std::int64_t step = loop.stride[0][loop.rank - 1];
  for_each_row<1>(call.pool, loop, [&](const std::int64_t* offset, std::int64_t result, std::int64_t n) {
    const T* from = in + offset[0];
    T* to = out + result;
    if (step == 0) {
      const T value = *from;
      for (std::int64_t i = 0; i < n; ++i) to[i] = value;
    } else {
      std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
    }
  });
}

}  // namespace

void broadcast_to_cpu(const CpuCall& call) {
  switch (dtype_size(call.node.output_type().dtype)) {
    case 1:
      return broadcast_typed<std::uint8_t>(call);
    case 4:
      return broadcast_typed<std::uint32_t>(call);
    default:
      return broadcast_typed<std::uint64_t>(call);
  }
}

}  // namespace betwixt::BETWIXT_ISA
