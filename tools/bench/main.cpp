// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "CLI/CLI.hpp"
#include "bench.h"

// betwixt_bench CASE... [--threads N] [--seconds S] [--json]: times the cases one after the other. A case is a name or
// the beginning of one up to a dot: "A.train", "D", "D.conv3x3_s1".

namespace betwixt::bench {
namespace {

struct Row {
  std::string name;
  int threads;
  Timing timing;
  Workload work;
  double memory_mib;
  double copy_gbs;  ///< of a copy that moves as many bytes; 0 where bytes say nothing
};

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& group : {machine_cases(), autoencoder_cases(), pyramid_cases(), flow_cases(), layer_cases(),
                            picture_layer_cases(), elementwise_cases()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

bool wanted(const std::string& name, const std::vector<std::string>& patterns) {
  if (patterns.empty()) return true;
  for (const std::string& pattern : patterns)
    if (name == pattern || name.rfind(pattern + ".", 0) == 0) return true;
  return false;
}

double per_second(double amount, const Row& row) { return amount / row.timing.milliseconds * 1e3; }

void print_json(const Row& row) {
  std::printf("{\"bench\": \"betwixt\", \"case\": \"%s\", \"threads\": %d, \"ms\": %.4f, \"ms_min\": %.4f, \"n\": %d, ",
              row.name.c_str(), row.threads, row.timing.milliseconds, row.timing.fastest, row.timing.count);
  if (row.work.gflop > 0)
    std::printf("\"gflop\": %.4f, \"gflops\": %.2f, ", row.work.gflop, per_second(row.work.gflop, row));
  if (row.work.gigabytes > 0)
    std::printf("\"gbs\": %.2f, \"copy_gbs\": %.2f, ", per_second(row.work.gigabytes, row), row.copy_gbs);
  std::printf("\"rss_mib\": %.1f}\n", row.memory_mib);
  std::fflush(stdout);
}

void print_text(const Row& row) {
  std::printf("%-24s %d threads %10.3f ms  (best %.3f, %d runs)", row.name.c_str(), row.threads,
              row.timing.milliseconds, row.timing.fastest, row.timing.count);
  if (row.work.gflop > 0) std::printf("  %8.1f GFLOP/s", per_second(row.work.gflop, row));
  if (row.work.gigabytes > 0)
    std::printf("  %6.1f GB/s, a copy %.1f", per_second(row.work.gigabytes, row), row.copy_gbs);
  std::printf("  %.0f MiB\n", row.memory_mib);
  std::fflush(stdout);
}

int run_cases(const std::vector<std::string>& patterns, const Settings& settings, bool json) {
  bool found = false;
  for (const Case& one : all_cases()) {
    if (!wanted(one.name, patterns)) continue;
    found = true;
    const Workload work = one.make(settings);
    const Timing timing = measure(work.run, settings);
    const double memory = peak_memory_mib();
    const double bytes = work.gigabytes * 1e9;
    const double copy = bytes > 0 ? copy_rate(static_cast<std::size_t>(bytes / 2), settings) : 0;
    const Row row{one.name, settings.threads, timing, work, memory, copy};
    json ? print_json(row) : print_text(row);
  }
  if (!found) std::fprintf(stderr, "betwixt_bench: no such case; --list shows all\n");
  return found ? 0 : 1;
}

int list_cases() {
  for (const Case& one : all_cases()) std::printf("%s\n", one.name.c_str());
  return 0;
}

int check(const std::vector<std::string>& cases, const std::string& path, int threads) {
  if (cases.size() != 1) throw CLI::ValidationError("--check", "takes one case");
  const double difference = check_network(cases[0], path, threads);
  std::printf("{\"check\": \"%s\", \"largest_relative_difference\": %.3g}\n", cases[0].c_str(), difference);
  return std::isfinite(difference) && difference < 1e-3 ? 0 : 1;
}

int run(int argc, char** argv) {
  CLI::App app{"Times betwixt on the processor. tools/bench/compare runs it beside PyTorch and oneDNN."};
  Settings settings;
  std::vector<std::string> cases;
  std::string path;
  bool json = false;
  bool list = false;
  app.add_option("cases", cases, "names, or beginnings of names up to a dot; all when none is given");
  app.add_option("--threads", settings.threads, "threads, the calling one counted")->check(CLI::Range(1, 256));
  app.add_option("--seconds", settings.seconds, "measured time of each case")->check(CLI::Range(0.0, 3600.0));
  app.add_option("--check", path, "compare loss and gradients with a file that torch_peer.py --export wrote");
  app.add_flag("--json", json, "one line of JSON a case");
  app.add_flag("--list", list, "show the names of all cases");
  app.footer(
      "betwixt_bench kernels [--benchmark_...] runs Google Benchmark on single kernels.\n"
      "betwixt_bench gpu [--help] times ops and training steps on a Vulkan device.");
  try {
    app.parse(argc, argv);
    if (list) return list_cases();
    if (!path.empty()) return check(cases, path, settings.threads);
    return run_cases(cases, settings, json);
  } catch (const CLI::Error& error) {
    return app.exit(error);
  }
}

}  // namespace
}  // namespace betwixt::bench

int main(int argc, char** argv) {
  try {
    if (argc > 1 && std::strcmp(argv[1], "kernels") == 0) return betwixt::bench::run_kernels(argc - 1, argv + 1);
#ifndef BETWIXT_NO_VULKAN
    if (argc > 1 && std::strcmp(argv[1], "gpu") == 0) return betwixt::bench::run_gpu(argc - 1, argv + 1);
#endif
    return betwixt::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "betwixt_bench: %s\n", error.what());
  }
  return 1;
}
