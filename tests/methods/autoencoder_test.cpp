// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/autoencoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "tests/support/temporary.h"

namespace betwixt {
namespace {

/// A bright spot that wanders over a dark picture.
Images spots(int count, int side, int channels) {
  Images images(count, side, side, channels);
  for (int i = 0; i < count; ++i)
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        for (int c = 0; c < channels; ++c) {
          const double cx = side * (0.25 + 0.5 * i / std::max(count - 1, 1));
          const double r2 = ((x - cx) * (x - cx) + (y - side / 2.0) * (y - side / 2.0)) / (side * side * 0.02);
          images.picture(i)[static_cast<std::size_t>((y * side + x) * channels + c)] =
              static_cast<std::uint8_t>(20 + 200 * std::exp(-r2));
        }
  return images;
}

class AutoencoderTest : public testing::Test {
 protected:
  Device device = cpu_device({.threads = 2});
  std::string path(const char* name) { return test::temporary_path(name); }
};

TEST_F(AutoencoderTest, AnyPictureSizeGoesThrough) {
  for (const Shape& picture :
       {Shape{64, 64, 3}, Shape{28, 28, 1}, Shape{33, 20, 4}, Shape{7, 9, 3}, Shape{100, 60, 3}}) {
    const Autoencoder model(device, {.picture = picture, .code = 2, .channels = 4});
    Images pictures(3, static_cast<int>(picture[0]), static_cast<int>(picture[1]), static_cast<int>(picture[2]));
    const Codes codes = model.encode(pictures);
    EXPECT_EQ(codes.count, 3);
    EXPECT_EQ(codes.dimensions, 2);
    const Images back = model.decode(codes);
    EXPECT_EQ(back.height, picture[0]);
    EXPECT_EQ(back.width, picture[1]);
    EXPECT_EQ(back.channels, picture[2]);
  }
}

TEST_F(AutoencoderTest, TheReportsNetworkHasItsPublishedShape) {
  const Autoencoder model(device, {.code = 2, .network = AutoencoderNetwork::kReport, .channels = 64});
  const Parameters& p = model.parameters();
  EXPECT_EQ(p.specs()[static_cast<std::size_t>(p.find("to_code.weight"))].shape, (Shape{9 * 16, 2}));
  EXPECT_EQ(p.specs()[static_cast<std::size_t>(p.find("from_code.weight"))].shape, (Shape{2, 4096}));
  EXPECT_EQ(model.decode(Codes(2, 2)).height, 64);
  EXPECT_THROW(Autoencoder(device, {.picture = {32, 32, 3}, .network = AutoencoderNetwork::kReport}), Error);
}

TEST_F(AutoencoderTest, BatchesGiveWhatSinglePicturesGive) {
  const Autoencoder model(device, {.picture = {16, 16, 3}, .code = 3, .channels = 8});
  const Images pictures = spots(21, 16, 3);
  const Codes all = model.encode(pictures);
  for (const std::int64_t i : {0, 7, 20}) {
    const std::int64_t one[] = {i};
    const Codes single = model.encode(pictures.select(one));
    for (int d = 0; d < 3; ++d)
      EXPECT_NEAR(single.row(0)[static_cast<std::size_t>(d)], all.row(i)[static_cast<std::size_t>(d)], 1e-5);
  }
  EXPECT_EQ(model.encode(Images(0, 16, 16, 3)).count, 0);
  EXPECT_THROW(model.encode(spots(1, 17, 3)), Error);
  EXPECT_THROW(model.decode(Codes(1, 4)), Error);
}

TEST_F(AutoencoderTest, TrainingLearnsAndBothCorruptionsWork) {
  const Images pictures = spots(12, 16, 1);
  for (const Corruption corruption : {Corruption::kNormal, Corruption::kWhite}) {
    const Autoencoder model(device, {.picture = {16, 16, 1}, .code = 2, .channels = 16});
    const DenoiseReport report = train(model, pictures, {.steps = 400, .corruption = corruption});
    EXPECT_FALSE(report.collapsed);
    EXPECT_LT(report.loss, 0.1 * report.variance);
    EXPECT_EQ(report.fit.steps, 400);
    EXPECT_GT(report.peak_bytes, 0u);
  }
}

/// A spot that wanders over a texture that stands still.
Images spots_on_texture(int count, int side) {
  Images images = spots(count, side, 3);
  for (int i = 0; i < count; ++i)
    for (std::size_t at = 0; at < images.picture_bytes(); ++at) {
      std::uint8_t& value = images.picture(i)[at];
      if (value < 40) value = static_cast<std::uint8_t>(20 + at * 37 % 101);
    }
  return images;
}

TEST_F(AutoencoderTest, ABasePictureHoldsWhatStandsStill) {
  const Images pictures = spots_on_texture(8, 16);
  const auto error_after = [&](std::int64_t steps, bool base) {
    const Autoencoder model(device, {.picture = {16, 16, 3}, .code = 2, .channels = 8, .base_picture = base});
    return train(model, pictures, {.steps = steps, .batch = 8}).loss;
  };
  EXPECT_LT(error_after(1, true), 0.5 * error_after(1, false)) << "it starts at the median, not at the mean colour";
  EXPECT_LT(error_after(200, true), 0.5 * error_after(200, false));
}

TEST_F(AutoencoderTest, ABasePictureIsKeptInTheFile) {
  const Images pictures = spots_on_texture(8, 16);
  const Autoencoder model(device, {.picture = {16, 16, 3}, .code = 2, .channels = 8, .base_picture = true});
  train(model, pictures, {.steps = 3, .batch = 8});
  const std::string file = path("base.safetensors");
  save_model(file, model);
  const LoadedModel loaded = load_model(device, file);
  EXPECT_TRUE(loaded.model.options().base_picture);
  EXPECT_EQ(loaded.model.reconstruct(pictures).pixels, model.reconstruct(pictures).pixels);
  SafetensorsFile saved = SafetensorsFile::open(default_file_system(), file);
  EXPECT_EQ(saved.info("base").shape, (std::vector<std::int64_t>{3, 16, 16})) << "as PyTorch orders pictures";
  std::filesystem::remove(file);
}

TEST_F(AutoencoderTest, ABasePictureIsRefusedWhereThereIsNone) {
  const Autoencoder plain(device, {.picture = {16, 16, 3}, .code = 2, .channels = 8});
  EXPECT_THROW(plain.start_at(Images(1, 16, 16, 3)), Error);
  const Autoencoder based(device, {.picture = {16, 16, 3}, .code = 2, .channels = 8, .base_picture = true});
  EXPECT_THROW(based.start_at(Images(1, 16, 8, 3)), Error);
  EXPECT_THROW(based.start_at(Images(2, 16, 16, 3)), Error);
  EXPECT_THROW(Autoencoder(device, {.network = AutoencoderNetwork::kReport, .base_picture = true}), Error);
}

TEST_F(AutoencoderTest, TheReportsNetworkLearnsToo) {
  const Images pictures = spots(8, 64, 3);
  const Autoencoder model(device, {.code = 2, .network = AutoencoderNetwork::kReport, .channels = 16});
  const DenoiseReport report = train(model, pictures, {.steps = 150, .batch = 8, .learning_rate = 2e-3, .warmup = 20});
  EXPECT_LT(report.loss, 0.5 * report.variance);
}

TEST_F(AutoencoderTest, ACollapseIsReportedWithWhatToDo) {
  const Images pictures = spots(12, 16, 1);
  const Autoencoder model(device, {.picture = {16, 16, 1}, .code = 2, .channels = 8});
  // A rate so small that nothing is learned looks the same as a collapse: the mean picture and no more.
  const DenoiseReport report = train(model, pictures, {.steps = 600, .learning_rate = 1e-9, .warmup = 10});
  EXPECT_TRUE(report.collapsed);
  EXPECT_NE(report.fit.warning.find("learning rate"), std::string::npos) << report.fit.warning;
}

TEST_F(AutoencoderTest, ValidationKeepsTheBestWeights) {
  const Images pictures = spots(20, 16, 1);
  const Autoencoder model(device, {.picture = {16, 16, 1}, .code = 1, .channels = 8});
  const DenoiseReport report = train(model, pictures, {.steps = 600, .validation = 0.2});
  EXPECT_GT(report.validation_loss, 0);
  EXPECT_LT(report.validation_loss, 0.5 * report.variance);
}

TEST_F(AutoencoderTest, AStopSavesWhatWasLearned) {
  std::atomic<bool> stop{false};
  const Images pictures = spots(12, 16, 1);
  const Autoencoder model(device, {.picture = {16, 16, 1}, .code = 2, .channels = 8});
  const DenoiseReport report = train(model, pictures, {.steps = 1'000'000, .stop = &stop}, [&](const Progress& p) {
    if (p.step > 50) stop = true;
    return true;
  });
  EXPECT_TRUE(report.fit.stopped);
  EXPECT_LT(report.fit.steps, 1'000'000);
}

TEST_F(AutoencoderTest, AModelFileGivesTheSameModelBack) {
  for (const AutoencoderNetwork network : {AutoencoderNetwork::kUpsample, AutoencoderNetwork::kReport}) {
    const Autoencoder model(device, {.code = 3, .network = network, .channels = 8, .seed = 4});
    const Images pictures = spots(5, 64, 3);
    const ModelExtras extras{.codes = model.encode(pictures), .names = {"a", "b", "c", "d", "e"}};
    const std::string file = path("model.safetensors");
    save_model(file, model, extras);
    const LoadedModel loaded = load_model(device, file);
    EXPECT_EQ(loaded.codes.values, extras.codes.values);
    EXPECT_EQ(loaded.names, extras.names);
    EXPECT_EQ(loaded.model.parameters().arena().values<float>(), model.parameters().arena().values<float>());
    EXPECT_EQ(loaded.model.encode(pictures).values, extras.codes.values);
    EXPECT_EQ(loaded.model.decode(extras.codes).pixels, model.decode(extras.codes).pixels);
  }
}

TEST_F(AutoencoderTest, ADescriptionThatAsksForTooMuchIsRefusedFirst) {
  const JsonValue description =
      describe(AutoencoderOptions{.picture = {16384, 16384, 3}, .code = 4096, .channels = 1024});
  const Autoencoder small(device, {.picture = {16, 16, 1}, .code = 2, .channels = 4});
  const std::string file = path("small.safetensors");
  save_model(file, small);
  EXPECT_THROW(load_model(device, file, default_file_system(), {.parameters = 10}), Error);
  EXPECT_NO_THROW(load_model(device, file));
  EXPECT_EQ(autoencoder_options(JsonField(description)).code, 4096);
}

}  // namespace
}  // namespace betwixt
