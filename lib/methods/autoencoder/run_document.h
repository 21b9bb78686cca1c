// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "betwixt/image/images.h"
#include "betwixt/io/json.h"

namespace betwixt {

// A run file is JSON that makes a training run again: every option of the command line's `train` by its name, a digest
// of the pictures, and the device for people.

/// A new run file: `options` is an object of options by name.
JsonValue run_document(const std::string& command, JsonValue options, const Images& pictures,
                       const std::string& device);

/// The options of a run file that was made for `command`. E_UNKNOWN_KEY, E_MISSING and E_TYPE for other documents,
/// E_MISMATCH for one of another command.
JsonField run_options(const JsonValue& document, const std::string& command);

/// E_MISMATCH when a run file was written for other pictures than these, names included.
void check_run_pictures(const JsonValue& document, const Images& pictures);

/// Passes over the pictures that are learned as steps, 1 at least: `validation` is the share held out.
std::int64_t steps_in_epochs(double epochs, std::int64_t pictures, double validation, std::int64_t batch);

}  // namespace betwixt
