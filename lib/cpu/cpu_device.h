// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "betwixt/core/clock.h"
#include "betwixt/tensor/device.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

/// What a processor device is made of.
struct CpuOptions {
  int threads = 0;                 ///< counts the calling thread; 0 is every core
  std::optional<Isa> isa = {};     ///< default: the best the processor has, or what BETWIXT_CPU_ISA names
  Allocator* allocator = nullptr;  ///< default: the C++ heap
  Clock* clock = nullptr;          ///< for `run_for`; default: the operating system's
};

/// The processor as a device. Results have the same bits for any number of threads. The environment variable
/// BETWIXT_CPU_ISA=baseline|avx2|avx512 forces an instruction set; E_UNSUPPORTED when the processor lacks it.
Device cpu_device(const CpuOptions& options = {});

/// The instruction sets this build has and this processor can run, lowest first.
std::vector<Isa> available_isas();
const char* isa_name(Isa isa);

}  // namespace betwixt
