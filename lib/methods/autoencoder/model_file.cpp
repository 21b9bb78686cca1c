// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/model_file.h"

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/methods/autoencoder/detail/model_weights.h"

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
      .in(field.path().c_str());
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
        .in(root.at("format").path().c_str())
        .expected("format %d or older", kModelFormat)
        .found("%lld", static_cast<long long>(format));
  root.only({"format", "method", "options", "pictures", "training"});
  if (root.at("method").text() != "autoencoder")
    throw Error(ErrorCode::kUnsupported, "model", "method \"%s\"",
                Escaped(root.at("method").text().data(), root.at("method").text().size()).text)
        .in(root.at("method").path().c_str());
}

/// Numbers an autoencoder of these options holds at most in one layer, before it is built.
void check_budget(const AutoencoderOptions& options, const ModelLimits& limits) {
  const auto pixels = CheckedSize(static_cast<std::uint64_t>(options.picture.elements()));
  const CheckedSize wide(static_cast<std::uint64_t>(options.channels) * 4);
  // The dense layers see the picture at least 4 times smaller a side, with `wide` channels; the convolutions are
  // wide * wide * 9 / 2 at their widest.
  const std::uint64_t features = (pixels * wide).value() / 16 / 3;
  const CheckedSize numbers =
      CheckedSize(features) * CheckedSize(static_cast<std::uint64_t>(options.code)) + wide * wide * CheckedSize(9);
  const auto allowed = static_cast<std::uint64_t>(limits.parameters) * 16;
  if (numbers.value() > allowed)
    throw Error(ErrorCode::kLimit, "model", "the description asks for up to %llu numbers, %llu are allowed",
                static_cast<unsigned long long>(numbers.value()), static_cast<unsigned long long>(allowed))
        .limit("parameters");
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

}  // namespace

JsonValue describe(const AutoencoderOptions& options) {
  JsonValue picture = JsonValue::array();
  for (int i = 0; i < 3; ++i) picture.push(options.picture[i]);
  JsonValue value = JsonValue::object();
  value.set("picture", picture).set("code", options.code).set("network", network_name(options.network));
  value.set("channels", options.channels).set("seed", static_cast<std::int64_t>(options.seed & 0x1fffffffffffff));
  return value;
}

AutoencoderOptions autoencoder_options(const JsonField& description) {
  description.only({"picture", "code", "network", "channels", "seed"});
  const JsonField picture = description.at("picture");
  AutoencoderOptions options;
  options.picture = {picture.at(std::size_t{0}).integer(1, kMostSide), picture.at(std::size_t{1}).integer(1, kMostSide),
                     picture.at(std::size_t{2}).integer(1, 4)};
  options.code = static_cast<int>(description.at("code").integer(1, 4096));
  options.network = network_named(description.at("network"));
  options.channels = static_cast<int>(description.at("channels").integer(1, 1024));
  options.seed = static_cast<std::uint64_t>(description.at("seed").integer(0));
  return options;
}

void save_model(const std::string& path, const Autoencoder& model, const ModelExtras& extras, FileSystem& files) {
  SafetensorsWriter writer;
  detail::add_weights(model.parameters(), writer);
  if (extras.codes.count > 0)
    writer.add_owned(kCodesName, SafetensorsType::kF32, {extras.codes.count, extras.codes.dimensions},
                     detail::as_bytes(extras.codes.values));
  writer.set_metadata(kModelMetadataKey, to_text(description_of(model, extras)));
  writer.save(files, path);
}

LoadedModel load_model(const Device& device, const std::string& path, FileSystem& files, const ModelLimits& limits) {
  SafetensorsFile file = SafetensorsFile::open(files, path);
  const JsonValue description = parse_description(file);
  const JsonField root(description);
  check_format(root);
  const AutoencoderOptions options = autoencoder_options(root.at("options"));
  check_budget(options, limits);
  const Autoencoder model(device, options);
  if (model.parameters().element_count() > limits.parameters)
    throw Error(ErrorCode::kLimit, "model", "the description asks for %lld numbers, %lld are allowed",
                static_cast<long long>(model.parameters().element_count()), static_cast<long long>(limits.parameters))
        .limit("parameters");
  std::vector<ExpectedTensor> expected = detail::expected_tensors(model.parameters());
  if (file.contains(kCodesName)) expected.push_back({kCodesName, file.info(kCodesName).shape});
  check_tensors(file, expected);
  detail::read_weights(model.parameters(), file);
  Codes codes = read_codes(file, options);
  std::vector<std::string> names = read_names(root, codes.count);
  return {model, std::move(codes), std::move(names), root.at("training").value()};
}

}  // namespace betwixt
