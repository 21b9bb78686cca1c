// SPDX-License-Identifier: MIT
// Feature networks and losses: against PyTorch's numbers where weights are at hand, by hand where they are not.
#include "betwixt/nn/feature_network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/nn/feature_distance.h"
#include "betwixt/nn/picture_loss.h"
#include "betwixt/nn/weights_file.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/tensor/program.h"
#include "places.h"
#include "tests/support/temporary.h"

namespace betwixt {
namespace {

namespace fs = std::filesystem;

std::string shared(const std::string& file) {
  const char* folder = std::getenv("BETWIXT_SHARED");
  return (folder ? std::string(folder) : std::string(BETWIXT_SOURCE_DIR) + "/../shared") + "/" + file;
}
const char* const kSqueezeNet = "data/squeezenet11_deepscale/squeezenet1_1_deepscale_features_f32.safetensors";
const char* const kHeads = "data/lpips_lin/lpips_v0.1_squeeze_lin.safetensors";

class Features : public testing::Test {
 protected:
  Device device = cpu_device({.threads = 2});

  /// A picture that needs no file: ((a row + b column + 31 channel) mod 64) / 63.
  static Tensor pattern(int a, int b, int side = 32) {
    std::vector<double> values;
    for (int row = 0; row < side; ++row)
      for (int column = 0; column < side; ++column)
        for (int c = 0; c < 3; ++c) values.push_back((row * a + column * b + c * 31) % 64 / 63.0);
    return constant(values, {1, side, side, 3});
  }
  double value(const Tensor& x) {
    Program program(device, {x});
    program.run();
    return static_cast<double>(program.values<float>()[0]);
  }
};

TEST_F(Features, DeepScalesSqueezeNetGivesPyTorchsNumbersAtEveryTap) {
  if (!fs::exists(shared(kSqueezeNet))) GTEST_SKIP() << "no weights at " << shared(kSqueezeNet);
  const FeatureNetwork net = FeatureNetwork::load(device, shared(kSqueezeNet), {.input = FeatureInput::kCaffe});
  EXPECT_EQ(net.trunk(), FeatureTrunk::kSqueezeNet11);
  EXPECT_EQ(net.taps(), (std::vector<int>{1, 4, 7, 9, 10, 11, 12}));
  EXPECT_EQ(net.channels(), (std::vector<std::int64_t>{64, 128, 256, 384, 384, 512, 512}));
  Pass pass;
  const std::vector<Tensor> taps = net(pass, pattern(7, 13));
  // Computed with PyTorch 1.13 in fp64 from the same file.
  const double expected[] = {34.16722937, 70.63544144, 51.35609194, 70.67136359, 30.03603830, 18.84275847, 1.03175241};
  for (std::size_t i = 0; i < taps.size(); ++i)
    EXPECT_NEAR(value(mean(taps[i])), expected[i], 2e-4 * expected[i]) << "tap " << net.taps()[i];
}

TEST_F(Features, LpipsAgreesWithPyTorchWithAndWithoutHeads) {
  if (!fs::exists(shared(kSqueezeNet)) || !fs::exists(shared(kHeads)))
    GTEST_SKIP() << "no weights at " << shared(kSqueezeNet) << " or " << shared(kHeads);
  const FeatureNetwork net = FeatureNetwork::load(device, shared(kSqueezeNet), {.input = FeatureInput::kCaffe});
  const LpipsHeads heads = LpipsHeads::load(shared(kHeads));
  Pass pass;
  EXPECT_NEAR(value(lpips(net, pass, pattern(7, 13), pattern(3, 5), heads)), 0.2696129663, 2e-4);
  EXPECT_NEAR(value(lpips(net, pass, pattern(7, 13), pattern(3, 5))), 0.5592923061, 2e-4);
  const FeatureNetwork one =
      FeatureNetwork::load(device, shared(kSqueezeNet), {.input = FeatureInput::kCaffe, .taps = {"features.7"}});
  EXPECT_NEAR(value(feature_loss(one, pass, pattern(7, 13), pattern(3, 5))), 10803.02, 3);
}

TEST_F(Features, LpipsByHand) {
  // Two pixels of two channels. Unit lengths: (3, 4)/5 against (1, 0), and (0, 2)/2 against (0, 5)/5.
  const Tensor x = constant(std::vector<double>{3, 4, 0, 2}, {1, 1, 2, 2});
  const Tensor y = constant(std::vector<double>{7, 0, 0, 5}, {1, 1, 2, 2});
  // (0.6 - 1)^2 = 0.16 and (0.8)^2 = 0.64 at the first pixel, nothing at the second.
  EXPECT_NEAR(value(lpips_of_features({x}, {y}, {{{0.5f, 0.25f}}})), (0.16 * 0.5 + 0.64 * 0.25) / 2, 1e-6);
  EXPECT_NEAR(value(lpips_of_features({x}, {y})), 0.8 / 2, 1e-6);
  EXPECT_NEAR(value(lpips_of_features({x, x}, {y, x}, {{{0.5f, 0.25f}, {9, 9}}})), 0.12, 1e-6) << "a sum over layers";
  EXPECT_THROW((void)lpips_of_features({x}, {y}, {{{1.0f}}}), Error);
  EXPECT_THROW((void)lpips_of_features({x, x}, {y, y}, {{{1.0f, 1.0f}}}), Error);
}

TEST_F(Features, TapsHaveTorchvisionsNumbers) {
  EXPECT_EQ(feature_layer(FeatureTrunk::kVgg16, "relu1_2"), 3);
  EXPECT_EQ(feature_layer(FeatureTrunk::kVgg16, "relu2_2"), 8);
  EXPECT_EQ(feature_layer(FeatureTrunk::kVgg16, "relu3_3"), 15);
  EXPECT_EQ(feature_layer(FeatureTrunk::kVgg16, "relu4_3"), 22);
  EXPECT_EQ(feature_layer(FeatureTrunk::kVgg16, "relu5_3"), 29);
  EXPECT_EQ(feature_layer(FeatureTrunk::kSqueezeNet11, "features.9"), 9);
  for (const char* wrong : {"relu3_3", "", "layer", "features.", "-1"})
    EXPECT_THROW((void)feature_layer(FeatureTrunk::kSqueezeNet11, wrong), Error) << wrong;
  EXPECT_THROW((void)FeatureNetwork::random(device, {.taps = {"6"}}), Error);
}

/// A VGG-16 up to relu1_2 as a file: the first convolution passes a colour on, the second sums neighbours.
TEST_F(Features, VggIsLoadedByTorchvisionsNamesUpToTheTapThatIsWanted) {
  Parameters set(device, "vgg", 1);
  const Initializer zeros = Initializer::zeros();
  const Conv2d first(set, "features.0", 3, 64, {.padding = 1, .weight_start = zeros, .bias_start = zeros});
  const Conv2d second(set, "features.2", 64, 64, {.padding = 1, .weight_start = zeros, .bias_start = zeros});
  (void)set.arena();
  std::vector<float> a(3 * 3 * 3 * 64), b(3 * 3 * 64 * 64);
  a[((1 * 3 + 1) * 3 + 0) * 64 + 5] = 2;                             // channel 5 = 2 red
  for (std::size_t i = 0; i < 9; ++i) b[(i * 64 + 5) * 64 + 7] = 1;  // channel 7 = sum over 3x3 of channel 5
  set.write(first.weight(), a);
  set.write(second.weight(), b);
  const std::string path = test::temporary_path("vgg_start.safetensors");
  save_weights(path, set);
  const FeatureNetwork net = FeatureNetwork::load(device, path, {.input = FeatureInput::kSigned, .taps = {"relu1_2"}});
  EXPECT_EQ(net.trunk(), FeatureTrunk::kVgg16);
  Pass pass;
  const std::vector<Tensor> taps = net(pass, fill(0.75, {1, 6, 6, 3}));
  ASSERT_EQ(taps.size(), 1u);
  EXPECT_EQ(taps[0].shape(), (Shape{1, 6, 6, 64}));
  EXPECT_NEAR(value(max(taps[0])), 9 * 2 * 0.5, 1e-5) << "0.75 is 0.5 in [-1, 1]";
  const FeatureNetwork normal =
      FeatureNetwork::load(device, path, {.input = FeatureInput::kImageNet, .taps = {"relu1_2"}});
  EXPECT_NEAR(value(max(normal(pass, fill(0.75, {1, 6, 6, 3}))[0])), 9 * 2 * (0.75 - 0.485) / 0.229, 1e-4);
  EXPECT_THROW((void)FeatureNetwork::load(device, path), Error) << "deeper layers are not in the file";
  fs::remove(path);
}

TEST_F(Features, RandfeatIsTheSameForEveryoneAndStandardised) {
  const FeatureNetwork a = FeatureNetwork::random(device), b = FeatureNetwork::random(cpu_device({.threads = 1}));
  EXPECT_EQ(a.parameters().values(0), b.parameters().values(0));
  EXPECT_EQ(a.channels(), (std::vector<std::int64_t>{32, 64, 128}));
  Pass pass;
  // Standard normal before the ReLU means 0.40 on average after it; a picture of its own differs somewhat.
  for (const Tensor& tap : a(pass, pattern(1, 2))) {
    const double average = value(mean(tap));
    EXPECT_GT(average, 0.1);
    EXPECT_LT(average, 2);
  }
}

TEST_F(Features, DistanceIsZeroForEqualPicturesAndGrowsWithTheDifference) {
  FeatureDistance distance(FeatureNetwork::random(device));
  Images pictures(10, 16, 16, 4);
  for (std::size_t i = 0; i < pictures.pixels.size(); ++i)
    pictures.pixels[i] = static_cast<std::uint8_t>(i % 4 == 3 ? 255 : i * 31 % 251);
  Images little = pictures, much = pictures;
  for (std::size_t i = 0; i < pictures.pixels.size(); i += 4) {
    little.pixels[i] = static_cast<std::uint8_t>(little.pixels[i] / 2 + 60);
    much.pixels[i] = static_cast<std::uint8_t>(255 - much.pixels[i]);
    much.pixels[i + 1] = 0;
  }
  const std::vector<double> none = distance(pictures, pictures), some = distance(pictures, little),
                            more = distance(pictures, much);
  ASSERT_EQ(none.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(none[i], 0);
    EXPECT_GT(some[i], 0);
    EXPECT_GT(more[i], some[i]);
  }
  EXPECT_THROW((void)distance(pictures, Images(10, 8, 8, 4)), Error);
}

TEST_F(Features, LossesMixAsWritten) {
  const Tensor x = pattern(7, 13, 16), y = pattern(3, 5, 16);
  Pass pass;
  const auto of = [&](const std::string& text) { return value(parse_picture_loss(device, text)(pass, x, y)); };
  EXPECT_NEAR(of("0.8*mse+0.2*ssim"), 0.8 * of("mse") + 0.2 * of("ssim"), 1e-6);
  EXPECT_NEAR(of("2*l1+bce+0.5*randfeat"), 2 * of("l1") + of("bce") + 0.5 * of("randfeat"), 1e-5);
  EXPECT_NEAR(value(parse_picture_loss(device, "0.3*randfeat", {.weights_applied_twice = true})(pass, x, y)),
              0.09 * of("randfeat"), 1e-6)
      << "the report's quirk";
  EXPECT_EQ(parse_picture_loss(device, "0.8*mse+ssim").text(), "0.8*mse+1*ssim");
  for (const char* wrong : {"", "mse+", "0.8mse", "x*mse", "psnr", "mse:3", "-1*mse", "perceptual", "lpips"})
    EXPECT_THROW((void)parse_picture_loss(device, wrong), Error) << wrong;
}

TEST_F(Features, EveryLossPullsThePredictionTowardsItsTarget) {
  const Tensor target = pattern(7, 13, 16);
  for (const char* text : {"mse", "l1", "bce", "ssim", "randfeat"}) {
    const PictureLoss loss = parse_picture_loss(device, text);
    const State picture(device, "picture", {{1, 16, 16, 3}, DType::kF32});
    picture.write(std::vector<float>(16 * 16 * 3, 0.5f));
    Pass pass;
    const Tensor x = read(picture);
    const Tensor before = loss(pass, x, target);
    const Tensor down = gradient(before, {x})[0];
    // A step that is short whatever the loss's scale.
    const Tensor moved = x - down * (0.02 / (max(down) - min(down)));
    Program program(device, {before, loss(pass, moved, target)});
    program.run();
    EXPECT_LT(program.values<float>(1)[0], program.values<float>(0)[0]) << text;
  }
}

}  // namespace
}  // namespace betwixt
