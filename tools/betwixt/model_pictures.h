// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "betwixt/methods/autoencoder/model_file.h"
#include "betwixt/metrics/grid_path.h"

namespace betwixt::cli {

/// A folder's pictures in the size and on the colour that a model was trained with; `colour`, when not empty, instead.
Images pictures_for(const LoadedModel& loaded, const std::string& folder, const std::string& colour = {});

/// "40x40" as a grid, the empty text as none. E_SYNTAX otherwise.
std::optional<FactorGrid> grid_in(const std::string& text);

}  // namespace betwixt::cli
