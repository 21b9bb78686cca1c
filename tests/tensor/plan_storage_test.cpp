// SPDX-License-Identifier: MIT
// What a plan keeps in memory as halves (PlanOptions::storage), whatever device it is for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/op.h"
#include "betwixt/tensor/plan.h"
#include "betwixt/tensor/program.h"

namespace betwixt {
namespace {

class PlanStorage : public testing::Test {
 protected:
  State state(const char* name, const Shape& shape) { return State(device_, name, {shape, DType::kF32}); }
  static Plan plan(const std::vector<Tensor>& outputs, bool alias = true, DType storage = DType::kF16) {
    PlanRules rules;
    rules.can_store_f16 = true;
    return make_plan(outputs, rules, {.alias = alias, .storage = storage});
  }
  /// The calls of an op.
  static std::vector<PlanCall> calls_of(const Plan& plan, const char* name) {
    std::vector<PlanCall> found;
    for (const PlanCall& call : plan.calls)
      if (call.node && std::strcmp(call.node->op->name, name) == 0) found.push_back(call);
    return found;
  }
  static Tensor convolved(const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.padding = 1}); }

  Device device_ = cpu_device({.threads = 1});
  State x_ = state("x", {2, 8, 8, 4});
  State w_ = state("w", {3, 3, 4, 4});
};

TEST_F(PlanStorage, ActivationsBetweenOpsAreHalves) {
  const Tensor y = convolved(relu(convolved(read(x_), read(w_))), read(w_));
  const Plan half = plan({y});
  const std::vector<PlanCall> convolutions = calls_of(half, "conv2d");
  ASSERT_EQ(convolutions.size(), 2u);
  EXPECT_EQ(convolutions[0].half_outputs, 1u);
  EXPECT_EQ(convolutions[0].outputs[0].bytes, 2u * 8 * 8 * 4 * 2);
  EXPECT_EQ(calls_of(half, "relu")[0].half_inputs, 1u);
  EXPECT_EQ(convolutions[1].half_outputs, 0u) << "an output of the program";
  EXPECT_EQ(convolutions[0].half_inputs & 1, 0u) << "a state";
  EXPECT_LT(half.arena_bytes, plan({y}, true, DType::kF32).arena_bytes);
}

TEST_F(PlanStorage, WeightsThatAreStatesAreCopiedOnce) {
  const State arena = state("arena", {2 * 144});
  const auto weight = [&](int i) { return reshape(slice(read(arena), 0, 144 * i, 144), {3, 3, 4, 4}); };
  const Plan half = plan({convolved(convolved(convolved(read(x_), weight(0)), weight(1)), weight(0))});
  ASSERT_EQ(calls_of(half, "stored").size(), 1u);
  EXPECT_EQ(calls_of(half, "stored")[0].outputs[0].bytes, 2u * 144 * 2);
  const std::vector<PlanCall> convolutions = calls_of(half, "conv2d");
  for (const PlanCall& call : convolutions) EXPECT_EQ(call.half_inputs & 2, 2u);
  EXPECT_EQ(convolutions[1].inputs[1].offset, convolutions[0].inputs[1].offset + 144 * 2);
}

TEST_F(PlanStorage, OfALargeStateOnlyTheWantedPartsAreCopied) {
  const State arena = state("arena", {10 * 144});
  const auto weight = [&](int i) { return reshape(slice(read(arena), 0, 144 * i, 144), {3, 3, 4, 4}); };
  const Tensor first = weight(0);
  const Plan half = plan({convolved(convolved(convolved(read(x_), first), weight(7)), first)});
  ASSERT_EQ(calls_of(half, "stored").size(), 2u);
  for (const PlanCall& call : calls_of(half, "stored")) EXPECT_EQ(call.outputs[0].bytes, 144u * 2);
  for (const PlanCall& call : calls_of(half, "conv2d")) EXPECT_EQ(call.half_inputs & 2, 2u);
}

TEST_F(PlanStorage, WhatMustBePreciseStaysFloat) {
  const Tensor y = convolved(relu(convolved(read(x_), read(w_))), read(w_));
  const Tensor loss = mean(square(y), {0, 1, 2, 3}, false);
  const Tensor slope = gradient(loss, {read(w_)})[0];
  const State moment = state("moment", {3, 3, 4, 4});
  const Plan half = plan({assign(moment, read(moment) * 0.9 + slope * 0.1), loss * 2.0});
  for (const PlanCall& call : calls_of(half, "conv2d_grad_weight")) EXPECT_EQ(call.half_outputs, 0u);
  for (const char* name : {"sum", "affine", "add"})
    for (const PlanCall& call : calls_of(half, name))
      if (call.node->output_type().shape.elements() <= 144) EXPECT_EQ(call.half_outputs, 0u) << name;
  EXPECT_EQ(calls_of(half, "conv2d_grad_input")[0].half_outputs, 1u);
}

TEST_F(PlanStorage, AnOpThatCannotReadHalvesGetsFloats) {
  const Tensor y = convolved(read(x_), read(w_));
  const Plan half = plan({argmax(y, 3), convolved(relu(y), read(w_))});
  EXPECT_EQ(calls_of(half, "conv2d")[0].half_outputs, 0u);
  EXPECT_EQ(calls_of(half, "argmax")[0].half_inputs, 0u);
}

TEST_F(PlanStorage, PartsOfHalvesAreHalves) {
  const Tensor y = convolved(read(x_), read(w_));
  const Tensor parts = concat({relu(y), square(y)}, 0);
  const Tensor z = convolved(slice(parts, 0, 1, 2), read(w_));
  const Plan half = plan({z});
  const std::size_t picture = 8 * 8 * 4 * 2;
  const Range relu_range = calls_of(half, "relu")[0].outputs[0];
  EXPECT_EQ(calls_of(half, "square")[0].outputs[0].offset, relu_range.offset + 2 * picture) << "side by side";
  EXPECT_EQ(calls_of(half, "conv2d")[1].inputs[0].offset, relu_range.offset + picture);
  const Plan apart = plan({z}, false);
  EXPECT_EQ(calls_of(apart, "concat")[0].half_inputs, 3u);
  EXPECT_EQ(calls_of(apart, "concat")[0].half_outputs, 1u);
  EXPECT_EQ(calls_of(apart, "conv2d")[1].inputs[0].bytes, 2 * picture);
}

TEST_F(PlanStorage, AreRefusedByNameWhereTheyCannotBe) {
  const auto code_of = [](const auto& body) {
    try {
      body();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kOk;
  };
  const std::vector<Tensor> outputs{relu(read(x_))};
  EXPECT_EQ(code_of([&] { Program(device_, outputs, {.storage = DType::kF16}); }), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of([&] { Program(device_, outputs, {.storage = DType::kU8}); }), ErrorCode::kArgument);
  EXPECT_EQ(code_of([&] { open_device("cpu", {.vulkan = {.storage = DType::kF16}}); }), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of([&] { Program(device_, outputs, {.storage = DType::kF32}); }), ErrorCode::kOk);
}

}  // namespace
}  // namespace betwixt
