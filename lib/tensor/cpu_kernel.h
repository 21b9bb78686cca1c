// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/op.h"

// Kernel files (`*_cpu.cpp`) are compiled once per instruction set, each time with BETWIXT_ISA set to another
// namespace (isa_baseline, isa_avx2, isa_avx512) and Eigen renamed, so that the linker can never merge a function
// compiled for AVX-512 with the one an older processor runs. A kernel file looks like
//
//   namespace betwixt::BETWIXT_ISA {
//   void relu_cpu(const CpuCall& call) { ... }
//   }
//
// and the op's own file, compiled once, says BETWIXT_CPU_KERNEL(relu_cpu) at namespace betwixt and then uses
// `relu_cpu` as a CpuKernel holding all variants. Inside kernel files use no std:: function templates that are not
// trivially inlined, for the same reason.

#ifdef BETWIXT_HAVE_AVX2
#define BETWIXT_DECLARE_AVX2(name) \
  namespace isa_avx2 {             \
  void name(const CpuCall&);       \
  }
#define BETWIXT_POINT_AVX2(name) &isa_avx2::name
#else
#define BETWIXT_DECLARE_AVX2(name)
#define BETWIXT_POINT_AVX2(name) nullptr
#endif

#ifdef BETWIXT_HAVE_AVX512
#define BETWIXT_DECLARE_AVX512(name) \
  namespace isa_avx512 {             \
  void name(const CpuCall&);         \
  }
#define BETWIXT_POINT_AVX512(name) &isa_avx512::name
#else
#define BETWIXT_DECLARE_AVX512(name)
#define BETWIXT_POINT_AVX512(name) nullptr
#endif

/// Declares every compiled variant of kernel `name` and a constant of that name that holds them.
#define BETWIXT_CPU_KERNEL(name) \
  namespace isa_baseline {       \
  void name(const CpuCall&);     \
  }                              \
  BETWIXT_DECLARE_AVX2(name)     \
  BETWIXT_DECLARE_AVX512(name)   \
  static constexpr CpuKernel name{{&isa_baseline::name, BETWIXT_POINT_AVX2(name), BETWIXT_POINT_AVX512(name)}};
