// SPDX-License-Identifier: MIT
// A small program that shows whether the library works on a platform, through the public API: a tiny autoencoder learns
// synthetic pictures, is saved, loaded and compared; files and JSON are read and refused as they should be. It prints
// its results, and compares them with those recorded on x86-64 Linux (g++ 12, AVX-512).
//   check [FOLDER]    0 when everything holds; files go to FOLDER, default the current one
#include <betwixt/betwixt.h>
#include <betwixt/capi/betwixt.h>
#include <betwixt/core/file.h>
#include <betwixt/data/synthetic/scenes.h>
#include <betwixt/io/json.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>

namespace {

using namespace betwixt;

int failures = 0;

void expect(bool holds, const char* what) {
  std::printf("%s %s\n", holds ? "ok    " : "FAILED", what);
  if (!holds) ++failures;
}

/// Equal but for the order of additions and fused products, which differ between instruction sets and grow while
/// training: 1 percent.
void expect_near(const char* what, double value, double recorded) {
  const bool holds = std::abs(value - recorded) <= 0.01 * std::abs(recorded);
  std::printf("%s %s: %.9g, recorded %.9g, differs by %.1e\n", holds ? "ok    " : "FAILED", what, value, recorded,
              std::abs(value / recorded - 1));
  if (!holds) ++failures;
}

template <class Body>
ErrorCode code_of(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode{};
}

Images pictures() {
  const Scene& scene = scene_named("colour_blobs");
  std::vector<std::vector<double>> rows;
  for (int i = 0; i < 12; ++i) {
    rows.push_back(scene.usual());
    rows.back()[0] = 0.3 + 0.4 * i / 11;
  }
  return scene.draw(rows, 16);
}

void check_learning(const Device& device, const std::string& folder) {
  const Images set = pictures();
  double sum = 0;
  for (const std::uint8_t pixel : set.pixels) sum += pixel;
  expect_near("mean of the pictures", sum / static_cast<double>(set.pixels.size()), 117.217448);

  const Autoencoder model(device, {.picture = {16, 16, 3}, .code = 2, .channels = 8});
  const DenoiseReport start = train(model, set, {.steps = 1});
  expect_near("loss after 1 step", start.loss, 0.022176258);
  const DenoiseReport report = train(model, set, {.steps = 150, .warmup = 20});
  expect_near("variance of the pictures", report.variance, 0.00789080355);
  expect_near("loss after 150 steps more", report.loss, 0.00201228861);
  expect(report.loss < 0.5 * report.variance, "learns");

  const Autoencoder again(device, {.picture = {16, 16, 3}, .code = 2, .channels = 8});
  train(again, set, {.steps = 1});
  train(again, set, {.steps = 150, .warmup = 20});
  expect(model_bytes(again).size() == model_bytes(model).size() && again.encode(set).values == model.encode(set).values,
         "the same seed gives the same bits");

  const std::string path = folder + "/portability_check.safetensors";
  save_model(path, model);
  const LoadedModel loaded = load_model(device, path);
  expect(loaded.model.decode(model.encode(set)).pixels == model.reconstruct(set).pixels,
         "a loaded model gives the same pictures");
  std::remove(path.c_str());
}

void check_files(const Device& device, const std::string& folder) {
  const std::string missing = folder + "/no_such_file.safetensors";
  expect(code_of([&] { load_model(device, missing); }) == ErrorCode::kIo, "a missing file is E_IO");
  const std::vector<std::byte> junk(64, std::byte{0xff});
  expect(code_of([&] { load_model(device, junk); }) != ErrorCode{}, "junk is refused");
}

void check_json() {
  const std::string text = R"({"a": [1, 2.5, 1e-300, -0.1], "b": "\u00e4\ud83d\ude00", "c": null})";
  const std::string once = to_text(parse_json(text));
  expect(to_text(parse_json(once)) == once, "JSON comes back as it was written");
  expect(once.find("2.5") != std::string::npos && once.find("-0.1") != std::string::npos, "JSON keeps numbers short");
  expect(code_of([] { parse_json(R"({"a": 1, "a": 2})"); }) == ErrorCode::kDuplicate, "a duplicate key is E_DUPLICATE");
  expect(code_of([] { parse_json("[1, 2"); }) == ErrorCode::kTruncated, "half a document is E_TRUNCATED");
}

void check_c_api() {
  betwixt_error error;
  betwixt_device* device = nullptr;
  betwixt_device_options options = {};
  options.struct_size = sizeof options;
  options.name = "cpu:2";
  expect(betwixt_device_open(&options, &device, &error) == BETWIXT_OK, "the C API opens the processor");
  betwixt_model* model = nullptr;
  betwixt_model_options size = {};
  size.struct_size = sizeof size;
  size.height = -1;
  expect(betwixt_model_create(device, &size, &model, &error) != BETWIXT_OK && error.message[0] != 0,
         "the C API refuses a height of -1");
  betwixt_device_release(device);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string folder = argc > 1 ? argv[1] : ".";
  const auto start = std::chrono::steady_clock::now();
  const Device device = cpu_device({.threads = 2});
  check_learning(device, folder);
  check_files(device, folder);
  check_json();
  check_c_api();
  std::printf("%d failed, %.1f s\n", failures,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return failures == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::printf("FAILED: %s\n", error.what());
  return 1;
}
