// SPDX-License-Identifier: MIT
// Where the true frame in between is known: the warp beside cross-dissolve and showing the nearest frame.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/media/convert.h"
#include "betwixt/media/encode.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/warp/flow_fit.h"
#include "places.h"
#include "warp_cases.h"

namespace betwixt::tests {
namespace {

std::vector<MiddleMethod> methods(const Device& device, const FlowFitOptions& options) {
  auto warp = [=](const Images& ends) {
    const double middle[] = {0.5};
    return FlowFit(device, ends, options).frames(middle);
  };
  return {{"warp", warp}, {"cross-dissolve", dissolved_middle}, {"nearest frame", nearest_middle}};
}

TEST(WarpTable, BeatsDissolvingAndRepeatingOnTheArmsSweeps) {
  const Images all = load_images(std::string(BETWIXT_SOURCE_DIR) + "/demos/data/robot_arm");
  ASSERT_EQ(all.count, 40);
  std::vector<MiddleCase> cases;
  for (std::int64_t sweep = 0; sweep < 2; ++sweep)
    for (const std::int64_t start : {2, 6, 10, 14}) {
      const std::int64_t i = sweep * 20 + start;
      const std::int64_t ends[] = {i, i + 2};
      const std::int64_t middle[] = {i + 1};
      cases.push_back({"arm", all.names[static_cast<std::size_t>(i + 1)], all.select(ends), all.select(middle)});
    }
  const std::vector<MiddleScore> rows = score(cases, methods(cpu_device(), {.steps = 50}));
  for (const MiddleScore& row : rows) std::printf("%.2f dB, SSIM %.4f\n", row.psnr, row.ssim);
  EXPECT_GT(rows[0].psnr, rows[1].psnr + 1);
  EXPECT_GT(rows[0].psnr, rows[2].psnr + 1);
  EXPECT_GT(rows[0].ssim, rows[1].ssim);
  EXPECT_GT(rows[0].ssim, rows[2].ssim);
  EXPECT_GE(rows[0].moved, 0.75) << "share of frames";
}

/// A row of pictures: ends and truth, then what every method makes of them.
class Pictures {
 public:
  explicit Pictures(const char* folder) : folder_(folder ? folder : "") {}
  void add(const MiddleCase& one, const std::vector<Images>& middles) {
    if (folder_.empty()) return;
    const std::int64_t first[] = {0};
    const std::int64_t second[] = {1};
    Images row = one.ends.select(first);
    row.append(one.truth);
    row.append(one.ends.select(second));
    for (const Images& middle : middles) row.append(middle);
    row.names.clear();
    row = composite(row, {128, 128, 128});
    auto [sheet, is_new] = sheets_.try_emplace(one.group, row);
    if (!is_new) sheet->second.append(row);
  }
  void save() const {
    for (const auto& [group, images] : sheets_) save_contact_sheet(folder_ + "/" + group + ".png", images, 6);
  }

 private:
  std::string folder_;
  std::map<std::string, Images> sheets_;
};

/// The whole table of lib/methods/warp/README.md; takes minutes, so it runs with `tools/test --full`, or when asked
/// for:
///   BETWIXT_FULL=1 test_methods --gtest_filter='WarpTable.*'
/// With BETWIXT_WARP_PICTURES naming a folder, the pictures of every group are written there.
TEST(WarpTable, OfEverySweepAndSprite) {
  if (!std::getenv("BETWIXT_FULL")) GTEST_SKIP() << "takes minutes: BETWIXT_FULL=1 or tools/test --full runs it";
  const std::optional<std::string> folder = shared_data();
  if (!folder) GTEST_SKIP() << "the data folder is not there; BETWIXT_SHARED can name it";
  std::vector<MiddleCase> cases = arm_cases(*folder);
  for (MiddleCase& one : sprite_cases(*folder)) cases.push_back(std::move(one));
  std::map<std::string, std::vector<MiddleCase>> groups;
  for (MiddleCase& one : cases) {
    const bool sprite = one.group == "walking" || one.group == "turning";
    groups[sprite ? "sprites " + one.group : "arm " + one.group].push_back(std::move(one));
  }
  const Device device = cpu_device();
  const std::string weights = *folder + "/squeezenet11_deepscale/squeezenet1_1_deepscale_features_f32.safetensors";
  FeatureDistance features(FeatureNetwork::load(device, weights, {.input = FeatureInput::kCaffe}));
  Pictures pictures(std::getenv("BETWIXT_WARP_PICTURES"));
  const std::vector<MiddleMethod> ways = methods(device, {});
  std::vector<MiddleScore> arm(ways.size());
  double arms = 0;
  std::printf("| pictures | frames | better than dissolving |");
  for (const MiddleMethod& way : ways) std::printf(" %s: PSNR | SSIM | features |", way.name.c_str());
  std::printf("\n");
  for (const auto& [name, members] : groups) {
    const std::vector<MiddleScore> rows =
        score(members, ways, &features,
              [&](const MiddleCase& one, const std::vector<Images>& middles) { pictures.add(one, middles); });
    std::printf("| %s | %zu | %.0f %% |", name.c_str(), members.size(), 100 * rows[0].moved);
    for (const MiddleScore& row : rows) std::printf(" %.2f | %.4f | %.4f |", row.psnr, row.ssim, row.features);
    std::printf("\n");
    std::fflush(stdout);
    if (name.starts_with("sprites")) continue;
    const auto count = static_cast<double>(members.size());
    arms += count;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      arm[i].psnr += count * rows[i].psnr;
      arm[i].ssim += count * rows[i].ssim;
      arm[i].features += count * rows[i].features;
    }
  }
  std::printf("| **all sweeps** | %.0f | |", arms);
  for (const MiddleScore& row : arm)
    std::printf(" **%.2f** | **%.4f** | **%.4f** |", row.psnr / arms, row.ssim / arms, row.features / arms);
  std::printf("\n");
  pictures.save();
  for (const std::size_t other : {1u, 2u}) {
    EXPECT_GT(arm[0].psnr, arm[other].psnr);
    EXPECT_GT(arm[0].ssim, arm[other].ssim);
    EXPECT_LT(arm[0].features, arm[other].features);
  }
}

}  // namespace
}  // namespace betwixt::tests
