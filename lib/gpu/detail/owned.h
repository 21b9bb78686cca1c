// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "betwixt/gpu/detail/functions.h"

namespace betwixt::gpu {

/// A device object that is destroyed with its owner.
template <class T>
class Owned {
 public:
  using Destroy = void(VKAPI_PTR*)(VkDevice, T, const VkAllocationCallbacks*);

  Owned() = default;
  Owned(VkDevice device, T handle, Destroy destroy) : device_(device), handle_(handle), destroy_(destroy) {}
  Owned(Owned&& other) noexcept
      : device_(other.device_), handle_(std::exchange(other.handle_, T{})), destroy_(other.destroy_) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(handle_, other.handle_);
    std::swap(destroy_, other.destroy_);
    return *this;
  }
  ~Owned() {
    if (handle_) destroy_(device_, handle_, nullptr);
  }

  T get() const { return handle_; }
  /// The object is not destroyed any more.
  void release() { handle_ = T{}; }
  explicit operator bool() const { return handle_ != T{}; }

 private:
  VkDevice device_ = VK_NULL_HANDLE;
  T handle_{};
  Destroy destroy_ = nullptr;
};

}  // namespace betwixt::gpu
