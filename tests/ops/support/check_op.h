// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/tensor/device.h"
#include "betwixt/tensor/tensor.h"

// The conformance table. A test file tests/ops/x_test.cpp registers the ops of lib/ops/x.h:
//
//   static const OpRegistration square_entry({
//       .name = "square",
//       .ops = {"square"},
//       .cases = [] {
//         return std::vector<OpCase>{{
//             .options = "rank 2",
//             .inputs = {{.shape = {3, 5}}},
//             .build = [](const Tensors& in) { return Tensors{square(in[0])}; },
//             .oracle = [](const Values& in) { return map(in[0], [](double x) { return x * x; }); },
//             .bound = ulps(1),
//             .differentiable = {0},
//         }};
//       },
//       .refused = {{"integers", ErrorCode::kDtype, [] { square(zeros({2}, DType::kI32)); }}},
//   });
//
// and conformance_test.cpp checks every entry: all instruction sets, thread counts, aliasing on and off, fenced and
// poisoned buffers, gradients of both orders against central differences, refusals, and the device that the
// environment variable BETWIXT_TEST_DEVICE names. An op record in lib without an entry fails the suite.
namespace betwixt::ops_test {

using Tensors = std::vector<Tensor>;
using Values = std::vector<std::vector<double>>;
using Builder = std::function<Tensors(const Tensors& inputs)>;
using Oracle = std::function<Values(const Values& inputs)>;

/// Random numbers for inputs; the same on every machine.
class InputRandom {
 public:
  explicit InputRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  double uniform(double low, double high);
  std::int64_t integer(std::int64_t low, std::int64_t high);  ///< both ends included

 private:
  std::uint64_t state_;
};

/// What an input holds: element `index` of the input.
using Generator = std::function<double(std::int64_t index, InputRandom&)>;

Generator uniform(double low = -1, double high = 1);
Generator positive();                                              ///< [0.3, 2)
Generator integers(std::int64_t low = -4, std::int64_t high = 4);  ///< both ends included
Generator away_from_zero();  ///< 0.05 < |x| < 1.5: no kink at 0 within a difference step
Generator distinct();        ///< shuffled multiples of 1 / 64 (4093 of them): no ties, no kinks of max and min
Generator listed(std::vector<double> values);

struct InputSpec {
  Shape shape;
  /// kF32 stands for the float type under test: f64 where gradients are checked.
  DType dtype = DType::kF32;
  Generator values = uniform();
};

/// How far a result may lie from the oracle.
struct Bound {
  enum class Kind { kExact, kSum, kUlp } kind = Kind::kExact;
  double size = 0;      ///< kSum: reduction length K; kUlp: units in the last place
  double absolute = 0;  ///< kUlp: allowed besides, for functions that cross zero
};
/// Moves and choices of values: the same bits.
inline Bound exact() { return {}; }
/// |error| <= c (log2 K + 16) u S + tiny, S from OpCase::magnitude; c is kSumConstant.
inline Bound sum_of(double reduction_length) { return {Bound::Kind::kSum, reduction_length, 0}; }
/// Elementwise functions, units in the last place of the f32 result. On other devices than the CPU three more.
inline Bound ulps(double count, double absolute = 0) { return {Bound::Kind::kUlp, count, absolute}; }

constexpr double kSumConstant = 1.0;

struct OpCase {
  std::string options;  ///< for people: "axes 0,2 keep"
  std::vector<InputSpec> inputs = {};
  Builder build = {};
  /// Plain loops in f64, one vector per output. Empty: only determinism, fences and gradients are checked.
  Oracle oracle = {};
  Bound bound = {};
  /// S per output element: the sum of absolute products behind it. Empty: the oracle of the absolute inputs, which
  /// is right for sums and products.
  Oracle magnitude = {};
  /// With kSum: also run on integers in [-4, 4], which must come out exact.
  bool exact_on_integers = true;
  std::vector<int> differentiable = {};
  bool second_order = true;                 ///< the gradient is differentiated again
  double gradient_rtol = 1e-6;              ///< against central differences in f64
  double device_gradient_tolerance = 2e-4;  ///< f32 gradients against f64, relative to the largest
  /// With f16, results may be stored as halves: then they are allowed one rounding more, and exact ones must be the
  /// oracle's, rounded or not.
  DType storage = DType::kF32;
  /// With f16: values on the way from the inputs to a result that may be rounded to halves besides; in compositions.
  int halves_inside = 0;
};

/// The case with everything stored as halves that can be: inputs are halves, and so may results be.
OpCase in_halves(const OpCase& op_case);
/// What storing as halves may change: u |expected| for the result itself and u `scale` for every value on the way, with
/// u = 2^-11; anything for results that may become infinite.
double half_error(double expected, double scale, int halves_inside);
/// The nearest half.
double as_half(double value);

/// A call that must throw `Error`.
struct Refused {
  std::string what;
  ErrorCode code;
  std::function<void()> call;
};

struct OpEntry {
  std::string name;              ///< of the test, as "conv2d_groups"
  std::vector<std::string> ops;  ///< names of the op records that the cases cover
  std::function<std::vector<OpCase>()> cases;
  std::vector<Refused> refused = {};
};

/// For the messages of GoogleTest.
inline void PrintTo(const OpEntry& entry, std::ostream* stream) { *stream << entry.name; }

class OpRegistration {
 public:
  explicit OpRegistration(OpEntry entry);
};

const std::vector<OpEntry>& op_table();

/// What a check found.
struct CheckReport {
  double worst = 0;  ///< largest error / bound
  int comparisons = 0;
  std::string skipped;  ///< why nothing was checked
  std::vector<std::string> failures;
};

CheckReport check_forward(const OpCase& op_case);       ///< every ISA against the oracle, fenced and poisoned
CheckReport check_determinism(const OpCase& op_case);   ///< threads 1, 2, 4, 8, aliasing on and off; gradients too
CheckReport check_gradient(const OpCase& op_case);      ///< f64 against 4-point differences; f32 against f64
CheckReport check_second_order(const OpCase& op_case);  ///< gradient of a gradient
CheckReport check_on_device(const OpCase& op_case, const Device& device);  ///< another backend
CheckReport check_in_halves(const OpCase& op_case, const Device& device);  ///< likewise with f16 storage
CheckReport check_refusals(const OpEntry& entry);
/// Every op an entry names is used by one of its cases or their gradients.
CheckReport check_coverage(const OpEntry& entry);

/// Prints op, options, bound and the worst error as a share of it for every case, then a line for every op.
/// `device_name` empty or "cpu": values on every instruction set, bits for threads and aliasing, gradients of both
/// orders. Otherwise values, gradients, guards, poison and aliasing on that device. Returns the number of failures.
int print_table(const std::string& device_name);

// Helpers for oracles.

/// One output: f of every element.
template <class F>
Values map(const std::vector<double>& x, F f) {
  std::vector<double> out;
  for (const double v : x) out.push_back(f(v));
  return {out};
}

/// Visits every index of `shape` in row-major order: visit(index array, flat position).
void for_each_index(const Shape& shape, const std::function<void(const std::int64_t* index, std::int64_t flat)>& visit);
/// Flat position of `index` in `shape`.
std::int64_t flat_index(const Shape& shape, const std::int64_t* index);

}  // namespace betwixt::ops_test
