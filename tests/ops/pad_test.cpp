// SPDX-License-Identifier: MIT
#include "betwixt/ops/pad.h"

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

struct Border {
  Shape shape;
  std::vector<PadAmount> amounts;
};

/// Where a position of the padded axis comes from; -1 is zero.
std::int64_t source(std::int64_t position, std::int64_t size, PadMode mode) {
  if (position >= 0 && position < size) return position;
  if (mode == PadMode::kZero) return -1;
  if (mode == PadMode::kClamp) return position < 0 ? 0 : size - 1;
  return position < 0 ? -position : 2 * size - 2 - position;
}

Values oracle(const Border& border, PadMode mode, const std::vector<double>& x) {
  Shape padded = border.shape;
  for (int i = 0; i < padded.rank(); ++i) {
    const PadAmount& amount = border.amounts[static_cast<std::size_t>(i)];
    padded = padded.with(i, padded[i] + amount.before + amount.after);
  }
  std::vector<double> out;
  for_each_index(padded, [&](const std::int64_t* index, std::int64_t) {
    std::int64_t from[Shape::kMaxRank] = {};
    bool zero = false;
    for (int i = 0; i < padded.rank(); ++i) {
      from[i] = source(index[i] - border.amounts[static_cast<std::size_t>(i)].before, border.shape[i], mode);
      zero = zero || from[i] < 0;
    }
    out.push_back(zero ? 0 : x[static_cast<std::size_t>(flat_index(border.shape, from))]);
  });
  return {out};
}

std::vector<OpCase> cases(PadMode mode, const char* name) {
  const std::vector<Border> borders = {{{5}, {{2, 3}}},
                                       {{5}, {{0, 4}}},
                                       {{13, 7}, {{2, 0}, {0, 3}}},
                                       {{3, 5, 7}, {{1, 2}, {0, 0}, {0, 0}}},
                                       {{2, 5, 7, 3}, {{0, 0}, {2, 1}, {3, 4}, {0, 0}}},
                                       {{3, 3, 3, 3, 3}, {{1, 2}, {2, 1}, {1, 1}, {2, 2}, {0, 1}}},
                                       {{2, 2}, {{1, 1}, {1, 1}}},
                                       {{3, 131, 137, 3}, {{0, 0}, {1, 1}, {1, 1}, {0, 0}}}};
  std::vector<OpCase> all;
  for (const Border& border : borders) {
    std::string amounts;
    for (const PadAmount& a : border.amounts) amounts += " " + std::to_string(a.before) + "," + std::to_string(a.after);
    all.push_back({.options = std::string(name) + " " + border.shape.text() + amounts,
                   .inputs = {{.shape = border.shape}},
                   .build = [=](const Tensors& in) { return Tensors{pad(in[0], border.amounts, mode)}; },
                   .oracle = [=](const Values& in) { return oracle(border, mode, in[0]); },
                   .differentiable = {0}});
  }
  all.push_back({.options = std::string(name) + " pictures u8",
                 .inputs = {{.shape = {2, 4, 5, 3}, .dtype = DType::kU8, .values = integers(0, 255)}},
                 .build = [=](const Tensors& in) { return Tensors{pad_pictures(in[0], 2, mode)}; },
                 .oracle =
                     [=](const Values& in) {
                       return oracle({{2, 4, 5, 3}, {{0, 0}, {2, 2}, {2, 2}, {0, 0}}}, mode, in[0]);
                     }});
  return all;
}

OpEntry entry(const char* name, PadMode mode, std::vector<Refused> refused) {
  return {.name = std::string("pad_") + name,
          .ops = {"pad", "pad_grad"},
          .cases = [=] { return cases(mode, name); },
          .refused = std::move(refused)};
}

const OpRegistration zero_entry(entry("zero", PadMode::kZero,
                                      {{"count", ErrorCode::kShape,
                                        [] {
                                          pad(zeros({2, 3}), {{1, 1}});
                                        }},
                                       {"negative", ErrorCode::kShape,
                                        [] {
                                          pad(zeros({5}), {{-1, 1}});
                                        }},
                                       {"overflow", ErrorCode::kOverflow, [] {
                                          pad(zeros({5}), {{std::int64_t{1} << 50, 1}});
                                        }}}));
const OpRegistration clamp_entry(entry("clamp", PadMode::kClamp, {{"empty", ErrorCode::kShape, [] {
                                                                     pad(zeros({0}), {{1, 0}}, PadMode::kClamp);
                                                                   }}}));
const OpRegistration reflect_entry(entry("reflect", PadMode::kReflect, {{"too far", ErrorCode::kShape, [] {
                                                                           pad(zeros({3}), {{3, 0}}, PadMode::kReflect);
                                                                         }}}));

}  // namespace
}  // namespace betwixt::ops_test
