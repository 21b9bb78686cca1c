// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <string>

namespace CLI {
class App;
}

namespace betwixt::cli {

/// Set by Ctrl-C; long commands finish their step, save and return.
extern std::atomic<bool> g_stop;

/// Each adds one subcommand; its work runs when the arguments are parsed. Errors are thrown as betwixt::Error.
void add_train(CLI::App& app);
void add_morph(CLI::App& app);
void add_warp(CLI::App& app);
void add_info(CLI::App& app);
void add_devices(CLI::App& app);
void add_scene(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_plot(CLI::App& app);
void add_report(CLI::App& app);
void add_search(CLI::App& app);
void add_reproduce(CLI::App& app);

/// The number in a text of digits only, or -1: tells an index from a file name.
long long index_in(const std::string& text);

}  // namespace betwixt::cli
