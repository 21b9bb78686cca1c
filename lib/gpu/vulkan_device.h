// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "betwixt/core/clock.h"
#include "betwixt/core/file.h"
#include "betwixt/tensor/device.h"
#include "betwixt/tensor/gpu_call.h"
#include "betwixt/tensor/state.h"

namespace betwixt {

/// A Vulkan device that belongs to the application, an engine for instance. Handles are passed as they are, so that
/// this header needs no Vulkan. The library submits to the queue inside `lock` ... `unlock`, waits for its own fences
/// only, creates objects of its own and destroys all of them; it changes, destroys and idles nothing of the
/// application's. The application keeps everything alive until the last Device, State and Program made from it are
/// gone.
struct VulkanAdopted {
  void* instance = nullptr;           ///< VkInstance
  void* physical_device = nullptr;    ///< VkPhysicalDevice, Vulkan 1.1 or later
  void* device = nullptr;             ///< VkDevice
  void* queue = nullptr;              ///< VkQueue of a family with compute
  std::uint32_t queue_family = 0;     ///< family of `queue`
  std::uint32_t api_version = 0;      ///< as given to vkCreateInstance; 0 is 1.1. Nothing later is used
  bool storage_16bit = false;         ///< the feature storageBuffer16BitAccess was switched on
  std::function<void()> lock = {};    ///< may be empty when nobody else uses the queue
  std::function<void()> unlock = {};  ///< called by the thread that called `lock`
};

/// The validation layer, for developers and tests. Ignored when the layer is not installed: see
/// `vulkan_validation_available`.
struct VulkanValidation {
  /// Hazards. Dispatches are then bound to the exact ranges they use, instead of whole buffers, because the layer knows
  /// nothing finer, and barriers stand between dispatches that write parts of one such range; more descriptor sets are
  /// needed.
  bool synchronization = false;
  bool gpu_assisted = false;
  bool best_practices = false;
  std::function<void(const std::string&)> report = {};  ///< every warning and error; any thread
};

/// Whether variants of shaders are compared with the CPU when a program first needs them. Software drivers compute as
/// the library's own tests do, so they are left out unless asked for.
enum class VulkanSelfTest : std::uint8_t { kHardware, kAlways, kNever };

/// Which GPU is used, and how.
struct VulkanOptions {
  /// Part of the device's or driver's name, in any case ("nvidia", "lavapipe"); empty: hardware before software.
  std::string name = {};
  /// Use the application's device instead of making one.
  std::optional<VulkanAdopted> adopted = {};
  /// Lowers what ops see of the device; for tests. Values above the device's are cut.
  std::optional<GpuLimits> limits = {};
  /// Bytes one buffer may span; 0 is what the device allows, at most 1 GiB. The Vulkan minimum is 128 MiB.
  std::uint64_t buffer_bytes = 0;
  /// What programs store f32 tensors between ops as, unless their own options say: f32, or f16 where the device has
  /// 16-bit storage buffers (DeviceInfo::can_store_f16; E_UNSUPPORTED elsewhere). See PlanOptions::storage.
  DType storage = DType::kF32;
  /// File of the pipeline cache; empty: none. Anything wrong with the file: it is ignored and written anew.
  std::string cache_path = {};
  FileSystem* files = nullptr;  ///< for the cache; default: the operating system's
  Clock* clock = nullptr;       ///< for `run_for`, submission times and the timeout; default: the operating system's
  /// A variant that gives wrong results is replaced by a plainer one; when that is wrong as well, making the program
  /// throws E_UNSUPPORTED with op and shader, and the CPU remains. Verdicts are kept in a file beside the pipeline
  /// cache (its name and ".tests") and hold for one device, driver version and build.
  VulkanSelfTest self_test = VulkanSelfTest::kHardware;
  /// Longest submission aimed at; longer work is cut between dispatches. Software drivers are exempt.
  double submit_milliseconds = 16;
  /// Without progress for so long: E_DEVICE_TIMEOUT. 0: 3 s, software drivers 120 s.
  double timeout_milliseconds = 0;
  /// Measure every dispatch, see `vulkan_timings`. Slower.
  bool timestamps = false;
  /// What memory of programs holds before it is first written; tests put a NaN there.
  std::uint32_t arena_fill = 0;
  std::optional<VulkanValidation> validation = {};
  /// PFN_vkGetInstanceProcAddr to use instead of the system's loader: engines that have one, tests that inject faults.
  void* get_instance_proc_address = nullptr;
};

/// A GPU as a device. Throws E_UNSUPPORTED when there is no Vulkan loader, no driver or none with that name.
Device vulkan_device(const VulkanOptions& options = {});

/// All devices with compute and Vulkan 1.1, hardware first; empty when there is no loader. Never throws for want of
/// Vulkan.
std::vector<DeviceInfo> vulkan_devices();

/// True when the validation layer can be switched on.
bool vulkan_validation_available();

/// One dispatch of the last step of the program that ran last.
struct VulkanTiming {
  std::string op;           ///< name of the op, as "conv2d"
  std::string shader;       ///< file name of the shader without its ending
  double milliseconds = 0;  ///< from the device's own time stamps
};
/// Needs VulkanOptions::timestamps and a device that has them; else empty.
std::vector<VulkanTiming> vulkan_timings(const Device& device);

/// What the device did so far; for benchmarks and tests.
struct VulkanCounters {
  std::uint64_t submissions = 0;       ///< queue submissions made
  std::uint64_t dispatches = 0;        ///< recorded, not executed
  std::uint64_t barriers = 0;          ///< recorded
  std::uint64_t pipelines = 0;         ///< created
  std::uint64_t memory_bytes = 0;      ///< allocated now
  double longest_submission = 0;       ///< milliseconds, from submission or the end of the one before to its end
  bool cache_accepted = false;         ///< the file of the pipeline cache was used
  std::uint64_t variants_tested = 0;   ///< variants of shaders compared with the CPU
  std::uint64_t variants_refused = 0;  ///< of them, or of those in the file of verdicts: wrong here
};
VulkanCounters vulkan_counters(const Device& device);

/// A range of the application's VkBuffer, made with transfer usage. The application orders its own use of the buffer:
/// what it wrote must be visible to transfers on the queue, and the calls below return when the copy is done.
struct VulkanBufferRange {
  std::uint64_t buffer = 0;  ///< VkBuffer
  std::uint64_t offset = 0;  ///< bytes, a multiple of 4
};
/// Copy a state's contents on the GPU, without the host in between. The device must be adopted (E_ARGUMENT).
void vulkan_copy_from_buffer(const State& state, const VulkanBufferRange& source);
void vulkan_copy_to_buffer(const State& state, const VulkanBufferRange& target);

/// A rectangle of the application's VkImage: one level and layer of a two-dimensional colour image, made with transfer
/// usage, one sample a pixel, owned by the adopted queue's family. Pixels are copied as they are: RGBA8 and BGRA8,
/// linear or sRGB, are four bytes a pixel in the order of memory, and what they mean is the program's affair.
struct VulkanImageArea {
  std::uint64_t image = 0;        ///< VkImage
  std::uint32_t width = 0;        ///< of the rectangle, pixels
  std::uint32_t height = 0;       ///< of the rectangle, pixels
  std::int32_t x = 0;             ///< of its left column in the level
  std::int32_t y = 0;             ///< of its top row in the level
  std::uint32_t pixel_bytes = 4;  ///< of the image's format: 1, 2, 4, 8 or 16
  std::uint32_t level = 0;        ///< mip level
  std::uint32_t layer = 0;        ///< array layer
  std::int32_t layout = 0;        ///< VkImageLayout the image is in; what was written to it must be available
  std::int32_t layout_after = 0;  ///< VkImageLayout it is left in; 0 (undefined): the one it was in
};
/// Copy the area's pixels, row after row, into a state of as many bytes, and back. A target in the undefined layout
/// needs `layout_after`, and loses what lies outside the area. As with buffers the calls return when the copy is done
/// and the image has its layout. E_ARGUMENT for a device that is not adopted and impossible areas, E_SHAPE when the
/// sizes differ.
void vulkan_copy_from_image(const State& state, const VulkanImageArea& source);
void vulkan_copy_to_image(const State& state, const VulkanImageArea& target);

}  // namespace betwixt
