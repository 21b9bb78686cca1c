// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/ordering.h"

#include <algorithm>
#include <numeric>

namespace betwixt::gpu {
namespace {

using betwixt::detail::HazardLevels;

int level_of(const HazardLevels& levels, const Footprint& footprint) {
  int level = 0;
  for (int i = 0; i < footprint.use_count; ++i)
    level = std::max(level, levels.earliest(footprint.uses[static_cast<std::size_t>(i)]));
  return level;
}

std::vector<int> levels_of(const std::vector<Footprint>& footprints) {
  HazardLevels levels;
  std::vector<int> result(footprints.size());
  for (std::size_t begin = 0, end = 0; begin < footprints.size(); begin = end) {
    while (end < footprints.size() && footprints[end].group == footprints[begin].group) ++end;
    for (std::size_t i = begin; i < end; ++i) result[i] = level_of(levels, footprints[i]);
    for (std::size_t i = begin; i < end; ++i)
      for (int use = 0; use < footprints[i].use_count; ++use)
        levels.note(footprints[i].uses[static_cast<std::size_t>(use)], result[i]);
  }
  return result;
}

bool only_writes(const HazardLevels::Use& use) { return use.writes && !use.reads; }

bool write_the_same(const Footprint& a, const Footprint& b) {
  for (int i = 0; i < a.use_count; ++i)
    for (int k = 0; k < b.use_count; ++k) {
      const HazardLevels::Use& x = a.uses[static_cast<std::size_t>(i)];
      const HazardLevels::Use& y = b.uses[static_cast<std::size_t>(k)];
      if (only_writes(x) && only_writes(y) && x.buffer == y.buffer && x.begin < y.end && y.begin < x.end) return true;
    }
  return false;
}

}  // namespace

bool writes_again(const std::vector<Footprint>& earlier, const Footprint& footprint) {
  for (auto i = earlier.rbegin(); i != earlier.rend() && i->group == footprint.group; ++i)
    if (write_the_same(*i, footprint)) return true;
  return false;
}

void order_commands(std::vector<Command>& commands, const std::vector<Footprint>& footprints) {
  const std::vector<int> levels = levels_of(footprints);
  std::vector<std::size_t> order(commands.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return levels[a] < levels[b]; });
  std::vector<Command> sorted;
  sorted.reserve(commands.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    sorted.push_back(commands[order[i]]);
    sorted.back().barrier = i > 0 && levels[order[i]] != levels[order[i - 1]];
  }
  commands = std::move(sorted);
}

}  // namespace betwixt::gpu
