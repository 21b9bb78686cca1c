// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/media/number_array.h"

namespace betwixt::detail {

/// Product of sizes that are not negative. E_OVERFLOW.
CheckedSize checked_elements(const std::vector<std::int64_t>& shape);

/// Zero-filled pictures for a u8 array of this shape, [n, h, w] or [n, h, w, c]. E_DTYPE, E_SHAPE, E_LIMIT.
Images empty_pictures(const char* loader, NumberType type, const std::vector<std::int64_t>& shape);

/// Swaps the bytes of each element if the machine's order differs.
void to_native_order(std::span<std::byte> bytes, std::size_t element_size, bool is_big_endian);

}  // namespace betwixt::detail
