// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/interp/codes.h"
#include "betwixt/io/json.h"
#include "betwixt/io/safetensors.h"
#include "betwixt/methods/autoencoder/autoencoder.h"
#include "betwixt/nn/weights_file.h"

namespace betwixt {

/// Entry of a model file's `__metadata__` that holds the JSON description.
inline constexpr const char* kModelMetadataKey = "betwixt";
inline constexpr int kModelFormat = 1;

/// What is kept beside the weights.
struct ModelExtras {
  Codes codes = {};  ///< of the training pictures, so that a morph by index needs no data; may be empty
  std::vector<std::string> names = {};       ///< file names of those pictures, or empty
  JsonValue training = JsonValue::object();  ///< settings and results of the training, for people
};

/// Saves a model as one safetensors file: weights under PyTorch's names and in PyTorch's order, the description as JSON
/// in `__metadata__["betwixt"]`, the codes as tensor "codes". All or nothing.
void save_model(const std::string& path, const Autoencoder& model, const ModelExtras& extras = {},
                FileSystem& files = default_file_system());

/// The same file in memory.
Memory model_bytes(const Autoencoder& model, const ModelExtras& extras = {});

/// A model and what was saved with it.
struct LoadedModel {
  Autoencoder model;               ///< with the weights of the file
  Codes codes;                     ///< of the training pictures, or empty
  std::vector<std::string> names;  ///< file names of those pictures, or empty
  JsonValue training;              ///< settings and results of the training, for people
};

/// How large a model from a file may be.
struct ModelLimits {
  // E_LIMIT above, known from the description's shapes before anything is allocated.
  std::int64_t parameters = std::int64_t{1} << 28;
  std::uint64_t working_bytes = std::uint64_t{4} << 30;  ///< to encode and decode one picture, weights included
};

/// Loads what `save_model` wrote. The file is not trusted: every field is checked, missing, extra and misshapen tensors
/// are named, numbers that are not finite are refused.
LoadedModel load_model(const Device& device, const std::string& path, FileSystem& files = default_file_system(),
                       const ModelLimits& limits = {});
/// The same from memory, which is borrowed during the call.
LoadedModel load_model(const Device& device, std::span<const std::byte> bytes, const ModelLimits& limits = {});

/// The description of an autoencoder and back.
JsonValue describe(const AutoencoderOptions& options);
AutoencoderOptions autoencoder_options(const JsonField& description);

}  // namespace betwixt
