// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "betwixt/image/images.h"

namespace CLI {
class App;
}

namespace betwixt::cli {

// A run file is JSON that makes a run again: every option of a command with its value, and a digest of the pictures.

/// Fills options that the command line left out from a run file: what is typed wins. E_UNKNOWN_KEY for an option the
/// command does not have, E_MISMATCH for a file of another command.
void read_run_file(CLI::App& command, const std::string& path);

/// E_MISMATCH when the run file was written for other pictures than these.
void check_pictures(const std::string& path, const Images& pictures);

/// Writes one for the command with the values in force now. `device` is for people: on another device the bits may
/// differ.
void write_run_file(CLI::App& command, const std::string& path, const Images& pictures, const std::string& device);

}  // namespace betwixt::cli
