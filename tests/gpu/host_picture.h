// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

#include "tests/gpu/host_application.h"

namespace betwixt::test_gpu {

/// A picture the application renders into: RGBA8, `kWidth` x `kHeight`.
class HostPicture {
 public:
  static constexpr std::uint32_t kWidth = 24;
  static constexpr std::uint32_t kHeight = 10;
  using Colour = std::array<std::uint8_t, 4>;

  explicit HostPicture(HostApplication& host);
  ~HostPicture();
  HostPicture(const HostPicture&) = delete;
  HostPicture& operator=(const HostPicture&) = delete;

  /// One frame: a render pass that leaves the left half in one colour and the rest in another, and the picture in the
  /// layout VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL.
  void render(const Colour& left, const Colour& right);
  /// All of it, as render left it.
  VulkanImageArea area() const;

 private:
  template <class Function>
  Function load(const char* name) const;
  void make_image();
  void make_pass();

  HostApplication& host_;
  VkImage image_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  VkImageView view_ = VK_NULL_HANDLE;
  VkRenderPass pass_ = VK_NULL_HANDLE;
  VkFramebuffer framebuffer_ = VK_NULL_HANDLE;
};

}  // namespace betwixt::test_gpu
