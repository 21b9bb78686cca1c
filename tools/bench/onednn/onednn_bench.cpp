// SPDX-License-Identifier: MIT
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "dnnl.hpp"

// betwixt_bench_onednn CASE THREADS SECONDS: the convolutions of betwixt_bench's D done by oneDNN directly, in the
// memory layouts oneDNN likes best, weights and pictures reordered beforehand. One line of JSON.

namespace {

using dnnl::memory;
using Run = std::function<void()>;

struct Layer {
  const char* name;
  bool transposed;
  memory::dim n, in, out, height, kernel, stride, padding;

  memory::dim out_height() const {
    return transposed ? (height - 1) * stride - 2 * padding + kernel : (height + 2 * padding - kernel) / stride + 1;
  }
  double gflop() const {
    const memory::dim pixels = transposed ? height * height : out_height() * out_height();
    return 2e-9 * static_cast<double>(n * pixels * in * out * kernel * kernel);
  }
};

constexpr Layer kLayers[] = {{"conv3x3_s1", false, 16, 64, 64, 64, 3, 1, 1},
                             {"conv4x4_s2", false, 16, 64, 128, 64, 4, 2, 1},
                             {"convT4x4_s2", true, 16, 128, 64, 32, 4, 2, 1}};

memory::desc any(const memory::dims& dims) { return {dims, memory::data_type::f32, memory::format_tag::any}; }

/// Memory of a layout, filled with numbers around 0.
memory filled(const memory::desc& desc, const dnnl::engine& engine) {
  memory result(desc, engine);
  auto* values = static_cast<float*>(result.get_data_handle());
  for (std::size_t i = 0; i < desc.get_size() / sizeof(float); ++i)
    values[i] = static_cast<float>(i * 7919 % 1024) / 1024 - 0.5f;
  return result;
}

struct Descriptions {
  memory::desc x, weight, bias, y;
  memory::dims strides, padding;
};

Descriptions describe(const Layer& l) {
  return {any({l.n, l.in, l.height, l.height}),
          any({l.out, l.in, l.kernel, l.kernel}),
          any({l.out}),
          any({l.n, l.out, l.out_height(), l.out_height()}),
          {l.stride, l.stride},
          {l.padding, l.padding}};
}

template <class Forward, class BackwardData, class BackwardWeights>
Run make(const Layer& layer, bool backward, const dnnl::engine& engine, dnnl::stream& stream) {
  const auto algorithm = layer.transposed ? dnnl::algorithm::deconvolution_direct : dnnl::algorithm::convolution_direct;
  const Descriptions d = describe(layer);
  const typename Forward::primitive_desc forward(
      typename Forward::desc(dnnl::prop_kind::forward_training, algorithm, d.x, d.weight, d.bias, d.y, d.strides,
                             d.padding, d.padding),
      engine);
  if (!backward) {
    const std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, filled(forward.src_desc(), engine)},
                                                    {DNNL_ARG_WEIGHTS, filled(forward.weights_desc(), engine)},
                                                    {DNNL_ARG_BIAS, filled(forward.bias_desc(), engine)},
                                                    {DNNL_ARG_DST, filled(forward.dst_desc(), engine)}};
    return [primitive = Forward(forward), arguments, &stream]() mutable {
      primitive.execute(stream, arguments);
      stream.wait();
    };
  }
  const typename BackwardData::primitive_desc data(
      typename BackwardData::desc(algorithm, d.x, d.weight, d.y, d.strides, d.padding, d.padding), engine, forward);
  const typename BackwardWeights::primitive_desc weights(
      typename BackwardWeights::desc(algorithm, d.x, d.weight, d.bias, d.y, d.strides, d.padding, d.padding), engine,
      forward);
  const std::unordered_map<int, memory> data_arguments{{DNNL_ARG_DIFF_DST, filled(data.diff_dst_desc(), engine)},
                                                       {DNNL_ARG_WEIGHTS, filled(data.weights_desc(), engine)},
                                                       {DNNL_ARG_DIFF_SRC, filled(data.diff_src_desc(), engine)}};
  const std::unordered_map<int, memory> weight_arguments{
      {DNNL_ARG_SRC, filled(weights.src_desc(), engine)},
      {DNNL_ARG_DIFF_DST, filled(weights.diff_dst_desc(), engine)},
      {DNNL_ARG_DIFF_WEIGHTS, filled(weights.diff_weights_desc(), engine)},
      {DNNL_ARG_DIFF_BIAS, filled(weights.diff_bias_desc(), engine)}};
  return [first = BackwardData(data), second = BackwardWeights(weights), data_arguments, weight_arguments,
          &stream]() mutable {
    first.execute(stream, data_arguments);
    second.execute(stream, weight_arguments);
    stream.wait();
  };
}

std::vector<double> measure(const Run& run, double seconds) {
  using Time = std::chrono::steady_clock;
  const auto since = [](Time::time_point start) { return std::chrono::duration<double>(Time::now() - start).count(); };
  const auto warm = Time::now();
  for (int i = 0; i < 2 || since(warm) < seconds / 4; ++i) run();
  std::vector<double> times;
  const auto start = Time::now();
  while (times.size() < 7 || since(start) < seconds) {
    const auto one = Time::now();
    run();
    times.push_back(since(one) * 1e3);
  }
  std::sort(times.begin(), times.end());
  return times;
}

int time_layer(const std::string& name, int threads, double seconds) {
  dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  for (const Layer& layer : kLayers) {
    for (const bool backward : {false, true}) {
      const std::string full = std::string("D.") + layer.name + (backward ? ".bwd" : ".fwd");
      if (full != name) continue;
      const Run run =
          layer.transposed
              ? make<dnnl::deconvolution_forward, dnnl::deconvolution_backward_data,
                     dnnl::deconvolution_backward_weights>(layer, backward, engine, stream)
              : make<dnnl::convolution_forward, dnnl::convolution_backward_data, dnnl::convolution_backward_weights>(
                    layer, backward, engine, stream);
      const std::vector<double> times = measure(run, seconds);
      const double median = times[times.size() / 2];
      std::printf(
          "{\"bench\": \"onednn\", \"case\": \"%s\", \"threads\": %d, \"ms\": %.4f, \"ms_min\": %.4f, \"n\": %zu, "
          "\"gflops\": %.2f, \"version\": \"%d.%d.%d\"}\n",
          name.c_str(), threads, median, times.front(), times.size(), layer.gflop() * (backward ? 2 : 1) / median * 1e3,
          DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR, DNNL_VERSION_PATCH);
      return 0;
    }
  }
  return 1;  // not one of ours: the driver tries every layer
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: betwixt_bench_onednn CASE THREADS SECONDS\n");
    return 2;
  }
  const int threads = std::max(1, std::atoi(argv[2]));
  omp_set_num_threads(threads);
  try {
    return time_layer(argv[1], threads, std::atof(argv[3]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "betwixt_bench_onednn: %s\n", error.what());
  }
  return 2;
}
