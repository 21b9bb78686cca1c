// SPDX-License-Identifier: MIT
// One HTML page about a model.
#include <exception>

#include "betwixt/capi/detail/evaluation.h"
#include "betwixt/methods/autoencoder/report_page.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

constexpr const char* kOperation = "model_report";
constexpr std::size_t kMostFileBytes = std::size_t{1} << 30;

/// What `encode` writes to. No exception may pass through it.
struct Sink {
  PictureFile bytes;
  bool failed = false;

  static void take(void* to, const void* from, int64_t count) {
    Sink& sink = *static_cast<Sink*>(to);
    try {
      const auto* begin = static_cast<const std::byte*>(from);
      if (count < 0 || (count > 0 && !begin) || static_cast<std::uint64_t>(count) > kMostFileBytes - sink.bytes.size())
        sink.failed = true;
      else
        sink.bytes.insert(sink.bytes.end(), begin, begin + count);
    } catch (...) {
      sink.failed = true;
    }
  }
};

/// The application's encoder; others get their turn at the device while it works.
class Encoder {
 public:
  Encoder(const betwixt_report_options& options, Gate& gate) : options_(options), gate_(gate) {}

  PictureFile operator()(const Images& images, int columns, double fps, int scale) const {
    betwixt_pictures pictures;
    pictures.images = images;
    betwixt_encoding how{};
    how.struct_size = sizeof how;
    how.columns = columns;
    how.fps = fps;
    how.scale = scale;
    Sink sink;
    const int32_t status = call(pictures, how, sink);
    if (status != 0) throw Error(ErrorCode::kArgument, kOperation, "encode returned %d", status).in("options.encode");
    if (sink.failed || sink.bytes.empty())
      throw Error(ErrorCode::kArgument, kOperation, "encode wrote nothing that can be kept").in("options.encode");
    return std::move(sink.bytes);
  }

 private:
  int32_t call(const betwixt_pictures& pictures, const betwixt_encoding& how, Sink& sink) const {
    const TurnLent lent(gate_);
    try {
      return options_.encode(options_.encode_user, &pictures, &how, Sink::take, &sink);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      throw Error(ErrorCode::kArgument, kOperation, "encode threw: %.150s", error.what()).in("options.encode");
    } catch (...) {
      throw Error(ErrorCode::kArgument, kOperation, "encode threw something that is no exception").in("options.encode");
    }
  }

  const betwixt_report_options& options_;
  Gate& gate_;
};

ReportEncoders encoders_of(const Encoder& encoder) {
  return {
      .picture = [encoder](const Images& picture) { return encoder(picture, 0, 0, 1); },
      .sheet = [encoder](const Images& pictures, int columns) { return encoder(pictures, columns, 0, 1); },
      .animation = [encoder](const Images& frames, double fps, int scale) { return encoder(frames, 0, fps, scale); }};
}

ReportOptions report_options(const betwixt_report_options& from, const betwixt_evaluate_options& evaluate) {
  ReportOptions to{.evaluation = evaluation_options(evaluate, kOperation),
                   .colour = colour_name(from.colour, kOperation)};
  if (from.title) to.title = text_of(from.title, kOperation, "options.title");
  if (from.note) to.note = text_of(from.note, kOperation, "options.note");
  return to;
}

}  // namespace

int32_t betwixt_model_report(const betwixt_model* model, const betwixt_pictures* pictures,
                             const betwixt_report_options* options, const char* path, betwixt_error* error) {
  return guarded(error, kOperation, [&] {
    const std::shared_ptr<ModelState> state = object_of(model, kOperation, "model").state;
    const betwixt_pictures& set = object_of(pictures, kOperation, "pictures");
    const Reading reading(set.access, kOperation, "pictures");
    const auto from = read_struct(required(options, kOperation, "options"), kOperation, "options");
    if (!from.encode) throw Error(ErrorCode::kMissing, kOperation, "encode is NULL").in("options.encode");
    const auto evaluate = read_struct(from.evaluate, kOperation, "options.evaluate");
    const ReportOptions chosen = report_options(from, evaluate);
    const std::string file = text_of(path, kOperation, "path");
    const auto features = read_struct(evaluate.features, kOperation, "options.evaluate.features");
    const Turn turn(state->device->gate);
    FeatureDistance distance = feature_distance(state->device->device, features, kOperation);
    const Codes codes = state->model.encode(set.images);
    const JsonValue training = state->training;
    const std::string html = report_page(PathSet{state->model, set.images, codes}, training, distance,
                                         encoders_of(Encoder(from, state->device->gate)), chosen);
    write_file_atomically(default_file_system(), file, std::as_bytes(std::span(html)));
  });
}
