// SPDX-License-Identifier: MIT
#include "betwixt/ops/pyramid.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/detail/pyramid_table.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(pyramid_cpu)
BETWIXT_CPU_KERNEL(pyramid_level_cpu)
void pyramid_gpu(GpuCall& call);
void pyramid_level_gpu(GpuCall& call);

namespace {

constexpr double kFilter[5] = {1, 4, 6, 4, 1};

std::int64_t halved(std::int64_t size) { return (size + 1) / 2; }

std::int64_t reflected(std::int64_t index, std::int64_t size) {
  while (index < 0 || index >= size) index = size == 1 ? 0 : index < 0 ? -index : 2 * (size - 1) - index;
  return index;
}

/// How much of pixel `source` the filter at pixel `centre` takes, on an axis of `size` pixels; the filter adds up
/// to 16.
double filter_weight(std::int64_t centre, std::int64_t source, std::int64_t size) {
  double total = 0;
  for (std::int64_t k = -2; k <= 2; ++k)
    if (reflected(centre + k, size) == source) total += kFilter[k + 2];
  return total;
}

/// Results lie at multiples of `target_step` of an axis of `size` pixels, sources at multiples of `source_step`.
ResizeAxis filter_axis(std::int64_t size, std::int64_t target_step, std::int64_t source_step, double gain) {
  ResizeAxis axis;
  for (std::int64_t centre = 0; centre < size; centre += target_step) {
    // No mirror brings a pixel nearer than two.
    const std::int64_t begin = (std::max<std::int64_t>(centre - 2, 0) + source_step - 1) / source_step;
    const std::int64_t end = std::min(centre + 2, size - 1) / source_step + 1;
    axis.rows.push_back({static_cast<std::int32_t>(begin), static_cast<std::int32_t>(end - begin),
                         static_cast<std::int32_t>(axis.weights.size())});
    for (std::int64_t s = begin; s < end; ++s)
      axis.weights.push_back(gain * filter_weight(centre, s * source_step, size));
  }
  return axis;
}

/// What result `i` reads away from the border: sources from `start` on, the taps `first`, `first` + `step` ... of the
/// filter.
struct PatternRow {
  std::int64_t start, first, step;
};

PatternRow pattern_row(PyramidPattern pattern, std::int64_t i) {
  if (pattern != PyramidPattern::kGrow) return {(pattern == PyramidPattern::kShrink ? 2 * i : i) - 2, 0, 1};
  return {(i - 2 + i % 2) / 2, i % 2, 2};
}

bool follows(const PyramidMap& map, const ResizeAxis& axis, std::int64_t i) {
  const ResizeAxis::Row& row = axis.rows[static_cast<std::size_t>(i)];
  const auto [start, first, step] = pattern_row(map.pattern, i);
  if (row.start != start || row.count != (5 - first + step - 1) / step) return false;
  for (std::int32_t k = 0; k < row.count; ++k)
    if (axis.weights[static_cast<std::size_t>(row.offset + k)] != map.gain * kFilter[first + step * k]) return false;
  return true;
}

/// Whether result `i` is that of the pattern when what it reads outside is mirrored as PyramidAxis::mirrors says.
bool follows_mirrored(const PyramidMap& map, const ResizeAxis& axis, std::int64_t i, std::int64_t sources) {
  const bool doubles_the_last = map.pattern == PyramidPattern::kGrow && axis.rows.size() % 2 == 0;
  const auto [start, first, step] = pattern_row(map.pattern, i);
  std::vector<double> expected(static_cast<std::size_t>(sources));
  for (std::int64_t k = first; k < 5; k += step) {
    std::int64_t source = start + (k - first) / step;
    if (source < 0)
      source = -source;
    else if (source >= sources)
      source = 2 * sources - (doubles_the_last ? 1 : 2) - source;
    if (source < 0 || source >= sources) return false;
    expected[static_cast<std::size_t>(source)] += map.gain * kFilter[k];
  }
  const ResizeAxis::Row& row = axis.rows[static_cast<std::size_t>(i)];
  for (std::int32_t k = 0; k < row.count; ++k)
    expected[static_cast<std::size_t>(row.start + k)] -= axis.weights[static_cast<std::size_t>(row.offset + k)];
  return std::ranges::all_of(expected, [](double left) { return left == 0; });
}

PyramidAxis make_axis(const PyramidMap& map, ResizeAxis table, std::int64_t sources) {
  PyramidAxis axis;
  const auto size = static_cast<std::int64_t>(table.rows.size());
  const std::int64_t step = map.pattern == PyramidPattern::kGrow ? 2 : 1;
  auto regular = [&](std::int64_t i) {
    for (std::int64_t k = 0; k < step; ++k)
      if (i + k >= size || !follows(map, table, i + k)) return false;
    return true;
  };
  while (axis.inner_begin < size && !regular(axis.inner_begin)) axis.inner_begin += step;
  axis.inner_end = axis.inner_begin = std::min(axis.inner_begin, size / step * step);
  while (axis.inner_end < size && regular(axis.inner_end)) axis.inner_end += step;
  axis.mirrors = true;
  for (std::int64_t i = 0; i < size && axis.mirrors; ++i)
    if (i < axis.inner_begin || i >= axis.inner_end) axis.mirrors = follows_mirrored(map, table, i, sources);
  axis.table = std::move(table);
  return axis;
}

/// From `source` to `target` sizes of the forward op.
PyramidMap make_map(PyramidKind kind, bool adjoint, const Shape& source, const Shape& target) {
  PyramidMap map;
  map.source = adjoint ? target : source;
  map.target = adjoint ? source : target;
  const bool grow = (kind == PyramidKind::kUp) != adjoint;
  if (kind != PyramidKind::kBlur) map.pattern = grow ? PyramidPattern::kGrow : PyramidPattern::kShrink;
  map.gain = (kind == PyramidKind::kUp ? 2 : 1) / 16.0;
  for (int i = 0; i < 2; ++i) {
    const std::int64_t size = std::max(source[1 + i], target[1 + i]);
    // A single pixel has no zeros beside it that twice the filter would have to make up for.
    const double gain = size == 1 ? 1.0 / 16 : map.gain;
    ResizeAxis table = filter_axis(size, kind == PyramidKind::kDown ? 2 : 1, kind == PyramidKind::kUp ? 2 : 1, gain);
    if (adjoint) table = transposed(table, source[1 + i]);
    map.axes[i] = make_axis(map, std::move(table), map.source[1 + i]);
  }
  return map;
}

void check_picture(const char* name, const Tensor& x) {
  const Shape& shape = x.shape();
  constexpr std::int64_t kLongest = std::int64_t{1} << 24;
  if (shape.rank() != 4 || shape[1] < 1 || shape[2] < 1 || shape[1] > kLongest || shape[2] > kLongest)
    throw Error(ErrorCode::kShape, name, "a picture is [n,h,w,c], not %s", shape.text().c_str());
  if (x.dtype() != DType::kF32 && x.dtype() != DType::kF64)
    throw Error(ErrorCode::kDtype, name, "input is %s", dtype_name(x.dtype()));
}

void check_growth(const char* name, const Shape& small, const Shape& large) {
  const bool fits = small.rank() == 4 && large.rank() == 4 && small[0] == large[0] && small[3] == large[3] &&
                    halved(large[1]) == small[1] && halved(large[2]) == small[2];
  if (!fits) throw Error(ErrorCode::kShape, name, "%s does not grow to %s", small.text().c_str(), large.text().c_str());
}

std::vector<TensorType> linear_shape(const Node& node) {
  return {{node.options<PyramidOptions>().map.target, node.input_type(0).dtype}};
}

std::vector<TensorType> collapse_shape(const Node& node) {
  if (node.input_type(1).dtype != node.input_type(0).dtype)
    throw Error(ErrorCode::kDtype, node.op->name, "inputs are %s and %s", dtype_name(node.input_type(0).dtype),
                dtype_name(node.input_type(1).dtype));
  return linear_shape(node);
}

std::vector<TensorType> level_shape(const Node& node) {
  const auto& options = node.options<PyramidLevelOptions>();
  return {node.input_type(0), {options.down.target, node.input_type(0).dtype}};
}

std::size_t linear_scratch(const Node& node, int) {
  const PyramidMap& map = node.options<PyramidOptions>().map;
  const PyramidBands bands = pyramid_bands(map.target[0], map.target[1], map.target[2] * map.target[3]);
  return static_cast<std::size_t>(bands.chunks * pyramid_scratch_elements(map)) * dtype_size(node.output_type().dtype);
}

std::size_t level_scratch(const Node& node, int) {
  const auto& options = node.options<PyramidLevelOptions>();
  const Shape& coarse = options.down.target;
  const PyramidBands bands = pyramid_bands(coarse[0], coarse[1], 4 * coarse[2] * coarse[3]);
  return static_cast<std::size_t>(bands.chunks * pyramid_level_scratch_elements(options)) *
         dtype_size(node.output_type().dtype);
}

Tensor linear(PyramidKind kind, bool adjoint, const Tensor& x, const Shape& original, const Shape& result);

std::vector<Tensor> linear_gradient(const GradientCall& call) {
  const auto& options = call.options<PyramidOptions>();
  const PyramidMap& map = options.map;
  const Shape& result = options.adjoint ? map.source : map.target;
  return {linear(options.kind, !options.adjoint, call.output_gradient(), options.original, result)};
}

std::vector<Tensor> collapse_gradient(const GradientCall& call) {
  const auto& options = call.options<PyramidOptions>();
  const Tensor& dy = call.output_gradient();
  return {call.needs(0) ? linear(options.kind, true, dy, options.original, options.map.target) : Tensor(), dy};
}

std::vector<Tensor> level_gradient(const GradientCall& call) {
  const Tensor& to_laplacian = call.output_gradient(0);
  Tensor to_coarser = call.output_gradient(1);
  const Shape& fine = call.node.output_shape(0);
  const Shape& coarse = call.node.output_shape(1);
  if (to_laplacian) {
    const Tensor back = linear(PyramidKind::kUp, true, to_laplacian, coarse, fine);
    to_coarser = to_coarser ? to_coarser - back : neg(back);
  }
  const Tensor through = linear(PyramidKind::kDown, true, to_coarser, fine, coarse);
  return {to_laplacian ? to_laplacian + through : through};
}

const Op blur_op{.name = "blur",
                 .shape = linear_shape,
                 .cpu = pyramid_cpu,
                 .cpu_scratch = linear_scratch,
                 .gpu = pyramid_gpu,
                 .gradient = linear_gradient};
const Op blur_grad_op{.name = "blur_grad",
                      .shape = linear_shape,
                      .cpu = pyramid_cpu,
                      .cpu_scratch = linear_scratch,
                      .gpu = pyramid_gpu,
                      .gradient = linear_gradient};
const Op pyramid_down_op{.name = "pyramid_down",
                         .shape = linear_shape,
                         .cpu = pyramid_cpu,
                         .cpu_scratch = linear_scratch,
                         .gpu = pyramid_gpu,
                         .gradient = linear_gradient};
const Op pyramid_down_grad_op{.name = "pyramid_down_grad",
                              .shape = linear_shape,
                              .cpu = pyramid_cpu,
                              .cpu_scratch = linear_scratch,
                              .gpu = pyramid_gpu,
                              .gradient = linear_gradient};
const Op pyramid_up_op{.name = "pyramid_up",
                       .shape = linear_shape,
                       .cpu = pyramid_cpu,
                       .cpu_scratch = linear_scratch,
                       .gpu = pyramid_gpu,
                       .gradient = linear_gradient};
const Op pyramid_up_grad_op{.name = "pyramid_up_grad",
                            .shape = linear_shape,
                            .cpu = pyramid_cpu,
                            .cpu_scratch = linear_scratch,
                            .gpu = pyramid_gpu,
                            .gradient = linear_gradient};
const Op* const linear_ops[3][2] = {
    {&blur_op, &blur_grad_op}, {&pyramid_down_op, &pyramid_down_grad_op}, {&pyramid_up_op, &pyramid_up_grad_op}};
/// pyramid_up with a second input that is added.
const Op collapse_op{.name = "pyramid_collapse",
                     .shape = collapse_shape,
                     .cpu = pyramid_cpu,
                     .cpu_scratch = linear_scratch,
                     .gpu = pyramid_gpu,
                     .gradient = collapse_gradient};
const Op level_op{.name = "pyramid_level",
                  .shape = level_shape,
                  .cpu = pyramid_level_cpu,
                  .cpu_scratch = level_scratch,
                  .gpu = pyramid_level_gpu,
                  .gradient = level_gradient};

/// The forward op reads `original` and gives `result`; the adjoint the other way round.
Tensor linear(PyramidKind kind, bool adjoint, const Tensor& x, const Shape& original, const Shape& result) {
  const PyramidOptions options{kind, adjoint, original, make_map(kind, adjoint, original, result)};
  return apply(*linear_ops[static_cast<int>(kind)][adjoint ? 1 : 0], {x}, options);
}

Shape coarse_shape(const Shape& shape) { return shape.with(1, halved(shape[1])).with(2, halved(shape[2])); }

}  // namespace

PyramidBands pyramid_bands(std::int64_t pictures, std::int64_t rows, std::int64_t row_elements) {
  constexpr std::int64_t kRows = 32;
  constexpr std::int64_t kChunk = std::int64_t{1} << 16;
  PyramidBands result{};
  // Narrow pictures need more rows until a band is worth a thread.
  result.rows = std::max(kRows, kChunk / std::max<std::int64_t>(1, row_elements));
  result.rows = std::max<std::int64_t>(1, std::min(result.rows, rows));
  result.bands = (rows + result.rows - 1) / result.rows;
  result.grain = std::max<std::int64_t>(1, kChunk / std::max<std::int64_t>(1, result.rows * row_elements));
  result.chunks = (pictures * result.bands + result.grain - 1) / result.grain;
  return result;
}

std::int64_t pyramid_strip_elements(std::int64_t row_elements) {
  return (row_elements + 15) / 16 * 16 + kPyramidStripMargin + kPyramidSlack;
}

std::int64_t pyramid_scratch_elements(const PyramidMap& map) {
  if (map.pattern == PyramidPattern::kShrink) return 4 * pyramid_strip_elements(map.target[2] * map.target[3]);
  if (map.pattern == PyramidPattern::kSame) return 2 * (map.source[2] * map.source[3] + kPyramidSlack);
  return 6 * (map.target[2] * map.target[3] + kPyramidSlack);
}

std::int64_t pyramid_level_scratch_elements(const PyramidLevelOptions& options) {
  return pyramid_scratch_elements(options.down) + pyramid_scratch_elements(options.up) +
         options.down.target[2] * options.down.target[3] + kPyramidSlack;
}

Tensor blur(const Tensor& x) {
  check_picture("blur", x);
  return linear(PyramidKind::kBlur, false, x, x.shape(), x.shape());
}

Tensor pyramid_down(const Tensor& x) {
  check_picture("pyramid_down", x);
  return linear(PyramidKind::kDown, false, x, x.shape(), coarse_shape(x.shape()));
}

Tensor pyramid_up(const Tensor& x, std::int64_t height, std::int64_t width) {
  check_picture("pyramid_up", x);
  if (height < 1 || width < 1)
    throw Error(ErrorCode::kShape, "pyramid_up", "%lld by %lld", static_cast<long long>(height),
                static_cast<long long>(width));
  const Shape result = x.shape().with(1, height).with(2, width);
  check_growth("pyramid_up", x.shape(), result);
  return linear(PyramidKind::kUp, false, x, x.shape(), result);
}

PyramidLevel pyramid_level(const Tensor& x) {
  check_picture("pyramid_level", x);
  const Shape coarse = coarse_shape(x.shape());
  const PyramidLevelOptions options{make_map(PyramidKind::kDown, false, x.shape(), coarse),
                                    make_map(PyramidKind::kUp, false, coarse, x.shape())};
  const std::vector<Tensor> both = apply_all(level_op, {x}, options);
  return {both[0], both[1]};
}

Tensor pyramid_collapse(const Tensor& laplacian, const Tensor& coarser) {
  check_picture("pyramid_collapse", laplacian);
  check_picture("pyramid_collapse", coarser);
  check_growth("pyramid_collapse", coarser.shape(), laplacian.shape());
  const PyramidOptions options{PyramidKind::kUp, false, coarser.shape(),
                               make_map(PyramidKind::kUp, false, coarser.shape(), laplacian.shape())};
  return apply(collapse_op, {coarser, laplacian}, options);
}

std::vector<Tensor> laplacian_pyramid(const Tensor& x, int levels) {
  if (levels < 0) throw Error(ErrorCode::kArgument, "laplacian_pyramid", "%d levels", levels);
  std::vector<Tensor> pyramid;
  Tensor rest = x;
  for (int i = 0; i < levels; ++i) {
    const PyramidLevel level = pyramid_level(rest);
    pyramid.push_back(level.laplacian);
    rest = level.coarser;
  }
  pyramid.push_back(rest);
  return pyramid;
}

Tensor pyramid_collapse(const std::vector<Tensor>& pyramid) {
  if (pyramid.empty()) throw Error(ErrorCode::kArgument, "pyramid_collapse", "no levels");
  Tensor picture = pyramid.back();
  for (std::size_t i = pyramid.size() - 1; i-- > 0;) picture = pyramid_collapse(pyramid[i], picture);
  return picture;
}

std::vector<Tensor> gaussian_pyramid(const Tensor& x, int levels) {
  if (levels < 0) throw Error(ErrorCode::kArgument, "gaussian_pyramid", "%d levels", levels);
  std::vector<Tensor> pyramid{x};
  for (int i = 0; i < levels; ++i) pyramid.push_back(pyramid_down(pyramid.back()));
  return pyramid;
}

}  // namespace betwixt
