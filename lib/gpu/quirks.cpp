// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/quirks.h"

#include <algorithm>
#include <cstring>

namespace betwixt::gpu {
namespace {

constexpr std::uint32_t kArm = 0x13B5, kIntel = 0x8086, kQualcomm = 0x5143, kSamsung = 0x144D, kPowerVr = 0x1010;
constexpr VkDriverId kAnyDriver = VkDriverId(0);
constexpr double kPhoneSubmit = 8;

const QuirkRow kTable[] = {
    {kQualcomm,
     kAnyDriver,
     nullptr,
     VK_MAKE_API_VERSION(0, 1, 0, 66),
     {.no_pipeline_cache = true},
     "a pipeline cache shared between runs is corrupt",
     "Tencent/ncnn src/gpu.cpp"},
    {kQualcomm,
     kAnyDriver,
     nullptr,
     0,
     {.no_subgroups = true, .submit_milliseconds = kPhoneSubmit},
     "subgroup shuffles give wrong matrix products on system drivers",
     "Tencent/ncnn#6778"},
    {kQualcomm,
     kAnyDriver,
     nullptr,
     0,
     {.max_shared_bytes = 16384},
     "device lost with tiles of 17 KiB in shared memory",
     "ggml-org/llama.cpp#24877"},
    {kQualcomm,
     kAnyDriver,
     nullptr,
     0,
     {.few_registers = true},
     "a tile of 64 sums halves the subgroups on Adreno 618 and 630 and spills on 660",
     "tools/gpu/RESULTS.md"},
    {kArm,
     kAnyDriver,
     nullptr,
     VK_MAKE_API_VERSION(0, 1, 0, 82),
     {.no_storage_16bit = true},
     "16-bit storage gives wrong values",
     "Tencent/ncnn src/gpu.cpp"},
    {kArm,
     kAnyDriver,
     nullptr,
     0,
     {.submit_milliseconds = kPhoneSubmit},
     "the user interface shares the queue",
     "ggml-org/llama.cpp#23359"},
    {kArm,
     kAnyDriver,
     nullptr,
     0,
     {.few_registers = true},
     "a tile of 64 sums spills 1100 times and takes a minute to compile",
     "tools/gpu/RESULTS.md"},
    {kPowerVr,
     kAnyDriver,
     nullptr,
     0,
     {.no_subgroups = true, .submit_milliseconds = kPhoneSubmit},
     "reductions made of subgroup operations only do not compile",
     "ggml-org/llama.cpp#20565"},
    {kPowerVr,
     kAnyDriver,
     nullptr,
     0,
     {.no_recycling = true},
     "memory that one tensor leaves to another is corrupt",
     "Tencent/ncnn#6935"},
    {kSamsung,
     kAnyDriver,
     nullptr,
     0,
     {.max_shared_bytes = 16384, .submit_milliseconds = kPhoneSubmit},
     "17 KiB of shared memory spill and leave one group per unit",
     "ggml-org/llama.cpp#28531"},
    {kIntel,
     kAnyDriver,
     nullptr,
     0,
     {.no_subgroups = true},
     "the subgroup size differs from shader to shader (8, 16 or 32) unless it is requested",
     "Vulkan specification, VK_EXT_subgroup_size_control"},
    {kIntel,
     kAnyDriver,
     nullptr,
     0,
     {.few_registers = true},
     "a tile of 64 sums spills 117 to 208 times with 8 invocations a subgroup, the fewest there are",
     "tools/gpu/RESULTS.md"},
    {0,
     VK_DRIVER_ID_MOLTENVK,
     "AMD",
     0,
     {.no_subgroups = true},
     "subgroup arithmetic and shuffles are wrong on AMD GPUs of Macs",
     "ggml-org/llama.cpp#15846"},
};

bool applies(const QuirkRow& row, const VkPhysicalDeviceProperties& properties, VkDriverId driver) {
  if (row.vendor && row.vendor != properties.vendorID) return false;
  if (row.driver && row.driver != driver) return false;
  if (row.name && !std::strstr(properties.deviceName, row.name)) return false;
  return !row.below_api || properties.apiVersion < row.below_api;
}

template <class T>
T smaller(T a, T b) {
  return a == 0 || (b != 0 && b < a) ? b : a;
}

}  // namespace

std::span<const QuirkRow> quirk_table() { return kTable; }

Quirks find_quirks(const VkPhysicalDeviceProperties& properties, VkDriverId driver) {
  Quirks result;
  for (const QuirkRow& row : kTable) {
    if (!applies(row, properties, driver)) continue;
    result.no_pipeline_cache |= row.quirks.no_pipeline_cache;
    result.no_storage_16bit |= row.quirks.no_storage_16bit;
    result.no_subgroups |= row.quirks.no_subgroups;
    result.few_registers |= row.quirks.few_registers;
    result.no_recycling |= row.quirks.no_recycling;
    result.max_shared_bytes = smaller(result.max_shared_bytes, row.quirks.max_shared_bytes);
    result.max_invocations = smaller(result.max_invocations, row.quirks.max_invocations);
    result.submit_milliseconds = smaller(result.submit_milliseconds, row.quirks.submit_milliseconds);
  }
  return result;
}

}  // namespace betwixt::gpu
