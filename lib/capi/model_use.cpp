// SPDX-License-Identifier: MIT
// What a model does with pictures and codes.
#include "betwixt/capi/detail/objects.h"
#include "betwixt/interp/paths.h"
#include "betwixt/io/tensor_list.h"
#include "betwixt/methods/autoencoder/denoise.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

/// Codes of the application's as ours.
Codes codes_of(const float* values, std::int64_t count, std::int64_t value_count, int dimensions) {
  required(values, "model_decode", "values");
  if (value_count < 0 || value_count / dimensions < count)
    throw Error(ErrorCode::kArgument, "model_decode", "%lld numbers are not %lld codes",
                static_cast<long long>(value_count), static_cast<long long>(count))
        .in("value_count")
        .expected("%d a code", dimensions);
  Codes codes(count, dimensions);
  std::copy_n(values, codes.values.size(), codes.values.begin());
  return codes;
}

std::int64_t count_for(const ModelState& state, const betwixt_layout* layout, const void* memory, std::int64_t bytes,
                       const char* operation) {
  const Shape& p = state.model.options().picture;
  return checked_count(layout, memory, bytes, static_cast<int>(p[0]), static_cast<int>(p[1]), static_cast<int>(p[2]),
                       operation);
}

PathChoice morph_choice(const betwixt_path_options* options, std::int64_t frames) {
  PathChoice choice = path_choice(options, "model_morph");
  const std::int32_t given = read_struct(options, "model_morph", "options").frames;
  if (frames > 1'000'000)
    throw Error(ErrorCode::kLimit, "model_morph", "%lld frames", static_cast<long long>(frames)).limit("frames");
  if (given != 0 && given != frames)
    throw Error(ErrorCode::kMismatch, "model_morph", "%d frames of the path, memory for %lld", given,
                static_cast<long long>(frames))
        .in("options.frames");
  if (choice.per_edge != 0)
    throw Error(ErrorCode::kArgument, "model_morph", "%d pictures an edge; use betwixt_model_path", choice.per_edge)
        .in("options.per_edge");
  choice.frames = static_cast<int>(frames);
  return choice;
}

void check_codes(const ModelState& state, const char* operation) {
  if (state.codes.count == 0)
    throw Error(ErrorCode::kMissing, operation, "the model keeps no codes; train it or call betwixt_model_keep");
}

/// Codes of the application's for a path that is decoded by a model.
void check_dimensions(const ModelState& state, const Codes& codes) {
  if (codes.dimensions != state.model.options().code)
    throw Error(ErrorCode::kShape, "model_path", "codes of %d numbers", codes.dimensions)
        .in("codes")
        .expected("%d", state.model.options().code);
}

}  // namespace

int32_t betwixt_model_keep(betwixt_model* model, const betwixt_pictures* pictures, betwixt_error* error) {
  return guarded(error, "model_keep", [&] {
    ModelState& state = *object_of(model, "model_keep", "model").state;
    if (!pictures) {
      const Turn turn(state.device->gate);
      state.keep({}, {});
      return;
    }
    const betwixt_pictures& set = object_of(pictures, "model_keep", "pictures");
    const Reading reading(set.access, "model_keep", "pictures");
    const Turn turn(state.device->gate);
    Codes codes = state.model.encode(set.images);
    std::vector<std::string> names = set.images.names;
    state.keep(std::move(codes), std::move(names));
  });
}

int32_t betwixt_model_encode(const betwixt_model* model, const betwixt_pictures* pictures, betwixt_codes** codes,
                             betwixt_error* error) {
  if (codes) *codes = nullptr;
  return guarded(error, "model_encode", [&] {
    required(codes, "model_encode", "codes");
    const ModelState& state = *object_of(model, "model_encode", "model").state;
    const betwixt_pictures& set = object_of(pictures, "model_encode", "pictures");
    const Reading reading(set.access, "model_encode", "pictures");
    auto handle = std::make_unique<betwixt_codes>();
    const Turn turn(state.device->gate);
    handle->codes = state.model.encode(set.images);
    *codes = handle.release();
  });
}

int32_t betwixt_model_decode(const betwixt_model* model, const betwixt_codes* codes, betwixt_pictures** pictures,
                             betwixt_error* error) {
  if (pictures) *pictures = nullptr;
  return guarded(error, "model_decode", [&] {
    required(pictures, "model_decode", "pictures");
    const ModelState& state = *object_of(model, "model_decode", "model").state;
    const betwixt_codes& set = object_of(codes, "model_decode", "codes");
    const Reading reading(set.access, "model_decode", "codes");
    auto handle = std::make_unique<betwixt_pictures>();
    const Turn turn(state.device->gate);
    handle->images = state.model.decode(set.codes);
    *pictures = handle.release();
  });
}

int32_t betwixt_model_decode_memory(const betwixt_model* model, const float* values, int64_t value_count,
                                    const betwixt_layout* layout, void* memory, int64_t bytes, betwixt_error* error) {
  return guarded(error, "model_decode", [&] {
    const ModelState& state = *object_of(model, "model_decode", "model").state;
    const std::int64_t count = count_for(state, layout, memory, bytes, "model_decode");
    const Codes codes = codes_of(values, count, value_count, state.model.options().code);
    const Turn turn(state.device->gate);
    copy_out(state.model.decode(codes), 0, layout, memory, bytes, "model_decode");
  });
}

int32_t betwixt_model_morph(const betwixt_model* model, int64_t from, int64_t to, const betwixt_path_options* options,
                            const betwixt_layout* layout, void* memory, int64_t bytes, betwixt_path_info* info,
                            betwixt_error* error) {
  return guarded(error, "model_morph", [&] {
    const ModelState& state = *object_of(model, "model_morph", "model").state;
    if (info) check_result(info, "model_morph", "info");
    const std::int64_t frames = count_for(state, layout, memory, bytes, "model_morph");
    const PathChoice choice = morph_choice(options, frames);
    const std::int64_t ends[] = {from, to};
    betwixt_path_info found{};
    const Turn turn(state.device->gate);
    check_codes(state, "model_morph");
    const CodePath path = make_path(state.codes, state.graph, ends, choice, found, &state.model);
    copy_out(state.model.decode(path.points), 0, layout, memory, bytes, "model_morph");
    if (info) write_struct(info, found, "model_morph", "info");
  });
}

int32_t betwixt_model_path(const betwixt_model* model, const betwixt_codes* codes, const int64_t* keys,
                           int64_t key_count, const betwixt_path_options* options, betwixt_codes** path,
                           betwixt_path_info* info, betwixt_error* error) {
  if (path) *path = nullptr;
  return guarded(error, "model_path", [&] {
    required(path, "model_path", "path");
    const ModelState& state = *object_of(model, "model_path", "model").state;
    if (info) check_result(info, "model_path", "info");
    const PathChoice choice = path_choice(options, "model_path");
    const std::span<const std::int64_t> given = checked_keys(keys, key_count, "model_path");
    betwixt_path_info found{};
    auto handle = std::make_unique<betwixt_codes>();
    if (codes) {
      const betwixt_codes& set = object_of(codes, "model_path", "codes");
      const Reading reading(set.access, "model_path", "codes");
      const Turn turn(state.device->gate);
      check_dimensions(state, set.codes);
      handle->codes = make_path(set.codes, set.graph, given, choice, found, &state.model).points;
    } else {
      const Turn turn(state.device->gate);
      check_codes(state, "model_path");
      handle->codes = make_path(state.codes, state.graph, given, choice, found, &state.model).points;
    }
    if (info) write_struct(info, found, "model_path", "info");
    *path = handle.release();
  });
}

int32_t betwixt_model_error(const betwixt_model* model, const betwixt_pictures* pictures, double* mean_square,
                            betwixt_error* error) {
  return guarded(error, "model_error", [&] {
    required(mean_square, "model_error", "mean_square");
    const ModelState& state = *object_of(model, "model_error", "model").state;
    const betwixt_pictures& set = object_of(pictures, "model_error", "pictures");
    const Reading reading(set.access, "model_error", "pictures");
    const Turn turn(state.device->gate);
    *mean_square = reconstruction_error(state.model, set.images);
  });
}

int32_t betwixt_file_describe(const char* path, char* text, int64_t capacity, int64_t* length, betwixt_error* error) {
  return guarded(error, "file_describe", [&] {
    const SafetensorsFile file = SafetensorsFile::open(default_file_system(), text_of(path, "file_describe", "path"));
    const auto description = file.metadata().find(kModelMetadataKey);
    JsonValue all = JsonValue::object();
    if (description != file.metadata().end()) all.set("model", parse_json(description->second));
    all.set("tensors", tensor_list(file));
    Outlet{text, capacity, length}.put(to_text(all), "file_describe");
  });
}
