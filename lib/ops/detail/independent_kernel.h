// SPDX-License-Identifier: MIT
#pragma once

// BETWIXT_INDEPENDENT before a loop: element i of the result depends on element i of the inputs only, although result
// and input may be the same memory. Without it the compiler's check finds an overlap wherever a result is computed in
// place, and runs one element at a time.

#if defined(__clang__)
#define BETWIXT_INDEPENDENT
#elif defined(__GNUC__)
#define BETWIXT_INDEPENDENT _Pragma("GCC ivdep")
#elif defined(_MSC_VER)
#define BETWIXT_INDEPENDENT __pragma(loop(ivdep))
#else
#define BETWIXT_INDEPENDENT
#endif
