// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "betwixt/methods/autoencoder/model_file.h"

namespace betwixt::cli {

/// A folder's pictures in the size and on the colour that a model was trained with; `colour`, when not empty, instead.
Images pictures_for(const LoadedModel& loaded, const std::string& folder, const std::string& colour = {});

/// "40x40" as two numbers. E_SYNTAX otherwise.
void read_pair(const std::string& text, std::int64_t* rows, std::int64_t* columns);

}  // namespace betwixt::cli
