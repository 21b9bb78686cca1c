// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/thread_pool.h"

namespace betwixt {

/// As ThreadPool::parallel_for, for work that waits for memory: forwards in one call and backwards in the next. What
/// the last kernel left in a core's cache, the end of its stretch, is then what the next one starts with; always going
/// forwards, it would be gone when it is reached.
void sweep(ThreadPool& pool, std::int64_t count, std::int64_t grain, RangeFunction body);

}  // namespace betwixt
