// SPDX-License-Identifier: MIT
// Runs a fuzz target without libFuzzer: each seed, each prefix and single-bit flip of the file in it, the failure of
// each read and each allocation, and a fixed number of random changes. The target aborts at whatever must not happen.
//
//   replay_<name> FOLDER [CHANGES]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t kChoiceBytes = 16;
constexpr std::size_t kSmall = 4096;
long executions = 0;

void run(const Input& input) {
  LLVMFuzzerTestOneInput(input.data(), input.size());
  ++executions;
}

std::vector<Input> read_seeds(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Input> seeds;
  for (const auto& path : paths) {
    std::ifstream stream(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return seeds;
}

void run_prefixes_and_flips(const Input& seed) {
  if (seed.size() < kChoiceBytes || seed.size() > kSmall + kChoiceBytes) return;
  const std::size_t length = seed.size() - kChoiceBytes;
  for (std::size_t size = 0; size < length; ++size) {
    Input cut(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size));
    cut.insert(cut.end(), seed.end() - kChoiceBytes, seed.end());
    run(cut);
  }
  for (std::size_t bit = 0; bit < 8 * length; ++bit) {
    Input flipped = seed;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1u << bit % 8);
    run(flipped);
  }
}

void run_failures(const Input& seed) {
  if (seed.size() < kChoiceBytes) return;
  for (unsigned number = 1; number < 200; ++number) {
    for (std::uint8_t kind = 0; kind < 5; ++kind) {
      // Three kinds of failing reads; allocations that fail once and for ever.
      Input failing = seed;
      std::uint8_t* last = failing.data() + failing.size() - 8;
      std::uint8_t* place = kind < 3 ? last : last + 4;
      place[0] = static_cast<std::uint8_t>(number);
      place[1] = 0;
      place[2] = kind < 3 ? kind : kind - 3;
      run(failing);
    }
  }
}

/// Repeatable noise.
struct Noise {
  std::uint32_t state = 1;
  std::size_t below(std::size_t limit) { return (state = state * 1664525u + 1013904223u) / 256 % limit; }
};

void change(Input& input, const std::vector<Input>& seeds, Noise& noise) {
  const std::size_t at = noise.below(input.size() + 1);
  const auto place = input.begin() + static_cast<std::ptrdiff_t>(at);
  switch (noise.below(6)) {
    case 0:
      if (at < input.size()) input[at] = static_cast<std::uint8_t>(noise.below(256));
      return;
    case 1:
      if (at < input.size()) input[at] = static_cast<std::uint8_t>(input[at] + (noise.below(2) ? 1 : 255));
      return;
    case 2:
      input.insert(place, noise.below(9), static_cast<std::uint8_t>(noise.below(256)));
      return;
    case 3:
      input.erase(place, place + static_cast<std::ptrdiff_t>(std::min(noise.below(9), input.size() - at)));
      return;
    case 4:
      for (std::size_t i = at; i < std::min(at + 4, input.size()); ++i)
        input[i] = noise.below(2) ? std::uint8_t{255} : std::uint8_t{0};
      return;
    default:
      const Input& other = seeds[noise.below(seeds.size())];
      const std::size_t from = noise.below(other.size() + 1);
      input.erase(place, input.end());
      input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  const std::vector<Input> seeds = read_seeds(arguments[1]);
  if (seeds.empty()) return 2;
  for (const Input& seed : seeds) {
    run(seed);
    run_prefixes_and_flips(seed);
    run_failures(seed);
  }
  Noise noise;
  const long changes = count > 2 ? std::atol(arguments[2]) : 5000;
  for (long i = 0; i < changes; ++i) {
    Input input = seeds[noise.below(seeds.size())];
    for (std::size_t n = 1 + noise.below(4); n > 0; --n) change(input, seeds, noise);
    run(input);
  }
  std::printf("%zu seeds, %ld executions\n", seeds.size(), executions);
  return 0;
}
