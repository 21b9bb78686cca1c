// SPDX-License-Identifier: MIT
#include "betwixt/core/shape.h"

#include "betwixt/core/error.h"

namespace betwixt {

namespace {
// Far above any real tensor, far below where byte counts could wrap.
constexpr std::int64_t kMaxElements = std::int64_t{1} << 48;
}  // namespace

Shape::Shape(std::initializer_list<std::int64_t> sizes) : Shape(sizes.begin(), static_cast<int>(sizes.size())) {}

Shape::Shape(const std::int64_t* sizes, int rank) : rank_(rank) {
  if (rank < 0 || rank > kMaxRank) throw Error(ErrorCode::kShape, "shape", "rank %d is outside 0..%d", rank, kMaxRank);
  std::int64_t product = 1;
  for (int i = 0; i < rank; ++i) {
    if (sizes[i] < 0)
      throw Error(ErrorCode::kShape, "shape", "axis %d has size %lld", i, static_cast<long long>(sizes[i]));
    if (sizes[i] != 0 && product > kMaxElements / sizes[i])
      throw Error(ErrorCode::kOverflow, "shape", "more than 2^48 elements");
    product *= sizes[i];
    sizes_[static_cast<std::size_t>(i)] = sizes[i];
  }
}

std::int64_t Shape::operator[](int axis_number) const { return sizes_[static_cast<std::size_t>(axis(axis_number))]; }

std::int64_t Shape::elements() const { return product(0, rank_); }

std::int64_t Shape::product(int first, int last) const {
  std::int64_t result = 1;
  for (int i = first; i < last; ++i) result *= sizes_[static_cast<std::size_t>(i)];
  return result;
}

Shape Shape::with(int axis_number, std::int64_t size) const {
  Shape result = *this;
  result.sizes_[static_cast<std::size_t>(axis(axis_number))] = size;
  return Shape(result.sizes_.data(), rank_);
}

int Shape::axis(int axis_number) const {
  const int normal = axis_number < 0 ? axis_number + rank_ : axis_number;
  if (normal < 0 || normal >= rank_)
    throw Error(ErrorCode::kShape, "shape", "axis %d of a rank %d tensor", axis_number, rank_);
  return normal;
}

std::string Shape::text() const {
  std::string text = "[";
  for (int i = 0; i < rank_; ++i) {
    if (i) text += ", ";
    text += std::to_string(sizes_[static_cast<std::size_t>(i)]);
  }
  return text + "]";
}

bool operator==(const Shape& a, const Shape& b) { return a.rank_ == b.rank_ && a.sizes_ == b.sizes_; }

}  // namespace betwixt
