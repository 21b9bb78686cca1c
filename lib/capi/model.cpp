// SPDX-License-Identifier: MIT
#include "betwixt/capi/detail/objects.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

constexpr int kMostSide = 16384;

AutoencoderOptions model_options(const betwixt_model_options* from) {
  const auto o = read_struct(required(from, "model_create", "options"), "model_create", "options");
  if (o.height < 1 || o.width < 1 || o.height > kMostSide || o.width > kMostSide || o.channels < 1 || o.channels > 4)
    throw Error(ErrorCode::kArgument, "model_create", "pictures of %d x %d with %d channels", o.width, o.height,
                o.channels)
        .in("options")
        .expected("sides 1 to %d, channels 1 to 4", kMostSide);
  if (o.network != BETWIXT_NETWORK_UPSAMPLE && o.network != BETWIXT_NETWORK_REPORT)
    throw Error(ErrorCode::kUnsupported, "model_create", "network %d", o.network).in("options.network");
  AutoencoderOptions to;
  to.picture = {o.height, o.width, o.channels};
  if (o.code != 0) to.code = o.code;
  to.network = o.network == BETWIXT_NETWORK_REPORT ? AutoencoderNetwork::kReport : AutoencoderNetwork::kUpsample;
  if (o.breadth != 0) to.channels = o.breadth;
  if (o.seed != 0) to.seed = o.seed;
  to.base_picture = o.base_picture != 0;
  return to;
}

/// A model whose weights exist: what does not fit is refused here and not at the first use.
std::shared_ptr<ModelState> make_state(const std::shared_ptr<OpenDevice>& device, const AutoencoderOptions& options) {
  auto state = std::make_shared<ModelState>(device, Autoencoder(device->device, options));
  const std::int64_t allowed = ModelLimits{}.parameters;
  if (state->model.parameters().element_count() > allowed)
    throw Error(ErrorCode::kLimit, "model_create", "%lld numbers, %lld are allowed",
                static_cast<long long>(state->model.parameters().element_count()), static_cast<long long>(allowed))
        .limit("parameters");
  state->model.parameters().arena();
  return state;
}

std::shared_ptr<ModelState> state_of_loaded(const std::shared_ptr<OpenDevice>& device, LoadedModel loaded) {
  auto state = std::make_shared<ModelState>(device, loaded.model);
  state->keep(std::move(loaded.codes), std::move(loaded.names));
  state->training = std::move(loaded.training);
  return state;
}

/// Calls `make` with the device, inside its gate, and hands out what it gives.
template <class Make>
int32_t make_model(const betwixt_device* device, betwixt_model** model, const char* operation, betwixt_error* error,
                   const Make& make) {
  if (model) *model = nullptr;
  return guarded(error, operation, [&] {
    required(model, operation, "model");
    const std::shared_ptr<OpenDevice> open = object_of(device, operation, "device").open;
    auto handle = std::make_unique<betwixt_model>();
    {
      const Turn turn(open->gate);
      handle->state = make(open);
    }
    *model = handle.release();
  });
}

ModelExtras extras_of(const ModelState& state) {
  return {.codes = state.codes, .names = state.names, .training = state.training};
}

betwixt_model_info info_of(const ModelState& state) {
  const AutoencoderOptions& options = state.model.options();
  betwixt_model_info info{};
  info.height = static_cast<int32_t>(options.picture[0]);
  info.width = static_cast<int32_t>(options.picture[1]);
  info.channels = static_cast<int32_t>(options.picture[2]);
  info.code = options.code;
  info.network = options.network == AutoencoderNetwork::kReport ? BETWIXT_NETWORK_REPORT : BETWIXT_NETWORK_UPSAMPLE;
  info.breadth = options.channels;
  info.is_training = state.is_training;
  info.seed = options.seed;
  info.parameters = state.model.parameters().element_count();
  info.codes = state.codes.count;
  info.base_picture = options.base_picture;
  return info;
}

}  // namespace

void ModelState::keep(Codes of_pictures, std::vector<std::string> names_of_pictures) {
  codes = std::move(of_pictures);
  names = std::move(names_of_pictures);
  graph.forget();
}

int32_t betwixt_model_create(const betwixt_device* device, const betwixt_model_options* options, betwixt_model** model,
                             betwixt_error* error) {
  return make_model(device, model, "model_create", error,
                    [&](const std::shared_ptr<OpenDevice>& open) { return make_state(open, model_options(options)); });
}

int32_t betwixt_model_load(const betwixt_device* device, const char* path, betwixt_model** model,
                           betwixt_error* error) {
  return make_model(device, model, "model_load", error, [&](const std::shared_ptr<OpenDevice>& open) {
    return state_of_loaded(open, load_model(open->device, text_of(path, "model_load", "path")));
  });
}

int32_t betwixt_model_load_memory(const betwixt_device* device, const void* memory, int64_t bytes,
                                  betwixt_model** model, betwixt_error* error) {
  return make_model(device, model, "model_load", error, [&](const std::shared_ptr<OpenDevice>& open) {
    if (bytes < 0) throw Error(ErrorCode::kArgument, "model_load", "%lld bytes", static_cast<long long>(bytes));
    const auto* begin = static_cast<const std::byte*>(required(memory, "model_load", "memory"));
    return state_of_loaded(open, load_model(open->device, std::span(begin, static_cast<std::size_t>(bytes))));
  });
}

int32_t betwixt_model_save(const betwixt_model* model, const char* path, betwixt_error* error) {
  return guarded(error, "model_save", [&] {
    const ModelState& state = *object_of(model, "model_save", "model").state;
    const std::string file = text_of(path, "model_save", "path");
    const Turn turn(state.device->gate);
    save_model(file, state.model, extras_of(state));
  });
}

int32_t betwixt_model_save_memory(const betwixt_model* model, void* memory, int64_t capacity, int64_t* length,
                                  betwixt_error* error) {
  return guarded(error, "model_save", [&] {
    const ModelState& state = *object_of(model, "model_save", "model").state;
    const Turn turn(state.device->gate);
    const Memory bytes = model_bytes(state.model, extras_of(state));
    Outlet{memory, capacity, length}.put(bytes.data(), bytes.size(), "model_save");
  });
}

int32_t betwixt_model_describe(const betwixt_model* model, betwixt_model_info* info, betwixt_error* error) {
  return guarded(error, "model_describe", [&] {
    const ModelState& state = *object_of(model, "model_describe", "model").state;
    const Turn turn(state.device->gate);
    write_struct(info, info_of(state), "model_describe", "info");
  });
}

int32_t betwixt_model_record(const betwixt_model* model, char* text, int64_t capacity, int64_t* length,
                             betwixt_error* error) {
  return guarded(error, "model_record", [&] {
    const ModelState& state = *object_of(model, "model_record", "model").state;
    const Turn turn(state.device->gate);
    Outlet{text, capacity, length}.put(to_text(state.training), "model_record");
  });
}

int32_t betwixt_model_annotate(betwixt_model* model, const char* key, const char* text, betwixt_error* error) {
  return guarded(error, "model_annotate", [&] {
    ModelState& state = *object_of(model, "model_annotate", "model").state;
    const std::string name = checked_utf8(text_of(key, "model_annotate", "key"));
    const std::string value = checked_utf8(text_of(text, "model_annotate", "text"));
    const Turn turn(state.device->gate);
    state.training.set(name, value);
  });
}

int32_t betwixt_model_codes(const betwixt_model* model, betwixt_codes** codes, betwixt_error* error) {
  if (codes) *codes = nullptr;
  return guarded(error, "model_codes", [&] {
    required(codes, "model_codes", "codes");
    const ModelState& state = *object_of(model, "model_codes", "model").state;
    const Turn turn(state.device->gate);
    auto handle = std::make_unique<betwixt_codes>();
    handle->codes = state.codes.count > 0 ? state.codes : Codes(0, state.model.options().code);
    *codes = handle.release();
  });
}

int32_t betwixt_model_name(const betwixt_model* model, int64_t index, char* text, int64_t capacity, int64_t* length,
                           betwixt_error* error) {
  return guarded(error, "model_name", [&] {
    const ModelState& state = *object_of(model, "model_name", "model").state;
    const Turn turn(state.device->gate);
    if (index < 0 || index >= state.codes.count)
      throw Error(ErrorCode::kArgument, "model_name", "picture %lld of %lld", static_cast<long long>(index),
                  static_cast<long long>(state.codes.count))
          .in("index");
    const auto at = static_cast<std::size_t>(index);
    Outlet{text, capacity, length}.put(at < state.names.size() ? state.names[at] : std::string(), "model_name");
  });
}

void betwixt_model_release(betwixt_model* model) {
  if (!is_handle(model) || InsideLockedCallback::here()) return;
  const std::shared_ptr<OpenDevice> device = model->state->device;
  release_in_turn(model->state, *device);
  delete model;
}
