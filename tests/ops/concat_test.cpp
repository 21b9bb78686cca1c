// SPDX-License-Identifier: MIT
#include "betwixt/ops/concat.h"

#include <gtest/gtest.h>

#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/unary.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

struct Parts {
  std::vector<Shape> shapes;
  int axis;
};

std::vector<double> joined(const Parts& parts, const Values& in) {
  const int axis = parts.shapes[0].axis(parts.axis);
  const std::int64_t outer = parts.shapes[0].product(0, axis);
  std::vector<double> out;
  for (std::int64_t row = 0; row < outer; ++row)
    for (std::size_t i = 0; i < in.size(); ++i) {
      const auto run = static_cast<std::ptrdiff_t>(in[i].size()) / outer;
      out.insert(out.end(), in[i].begin() + row * run, in[i].begin() + (row + 1) * run);
    }
  return out;
}

std::vector<InputSpec> specs(const std::vector<Shape>& shapes) {
  std::vector<InputSpec> all;
  for (const Shape& shape : shapes) all.push_back({.shape = shape});
  return all;
}

std::vector<int> all_of(std::size_t count) {
  std::vector<int> indices;
  for (std::size_t i = 0; i < count; ++i) indices.push_back(static_cast<int>(i));
  return indices;
}

std::string text(const std::vector<Shape>& shapes) {
  std::string all;
  for (const Shape& shape : shapes) all += shape.text() + " ";
  return all;
}

std::vector<OpCase> concat_cases() {
  // Along the outermost axis with offsets on and off multiples of 16 bytes, and along inner axes.
  const std::vector<Parts> choices = {{{{4}, {8}, {3}}, 0},
                                      {{{3}, {5}, {1}}, 0},
                                      {{{3, 5}, {4, 5}}, 0},
                                      {{{4, 5}, {3, 5}}, 0},
                                      {{{3, 5}, {3, 1}, {3, 7}}, 1},
                                      {{{1, 4, 3}, {1, 5, 3}}, 1},
                                      {{{2, 3, 3, 3}, {2, 3, 3, 5}}, -1},
                                      {{{0, 3}, {2, 3}}, 0},
                                      {{{503, 67}, {503, 61}}, 1},
                                      {{{40001}, {30000}}, 0}};
  std::vector<OpCase> all;
  for (const Parts& parts : choices) {
    all.push_back({.options = text(parts.shapes) + "axis " + std::to_string(parts.axis),
                   .inputs = specs(parts.shapes),
                   .build = [parts](const Tensors& in) { return Tensors{concat(in, parts.axis)}; },
                   .oracle = [parts](const Values& in) { return Values{joined(parts, in)}; },
                   .differentiable = all_of(parts.shapes.size())});
    all.push_back(
        {.options = "computed in place " + text(parts.shapes) + "axis " + std::to_string(parts.axis),
         .inputs = specs(parts.shapes),
         .build =
             [parts](const Tensors& in) {
               Tensors computed;
               for (const Tensor& x : in) computed.push_back(x * 2.0);
               return Tensors{concat(computed, parts.axis)};
             },
         .oracle = [parts](const Values& in) { return map(joined(parts, in), [](double x) { return 2 * x; }); },
         .differentiable = all_of(parts.shapes.size())});
  }
  all.push_back({.options = "one value three times",
                 .inputs = {{.shape = {4, 3}}},
                 .build =
                     [](const Tensors& in) {
                       const Tensor x = square(in[0]);
                       return Tensors{concat({x, x, x}, 0), x};
                     },
                 .oracle =
                     [](const Values& in) {
                       const std::vector<double> x = map(in[0], [](double v) { return v * v; })[0];
                       return Values{joined({{{4, 3}, {4, 3}, {4, 3}}, 0}, {x, x, x}), x};
                     },
                 .bound = ulps(0.5),
                 .differentiable = {0}});
  all.push_back({.options = "concat of concats",
                 .inputs = specs({{4}, {8}, {4}}),
                 .build =
                     [](const Tensors& in) {
                       const Tensor inner = concat({neg(in[0]), neg(in[1])}, 0);
                       return Tensors{concat({inner, neg(in[2])}, 0)};
                     },
                 .oracle =
                     [](const Values& in) {
                       return map(joined({{{4}, {8}, {4}}, 0}, in), [](double x) { return -x; });
                     },
                 .differentiable = {0, 1, 2}});
  // With parts, and with results, that fill their memory but not a workgroup.
  for (const Parts& parts : std::vector<Parts>{{{{3, 2}, {3, 5}}, 1}, {{{5}, {11}}, 0}, {{{16}, {5}}, 0}}) {
    all.push_back({.options = "u8 " + text(parts.shapes),
                   .inputs = specs(parts.shapes),
                   .build = [parts](const Tensors& in) { return Tensors{concat(in, parts.axis)}; },
                   .oracle = [parts](const Values& in) { return Values{joined(parts, in)}; }});
    for (InputSpec& input : all.back().inputs) {
      input.dtype = DType::kU8;
      input.values = integers(0, 255);
    }
  }
  return all;
}

std::vector<double> packed(const Values& in) {
  std::vector<double> out;
  for (const auto& part : in) {
    out.insert(out.end(), part.begin(), part.end());
    while (out.size() % 4 != 0) out.push_back(0);
  }
  return out;
}

std::vector<OpCase> pack_cases() {
  std::vector<Shape> many;
  for (std::int64_t i = 0; i < 70; ++i) many.push_back(Shape{i % 5 + 1});
  const std::vector<std::vector<Shape>> choices = {
      {{}}, {{4, 3}, {8}, {2, 2}}, {{3, 3, 3, 5}, {5}, {1}}, {{0}, {3}}, many};
  std::vector<OpCase> all;
  for (const std::vector<Shape>& shapes : choices)
    for (const bool computed : {false, true})
      all.push_back({.options = std::to_string(shapes.size()) + " parts " + (computed ? "computed in place " : "") +
                                (shapes.size() < 9 ? text(shapes) : ""),
                     .inputs = specs(shapes),
                     .build =
                         [computed](const Tensors& in) {
                           Tensors parts;
                           for (const Tensor& x : in) parts.push_back(computed ? neg(neg(x)) : x);
                           return Tensors{pack(parts)};
                         },
                     .oracle = [](const Values& in) { return Values{packed(in)}; },
                     .differentiable = all_of(std::min<std::size_t>(shapes.size(), 5))});
  all.push_back({.options = "unpack",
                 .inputs = specs({{3, 5}, {7}}),
                 .build =
                     [](const Tensors& in) {
                       const std::vector<Shape> shapes{{3, 5}, {7}};
                       const std::vector<std::int64_t> offsets = pack_offsets(shapes);
                       const Tensor flat = pack(in);
                       return Tensors{unpack(flat, offsets[0], shapes[0]), unpack(flat, offsets[1], shapes[1])};
                     },
                 .oracle = [](const Values& in) { return in; },
                 .differentiable = {0, 1}});
  return all;
}

const OpRegistration concat_entry({.name = "concat",
                                   .ops = {"concat", "slice"},
                                   .cases = concat_cases,
                                   .refused = {{"nothing", ErrorCode::kArgument, [] { concat({}, 0); }},
                                               {"sizes", ErrorCode::kShape,
                                                [] {
                                                  concat({zeros({2, 3}), zeros({2, 4})}, 0);
                                                }},
                                               {"ranks", ErrorCode::kShape,
                                                [] {
                                                  concat({zeros({2, 3}), zeros({2})}, 0);
                                                }},
                                               {"types", ErrorCode::kDtype,
                                                [] {
                                                  concat({zeros({2}), zeros({2}, DType::kI32)}, 0);
                                                }},
                                               {"axis", ErrorCode::kShape, [] {
                                                  concat({zeros({2}), zeros({2})}, 1);
                                                }}}});
const OpRegistration pack_entry({.name = "pack",
                                 .ops = {"pack"},
                                 .cases = pack_cases,
                                 .refused = {
                                     {"nothing", ErrorCode::kArgument, [] { pack({}); }},
                                     {"types", ErrorCode::kDtype,
                                      [] {
                                        pack({zeros({2}), zeros({2}, DType::kF64)});
                                      }},
                                     {"integers", ErrorCode::kDtype, [] { pack({zeros({2}, DType::kI32)}); }}}});

TEST(Pack, OffsetsAreMultiplesOfFour) {
  EXPECT_EQ(pack_offsets({{3, 5}, {}, {4}, {0}, {7}}), (std::vector<std::int64_t>{0, 16, 20, 24, 24, 32}));
}

}  // namespace
}  // namespace betwixt::ops_test
