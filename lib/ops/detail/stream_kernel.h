// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__) || defined(_M_X64)
#include <immintrin.h>
#define BETWIXT_STREAMS 1
#endif

// For kernel files: results too large for any cache are written past it. An ordinary store reads the line first, which
// is a third of the traffic of a kernel that only moves pixels.

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kStreamLine = 64;

/// From this size on, nothing of a result is still in the caches when it is read again.
inline bool is_worth_streaming(std::int64_t bytes) {
#ifdef BETWIXT_STREAMS
  return bytes >= std::int64_t{64} << 20;
#else
  static_cast<void>(bytes);
  return false;
#endif
}

#ifdef BETWIXT_STREAMS
inline void stream_line(char* to, const char* from) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
#else
  for (int i = 0; i < 4; ++i)
    _mm_stream_si128(reinterpret_cast<__m128i*>(to) + i, _mm_loadu_si128(reinterpret_cast<const __m128i*>(from) + i));
#endif
}
#endif

/// Copies what is still in the first cache. Whole lines of memory only: the rest is stored as usual.
inline void stream(void* target, const void* source, std::int64_t bytes) {
#ifdef BETWIXT_STREAMS
  char* to = static_cast<char*>(target);
  const char* from = static_cast<const char*>(source);
  const auto past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(to) % kStreamLine);
  const std::int64_t head = past == 0 ? 0 : kStreamLine - past;
  std::int64_t i = head < bytes ? head : bytes;
  std::memcpy(to, from, static_cast<std::size_t>(i));
  for (; i + kStreamLine <= bytes; i += kStreamLine) stream_line(to + i, from + i);
  std::memcpy(to + i, from + i, static_cast<std::size_t>(bytes - i));
#else
  std::memcpy(target, source, static_cast<std::size_t>(bytes));
#endif
}

/// Before another thread may read what was streamed.
inline void end_streaming() {
#ifdef BETWIXT_STREAMS
  _mm_sfence();
#endif
}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
