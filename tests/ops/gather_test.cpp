// SPDX-License-Identifier: MIT
#include "betwixt/ops/gather.h"

#include <algorithm>

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

std::size_t inside(double index, std::int64_t size) {
  return static_cast<std::size_t>(std::clamp<std::int64_t>(static_cast<std::int64_t>(index), 0, size - 1));
}

struct Rows {
  Shape table;
  Shape indices;
  DType index_type = DType::kI32;

  std::size_t row() const { return static_cast<std::size_t>(table.product(1, table.rank())); }
  /// Some beyond both ends.
  Generator index_values() const {
    return index_type == DType::kU32 ? integers(0, table[0] + 1) : integers(-2, table[0] + 1);
  }
  std::string text() const { return table.text() + " at " + indices.text() + " " + dtype_name(index_type); }
};

std::vector<Rows> row_choices() {
  return {
      {{1}, {1}},          {{13}, {7}},   {{13, 5}, {7}, DType::kU32},          {{13, 5, 3}, {}},    {{7, 3}, {2, 3}},
      {{5, 4, 4, 3}, {3}}, {{3, 7}, {0}}, {{40, 64, 64, 3}, {16}, DType::kU32}, {{1009, 67}, {701}}, {{11, 5}, {4001}}};
}

Values gathered(const Rows& r, const Values& in) {
  std::vector<double> out;
  for (const double index : in[1]) {
    const auto from = in[0].begin() + static_cast<std::ptrdiff_t>(inside(index, r.table[0]) * r.row());
    out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(r.row()));
  }
  return {out};
}

std::vector<OpCase> gather_rows_cases() {
  std::vector<OpCase> all;
  for (const Rows& r : row_choices()) {
    const InputSpec indices{.shape = r.indices, .dtype = r.index_type, .values = r.index_values()};
    all.push_back({.options = r.text(),
                   .inputs = {{.shape = r.table}, indices},
                   .build = [](const Tensors& in) { return Tensors{gather_rows(in[0], in[1])}; },
                   .oracle = [r](const Values& in) { return gathered(r, in); },
                   .differentiable = {0}});
    all.push_back(
        {.options = "u8 scaled " + r.text(),
         .inputs = {{.shape = r.table, .dtype = DType::kU8, .values = integers(0, 255)}, indices},
         .build =
             [](const Tensors& in) { return Tensors{gather_rows(in[0], in[1], {.scale = 0.0078125f, .shift = -1})}; },
         .oracle =
             [r](const Values& in) { return map(gathered(r, in)[0], [](double x) { return x * 0.0078125 - 1; }); }});
  }
  all.push_back({.options = "u8 to [0, 1]",
                 .inputs = {{.shape = {7, 13}, .dtype = DType::kU8, .values = integers(0, 255)},
                            {.shape = {5}, .dtype = DType::kI32, .values = integers(0, 6)}},
                 .build = [](const Tensors& in) { return Tensors{gather_rows(in[0], in[1], {.scale = 1.0f / 255})}; },
                 .oracle =
                     [](const Values& in) {
                       return map(gathered({{7, 13}, {5}}, in)[0], [](double x) { return x / 255; });
                     },
                 // Whole numbers times the rounded 1 / 255.
                 .bound = ulps(1.5)});
  all.push_back({.options = "i32 table",
                 .inputs = {{.shape = {7, 3}, .dtype = DType::kI32, .values = integers(-99, 99)},
                            {.shape = {5}, .dtype = DType::kI32, .values = integers(0, 6)}},
                 .build = [](const Tensors& in) { return Tensors{gather_rows(in[0], in[1])}; },
                 .oracle =
                     [](const Values& in) {
                       return gathered({{7, 3}, {5}}, in);
                     }});
  return all;
}

Values scattered(const Rows& r, const Values& in) {
  std::vector<double> out(static_cast<std::size_t>(r.table.elements()), 0);
  for (std::size_t i = 0; i < in[0].size(); ++i)
    for (std::size_t j = 0; j < r.row(); ++j) out[inside(in[0][i], r.table[0]) * r.row() + j] += in[1][i * r.row() + j];
  return {out};
}

Shape rows_shape(const Rows& r) {
  std::vector<std::int64_t> sizes;
  for (int i = 0; i < r.indices.rank(); ++i) sizes.push_back(r.indices[i]);
  for (int i = 1; i < r.table.rank(); ++i) sizes.push_back(r.table[i]);
  return Shape(sizes.data(), static_cast<int>(sizes.size()));
}

std::vector<OpCase> scatter_add_rows_cases() {
  std::vector<OpCase> all;
  for (const Rows& r : row_choices())
    all.push_back(
        {.options = r.text(),
         .inputs = {{.shape = r.indices, .dtype = r.index_type, .values = r.index_values()}, {.shape = rows_shape(r)}},
         .build = [r](const Tensors& in) { return Tensors{scatter_add_rows(in[0], in[1], r.table[0])}; },
         .oracle = [r](const Values& in) { return scattered(r, in); },
         .bound = sum_of(static_cast<double>(r.indices.elements())),
         .differentiable = {1}});
  return all;
}

struct Last {
  Shape x;
  std::int64_t k;
  DType index_type = DType::kI32;

  Shape picked() const { return x.with(-1, k); }
  std::size_t n() const { return static_cast<std::size_t>(x[-1]); }
  std::size_t row_of(std::size_t i) const { return i / static_cast<std::size_t>(k); }
  InputSpec indices() const {
    return {.shape = picked(), .dtype = index_type, .values = integers(index_type == DType::kU32 ? 0 : -1, x[-1])};
  }
};

std::vector<Last> last_choices() {
  return {{{1}, 1}, {{13}, 5}, {{3, 7}, 1}, {{2, 3, 5}, 4, DType::kU32}, {{501, 67}, 3}, {{3, 4}, 0}};
}

OpCase gather_last_case(const Last& l) {
  return {.options = l.x.text() + " to " + l.picked().text(),
          .inputs = {{.shape = l.x}, l.indices()},
          .build = [](const Tensors& in) { return Tensors{gather_last(in[0], in[1])}; },
          .oracle =
              [l](const Values& in) {
                std::vector<double> out;
                for (std::size_t i = 0; i < in[1].size(); ++i)
                  out.push_back(in[0][l.row_of(i) * l.n() + inside(in[1][i], l.x[-1])]);
                return Values{out};
              },
          .differentiable = {0}};
}

std::vector<OpCase> gather_last_cases() {
  std::vector<OpCase> all;
  for (const Last& l : last_choices()) all.push_back(gather_last_case(l));
  // The results of 16 bytes fill their memory but not a workgroup.
  for (const Last& l : std::vector<Last>{{{3, 7}, 5}, {{4, 9}, 4}}) {
    OpCase bytes = gather_last_case(l);
    bytes.options += " u8";
    bytes.inputs[0].dtype = DType::kU8;
    bytes.inputs[0].values = integers(0, 255);
    bytes.differentiable.clear();
    all.push_back(bytes);
  }
  return all;
}

std::vector<OpCase> scatter_add_last_cases() {
  std::vector<OpCase> all;
  for (const Last& l : last_choices())
    all.push_back({.options = l.picked().text() + " to " + l.x.text(),
                   .inputs = {{.shape = l.picked()}, l.indices()},
                   .build = [l](const Tensors& in) { return Tensors{scatter_add_last(in[0], in[1], l.x[-1])}; },
                   .oracle =
                       [l](const Values& in) {
                         std::vector<double> out(static_cast<std::size_t>(l.x.elements()), 0);
                         for (std::size_t i = 0; i < in[0].size(); ++i)
                           out[l.row_of(i) * l.n() + inside(in[1][i], l.x[-1])] += in[0][i];
                         return Values{out};
                       },
                   .bound = sum_of(static_cast<double>(l.k)),
                   .differentiable = {0}});
  return all;
}

Tensor indices(const Shape& shape) { return zeros(shape, DType::kI32); }

const OpRegistration gather_rows_entry(
    {.name = "gather_rows",
     .ops = {"gather_rows", "scatter_add_rows"},
     .cases = gather_rows_cases,
     .refused = {
         {"float indices", ErrorCode::kDtype, [] { gather_rows(zeros({3}), zeros({2})); }},
         {"empty table", ErrorCode::kShape,
          [] {
            gather_rows(zeros({0, 3}), indices({2}));
          }},
         {"no axis", ErrorCode::kShape, [] { gather_rows(zeros({}), indices({2})); }},
         {"rank", ErrorCode::kShape,
          [] {
            gather_rows(zeros({2, 2, 2, 2, 2}), indices({2, 2}));
          }},
         {"scale of floats", ErrorCode::kArgument, [] { gather_rows(zeros({3}), indices({2}), {.scale = 2}); }}}});
const OpRegistration scatter_add_rows_entry({.name = "scatter_add_rows",
                                             .ops = {"scatter_add_rows", "gather_rows"},
                                             .cases = scatter_add_rows_cases,
                                             .refused = {{"shapes", ErrorCode::kShape,
                                                          [] {
                                                            scatter_add_rows(indices({2}), zeros({3, 4}), 5);
                                                          }},
                                                         {"no rows", ErrorCode::kShape,
                                                          [] {
                                                            scatter_add_rows(indices({2}), zeros({2, 4}), 0);
                                                          }},
                                                         {"integers", ErrorCode::kDtype, [] {
                                                            scatter_add_rows(indices({2}), indices({2, 4}), 5);
                                                          }}}});
const OpRegistration gather_last_entry({.name = "gather_last",
                                        .ops = {"gather_last", "scatter_add_last"},
                                        .cases = gather_last_cases,
                                        .refused = {{"rows", ErrorCode::kShape,
                                                     [] {
                                                       gather_last(zeros({2, 3}), indices({3, 1}));
                                                     }},
                                                    {"ranks", ErrorCode::kShape,
                                                     [] {
                                                       gather_last(zeros({2, 3}), indices({2}));
                                                     }},
                                                    {"empty", ErrorCode::kShape, [] {
                                                       gather_last(zeros({2, 0}), indices({2, 1}));
                                                     }}}});
const OpRegistration scatter_add_last_entry({.name = "scatter_add_last",
                                             .ops = {"scatter_add_last", "gather_last"},
                                             .cases = scatter_add_last_cases,
                                             .refused = {{"shapes", ErrorCode::kShape,
                                                          [] {
                                                            scatter_add_last(zeros({2, 3}), indices({2, 4}), 5);
                                                          }},
                                                         {"empty", ErrorCode::kShape, [] {
                                                            scatter_add_last(zeros({2, 3}), indices({2, 3}), 0);
                                                          }}}});

}  // namespace
}  // namespace betwixt::ops_test
