// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/copy_kernel.h"
#include "betwixt/ops/detail/slice_options.h"

namespace betwixt::BETWIXT_ISA {

void slice_cpu(const CpuCall& call) {
  const auto& options = call.options<SliceOptions>();
  const AxisView view(call.in_shape(0), options.axis);
  const auto bytes = view.inner * static_cast<std::int64_t>(dtype_size(call.node.output_type().dtype));
  copy_rows(call.pool, call.out<std::byte>(), options.size * bytes, call.in<std::byte>(0) + options.begin * bytes,
            view.size * bytes, view.outer, options.size * bytes);
}

void flip_cpu(const CpuCall& call) {
  const AxisView view(call.in_shape(0), call.options<SliceOptions>().axis);
  with_element_size(call.node.output_type().dtype, [&](auto element) {
    using T = decltype(element);
    const std::int64_t bytes = view.inner * static_cast<std::int64_t>(sizeof(T));
    call.pool.parallel_for(view.outer, copy_grain(view.size * bytes), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const T* in = call.in<T>(0) + row * view.run();
        T* out = call.out<T>() + row * view.run();
        if (view.inner == 1)
          for (std::int64_t i = 0; i < view.size; ++i) out[i] = in[view.size - 1 - i];
        else
          for (std::int64_t i = 0; i < view.size; ++i)
            std::memcpy(out + i * view.inner, in + (view.size - 1 - i) * view.inner, static_cast<std::size_t>(bytes));
      }
    });
  });
}

}  // namespace betwixt::BETWIXT_ISA
