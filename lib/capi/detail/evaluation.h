// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/capi/detail/objects.h"
#include "betwixt/methods/autoencoder/evaluation.h"

namespace betwixt::capi {

/// A grid of the application's; E_ARGUMENT for NULL.
FactorGrid grid_of(const betwixt_grid* grid, const char* operation);
/// Loads what the options name, inside the gate of `device`.
FeatureDistance feature_distance(const Device& device, const betwixt_feature_options& from, const char* operation);
/// How codes are linked and searched.
GraphChoice graph_choice(const betwixt_path_options* options, const char* operation);
/// Options of an evaluation, without features.
EvaluationOptions evaluation_options(const betwixt_evaluate_options& from, const char* operation);
/// "order", "row" or "column".
const char* colour_name(std::int32_t colour, const char* operation);

}  // namespace betwixt::capi
