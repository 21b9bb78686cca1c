// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__) || defined(_M_X64)
#include <immintrin.h>
#endif

// For kernel files: vectors as wide as the instruction set's registers, at any address, with + - * between them and
// with numbers.

#if defined(__clang__)
#define BETWIXT_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define BETWIXT_UNROLL _Pragma("GCC unroll 16")
#else
#define BETWIXT_UNROLL
#endif

namespace betwixt::BETWIXT_ISA {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

/// Elements of one vector.
template <class T>
constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

namespace {

#if defined(__GNUC__)
template <class T>
struct VectorOf {
  typedef T Type __attribute__((vector_size(kVectorBytes)));
  typedef T Unaligned __attribute__((vector_size(kVectorBytes), aligned(alignof(T)), may_alias));
};
template <class T>
using Vector = typename VectorOf<T>::Type;

template <class T>
inline Vector<T> load(const T* p) {
  return *reinterpret_cast<const typename VectorOf<T>::Unaligned*>(p);
}
template <class T>
inline void store(T* p, Vector<T> v) {
  *reinterpret_cast<typename VectorOf<T>::Unaligned*>(p) = v;
}
#else
template <class T>
struct Vector {
  T lane[kLanes<T>] = {};
  T operator[](int i) const { return lane[i]; }
  template <class F>
  static Vector of(const F& f) {
    Vector v;
    for (int i = 0; i < kLanes<T>; ++i) v.lane[i] = f(i);
    return v;
  }
  Vector& operator+=(const Vector& b) { return *this = *this + b; }
  friend Vector operator+(const Vector& a, const Vector& b) {
    return of([&](int i) { return a.lane[i] + b.lane[i]; });
  }
  friend Vector operator-(const Vector& a, const Vector& b) {
    return of([&](int i) { return a.lane[i] - b.lane[i]; });
  }
  friend Vector operator*(const Vector& a, const Vector& b) {
    return of([&](int i) { return a.lane[i] * b.lane[i]; });
  }
  friend Vector operator*(const Vector& a, T b) {
    return of([&](int i) { return a.lane[i] * b; });
  }
};
template <class T>
inline Vector<T> load(const T* p) {
  return Vector<T>::of([p](int i) { return p[i]; });
}
template <class T>
inline void store(T* p, const Vector<T>& v) {
  for (int i = 0; i < kLanes<T>; ++i) p[i] = v.lane[i];
}
#endif

template <class T>
inline bool is_vector_aligned(const T* p) {
  return reinterpret_cast<std::uintptr_t>(p) % kVectorBytes == 0;
}

/// As `store` to an aligned address, past the caches; end_streaming (stream_kernel.h) must follow.
template <class T>
inline void store_past(T* p, const Vector<T>& v) {
#if defined(__GNUC__) && defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(p), reinterpret_cast<__m512i>(v));
#elif defined(__GNUC__) && defined(__AVX2__)
  _mm256_stream_si256(reinterpret_cast<__m256i*>(p), reinterpret_cast<__m256i>(v));
#elif defined(__GNUC__) && defined(__SSE2__)
  _mm_stream_si128(reinterpret_cast<__m128i*>(p), reinterpret_cast<__m128i>(v));
#else
  store(p, v);
#endif
}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
