// SPDX-License-Identifier: MIT
// Plots as pictures.
#include <algorithm>

#include "betwixt/capi/detail/evaluation.h"
#include "betwixt/capi/detail/numbers.h"
#include "betwixt/image/charts.h"
#include "betwixt/interp/paths.h"
#include "betwixt/interp/plot_codes.h"
#include "betwixt/methods/autoencoder/report_page.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

constexpr std::int32_t kMostSeries = 1024;
constexpr std::int64_t kMostValues = std::int64_t{1} << 24;

std::int32_t checked_number(std::int32_t count, const char* field, const char* operation) {
  if (count < 1 || count > kMostSeries)
    throw Error(ErrorCode::kArgument, operation, "%d of them", count).in(field).expected("1 to %d", kMostSeries);
  return count;
}

std::string text_or_none(const char* text, const char* operation, const char* name) {
  return text ? text_of(text, operation, name) : std::string();
}

std::vector<std::string> texts_of(const char* const* texts, std::int32_t count, const char* operation,
                                  const char* name) {
  required(texts, operation, name);
  std::vector<std::string> copies;
  for (std::int32_t i = 0; i < count; ++i) copies.push_back(text_of(texts[i], operation, name));
  return copies;
}

std::vector<ChartSeries> series_of(const betwixt_series* series, std::int32_t count, const char* operation) {
  required(series, operation, "series");
  std::vector<ChartSeries> copies;
  for (const betwixt_series& from : std::span(series, static_cast<std::size_t>(count))) {
    if (from.count < 0 || from.count > kMostValues)
      throw Error(ErrorCode::kArgument, operation, "%lld values", static_cast<long long>(from.count))
          .in("series.count")
          .expected("0 to %lld", static_cast<long long>(kMostValues));
    if (from.count > 0) required(from.values, operation, "series.values");
    copies.push_back({text_of(from.name, operation, "series.name"), {}});
    if (from.count > 0) copies.back().values.assign(from.values, from.values + from.count);
  }
  return copies;
}

/// Calls `draw` and hands its picture out.
template <class Draw>
int32_t plot_call(betwixt_pictures** plot, betwixt_error* error, const char* operation, const Draw& draw) {
  if (plot) *plot = nullptr;
  return guarded(error, operation, [&] {
    required(plot, operation, "plot");
    auto handle = std::make_unique<betwixt_pictures>();
    handle->images = draw();
    *plot = handle.release();
  });
}

CodePair ends_of(const Codes& codes, const betwixt_codes_plot_options& from) {
  if (from.has_ends == 0) return farthest_pair(codes);
  for (const std::int64_t end : {from.from, from.to})
    if (end < 0 || end >= codes.count)
      throw Error(ErrorCode::kArgument, "model_plot_codes", "code %lld of %lld", static_cast<long long>(end),
                  static_cast<long long>(codes.count))
          .in("options.from");
  return {from.from, from.to, 0};
}

Images draw_codes(const ModelState& state, const Codes& codes, const Images* pictures,
                  const betwixt_codes_plot_options& from) {
  constexpr const char* kOperation = "model_plot_codes";
  if (codes.count == 0) throw Error(ErrorCode::kMissing, kOperation, "there are no codes: give pictures");
  std::optional<FactorGrid> grid;
  if (from.grid) grid = grid_of(from.grid, kOperation);
  const GraphChoice choice = graph_choice(from.path, kOperation);
  CodesPlot plot{.value_name = colour_name(from.colour, kOperation), .pictures = pictures};
  plot.values = codes_colours(codes.count, plot.value_name, grid);
  if (from.size != 0) plot.size = from.size;
  const CodePair ends = ends_of(codes, from);
  const NeighbourGraph graph = make_graph(state.model, codes, choice);
  if (from.no_links == 0) plot.graph = &graph;
  plot.paths = {{"straight", straight_path(codes, ends.first, ends.second).points},
                {"graph", path_between(graph, ends.first, ends.second, choice).points}};
  return plot_codes(codes, plot);
}

}  // namespace

int32_t betwixt_model_plot_codes(const betwixt_model* model, const betwixt_pictures* pictures,
                                 const betwixt_codes_plot_options* options, betwixt_pictures** plot,
                                 betwixt_error* error) {
  return plot_call(plot, error, "model_plot_codes", [&] {
    const ModelState& state = *object_of(model, "model_plot_codes", "model").state;
    const auto from = read_struct(options, "model_plot_codes", "options");
    const Turn turn(state.device->gate);
    if (!pictures) return draw_codes(state, state.codes, nullptr, from);
    const betwixt_pictures& set = object_of(pictures, "model_plot_codes", "pictures");
    const Reading reading(set.access, "model_plot_codes", "pictures");
    return draw_codes(state, state.model.encode(set.images), &set.images, from);
  });
}

int32_t betwixt_model_curve(const betwixt_model* model, double* values, int64_t capacity, int64_t* length,
                            betwixt_error* error) {
  if (length) *length = 0;
  return guarded(error, "model_curve", [&] {
    required(length, "model_curve", "length");
    const ModelState& state = *object_of(model, "model_curve", "model").state;
    const Turn turn(state.device->gate);
    const std::vector<double> curve = loss_curve_of(state.training);
    *length = static_cast<int64_t>(curve.size());
    if (!values) return;
    if (capacity < *length)
      throw Error(ErrorCode::kLimit, "model_curve", "room for %lld numbers of %lld", static_cast<long long>(capacity),
                  static_cast<long long>(*length))
          .in("capacity");
    std::copy(curve.begin(), curve.end(), values);
  });
}

int32_t betwixt_plot_curves(const betwixt_series* series, int32_t count, const betwixt_curves_options* options,
                            betwixt_pictures** plot, betwixt_error* error) {
  constexpr const char* kOperation = "plot_curves";
  return plot_call(plot, error, kOperation, [&] {
    const auto from = read_struct(options, kOperation, "options");
    const CurvesOptions to{.title = text_or_none(from.title, kOperation, "options.title"),
                           .across = text_or_none(from.across, kOperation, "options.across"),
                           .up = text_or_none(from.up, kOperation, "options.up"),
                           .last = OptionNumbers(kOperation).at_least_zero(from.last, "options.last"),
                           .logarithmic = from.logarithmic != 0};
    return plot_curves(series_of(series, checked_number(count, "count", kOperation), kOperation), to);
  });
}

int32_t betwixt_plot_bars(const char* const* groups, int32_t group_count, const betwixt_series* series, int32_t count,
                          const char* title, betwixt_pictures** plot, betwixt_error* error) {
  constexpr const char* kOperation = "plot_bars";
  return plot_call(plot, error, kOperation, [&] {
    const auto names = texts_of(groups, checked_number(group_count, "group_count", kOperation), kOperation, "groups");
    return plot_bars(names, series_of(series, checked_number(count, "count", kOperation), kOperation),
                     text_or_none(title, kOperation, "title"));
  });
}

int32_t betwixt_plot_measure(const char* const* evaluations, const char* const* names, int32_t count,
                             const char* measure, betwixt_pictures** plot, betwixt_error* error) {
  constexpr const char* kOperation = "plot_measure";
  return plot_call(plot, error, kOperation, [&] {
    checked_number(count, "count", kOperation);
    std::vector<JsonValue> documents;
    for (const std::string& text : texts_of(evaluations, count, kOperation, "evaluations"))
      documents.push_back(parse_json(text));
    return plot_measure(texts_of(names, count, kOperation, "names"), documents,
                        text_of(measure, kOperation, "measure"));
  });
}
