// SPDX-License-Identifier: MIT
// Run files: options as JSON and back.
#include "tests/capi/api.h"

using namespace capi_test;

namespace {

class CApiRunFile : public CApi {
 protected:
  void SetUp() override {
    CApi::SetUp();
    shape.height = shape.width = kSide;
    shape.channels = 1;
    shape.code = 2;
    shape.breadth = 4;
  }
  std::string written(const betwixt_train_options& options) const {
    std::string text(1 << 14, ' ');
    std::int64_t length = 0;
    betwixt_error error;
    EXPECT_EQ(betwixt_run_write(&shape, &options, pictures, "this machine", text.data(),
                                static_cast<std::int64_t>(text.size()), &length, &error),
              BETWIXT_OK)
        << error.message;
    text.resize(static_cast<std::size_t>(length));
    return text;
  }
  std::int32_t read(const std::string& text, betwixt_error* error) {
    return betwixt_run_read(text.c_str(), pictures, &read_shape, &read_options, texts, sizeof texts, error);
  }
  std::vector<std::uint8_t> trained(const betwixt_model_options& model_options,
                                    const betwixt_train_options& options) const {
    Model made;
    betwixt_error error;
    EXPECT_EQ(betwixt_model_create(device, &model_options, &made, &error), BETWIXT_OK) << error.message;
    EXPECT_EQ(betwixt_model_train(made, pictures, &options, nullptr, &error), BETWIXT_OK) << error.message;
    return file_of(made);
  }

  betwixt_model_options shape = sized<betwixt_model_options>();
  betwixt_model_options read_shape = sized<betwixt_model_options>();
  betwixt_train_options read_options = sized<betwixt_train_options>();
  char texts[256] = {};
};

TEST_F(CApiRunFile, WhatIsReadMakesTheSameModelToTheByte) {
  auto options = train_options(25);
  options.batch = 4;
  options.learning_rate = 2e-3;
  options.noise = -1;
  options.weight_decay = 1e-5;
  options.step_every = 7;
  options.loss = "0.8*mse+0.2*l1";
  options.corruption = BETWIXT_CORRUPTION_WHITE;
  shape.seed = options.seed = 9;
  CAPI_OK(read(written(options), &error));
  EXPECT_STREQ(read_options.loss, "0.8*mse+0.2*l1");
  EXPECT_EQ(read_options.step_every, 7);
  EXPECT_EQ(read_options.seed, 9u);
  EXPECT_TRUE(trained(shape, options) == trained(read_shape, read_options));
}

TEST_F(CApiRunFile, ThePublishedSettingsAreKnownByOneWord) {
  const std::string text =
      R"({"betwixt_run": 1, "command": "train", "options": {"report": true, "epochs": 8, "channels": 4}})";
  CAPI_OK(read(text, &error));
  EXPECT_EQ(read_options.batch, 8);
  EXPECT_EQ(read_options.learning_rate, 1e-2);
  EXPECT_EQ(read_options.clip_norm, -1);
  EXPECT_EQ(read_options.code_noise, -1);
  EXPECT_EQ(read_options.steps, 8) << "six pictures are less than a batch";
  EXPECT_EQ(read_options.step_every, 2);
  EXPECT_EQ(read_shape.network, BETWIXT_NETWORK_REPORT);
  EXPECT_NE(written(read_options).find("\"report\": true"), std::string::npos);
}

TEST_F(CApiRunFile, OptionsWithoutAPlaceAreRefused) {
  std::int64_t length = 0;
  const auto write = [&](const betwixt_train_options& o, betwixt_error* e) {
    return betwixt_run_write(&shape, &o, pictures, nullptr, nullptr, 0, &length, e);
  };
  auto options = train_options(5);
  options.warmup = 3;
  CAPI_FAILS(BETWIXT_E_UNSUPPORTED, "options.warmup", write(options, &error));
  options = train_options(5);
  options.seed = 2;
  CAPI_FAILS(BETWIXT_E_UNSUPPORTED, "options.seed", write(options, &error));
  options = train_options(5);
  options.fine_tune = 1;
  CAPI_FAILS(BETWIXT_E_UNSUPPORTED, "options.fine_tune", write(options, &error));
  CAPI_OK(write(train_options(5), &error));
  EXPECT_GT(length, 100);
}

TEST_F(CApiRunFile, FilesOfOtherRunsAndBrokenOnesAreRefused) {
  std::string text = written(train_options(5));
  CAPI_FAILS(BETWIXT_E_TRUNCATED, "", read(text.substr(0, text.size() / 2), &error));
  std::string other = text;
  other.replace(other.find("\"batch\""), 7, "\"badge\"");
  CAPI_FAILS(BETWIXT_E_UNKNOWN_KEY, "badge", read(other, &error));
  other = text;
  other.replace(other.find("\"train\""), 7, "\"plot\"");
  CAPI_FAILS(BETWIXT_E_MISMATCH, "another command", read(other, &error));
  other = text;
  other.replace(other.find("\"upsample\""), 10, "\"sideways\"");
  CAPI_FAILS(BETWIXT_E_VALUE, "sideways", read(other, &error));
  CAPI_FAILS(BETWIXT_E_UNSUPPORTED, "seeds",
             read(R"({"betwixt_run": 1, "command": "train", "options": {"seeds": 3}})", &error));
  CAPI_OK(betwixt_pictures_rename(pictures, 0, "new", &error));
  CAPI_FAILS(BETWIXT_E_MISMATCH, "pictures", read(text, &error));
  EXPECT_EQ(read_options.steps, 0) << "a call that failed changed nothing";
  auto options = train_options(5);
  options.loss = "mse";
  text = written(options);
  CAPI_FAILS(BETWIXT_E_LIMIT, "capacity",
             betwixt_run_read(text.c_str(), pictures, &read_shape, &read_options, texts, 2, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "text",
             betwixt_run_read(nullptr, pictures, &read_shape, &read_options, nullptr, 0, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "pictures",
             betwixt_run_write(nullptr, nullptr, nullptr, nullptr, nullptr, 0, nullptr, &error));
}

}  // namespace
