// SPDX-License-Identifier: MIT
// Warp and pyramids on the CPU beside OpenCV and a copy of the same size:
//   bench_pictures [--sides 128 1024 4096] [--threads 1 2] [--rounds 15]
// Ours, theirs and the copy take turns in one process; the medians are printed.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "betwixt/core/error.h"
#include "betwixt/core/thread_pool.h"
#include "peers.h"

namespace betwixt::bench {
namespace {

using Clock = std::chrono::steady_clock;

double now() { return std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count(); }

/// Medians in milliseconds of jobs that take turns of about 20 ms.
std::vector<double> medians(const std::vector<Job>& jobs, int rounds) {
  std::vector<int> repeats;
  for (const Job& job : jobs) {
    job.run();
    const double begin = now();
    job.run();
    repeats.push_back(std::clamp(static_cast<int>(20 / (now() - begin + 1e-6)), 1, 2000));
  }
  std::vector<std::vector<double>> times(jobs.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const double begin = now();
      for (int k = 0; k < repeats[i]; ++k) jobs[i].run();
      times[i].push_back((now() - begin) / repeats[i]);
    }
  std::vector<double> result;
  for (std::vector<double>& list : times) {
    std::ranges::nth_element(list, list.begin() + static_cast<std::ptrdiff_t>(list.size() / 2));
    result.push_back(list[list.size() / 2]);
  }
  return result;
}

/// A photograph-like picture and a smooth motion of up to eight pixels.
Work make_work(int side) {
  Work work{side, side <= 128 ? 4 : side <= 1024 ? 6 : 8, {}, {}};
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double u = static_cast<double>(x) / side;
      const double v = static_cast<double>(y) / side;
      for (int c = 0; c < 3; ++c)
        work.picture.push_back(static_cast<float>(0.5 + 0.3 * std::sin(20 * u + c) + 0.2 * std::cos(90 * u * v)));
      work.flow.push_back(static_cast<float>(5.3 * std::sin(9 * v) + 2.7 * std::cos(7 * u)));
      work.flow.push_back(static_cast<float>(4.9 * std::cos(8 * u + 1) + 2.9 * std::sin(6 * v)));
    }
  return work;
}

Job copy_job(const Work& work, int threads) {
  const auto pool = std::make_shared<ThreadPool>(threads);
  const auto to = std::make_shared<std::vector<float>>(work.picture.size());
  const float* from = work.picture.data();
  const auto size = static_cast<std::int64_t>(work.picture.size());
  return {[=] {
            pool->parallel_for(size, 1 << 16, [&](std::int64_t begin, std::int64_t end) {
              std::memcpy(to->data() + begin, from + begin, static_cast<std::size_t>(end - begin) * sizeof(float));
            });
          },
          {}};
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
  return largest;
}

/// Bytes that must be read and written, in copies of the picture. A copy is 2.
double warp_traffic() { return 2 + 2.0 / 3; }
/// Every level of the build reads a picture and writes its Laplacian and the coarser picture; collapsing reads the
/// Laplacian and the coarser picture and writes one.
double pyramid_traffic(int side, int levels) {
  double total = 0;
  const double whole = static_cast<double>(side) * side;
  for (int i = 0; i < levels; ++i) {
    const double fine = static_cast<double>(side) * side / whole;
    side = (side + 1) / 2;
    total += 4 * fine + 2 * static_cast<double>(side) * side / whole;
  }
  return total;
}

struct Row {
  const char* what;
  const Job *ours, *theirs;
  double traffic;
};

void measure(int side, int threads, int rounds) {
  const Work work = make_work(side);
  const Peer ours = our_peer(work, threads);
  const Peer theirs = opencv_peer(work, threads);
  const Job copy = copy_job(work, threads);
  const double pyramid = pyramid_traffic(side, work.levels);
  const Row rows[] = {{"warp", &ours.warp, &theirs.warp, warp_traffic()},
                      {"warp, map prepared", &ours.warp, &theirs.prepared_warp, warp_traffic()},
                      {"pyramid", &ours.pyramid, &theirs.pyramid, pyramid}};
  for (const Row& row : rows) {
    const bool has_peer = static_cast<bool>(row.theirs->run);
    if (!has_peer && row.theirs == &theirs.prepared_warp) continue;
    std::vector<Job> jobs{*row.ours, copy};
    if (has_peer) jobs.push_back(*row.theirs);
    const std::vector<double> ms = medians(jobs, rounds);
    std::printf("| %-18s | %4d | %d | %9.4f | %9.4f | %4.0f %% |", row.what, side, threads, ms[0], ms[1],
                100 * row.traffic / 2 * ms[1] / ms[0]);
    if (has_peer)
      std::printf(" %9.4f | %5.2f | %.0e |\n", ms[2], ms[0] / ms[2],
                  largest_difference(row.ours->result(), row.theirs->result()));
    else
      std::printf(" | | |\n");
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace betwixt::bench

int main(int argc, char** argv) try {
  CLI::App app("Warp and pyramids beside OpenCV and a copy");
  std::vector<int> sides{128, 1024, 4096};
  std::vector<int> threads{1, 2};
  int rounds = 15;
  app.add_option("--sides", sides, "pixels")->check(CLI::Range(1, 8192));
  app.add_option("--threads", threads)->check(CLI::Range(1, 64));
  app.add_option("--rounds", rounds, "turns of each")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  std::printf("ours: %s; peer: %s\n", betwixt::bench::our_peer({1, 0, {0, 0, 0}, {0, 0}}, 1).name.c_str(),
              betwixt::bench::opencv_peer({1, 0, {0, 0, 0}, {0, 0}}, 1).name.c_str());
  std::printf(
      "| work | side | threads | ours ms | copy ms | of copy bandwidth | OpenCV ms | ours / OpenCV | difference |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  for (const int side : sides)
    for (const int count : threads) betwixt::bench::measure(side, count, rounds);
  return 0;
} catch (const betwixt::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
