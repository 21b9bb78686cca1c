// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

#include "betwixt/core/error.h"

namespace betwixt::capi {

/// Begins every object that a handle points to, so that a handle of another kind is noticed.
template <std::uint32_t kMagic>
struct Tagged {
  Tagged() = default;
  Tagged(const Tagged&) = delete;
  Tagged& operator=(const Tagged&) = delete;
  ~Tagged() { magic = 0; }

  volatile std::uint32_t magic = kMagic;
  static constexpr std::uint32_t kTag = kMagic;
};

template <class Handle>
bool is_handle(const Handle* handle) noexcept {
  return handle && reinterpret_cast<std::uintptr_t>(handle) % alignof(Handle) == 0 && handle->magic == Handle::kTag;
}

/// The object of a handle; E_ARGUMENT for NULL and for a handle of another kind.
template <class Handle>
Handle& object_of(Handle* handle, const char* operation, const char* name) {
  if (is_handle(handle)) return *handle;
  throw Error(ErrorCode::kArgument, operation, handle ? "%s is a handle of another kind" : "%s is NULL", name).in(name);
}

/// Readers, or one writer.
class Access {
 public:
  bool begin_reading() noexcept {
    std::int32_t users = users_.load(std::memory_order_relaxed);
    while (users >= 0)
      if (users_.compare_exchange_weak(users, users + 1, std::memory_order_acquire)) return true;
    return false;
  }
  void end_reading() noexcept { users_.fetch_sub(1, std::memory_order_release); }
  bool begin_writing() noexcept {
    std::int32_t none = 0;
    return users_.compare_exchange_strong(none, -1, std::memory_order_acquire);
  }
  void end_writing() noexcept { users_.store(0, std::memory_order_release); }

 private:
  std::atomic<std::int32_t> users_{0};
};

/// Holds an object for reading, or refuses with E_ARGUMENT while another thread writes.
class Reading {
 public:
  Reading(Access& access, const char* operation, const char* name) : access_(access) {
    if (!access.begin_reading())
      throw Error(ErrorCode::kArgument, operation, "%s is being changed by another thread", name).in(name);
  }
  ~Reading() { access_.end_reading(); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  Access& access_;
};

/// Holds an object for writing, or refuses with E_ARGUMENT while another thread uses it.
class Writing {
 public:
  Writing(Access& access, const char* operation, const char* name) : access_(access) {
    if (!access.begin_writing())
      throw Error(ErrorCode::kArgument, operation, "%s is in use by another thread or a callback", name).in(name);
  }
  ~Writing() { access_.end_writing(); }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

 private:
  Access& access_;
};

}  // namespace betwixt::capi
