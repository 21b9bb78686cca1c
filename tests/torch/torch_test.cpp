// SPDX-License-Identifier: MIT
// Forward results and all gradients against PyTorch in fp64, over random configurations (cases.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/io/json.h"
#include "betwixt/io/safetensors.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/conv2d_transpose.h"
#include "betwixt/ops/dense.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/grid_sample.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/ops/norm.h"
#include "betwixt/ops/pad.h"
#include "betwixt/ops/pool.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/resize.h"
#include "betwixt/ops/softmax.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"
#include "places.h"
#include "tests/torch/python.h"

namespace betwixt {
namespace {

using Tensors = std::vector<Tensor>;
using Builder = std::function<Tensor(const JsonField&, const Tensors&)>;

int number(const JsonField& options, const char* key) { return static_cast<int>(options.at(key).integer()); }
bool flag(const JsonField& options, const char* key) { return options.at(key).boolean(); }

ActivationOptions activation(const JsonField& options) {
  static const std::map<std::string, Activation> kinds{{"none", Activation::kNone},
                                                       {"relu", Activation::kRelu},
                                                       {"leaky_relu", Activation::kLeakyRelu},
                                                       {"sigmoid", Activation::kSigmoid},
                                                       {"tanh", Activation::kTanh}};
  return {kinds.at(options.at("activation").text()), static_cast<float>(options.at("slope").number())};
}

Tensor build_conv2d(const JsonField& o, const Tensors& in) {
  return conv2d(in[0], in[1], in[2],
                {.stride = number(o, "stride"),
                 .padding = number(o, "padding"),
                 .dilation = number(o, "dilation"),
                 .groups = number(o, "groups"),
                 .upsample = number(o, "upsample"),
                 .activation = activation(o)});
}

Tensor build_conv2d_transpose(const JsonField& o, const Tensors& in) {
  return conv2d_transpose(in[0], in[1], in[2],
                          {.stride = number(o, "stride"),
                           .padding = number(o, "padding"),
                           .output_padding = number(o, "output_padding"),
                           .dilation = number(o, "dilation"),
                           .groups = number(o, "groups"),
                           .activation = activation(o)});
}

PoolOptions pool_options(const JsonField& o) {
  const int k = number(o, "kernel");
  const int s = number(o, "stride");
  const int p = number(o, "padding");
  return {.kernel = {k, k},
          .stride = {s, s},
          .padding = {p, p},
          .ceil_mode = flag(o, "ceil_mode"),
          .count_include_pad = flag(o, "count_include_pad")};
}

Tensor build_unary(const JsonField& o, const Tensors& in) {
  static const std::map<std::string, Tensor (*)(const Tensor&)> functions{
      {"exp", exp},         {"log", log},
      {"sqrt", sqrt},       {"tanh", tanh},
      {"sigmoid", sigmoid}, {"softplus", softplus},
      {"sin", sin},         {"cos", cos},
      {"elu", elu},         {"silu", silu},
      {"abs", abs},         {"square", square},
      {"rsqrt", rsqrt},     {"reciprocal", reciprocal}};
  return functions.at(o.at("name").text())(in[0]);
}

Tensor build_binary(const JsonField& o, const Tensors& in) {
  static const std::map<std::string, Tensor (*)(const Tensor&, const Tensor&)> functions{
      {"add", add}, {"sub", sub}, {"mul", mul}, {"div", div}, {"minimum", minimum}, {"maximum", maximum}, {"pow", pow}};
  return functions.at(o.at("name").text())(in[0], in[1]);
}

Tensor build_reduce(const JsonField& o, const Tensors& in) {
  std::vector<int> axes;
  for (std::size_t i = 0; i < o.at("axes").size(); ++i) axes.push_back(static_cast<int>(o.at("axes").at(i).integer()));
  const std::string& name = o.at("name").text();
  const bool keep = flag(o, "keep");
  if (name == "sum") return sum(in[0], axes, keep);
  if (name == "mean") return mean(in[0], axes, keep);
  return name == "amax" ? max(in[0], axes, keep) : min(in[0], axes, keep);
}

Tensor build_loss(const JsonField& o, const Tensors& in) {
  const std::string& name = o.at("name").text();
  if (name == "mse") return reshape(mse_loss(in[0], in[1]), {1});
  if (name == "l1") return reshape(l1_loss(in[0], in[1]), {1});
  if (name == "huber") return reshape(huber_loss(in[0], in[1]), {1});
  return reshape(bce_with_logits_loss(in[0], in[1]), {1});
}

Tensor build_pad(const JsonField& o, const Tensors& in) {
  static const std::map<std::string, PadMode> modes{
      {"zero", PadMode::kZero}, {"clamp", PadMode::kClamp}, {"reflect", PadMode::kReflect}};
  return pad(in[0], {{}, {number(o, "top"), number(o, "bottom")}, {number(o, "left"), number(o, "right")}, {}},
             modes.at(o.at("mode").text()));
}

Tensor build_grid_sample(const JsonField& o, const Tensors& in) {
  static const std::map<std::string, GridMode> modes{
      {"nearest", GridMode::kNearest}, {"bilinear", GridMode::kBilinear}, {"bicubic", GridMode::kBicubic}};
  static const std::map<std::string, GridPadding> paddings{
      {"zeros", GridPadding::kZeros}, {"border", GridPadding::kBorder}, {"reflection", GridPadding::kReflection}};
  return grid_sample(in[0], in[1],
                     {.mode = modes.at(o.at("mode").text()),
                      .padding = paddings.at(o.at("padding").text()),
                      .align_corners = flag(o, "align_corners")});
}

const std::map<std::string, Builder>& builders() {
  static const std::map<std::string, Builder> all{
      {"conv2d", build_conv2d},
      {"conv2d_transpose", build_conv2d_transpose},
      {"dense",
       [](const JsonField& o, const Tensors& in) { return dense(in[0], in[1], in[2], {.activation = activation(o)}); }},
      {"matmul",
       [](const JsonField& o, const Tensors& in) {
         return matmul(in[0], in[1], {.transpose_a = flag(o, "transpose_a"), .transpose_b = flag(o, "transpose_b")});
       }},
      {"max_pool", [](const JsonField& o, const Tensors& in) { return max_pool(in[0], pool_options(o)); }},
      {"avg_pool", [](const JsonField& o, const Tensors& in) { return avg_pool(in[0], pool_options(o)); }},
      {"resize_nearest",
       [](const JsonField& o, const Tensors& in) {
         return resize_nearest(in[0], number(o, "height"), number(o, "width"));
       }},
      {"resize_bilinear",
       [](const JsonField& o, const Tensors& in) {
         return resize_bilinear(in[0], number(o, "height"), number(o, "width"), flag(o, "align_corners"));
       }},
      {"batch_norm", [](const JsonField&, const Tensors& in) { return batch_norm(in[0], in[1], in[2]).y; }},
      {"group_norm",
       [](const JsonField& o, const Tensors& in) { return group_norm(in[0], number(o, "groups"), in[1], in[2]); }},
      {"layer_norm", [](const JsonField&, const Tensors& in) { return layer_norm(in[0], in[1], in[2]); }},
      {"unary", build_unary},
      {"binary", build_binary},
      {"reduce", build_reduce},
      {"softmax", [](const JsonField&, const Tensors& in) { return softmax(in[0], -1); }},
      {"log_softmax", [](const JsonField&, const Tensors& in) { return log_softmax(in[0], -1); }},
      {"loss", build_loss},
      {"pad", build_pad},
      {"grid_sample", build_grid_sample},
      {"affine_grid",
       [](const JsonField& o, const Tensors& in) {
         return affine_grid(in[0], number(o, "height"), number(o, "width"), flag(o, "align_corners"));
       }},
  };
  return all;
}

class TorchAgreement : public testing::Test {
 protected:
  struct Case {
    Tensors inputs;
    std::vector<Tensor> wanted;  ///< output, then gradients
  };

  std::vector<double> values(SafetensorsFile& file, const std::string& name) {
    std::vector<double> result(file.info(name).elements());
    file.read(name, std::span<double>(result));
    return result;
  }
  Shape shape(SafetensorsFile& file, const std::string& name) {
    const std::vector<std::int64_t>& sizes = file.info(name).shape;
    return Shape(sizes.data(), static_cast<int>(sizes.size()));
  }
  State load(SafetensorsFile& file, const std::string& name, DType dtype) {
    State state(device, name, {shape(file, name), dtype});
    const std::vector<double> wide = values(file, name);
    if (dtype == DType::kF64)
      state.write(wide);
    else
      state.write(std::vector<float>(wide.begin(), wide.end()));
    return state;
  }
  std::vector<double> result(Program& program, int index, DType dtype) {
    if (dtype == DType::kF64) return program.values<double>(index);
    const std::vector<float> narrow = program.values<float>(index);
    return {narrow.begin(), narrow.end()};
  }

  /// Largest difference relative to the largest value of a tensor.
  double difference(const std::vector<double>& ours, const std::vector<double>& theirs) {
    EXPECT_EQ(ours.size(), theirs.size());
    if (ours.size() != theirs.size()) return 1;
    double largest = 1e-3;
    double worst = 0;
    for (const double v : theirs) largest = std::max(largest, std::abs(v));
    for (std::size_t i = 0; i < ours.size(); ++i) worst = std::max(worst, std::abs(ours[i] - theirs[i]));
    return std::isfinite(worst) ? worst / largest : 1;
  }

  double run_case(SafetensorsFile& file, std::size_t index, const JsonField& options, DType dtype) {
    const std::string prefix = std::to_string(index) + ".";
    Tensors inputs;
    std::vector<State> states;
    for (int k = 0; k < number(options, "inputs"); ++k) {
      states.push_back(load(file, prefix + "in" + std::to_string(k), dtype));
      inputs.push_back(read(states.back()));
    }
    const Tensor out = builders().at(options.at("op").text())(options, inputs);
    EXPECT_EQ(out.shape(), shape(file, prefix + "out"));
    if (out.shape() != shape(file, prefix + "out")) return 1;
    const State seed = load(file, prefix + "seed", dtype);
    Tensors outputs = gradient(out, inputs, read(seed));
    outputs.insert(outputs.begin(), out);
    Program program(device, outputs);
    program.run();
    double worst = difference(result(program, 0, dtype), values(file, prefix + "out"));
    for (std::size_t k = 0; k < inputs.size(); ++k)
      worst = std::max(worst, difference(result(program, static_cast<int>(k) + 1, dtype),
                                         values(file, prefix + "grad" + std::to_string(k))));
    return worst;
  }

  Device device = cpu_device({.threads = 2});
};

TEST_F(TorchAgreement, ForwardAndGradientsOverRandomConfigurations) {
  const std::string path = std::string(BETWIXT_BINARY_DIR) + "/torch_cases.safetensors";
  BETWIXT_NEEDS_TORCH(torch_test::python("tests/torch/cases.py", torch_test::in_quotes(path)));
  SafetensorsFile file = SafetensorsFile::open(default_file_system(), path);
  const JsonValue list = parse_json(file.metadata().at("cases"));
  const JsonField cases(list, "cases");
  ASSERT_GE(cases.size(), 200u);
  double worst64 = 0;
  double worst32 = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const double in64 = run_case(file, i, cases.at(i), DType::kF64);
    const double in32 = run_case(file, i, cases.at(i), DType::kF32);
    EXPECT_LT(in64, 1e-10) << to_text(cases.at(i).value());
    EXPECT_LT(in32, 5e-5) << to_text(cases.at(i).value());
    worst64 = std::max(worst64, in64);
    worst32 = std::max(worst32, in32);
  }
  std::printf("%zu cases against PyTorch %s in fp64: worst difference %.1e in fp64, %.1e in fp32\n", cases.size(),
              file.metadata().at("torch").c_str(), worst64, worst32);
}

}  // namespace
}  // namespace betwixt
