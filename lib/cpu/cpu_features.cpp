// SPDX-License-Identifier: MIT
#include <vector>

#include "betwixt/cpu/cpu_device.h"

namespace betwixt {
namespace {

// __builtin_cpu_supports also asks the operating system (XGETBV) whether it saves the wide registers.
bool runs_avx2() {
#if defined(BETWIXT_HAVE_AVX2) && (defined(__GNUC__) || defined(__clang__))
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

bool runs_avx512() {
#if defined(BETWIXT_HAVE_AVX512) && (defined(__GNUC__) || defined(__clang__))
  return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

}  // namespace

std::vector<Isa> available_isas() {
  std::vector<Isa> isas{Isa::kBaseline};
  if (runs_avx2()) isas.push_back(Isa::kAvx2);
  if (runs_avx512()) isas.push_back(Isa::kAvx512);
  return isas;
}

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kBaseline:
      return "baseline";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
  }
  return "?";
}

}  // namespace betwixt
