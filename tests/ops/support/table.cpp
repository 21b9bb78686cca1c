// SPDX-License-Identifier: MIT
// Registration, input generators and helpers for oracles.
#include <algorithm>
#include <cmath>
#include <memory>

#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {

std::uint64_t InputRandom::next() {
  state_ += 0x9E3779B97F4A7C15ull;
  std::uint64_t x = state_;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

double InputRandom::uniform(double low, double high) {
  return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53;
}

std::int64_t InputRandom::integer(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
}

Generator uniform(double low, double high) {
  return [=](std::int64_t, InputRandom& random) { return random.uniform(low, high); };
}

Generator positive() { return uniform(0.3, 2); }

Generator integers(std::int64_t low, std::int64_t high) {
  return [=](std::int64_t, InputRandom& random) { return static_cast<double>(random.integer(low, high)); };
}

Generator away_from_zero() {
  return [](std::int64_t, InputRandom& random) {
    const double size = random.uniform(0.05, 1.5);
    return random.integer(0, 1) ? size : -size;
  };
}

Generator distinct() {
  // A linear congruence over 4093 values (a prime) visits each once before it repeats.
  return
      [](std::int64_t index, InputRandom&) { return (static_cast<double>((index * 1597 + 731) % 4093) - 2046) / 64.0; };
}

Generator listed(std::vector<double> values) {
  return [values = std::move(values)](std::int64_t index, InputRandom&) {
    return values[static_cast<std::size_t>(index) % values.size()];
  };
}

namespace {

std::vector<OpEntry>& entries() {
  static std::vector<OpEntry> all;
  return all;
}

}  // namespace

OpRegistration::OpRegistration(OpEntry entry) { entries().push_back(std::move(entry)); }

const std::vector<OpEntry>& op_table() {
  static const bool sorted = [] {
    std::sort(entries().begin(), entries().end(), [](const OpEntry& a, const OpEntry& b) { return a.name < b.name; });
    return true;
  }();
  static_cast<void>(sorted);
  return entries();
}

void for_each_index(const Shape& shape, const std::function<void(const std::int64_t*, std::int64_t)>& visit) {
  const std::int64_t count = shape.elements();
  for (std::int64_t flat = 0; flat < count; ++flat) {
    std::int64_t index[Shape::kMaxRank] = {};
    std::int64_t rest = flat;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      index[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    visit(index, flat);
  }
}

std::int64_t flat_index(const Shape& shape, const std::int64_t* index) {
  std::int64_t flat = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) flat = flat * shape[axis] + index[axis];
  return flat;
}

}  // namespace betwixt::ops_test
