// SPDX-License-Identifier: MIT
#include "betwixt/nn/weights_file.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "betwixt/core/bit_cast.h"
#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/nn/norm_layers.h"
#include "tests/support/memory_files.h"

namespace betwixt {
namespace {

using test_support::MemoryFiles;

struct Net {
  Parameters parameters;
  Conv2d conv;
  BatchNorm norm;
  Dense dense;
  BatchNorm flat;
  LayerNorm layer;

  Net(const Device& device, std::uint64_t seed)
      : parameters(device, "net", seed),
        conv(parameters, "conv", 2, 3, {.kernel = 3}),
        norm(parameters, "norm", 3),
        dense(parameters, "dense", 12, 12, {.flattened_input = {2, 2, 3}, .flattened_output = {2, 2, 3}}),
        flat(parameters, "flat", 12, {.flattened = {2, 2, 3}}),
        layer(parameters, "layer", Shape{2, 2, 3}) {
    for (const BufferSpec& buffer : parameters.buffers()) {
      std::vector<float> values(static_cast<std::size_t>(buffer.state.type().shape.elements()));
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(seed + i);
      buffer.state.write(values);
    }
    // Layer norm and batch norm start at constants, which would hide a wrong order.
    for (const char* name : {"flat.weight", "layer.weight", "layer.bias"}) {
      std::vector<float> values(12);
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(seed) + 0.5f * static_cast<float>(i);
      parameters.write(parameters.find(name), values);
    }
  }
};

class WeightsFile : public testing::Test {
 protected:
  Error load_error(const Net& net, SafetensorsWriter& writer, bool allow_extra = false) {
    writer.save(files, "f");
    SafetensorsFile file = SafetensorsFile::open(files, "f");
    try {
      load_weights(net.parameters, file, allow_extra);
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorCode::kOk, "test", "nothing was thrown");
  }
  static void expect_same(const Net& a, const Net& b) {
    EXPECT_EQ(a.parameters.arena().values<float>(), b.parameters.arena().values<float>());
    for (std::size_t i = 0; i < a.parameters.buffers().size(); ++i)
      EXPECT_EQ(a.parameters.buffers()[i].state.values<float>(), b.parameters.buffers()[i].state.values<float>());
  }

  Device device = cpu_device({.threads = 1});
  MemoryFiles files;
};

TEST_F(WeightsFile, EverythingComesBack) {
  const Net net(device, 1), other(device, 2);
  save_weights("w", net.parameters, files);
  SafetensorsFile file = SafetensorsFile::open(files, "w");
  EXPECT_EQ(file.info("conv.weight").shape, (std::vector<std::int64_t>{3, 2, 3, 3}));
  EXPECT_EQ(file.info("layer.weight").shape, (std::vector<std::int64_t>{3, 2, 2}));
  load_weights(other.parameters, file);
  expect_same(net, other);
}

TEST_F(WeightsFile, FeaturesOfAPictureAreSavedChannelsFirst) {
  const Net net(device, 0);
  save_weights("w", net.parameters, files);
  SafetensorsFile file = SafetensorsFile::open(files, "w");
  for (const char* name : {"flat.running_mean", "flat.weight", "layer.weight"}) {
    std::vector<float> saved(12);
    file.read(name, std::span<float>(saved));
    const float step = std::string(name) == "flat.running_mean" ? 1.0f : 0.5f;
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t pixel = 0; pixel < 4; ++pixel)
        EXPECT_EQ(saved[4 * c + pixel], step * static_cast<float>(3 * pixel + c)) << name;
  }
}

TEST_F(WeightsFile, OtherTypesAreConvertedAndCountersPassedOver) {
  const Net net(device, 1), other(device, 2);
  SafetensorsWriter plain;
  add_weights(net.parameters, plain);
  plain.save(files, "w");
  SafetensorsFile file = SafetensorsFile::open(files, "w");
  SafetensorsWriter wide;
  for (const std::string& name : file.names()) {
    std::vector<double> values(file.info(name).elements());
    file.read(name, std::span<double>(values));
    const auto bytes = std::as_bytes(std::span(values));
    wide.add_owned(name, SafetensorsType::kF64, file.info(name).shape, {bytes.begin(), bytes.end()});
  }
  wide.add_owned("norm.num_batches_tracked", SafetensorsType::kI64, {}, std::vector<std::byte>(8));
  EXPECT_EQ(load_error(other, wide).code(), ErrorCode::kOk);
  expect_same(net, other);
  wide.add_owned("conv.num_batches_tracked", SafetensorsType::kI64, {}, std::vector<std::byte>(8));
  EXPECT_EQ(load_error(other, wide).code(), ErrorCode::kUnknownKey);
  EXPECT_EQ(load_error(other, wide, true).code(), ErrorCode::kOk);
}

TEST_F(WeightsFile, WhatIsWrongIsNamedAndNothingChanges) {
  const Net net(device, 1);
  const auto before = net.parameters.arena().values<float>();
  SafetensorsWriter empty;
  const Error missing = load_error(net, empty);
  EXPECT_EQ(missing.code(), ErrorCode::kMissing);
  EXPECT_NE(std::string(missing.what()).find("conv.weight"), std::string::npos) << missing.what();
  for (const bool shape : {true, false}) {
    SafetensorsWriter writer;
    add_weights(Net(device, 5).parameters, writer);
    writer.save(files, "w");
    SafetensorsFile file = SafetensorsFile::open(files, "w");
    SafetensorsWriter bad;
    for (const std::string& name : file.names()) {
      std::vector<std::byte> bytes(static_cast<std::size_t>(file.info(name).bytes));
      file.read_bytes(name, bytes);
      std::vector<std::int64_t> sizes = file.info(name).shape;
      if (name == "norm.running_var" && shape) sizes = {1, 3};
      // The last of all numbers: everything else was read by then.
      if (name == "flat.running_var" && !shape) {
        const auto nan = bit_cast<std::array<std::byte, 4>>(std::numeric_limits<float>::quiet_NaN());
        std::copy(nan.begin(), nan.end(), bytes.begin());
      }
      bad.add_owned(name, file.info(name).type, sizes, std::move(bytes));
    }
    const Error error = load_error(net, bad);
    EXPECT_EQ(error.code(), shape ? ErrorCode::kShape : ErrorCode::kNotFinite);
    EXPECT_NE(std::string(error.what()).find(shape ? "norm.running_var" : "flat.running_var"), std::string::npos);
  }
  EXPECT_EQ(net.parameters.arena().values<float>(), before);
}

}  // namespace
}  // namespace betwixt
