// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/file.h"
#include "betwixt/io/json.h"
#include "betwixt/io/safetensors.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "commands.h"

namespace betwixt::cli {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

JsonValue describe(const SafetensorsFile& file) {
  JsonValue tensors = JsonValue::array();
  for (const std::string& name : file.names()) {
    const SafetensorsInfo& info = file.info(name);
    JsonValue shape = JsonValue::array();
    for (const std::int64_t size : info.shape) shape.push(size);
    JsonValue tensor = JsonValue::object();
    tensor.set("name", name).set("type", safetensors_type_name(info.type)).set("shape", shape);
    tensors.push(tensor);
  }
  return tensors;
}

void info(const std::string& path, bool json) {
  const SafetensorsFile file = SafetensorsFile::open(default_file_system(), path);
  const auto description = file.metadata().find(kModelMetadataKey);
  if (json) {
    JsonValue all = JsonValue::object();
    if (description != file.metadata().end()) all.set("model", parse_json(description->second));
    all.set("tensors", describe(file));
    std::printf("%s\n", to_text(all).c_str());
    return;
  }
  if (description != file.metadata().end())
    std::printf("%s\n", to_text(parse_json(description->second), 2).c_str());
  else
    std::printf("no betwixt model description; tensors only\n");
  std::uint64_t numbers = 0;
  for (const std::string& name : file.names()) {
    const SafetensorsInfo& tensor = file.info(name);
    numbers += tensor.elements();
    std::printf("%-32s %-5s %s\n", name.c_str(), safetensors_type_name(tensor.type), shape_text(tensor.shape).c_str());
  }
  std::printf("%zu tensors, %llu numbers\n", file.names().size(), static_cast<unsigned long long>(numbers));
}

}  // namespace

void add_info(CLI::App& app) {
  CLI::App* command = app.add_subcommand("info", "Says what is in a model file.");
  struct Arguments {
    std::string path;
    bool json = false;
  };
  const auto a = std::make_shared<Arguments>();
  command->add_option("file", a->path, "Model file (.safetensors)")->required();
  command->add_flag("--json", a->json, "One JSON object");
  command->callback([a] { info(a->path, a->json); });
}

}  // namespace betwixt::cli
