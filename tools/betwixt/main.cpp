// SPDX-License-Identifier: MIT
#include <csignal>
#include <cstdio>
#include <exception>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "commands.h"

namespace betwixt::cli {

std::atomic<bool> g_stop{false};

long long index_in(const std::string& text) {
  if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos) return -1;
  return std::stoll(text);
}

}  // namespace betwixt::cli

namespace {

void stop_cleanly(int signal) {
  betwixt::cli::g_stop = true;
  std::signal(signal, SIG_DFL);  // a second Ctrl-C ends the program at once
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"betwixt: learns a small set of pictures and makes the pictures in between."};
  app.require_subcommand(1);
  app.set_version_flag("--version", BETWIXT_VERSION);
  betwixt::cli::add_train(app);
  betwixt::cli::add_morph(app);
  betwixt::cli::add_warp(app);
  betwixt::cli::add_info(app);
  betwixt::cli::add_devices(app);
  betwixt::cli::add_scene(app);
  betwixt::cli::add_evaluate(app);
  betwixt::cli::add_plot(app);
  betwixt::cli::add_report(app);
  betwixt::cli::add_search(app);
  betwixt::cli::add_reproduce(app);
  std::signal(SIGINT, stop_cleanly);
  std::signal(SIGTERM, stop_cleanly);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const betwixt::Error& error) {
    std::fprintf(stderr, "betwixt: %s\n", error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "betwixt: %s\n", error.what());
  }
  return 1;
}
