// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "betwixt/io/json.h"
#include "plots.h"

namespace betwixt::cli {

/// A plot whose codes are coloured by "order", or by "row" or "column" of a grid such as "40x40".
CodesPlot codes_plot(const Codes& codes, const std::string& colour, const std::string& grid);

/// The loss curve that `train` left in a model file; empty when there is none.
std::vector<double> loss_curve_of(const JsonValue& training);

}  // namespace betwixt::cli
