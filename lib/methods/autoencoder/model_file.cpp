// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/model_file.h"

#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/ops/fill.h"
#include "betwixt/tensor/program.h"

namespace betwixt {
namespace {

constexpr const char* kCodesName = "codes";
constexpr std::int64_t kMostSide = 16384;

const char* network_name(AutoencoderNetwork network) {
  return network == AutoencoderNetwork::kReport ? "report" : "upsample";
}

AutoencoderNetwork network_named(const JsonField& field) {
  if (field.text() == "upsample") return AutoencoderNetwork::kUpsample;
  if (field.text() == "report") return AutoencoderNetwork::kReport;
  throw Error(ErrorCode::kUnsupported, "model", "network \"%s\"",
              Escaped(field.text().data(), field.text().size()).text)
      .at(field.value().offset())
      .in(field.path().c_str())
      .expected("upsample or report");
}

JsonValue description_of(const Autoencoder& model, const ModelExtras& extras) {
  JsonValue names = JsonValue::array();
  for (const std::string& name : extras.names) names.push(name);
  JsonValue description = JsonValue::object();
  description.set("format", kModelFormat).set("method", "autoencoder").set("options", describe(model.options()));
  description.set("pictures", names).set("training", extras.training);
  return description;
}

JsonValue parse_description(const SafetensorsFile& file) {
  const auto found = file.metadata().find(kModelMetadataKey);
  if (found == file.metadata().end())
    throw Error(ErrorCode::kMissing, "model", "the file holds no betwixt model description").in("__metadata__.betwixt");
  return parse_json(found->second, {.bytes = std::size_t{64} << 20, .values = std::size_t{1} << 22});
}

void check_format(const JsonField& root) {
  const std::int64_t format = root.at("format").integer(1);
  if (format > kModelFormat)
    throw Error(ErrorCode::kVersion, "model", "the file is of a newer betwixt")
        .at(root.at("format").value().offset())
        .in(root.at("format").path().c_str())
        .expected("format %d or older", kModelFormat)
        .found("%lld", static_cast<long long>(format));
  root.only({"format", "method", "options", "pictures", "training"});
  if (root.at("method").text() != "autoencoder")
    throw Error(ErrorCode::kUnsupported, "model", "method \"%s\"",
                Escaped(root.at("method").text().data(), root.at("method").text().size()).text)
        .at(root.at("method").value().offset())
        .in(root.at("method").path().c_str())
        .expected("autoencoder");
}

[[noreturn]] void refuse(const char* limit, std::uint64_t asked, std::uint64_t allowed, const char* unit) {
  throw Error(ErrorCode::kLimit, "model", "the description asks for %llu %s, %llu are allowed",
              static_cast<unsigned long long>(asked), unit, static_cast<unsigned long long>(allowed))
      .limit(limit);
}

/// What the model would take, from shapes alone: its weights are not allocated before their first use.
void check_budget(const Autoencoder& model, const ModelLimits& limits) {
  const Parameters& parameters = model.parameters();
  if (parameters.element_count() > limits.parameters)
    refuse("parameters", static_cast<std::uint64_t>(parameters.element_count()),
           static_cast<std::uint64_t>(limits.parameters), "numbers");
  const ParameterSpec& last = parameters.specs().back();
  const Shape& picture = model.options().picture;
  Pass pass;
  pass.use(parameters, fill(0, {last.offset + last.shape.elements()}));
  const Tensor codes = model.encode(pass, fill(0, {1, picture[0], picture[1], picture[2]}));
  const std::uint64_t bytes = Program::plan_bytes(model.device(), {model.decode(pass, codes)});
  if (bytes > limits.working_bytes) refuse("working bytes", bytes, limits.working_bytes, "bytes to run");
}

Codes read_codes(SafetensorsFile& file, const AutoencoderOptions& options) {
  if (!file.contains(kCodesName)) return {};
  const SafetensorsInfo& info = file.info(kCodesName);
  if (info.shape.size() != 2 || info.shape[1] != options.code)
    throw Error(ErrorCode::kShape, "model", "the codes do not have %d dimensions", options.code).in(kCodesName);
  Codes codes(info.shape[0], options.code);
  file.read(kCodesName, std::span<float>(codes.values), {.require_finite = true});
  return codes;
}

std::vector<std::string> read_names(const JsonField& root, std::int64_t count) {
  const JsonField list = root.at("pictures");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) names.push_back(list.at(i).text());
  if (!names.empty() && static_cast<std::int64_t>(names.size()) != count)
    throw Error(ErrorCode::kMismatch, "model", "%zu picture names for %lld codes", names.size(),
                static_cast<long long>(count))
        .in("pictures");
  return names;
}

SafetensorsWriter writer_of(const Autoencoder& model, const ModelExtras& extras) {
  SafetensorsWriter writer;
  add_weights(model.parameters(), writer);
  if (extras.codes.count > 0)
    writer.add(kCodesName, SafetensorsType::kF32, {extras.codes.count, extras.codes.dimensions},
               std::as_bytes(std::span(extras.codes.values)));
  writer.set_metadata(kModelMetadataKey, to_text(description_of(model, extras)));
  return writer;
}

LoadedModel load_from(SafetensorsFile& file, const Device& device, const ModelLimits& limits) {
  const JsonValue description = parse_description(file);
  const JsonField root(description);
  check_format(root);
  const AutoencoderOptions options = autoencoder_options(root.at("options"));
  const Autoencoder model(device, options);
  check_budget(model, limits);
  std::vector<ExpectedTensor> expected = expected_weights(model.parameters(), file);
  if (file.contains(kCodesName)) expected.push_back({kCodesName, file.info(kCodesName).shape});
  check_tensors(file, expected);
  read_weights(model.parameters(), file);
  Codes codes = read_codes(file, options);
  std::vector<std::string> names = read_names(root, codes.count);
  return {model, std::move(codes), std::move(names), root.at("training").value()};
}

}  // namespace

JsonValue describe(const AutoencoderOptions& options) {
  JsonValue picture = JsonValue::array();
  for (int i = 0; i < 3; ++i) picture.push(options.picture[i]);
  JsonValue value = JsonValue::object();
  value.set("picture", picture).set("code", options.code).set("network", network_name(options.network));
  value.set("channels", options.channels);
  // Said only where there is one: files of models without are those of older versions, byte for byte.
  if (options.base_picture) value.set("base_picture", true);
  value.set("seed", static_cast<std::int64_t>(options.seed & 0x1fffffffffffff));
  return value;
}

AutoencoderOptions autoencoder_options(const JsonField& description) {
  description.only({"picture", "code", "network", "channels", "base_picture", "seed"});
  const JsonField picture = description.at("picture");
  AutoencoderOptions options;
  options.picture = {picture.at(std::size_t{0}).integer(1, kMostSide), picture.at(std::size_t{1}).integer(1, kMostSide),
                     picture.at(std::size_t{2}).integer(1, 4)};
  options.code = static_cast<int>(description.at("code").integer(1, 4096));
  options.network = network_named(description.at("network"));
  options.channels = static_cast<int>(description.at("channels").integer(1, 1024));
  options.base_picture = description.boolean_or("base_picture", false);
  options.seed = static_cast<std::uint64_t>(description.at("seed").integer(0));
  return options;
}

void save_model(const std::string& path, const Autoencoder& model, const ModelExtras& extras, FileSystem& files) {
  guard_memory("model", [&] { writer_of(model, extras).save(files, path); });
}

Memory model_bytes(const Autoencoder& model, const ModelExtras& extras) { return writer_of(model, extras).to_bytes(); }

LoadedModel load_model(const Device& device, const std::string& path, FileSystem& files, const ModelLimits& limits) {
  return guard_memory("model", [&] {
    SafetensorsFile file = SafetensorsFile::open(files, path);
    return load_from(file, device, limits);
  });
}

LoadedModel load_model(const Device& device, std::span<const std::byte> bytes, const ModelLimits& limits) {
  return guard_memory("model", [&] {
    SafetensorsFile file = SafetensorsFile::view(bytes);
    return load_from(file, device, limits);
  });
}

}  // namespace betwixt
