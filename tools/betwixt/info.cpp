// SPDX-License-Identifier: MIT
#include <array>
#include <cstdio>
#include <map>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/io/json.h"
#include "betwixt/io/tensor_list.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "commands.h"

namespace betwixt::cli {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

/// A text of the file as it may go to a terminal.
std::string shown(const std::string& text) { return Escaped(text.data(), text.size()).text; }

/// PyTorch's own files get a hint instead of what a safetensors reader makes of their first bytes.
void refuse_torch_save(const std::string& path) {
  const std::unique_ptr<File> file = default_file_system().open(path);
  std::array<std::byte, 4> start{};
  if (file->size() < start.size()) return;
  file->read(0, start);
  const bool is_zip = start[0] == std::byte{'P'} && start[1] == std::byte{'K'};
  const bool is_pickle = start[0] == std::byte{0x80} && std::to_integer<int>(start[1]) <= 5 && start[2] != std::byte{0};
  if (is_zip || is_pickle)
    throw Error(ErrorCode::kBadMagic, "info",
                "looks like a file of torch.save; tools/pt_to_safetensors turns it into safetensors");
}

/// What the file says of itself, checksums left out.
void print_metadata(const SafetensorsFile& file) {
  for (const auto& [key, value] : file.metadata())
    if (key != kModelMetadataKey && !key.starts_with("checksum"))
      std::printf("%s: %s\n", shown(key).c_str(), shown(value).c_str());
}

void print_tensors(const SafetensorsFile& file) {
  std::map<std::string, std::uint64_t> bytes_by_type;
  std::uint64_t numbers = 0;
  for (const std::string& name : file.names()) {
    const SafetensorsInfo& tensor = file.info(name);
    numbers += tensor.elements();
    bytes_by_type[safetensors_type_name(tensor.type)] += tensor.bytes;
    std::printf("%-32s %-5s %s\n", shown(name).c_str(), safetensors_type_name(tensor.type),
                shape_text(tensor.shape).c_str());
  }
  std::printf("%zu tensors, %llu numbers", file.names().size(), static_cast<unsigned long long>(numbers));
  for (const auto& [type, bytes] : bytes_by_type)
    std::printf(", %s %.1f KiB", type.c_str(), static_cast<double>(bytes) / 1024);
  std::printf("\n");
}

void info(const std::string& path, bool json) {
  refuse_torch_save(path);
  const SafetensorsFile file = SafetensorsFile::open(default_file_system(), path);
  const auto description = file.metadata().find(kModelMetadataKey);
  const bool is_model = description != file.metadata().end();
  if (json) {
    JsonValue all = JsonValue::object();
    if (is_model) all.set("model", parse_json(description->second));
    all.set("tensors", tensor_list(file));
    std::printf("%s\n", to_text(all).c_str());
    return;
  }
  if (is_model)
    std::printf("%s\n", to_text(parse_json(description->second), 2).c_str());
  else if (file.metadata().count("description_hash") != 0)
    std::printf("a checkpoint of a training run\n");
  else
    std::printf("no betwixt model description; tensors only (convolutions [out, in, h, w], dense [out, in])\n");
  print_metadata(file);
  print_tensors(file);
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
