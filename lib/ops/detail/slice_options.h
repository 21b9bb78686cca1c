// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace betwixt {

struct SliceOptions {
  int axis = 0;
  std::int64_t begin = 0;
  std::int64_t size = 0;
};

}  // namespace betwixt
