// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include "betwixt/core/error.h"
#include "betwixt/image/charts.h"
#include "betwixt/methods/autoencoder/report_page.h"

namespace betwixt {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

/// The values of a measure, one per method; new methods are added.
ChartSeries bars_of(const std::string& name, const JsonValue& evaluation, const std::string& measure,
                    std::vector<std::string>& methods) {
  const JsonField rows = JsonField(evaluation, name).at("methods");
  ChartSeries series{name, {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (methods.size() <= i) methods.push_back(rows.at(i).at("method").text());
    const JsonField field = rows.at(i).at(measure);
    series.values.push_back(field.value().is(JsonValue::Kind::kNull) ? kNothing : field.number());
  }
  return series;
}

}  // namespace

std::vector<double> loss_curve_of(const JsonValue& training) {
  std::vector<double> values;
  if (const JsonValue* curve = training.find("curve"))
    for (const JsonValue& value : curve->items())
      values.push_back(value.is(JsonValue::Kind::kNull) ? kNothing : value.number());
  return values;
}

std::vector<double> codes_colours(std::int64_t codes, const std::string& colour,
                                  const std::optional<FactorGrid>& grid) {
  if (colour == "order") return {};
  if (colour != "row" && colour != "column")
    throw Error(ErrorCode::kArgument, "plot", "colour \"%.16s\"", colour.c_str()).expected("order, row or column");
  if (!grid) throw Error(ErrorCode::kMissing, "plot", "to colour codes by %.16s takes a grid", colour.c_str());
  if (grid->rows < 1 || grid->columns < 1 || codes % grid->columns != 0 || codes / grid->columns != grid->rows)
    throw Error(ErrorCode::kShape, "plot", "a grid of %lld x %lld for %lld codes", static_cast<long long>(grid->rows),
                static_cast<long long>(grid->columns), static_cast<long long>(codes));
  std::vector<double> values;
  for (std::int64_t i = 0; i < codes; ++i)
    values.push_back(static_cast<double>(colour == "row" ? i / grid->columns : i % grid->columns));
  return values;
}

Images plot_losses(const std::vector<std::string>& names, const std::vector<const JsonValue*>& trainings) {
  std::vector<ChartSeries> series;
  double last = 0;
  for (std::size_t i = 0; i < trainings.size(); ++i) {
    series.push_back({names[i], loss_curve_of(*trainings[i])});
    if (const JsonValue* steps = trainings[i]->find("steps")) last = std::max(last, steps->number());
  }
  return plot_curves(series, {"training loss", "step", "loss", last, true});
}

Images plot_measure(const std::vector<std::string>& names, const std::vector<JsonValue>& evaluations,
                    const std::string& measure) {
  std::vector<std::string> methods;
  std::vector<ChartSeries> series;
  for (std::size_t i = 0; i < evaluations.size(); ++i)
    series.push_back(bars_of(names[i], evaluations[i], measure, methods));
  for (ChartSeries& s : series) s.values.resize(methods.size(), kNothing);
  return plot_bars(methods, series, measure);
}

}  // namespace betwixt
