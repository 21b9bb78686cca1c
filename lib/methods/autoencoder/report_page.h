// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "betwixt/methods/autoencoder/evaluation.h"

namespace betwixt {

/// The bytes of a picture file.
using PictureFile = std::vector<std::byte>;

/// Makes picture files for a page; `betwixt/media/encode.h` and `gif.h` have what it takes.
struct ReportEncoders {
  std::function<PictureFile(const Images&)> picture;             ///< a PNG of the one picture
  std::function<PictureFile(const Images&, int columns)> sheet;  ///< a PNG of all pictures in rows
  /// A GIF that plays forth and back, each pixel a square of `scale`.
  std::function<PictureFile(const Images&, double fps, int scale)> animation;
};

/// What a page is about.
struct ReportOptions {
  std::string title = "betwixt";      ///< of the page
  EvaluationOptions evaluation = {};  ///< what is measured and shown
  std::string colour = "order";       ///< what colours the codes: order, row or column (those of the grid)
  std::string note = {};              ///< a line at the end, such as when and by what it was made
};

/// One self-contained HTML page about a model: animations and strips of every way, the measures, the codes with graph
/// and paths, pictures and reconstructions, the training loss, and the settings of the training as it was recorded.
/// Errors: as `evaluate` and codes_colours, and whatever an encoder throws.
std::string report_page(const PathSet& set, const JsonValue& training, FeatureDistance& features,
                        const ReportEncoders& encoders, const ReportOptions& options = {});

/// The loss curve that a training left in its record; empty when there is none.
std::vector<double> loss_curve_of(const JsonValue& training);

/// What colours codes: nothing for "order", else the "row" or "column" of a grid that they lie on. E_MISSING without
/// the grid that it takes, E_SHAPE when the grid has not as many places as there are codes, E_ARGUMENT for other names.
std::vector<double> codes_colours(std::int64_t codes, const std::string& colour, const std::optional<FactorGrid>& grid);

/// The loss curves of trainings as a chart.
Images plot_losses(const std::vector<std::string>& names, const std::vector<const JsonValue*>& trainings);

/// Bars of one measure from documents that to_json(Evaluation) wrote. E_TYPE and E_MISSING for other documents.
Images plot_measure(const std::vector<std::string>& names, const std::vector<JsonValue>& evaluations,
                    const std::string& measure);

}  // namespace betwixt
