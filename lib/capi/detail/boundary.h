// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "betwixt/capi/betwixt_error.h"
#include "betwixt/core/error.h"

namespace betwixt::capi {

/// Runs the body of a C function: whatever it throws becomes the returned code and the caller's error.
template <class Body>
std::int32_t guarded(betwixt_error* error, const char* operation, const Body& body) noexcept;

/// Describes the exception being handled. `operation` names the call where the exception does not.
std::int32_t describe_exception(betwixt_error* error, const char* operation) noexcept;
void clear(betwixt_error* error) noexcept;
void fill(betwixt_error& error, const Error& from) noexcept;

/// While one lives, calls from this thread are refused: it is inside a callback that runs with locks held.
class InsideLockedCallback {
 public:
  InsideLockedCallback() noexcept { ++depth_; }
  ~InsideLockedCallback() { --depth_; }
  InsideLockedCallback(const InsideLockedCallback&) = delete;
  InsideLockedCallback& operator=(const InsideLockedCallback&) = delete;

  static bool here() noexcept { return depth_ > 0; }
  static void refuse(const char* operation) {
    if (here())
      throw Error(ErrorCode::kArgument, operation, "called from a callback of the allocator or of an adopted queue");
  }

 private:
  static thread_local int depth_;
};

template <class Body>
std::int32_t guarded(betwixt_error* error, const char* operation, const Body& body) noexcept {
  try {
    InsideLockedCallback::refuse(operation);
    body();
    clear(error);
    return BETWIXT_OK;
  } catch (...) {
    return describe_exception(error, operation);
  }
}

/// `pointer`, or E_ARGUMENT naming the argument.
template <class T>
T* required(T* pointer, const char* operation, const char* name) {
  if (!pointer) throw Error(ErrorCode::kArgument, operation, "%s is NULL", name).in(name);
  return pointer;
}

/// Largest struct_size that is believed: anything above is memory nobody set.
constexpr std::uint32_t kMostStructBytes = 4096;

/// Checks the `struct_size` of a caller's struct of at least `least` bytes.
std::uint32_t checked_struct_size(std::uint32_t size, std::size_t least, const char* operation, const char* name);
/// E_UNSUPPORTED unless the bytes that this build does not know are 0.
void check_unknown_fields(const void* from, std::size_t known, std::size_t size, const char* operation,
                          const char* name);

/// A caller's options, fields that its version lacks being 0; all 0 for NULL.
template <class T>
T read_struct(const T* from, const char* operation, const char* name) {
  T known{};
  known.struct_size = sizeof(T);
  if (!from) return known;
  const std::uint32_t size = checked_struct_size(from->struct_size, sizeof(std::uint64_t), operation, name);
  check_unknown_fields(from, sizeof(T), size, operation, name);
  std::memcpy(static_cast<void*>(&known), from, std::min<std::size_t>(size, sizeof(T)));
  known.struct_size = sizeof(T);
  return known;
}

/// E_ARGUMENT unless `to` can take results.
template <class T>
void check_result(const T* to, const char* operation, const char* name) {
  checked_struct_size(required(to, operation, name)->struct_size, sizeof(std::uint64_t), operation, name);
}

/// Gives as much of `value` as the caller's version knows.
template <class T>
void write_struct(T* to, T value, const char* operation, const char* name) {
  check_result(to, operation, name);
  value.struct_size = to->struct_size;
  std::memcpy(static_cast<void*>(to), &value, std::min<std::size_t>(to->struct_size, sizeof(T)));
}

/// A text of the caller's; E_ARGUMENT for NULL, E_LIMIT for one of more than 64 KiB.
std::string text_of(const char* text, const char* operation, const char* name);

/// `text`, or E_ENCODING when it is not UTF-8: refused here, because no model with it could be saved.
std::string checked_utf8(std::string text);

/// Cut where it does not fit.
template <std::size_t N>
void copy_text(char (&to)[N], const std::string& from) {
  const std::size_t size = std::min(N - 1, from.size());
  std::memcpy(to, from.data(), size);
  to[size] = 0;
}

/// Memory that takes a text or bytes of unknown length, as the header describes.
struct Outlet {
  void* memory = nullptr;
  std::int64_t capacity = 0;
  std::int64_t* length = nullptr;

  void put(const void* bytes, std::size_t size, const char* operation) const { give(bytes, size, 0, operation); }
  void put(const std::string& text, const char* operation) const { give(text.c_str(), text.size(), 1, operation); }

 private:
  void give(const void* bytes, std::size_t size, std::size_t end, const char* operation) const;
};

}  // namespace betwixt::capi
