// SPDX-License-Identifier: MIT
#include "betwixt/capi/detail/boundary.h"

#include <new>
#include <stdexcept>

#include "betwixt/io/json.h"

namespace betwixt::capi {
namespace {

constexpr std::size_t kMostText = std::size_t{64} << 10;

static_assert(sizeof(betwixt_error) == 896, "the error never changes its size");
static_assert(BETWIXT_E_ARGUMENT == static_cast<int>(ErrorCode::kArgument));
static_assert(BETWIXT_E_SHAPE == static_cast<int>(ErrorCode::kShape));
static_assert(BETWIXT_E_INTERNAL == static_cast<int>(ErrorCode::kInternal));

template <std::size_t N>
void copy(char (&to)[N], const char* from) noexcept {
  std::size_t length = 0;
  while (length + 1 < N && from[length] != 0) ++length;
  std::memcpy(to, from, length);
  std::memset(to + length, 0, N - length);
}

std::int32_t give(betwixt_error* error, const Error& from) noexcept {
  if (error) fill(*error, from);
  return static_cast<std::int32_t>(from.code());
}

}  // namespace

thread_local int InsideLockedCallback::depth_ = 0;

void fill(betwixt_error& error, const Error& from) noexcept {
  error.code = static_cast<std::int32_t>(from.code());
  error.system_error = from.system_error();
  error.byte_offset = from.byte_offset();
  copy(error.operation, from.operation());
  copy(error.text, from.text());
  copy(error.field, from.field());
  copy(error.expected, from.expected());
  copy(error.found, from.found());
  copy(error.limit, from.limit_name());
  copy(error.message, from.what());
}

void clear(betwixt_error* error) noexcept {
  if (!error) return;
  std::memset(error, 0, sizeof *error);
  error->byte_offset = -1;
}

std::int32_t describe_exception(betwixt_error* error, const char* operation) noexcept {
  try {
    throw;
  } catch (const Error& caught) {
    return give(error, caught);
  } catch (const std::bad_alloc&) {
    return give(error, Error(ErrorCode::kOutOfMemory, operation, "no memory"));
  } catch (const std::length_error&) {
    return give(error, Error(ErrorCode::kOutOfMemory, operation, "no memory for so much"));
  } catch (const std::exception& caught) {
    return give(error, Error(ErrorCode::kInternal, operation, "%.150s", caught.what()));
  } catch (...) {
    return give(error, Error(ErrorCode::kInternal, operation, "something that is no exception was thrown"));
  }
}

std::uint32_t checked_struct_size(std::uint32_t size, std::size_t least, const char* operation, const char* name) {
  if (size >= least && size <= kMostStructBytes) return size;
  throw Error(ErrorCode::kArgument, operation, "struct_size of %s is not set", name)
      .in(name)
      .expected("sizeof the struct")
      .found("%u", size);
}

void check_unknown_fields(const void* from, std::size_t known, std::size_t size, const char* operation,
                          const char* name) {
  const auto* bytes = static_cast<const unsigned char*>(from);
  for (std::size_t i = known; i < size; ++i)
    if (bytes[i] != 0)
      throw Error(ErrorCode::kUnsupported, operation, "%s has a field set that this version does not know", name)
          .in(name)
          .expected("at most %zu bytes", known)
          .found("%zu", size);
}

std::string text_of(const char* text, const char* operation, const char* name) {
  const std::size_t size = ::strnlen(required(text, operation, name), kMostText + 1);
  if (size > kMostText)
    throw Error(ErrorCode::kLimit, operation, "%s has more than %zu bytes", name, kMostText).limit("text");
  return {text, size};
}

std::string checked_utf8(std::string text) {
  to_text(JsonValue(text));
  return text;
}

void Outlet::give(const void* bytes, std::size_t size, std::size_t end, const char* operation) const {
  if (length) *length = static_cast<std::int64_t>(size);
  if (!memory && !length) throw Error(ErrorCode::kArgument, operation, "neither memory nor length is given");
  if (capacity < 0)
    throw Error(ErrorCode::kArgument, operation, "a capacity of %lld", static_cast<long long>(capacity));
  if (!memory) return;
  if (size + end > static_cast<std::uint64_t>(capacity))
    throw Error(ErrorCode::kLimit, operation, "%zu bytes do not fit in %lld", size + end,
                static_cast<long long>(capacity))
        .limit("capacity");
  if (size > 0) std::memcpy(memory, bytes, size);
  if (end) static_cast<char*>(memory)[size] = 0;
}

}  // namespace betwixt::capi
