// SPDX-License-Identifier: MIT
#include "warp_cases.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "betwixt/interp/frames.h"
#include "betwixt/media/convert.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/metrics/image_quality.h"
#include "places.h"

namespace betwixt::tests {
namespace {

constexpr double kMostPsnr = 50;

Images opaque(const Images& images) { return composite(images, {128, 128, 128}); }

MiddleCase sprite_case(const std::string& actor, const char* group, const char* before, const char* middle,
                       const char* after) {
  auto load = [&](const char* name) { return load_image(actor + "/" + name + ".png", {.channels = 4}); };
  MiddleCase one{.group = group, .name = std::filesystem::path(actor).filename().string() + " " + middle};
  one.ends = load(before);
  one.ends.append(load(after));
  one.truth = load(middle);
  return one;
}

}  // namespace

std::vector<MiddleCase> sweep_cases(const std::string& group, const Images& sweep) {
  std::vector<MiddleCase> cases;
  for (std::int64_t i = 0; i + 1 < sweep.count; i += 2) {
    const std::int64_t ends[] = {i, (i + 2) % sweep.count};
    const std::int64_t middle[] = {i + 1};
    cases.push_back({group, group + " " + std::to_string(i + 1), sweep.select(ends), sweep.select(middle)});
  }
  return cases;
}

std::vector<MiddleCase> arm_cases(const std::string& folder) {
  std::vector<MiddleCase> cases;
  for (const char* set : {"real1", "realistic1", "toy1", "toy2"})
    for (const char* axis : {"horizontal", "vertical"}) {
      const std::string name = folder + "/mpi3d_traversals/" + set + (*axis == 'h' ? "/5_" : "/6_") + axis + "_axis";
      const Images sweep = load_images(name);
      for (MiddleCase& one : sweep_cases(std::string(set) + " " + axis, sweep)) cases.push_back(std::move(one));
    }
  return cases;
}

std::vector<MiddleCase> sprite_cases(const std::string& folder) {
  std::vector<std::string> actors;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/freedoom_sprites"))
    if (entry.is_directory()) actors.push_back(entry.path().string());
  std::ranges::sort(actors);
  std::vector<MiddleCase> cases;
  for (const std::string& actor : actors) {
    if (!std::filesystem::exists(actor + "/c1.png") || !std::filesystem::exists(actor + "/a5.png")) continue;
    cases.push_back(sprite_case(actor, "walking", "a1", "b1", "c1"));
    cases.push_back(sprite_case(actor, "walking", "a3", "b3", "c3"));
    cases.push_back(sprite_case(actor, "walking", "a5", "b5", "c5"));
    cases.push_back(sprite_case(actor, "turning", "a1", "a2", "a3"));
    cases.push_back(sprite_case(actor, "turning", "a3", "a4", "a5"));
  }
  return cases;
}

std::vector<MiddleScore> score(const std::vector<MiddleCase>& cases, const std::vector<MiddleMethod>& methods,
                               FeatureDistance* features, const EachCase& each) {
  std::vector<MiddleScore> scores(methods.size());
  const double share = 1.0 / static_cast<double>(cases.size());
  for (const MiddleCase& one : cases) {
    const Images truth = opaque(one.truth);
    const double dissolve = psnr(opaque(dissolved_middle(one.ends)), 0, truth, 0);
    std::vector<Images> middles;
    for (std::size_t m = 0; m < methods.size(); ++m) {
      middles.push_back(methods[m].middle(one.ends));
      const Images middle = opaque(middles.back());
      const double quality = psnr(middle, 0, truth, 0);
      scores[m].psnr += std::min(quality, kMostPsnr) * share;
      scores[m].ssim += ssim(middle, 0, truth, 0) * share;
      scores[m].moved += quality > dissolve ? share : 0;
      if (features != nullptr) scores[m].features += (*features)(middle, truth)[0] * share;
    }
    if (each) each(one, middles);
  }
  return scores;
}

Images dissolved_middle(const Images& ends) {
  const Images three = cross_dissolve(ends, 0, 1, 3);
  const std::int64_t middle[] = {1};
  return three.select(middle);
}

Images nearest_middle(const Images& ends) {
  const std::int64_t first[] = {0};
  return ends.select(first);
}

std::optional<std::string> shared_data() {
  const char* given = std::getenv("BETWIXT_SHARED");
  const std::string folder = (given ? std::string(given) : std::string(BETWIXT_SOURCE_DIR) + "/../shared") + "/data";
  if (!std::filesystem::exists(folder)) return {};
  return folder;
}

}  // namespace betwixt::tests
