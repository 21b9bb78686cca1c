// SPDX-License-Identifier: MIT
#include "betwixt/ops/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

struct Pooling {
  Shape x;
  PoolOptions options;
};

std::string text(const Pooling& p) {
  const PoolOptions& o = p.options;
  auto pair = [](const std::array<int, 2>& v) { return std::to_string(v[0]) + "x" + std::to_string(v[1]); };
  return p.x.text() + " kernel " + pair(o.kernel) + " stride " + pair(o.stride) + " padding " + pair(o.padding) +
         (o.ceil_mode ? " ceil" : "") + (o.count_include_pad ? "" : " without padding");
}

std::vector<Pooling> poolings() {
  return {{{1, 2, 2, 1}, {}},
          {{2, 8, 6, 3}, {}},
          {{2, 6, 4, 64}, {}},
          {{1, 5, 7, 21}, {}},
          {{1, 1, 1, 5}, {.kernel = {1, 1}}},
          {{3, 7, 5, 2}, {.kernel = {2, 2}, .stride = {1, 1}}},
          {{1, 13, 9, 3}, {.kernel = {3, 3}, .stride = {2, 2}}},
          {{1, 13, 9, 3}, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}},
          {{2, 8, 8, 3}, {.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true}},
          {{2, 6, 7, 1}, {.kernel = {2, 3}, .stride = {2, 2}, .padding = {1, 1}, .ceil_mode = true}},
          {{1, 5, 4, 3}, {.kernel = {2, 1}, .stride = {3, 2}, .ceil_mode = true}},
          {{1, 7, 7, 67}, {.kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0}}},
          {{1, 1, 6, 2}, {.kernel = {2, 4}, .stride = {1, 1}, .padding = {1, 2}}},
          // A byte counts 256 taps.
          {{1, 19, 17, 3}, {.kernel = {16, 16}, .stride = {1, 1}}},
          {{1, 34, 16, 2}, {.kernel = {17, 16}}},
          {{1, 19, 18, 2}, {.kernel = {17, 16}, .stride = {1, 2}, .padding = {0, 8}}},
          {{2, 131, 67, 3}, {.kernel = {5, 4}, .stride = {2, 3}, .padding = {2, 2}}}};
}

/// PyTorch's size formula, by counting windows.
std::int64_t windows(std::int64_t size, int kernel, int stride, int padding, bool ceil_mode) {
  std::int64_t count = 0;
  for (std::int64_t start = -padding;; start += stride) {
    const bool whole = start + kernel <= size + padding;
    const bool part = ceil_mode && start < size && (count == 0 || start - stride + kernel < size + padding);
    if (!whole && !part) return count;
    ++count;
  }
}

/// Calls visit(flat pooled position, indices of the window's pixels, padded window area) for every window and channel.
template <class Visit>
void for_each_window(const Pooling& p, Visit visit) {
  const std::int64_t h = p.x[1], w = p.x[2], c = p.x[3];
  std::int64_t kernel[2], stride[2], padding[2], count[2];
  for (std::size_t i = 0; i < 2; ++i) {
    kernel[i] = p.options.kernel[i];
    stride[i] = p.options.stride[i] ? p.options.stride[i] : p.options.kernel[i];
    padding[i] = p.options.padding[i];
    count[i] = windows(p.x[static_cast<int>(i) + 1], p.options.kernel[i], static_cast<int>(stride[i]),
                       p.options.padding[i], p.options.ceil_mode);
  }
  std::size_t at = 0;
  for (std::int64_t n = 0; n < p.x[0]; ++n)
    for (std::int64_t oy = 0; oy < count[0]; ++oy)
      for (std::int64_t ox = 0; ox < count[1]; ++ox)
        for (std::int64_t ch = 0; ch < c; ++ch, ++at) {
          std::vector<std::size_t> inside;
          int area = 0;
          for (std::int64_t ky = 0; ky < kernel[0]; ++ky)
            for (std::int64_t kx = 0; kx < kernel[1]; ++kx) {
              const std::int64_t y = oy * stride[0] - padding[0] + ky;
              const std::int64_t x = ox * stride[1] - padding[1] + kx;
              area += y < h + padding[0] && x < w + padding[1] ? 1 : 0;
              if (y >= 0 && y < h && x >= 0 && x < w)
                inside.push_back(static_cast<std::size_t>(((n * h + y) * w + x) * c + ch));
            }
          visit(at, inside, area);
        }
}

Values max_oracle(const Pooling& p, const std::vector<double>& x) {
  std::vector<double> out;
  for_each_window(p, [&](std::size_t, const std::vector<std::size_t>& inside, int) {
    double best = -HUGE_VAL;
    for (const std::size_t i : inside) best = std::max(best, x[i]);
    out.push_back(best);
  });
  return {out};
}

Values avg_oracle(const Pooling& p, const std::vector<double>& x) {
  std::vector<double> out;
  for_each_window(p, [&](std::size_t, const std::vector<std::size_t>& inside, int area) {
    double total = 0;
    for (const std::size_t i : inside) total += x[i];
    out.push_back(total / (p.options.count_include_pad ? area : static_cast<double>(inside.size())));
  });
  return {out};
}

/// Gradients of the windows, carried to the largest pixels.
Values scatter_oracle(const Pooling& p, const std::vector<double>& x, const std::vector<double>& dy) {
  std::vector<double> out(x.size());
  for_each_window(p, [&](std::size_t at, const std::vector<std::size_t>& inside, int) {
    std::size_t best = inside[0];
    for (const std::size_t i : inside) best = x[i] > x[best] ? i : best;
    out[best] += dy[at];
  });
  return {out};
}

OpCase scatter_case(const Pooling& p) {
  return {.options = "gradient " + text(p),
          .inputs = {{.shape = p.x, .values = distinct()}, {.shape = max_pool(zeros(p.x), p.options).shape()}},
          .build = [p](const Tensors& in) { return gradient(max_pool(in[0], p.options), {in[0]}, in[1]); },
          .oracle = [p](const Values& in) { return scatter_oracle(p, in[0], in[1]); },
          .bound = sum_of(p.options.kernel[0] * p.options.kernel[1]),
          // The largest pixel is not that of the absolute picture.
          .magnitude =
              [p](const Values& in) {
                std::vector<double> sizes;
                for (const double v : in[1]) sizes.push_back(std::abs(v));
                return scatter_oracle(p, in[0], sizes);
              },
          .differentiable = {1}};
}

std::vector<OpCase> max_cases() {
  std::vector<OpCase> cases;
  for (const Pooling& p : poolings()) cases.push_back(scatter_case(p));
  for (const Pooling& p : poolings())
    cases.push_back({.options = text(p),
                     .inputs = {{.shape = p.x, .values = distinct()}},
                     .build = [p](const Tensors& in) { return Tensors{max_pool(in[0], p.options)}; },
                     .oracle = [p](const Values& in) { return max_oracle(p, in[0]); },
                     // Beyond 4093 elements `distinct` repeats, and a tie has no derivative.
                     .differentiable = p.x.elements() > 4093 ? std::vector<int>{} : std::vector<int>{0}});
  return cases;
}

/// Both in one program: the gradient knows from the forward op where the largest pixels are.
OpCase placed_case(const Pooling& p) {
  OpCase c = scatter_case(p);
  c.options = "with the gradient " + text(p);
  c.build = [p](const Tensors& in) {
    const Tensor y = max_pool(in[0], p.options);
    const Tensor dx = gradient(y, {in[0]}, in[1])[0];
    const Tensors fused = y.node().op->fuse(y.node(), dx.node());
    return fused.empty() ? Tensors{y, dx} : fused;
  };
  c.oracle = [p](const Values& in) { return Values{max_oracle(p, in[0])[0], scatter_oracle(p, in[0], in[1])[0]}; };
  c.magnitude = [p, gradient = c.magnitude](const Values& in) {
    Values sizes{max_oracle(p, in[0])[0], gradient(in)[0]};
    for (double& v : sizes[0]) v = std::abs(v);
    return sizes;
  };
  c.differentiable = {};
  return c;
}

std::vector<OpCase> placed_cases() {
  std::vector<OpCase> cases;
  for (const Pooling& p : poolings()) cases.push_back(placed_case(p));
  return cases;
}

std::vector<OpCase> avg_cases() {
  std::vector<OpCase> cases;
  for (Pooling p : poolings())
    for (const bool include : {true, false}) {
      p.options.count_include_pad = include;
      cases.push_back({.options = text(p),
                       .inputs = {{.shape = p.x}},
                       .build = [p](const Tensors& in) { return Tensors{avg_pool(in[0], p.options)}; },
                       .oracle = [p](const Values& in) { return avg_oracle(p, in[0]); },
                       .bound = sum_of(p.options.kernel[0] * p.options.kernel[1]),
                       .exact_on_integers = false,
                       .differentiable = {0}});
    }
  return cases;
}

template <class Pool>
std::vector<Refused> refused(Pool pool) {
  return {{"rank 3", ErrorCode::kShape,
           [pool] {
             pool(zeros({4, 4, 3}), PoolOptions{});
           }},
          {"integers", ErrorCode::kDtype,
           [pool] {
             pool(zeros({1, 4, 4, 3}, DType::kI32), PoolOptions{});
           }},
          {"no kernel", ErrorCode::kArgument,
           [pool] {
             pool(zeros({1, 4, 4, 3}), PoolOptions{.kernel = {0, 2}});
           }},
          {"padding", ErrorCode::kArgument,
           [pool] {
             pool(zeros({1, 4, 4, 3}), PoolOptions{.padding = {2, 0}});
           }},
          {"window too large", ErrorCode::kShape, [pool] {
             pool(zeros({1, 4, 2, 3}), PoolOptions{.kernel = {3, 3}});
           }}};
}

const OpRegistration max_entry({.name = "max_pool",
                                .ops = {"max_pool", "max_pool_grad", "max_pool_pick"},
                                .cases = max_cases,
                                .refused = refused(max_pool)});
const OpRegistration placed_entry({.name = "max_pool_placed",
                                   .ops = {"max_pool_placed", "max_pool_grad_placed"},
                                   .cases = placed_cases});
const OpRegistration avg_entry(
    {.name = "avg_pool", .ops = {"avg_pool", "avg_pool_grad"}, .cases = avg_cases, .refused = refused(avg_pool)});

std::vector<float> run(const Tensor& t) {
  Program program(cpu_device(), {t});
  program.run();
  return program.values<float>();
}

TEST(Pool, SizesAreThoseOfTheFormulas) {
  for (std::int64_t size = 1; size < 12; ++size)
    for (int kernel = 1; kernel < 6; ++kernel)
      for (int stride = 1; stride < 5; ++stride)
        for (int padding = 0; 2 * padding <= kernel; ++padding) {
          if (size + 2 * padding < kernel) continue;
          const PoolOptions floor{.kernel = {kernel, 1}, .stride = {stride, 1}, .padding = {padding, 0}};
          EXPECT_EQ(max_pool(zeros({1, size, 1, 1}), floor).shape()[1], (size + 2 * padding - kernel) / stride + 1);
          PoolOptions ceil = floor;
          ceil.ceil_mode = true;
          EXPECT_EQ(max_pool(zeros({1, size, 1, 1}), ceil).shape()[1], windows(size, kernel, stride, padding, true));
        }
}

/// The gradient in a program of its own and, which must be the same, in one that wants the pooled picture as well.
std::vector<float> max_pool_gradient(const Tensor& x) {
  const Tensor y = max_pool(x);
  const Tensor dx = gradient(y, {x})[0];
  Program both(cpu_device(), {y, dx});
  both.run();
  EXPECT_EQ(both.values<float>(1), run(dx));
  return both.values<float>(1);
}

TEST(Pool, TheGradientOfATieGoesToTheFirst) {
  EXPECT_EQ(max_pool_gradient(fill(3, {1, 2, 4, 1})), (std::vector<float>{1, 0, 1, 0, 0, 0, 0, 0}));
}

TEST(Pool, TheGradientGoesToTheLastOfSeveralThatAreNoNumbers) {
  const double nan = std::nan("");
  const Tensor x = constant({1, nan, nan, 4, nan, 1, 2, 3, 9, 8, nan, 7}, {1, 2, 6, 1});
  EXPECT_EQ(max_pool_gradient(x), (std::vector<float>{0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0}));
}

TEST(Pool, NegativePicturesAreNotMaskedByPadding) {
  const Tensor x = fill(-5, {1, 2, 2, 1});
  const PoolOptions padded{.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}};
  EXPECT_EQ(run(max_pool(x, padded)), (std::vector<float>{-5, -5, -5, -5}));
}

TEST(Pool, NotANumberIsPassedOn) {
  for (int position = 0; position < 4; ++position) {
    std::vector<double> values{1, 2, 3, 4};
    values[static_cast<std::size_t>(position)] = std::nan("");
    EXPECT_TRUE(std::isnan(run(max_pool(constant(values, {1, 2, 2, 1})))[0])) << position;
  }
}

}  // namespace
}  // namespace betwixt::ops_test
