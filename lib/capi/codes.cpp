// SPDX-License-Identifier: MIT
#include <cmath>

#include "betwixt/capi/detail/objects.h"
#include "betwixt/core/checked.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

constexpr int kMostDimensions = 4096;

void check_range(const Codes& codes, std::int64_t first, std::int64_t count) {
  if (first < 0 || count < 0 || first > codes.count || count > codes.count - first)
    throw Error(ErrorCode::kArgument, "codes_read", "%lld codes from %lld on, of %lld", static_cast<long long>(count),
                static_cast<long long>(first), static_cast<long long>(codes.count))
        .in("first");
}

void append(Codes& codes, const float* values, std::int64_t count) {
  const CheckedSize numbers =
      CheckedSize(static_cast<std::uint64_t>(count)) * CheckedSize(static_cast<std::uint64_t>(codes.dimensions));
  const std::size_t size = (numbers * CheckedSize(sizeof(float))).size() / sizeof(float);
  for (std::size_t i = 0; i < size; ++i)
    if (!std::isfinite(values[i]))
      throw Error(ErrorCode::kNotFinite, "codes_add", "number %zu is NaN or infinity", i).in("values");
  codes.values.insert(codes.values.end(), values, values + size);
  codes.count += count;
}

}  // namespace

int32_t betwixt_codes_create(int32_t dimensions, betwixt_codes** codes, betwixt_error* error) {
  if (codes) *codes = nullptr;
  return guarded(error, "codes_create", [&] {
    required(codes, "codes_create", "codes");
    if (dimensions < 1 || dimensions > kMostDimensions)
      throw Error(ErrorCode::kArgument, "codes_create", "codes of %d numbers", dimensions)
          .in("dimensions")
          .expected("1 to %d", kMostDimensions);
    auto handle = std::make_unique<betwixt_codes>();
    handle->codes = Codes(0, dimensions);
    *codes = handle.release();
  });
}

int32_t betwixt_codes_add(betwixt_codes* codes, const float* values, int64_t count, betwixt_error* error) {
  return guarded(error, "codes_add", [&] {
    betwixt_codes& set = object_of(codes, "codes_add", "codes");
    const Writing writing(set.access, "codes_add", "codes");
    if (count < 0) throw Error(ErrorCode::kArgument, "codes_add", "%lld codes", static_cast<long long>(count));
    if (count == 0) return;
    append(set.codes, required(values, "codes_add", "values"), count);
    set.graph.forget();
  });
}

int32_t betwixt_codes_size(const betwixt_codes* codes, int64_t* count, int32_t* dimensions, betwixt_error* error) {
  return guarded(error, "codes_size", [&] {
    const betwixt_codes& set = object_of(codes, "codes_size", "codes");
    const Reading reading(set.access, "codes_size", "codes");
    if (count) *count = set.codes.count;
    if (dimensions) *dimensions = set.codes.dimensions;
  });
}

int32_t betwixt_codes_read(const betwixt_codes* codes, int64_t first, int64_t count, float* values, int64_t capacity,
                           betwixt_error* error) {
  return guarded(error, "codes_read", [&] {
    const betwixt_codes& set = object_of(codes, "codes_read", "codes");
    const Reading reading(set.access, "codes_read", "codes");
    check_range(set.codes, first, count);
    const std::int64_t numbers = count * set.codes.dimensions;  // as many exist, so it cannot wrap
    if (numbers == 0) return;
    required(values, "codes_read", "values");
    if (capacity < numbers)
      throw Error(ErrorCode::kLimit, "codes_read", "%lld numbers do not fit in %lld", static_cast<long long>(numbers),
                  static_cast<long long>(capacity))
          .limit("capacity");
    std::copy_n(set.codes.row(first).data(), numbers, values);
  });
}

void betwixt_codes_release(betwixt_codes* codes) {
  if (is_handle(codes) && !InsideLockedCallback::here()) delete codes;
}
