// SPDX-License-Identifier: MIT
#include "run_file.h"

#include <array>
#include <cstdlib>
#include <set>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/io/checksum.h"
#include "betwixt/io/json.h"

namespace betwixt::cli {
namespace {

constexpr int kFormat = 1;

/// How a run is reported or saved is not part of it.
bool belongs_to_the_run(const CLI::Option& option) {
  const std::string name = option.get_single_name();
  return name != "help" && name != "config" && name != "save-config" && name != "json";
}

JsonValue parse_file(const std::string& path) {
  const Memory bytes = read_file(default_file_system(), path, 1 << 20);
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string as_argument(const JsonField& field) {
  const JsonValue& value = field.value();
  if (value.is(JsonValue::Kind::kString)) return value.text();
  if (value.is(JsonValue::Kind::kBool) || value.is(JsonValue::Kind::kInteger) || value.is(JsonValue::Kind::kNumber))
    return to_text(value);
  throw Error(ErrorCode::kType, "run file", "an option is a text, a number or a boolean").in(field.path().c_str());
}

/// The value in force as text; empty for an option that was left out and has none.
std::string value_of(CLI::Option& option) {
  if (option.count() > 0) return option.results().back();
  const bool has_default = !option.get_default_str().empty();
  option.capture_default_str();
  const std::string text = option.get_default_str();
  return has_default || text != "0" ? text : std::string();
}

/// Numbers as numbers where they are exact; all else as it was typed.
JsonValue as_json(const CLI::Option& option, const std::string& text) {
  if (option.get_type_name().rfind("TEXT", 0) == 0) return JsonValue(text);
  try {
    const JsonValue number = parse_json(text);
    const bool exact = number.is(JsonValue::Kind::kInteger) || number.is(JsonValue::Kind::kNumber);
    if (exact && !number.wide_integer()) return number;
  } catch (const Error&) {
  }
  return JsonValue(text);
}

bool is_flag(const CLI::Option& option) { return option.get_expected_max() == 0; }

std::string digest(const Images& pictures) {
  Xxh64 hash;
  const std::array<std::int64_t, 4> shape{pictures.count, pictures.height, pictures.width, pictures.channels};
  for (const std::int64_t size : shape)
    for (int byte = 0; byte < 8; ++byte) {
      const auto part = static_cast<std::byte>(size >> (8 * byte));
      hash.add({&part, 1});
    }
  hash.add(std::as_bytes(std::span(pictures.pixels)));
  // Names are kept in the model.
  for (const std::string& name : pictures.names) hash.add(std::as_bytes(std::span(name.c_str(), name.size() + 1)));
  return checksum_text(hash.value());
}

}  // namespace

void read_run_file(CLI::App& command, const std::string& path) {
  const JsonValue document = parse_file(path);
  const JsonField root(document);
  root.only({"betwixt_run", "command", "options", "pictures", "device"});
  root.at("betwixt_run").integer(kFormat, kFormat);
  if (root.at("command").text() != command.get_name())
    throw Error(ErrorCode::kMismatch, "run file", "it is for another command")
        .expected("%s", command.get_name().c_str());
  std::set<std::string> known;
  for (CLI::Option* option : command.get_options()) {
    const std::string name = option->get_single_name();
    known.insert(name);
    const auto given = root.at("options").find(name);
    if (!given || option->count() > 0 || !belongs_to_the_run(*option)) continue;
    const std::string value = as_argument(*given);
    if (value.empty() || (is_flag(*option) && value == "false")) continue;
    option->add_result(is_flag(*option) ? option->get_flag_value(name, "{}") : value);
    option->run_callback();
  }
  for (const std::string& key : root.at("options").value().keys())
    if (!known.contains(key))
      throw Error(ErrorCode::kUnknownKey, "run file", "there is no option %s", Escaped(key.data(), key.size()).text);
}

void check_pictures(const std::string& path, const Images& pictures) {
  const JsonValue document = parse_file(path);
  const auto expected = JsonField(document).find("pictures");
  if (!expected || expected->at("digest").text() == digest(pictures)) return;
  throw Error(ErrorCode::kMismatch, "run file", "the pictures are not those of the run")
      .expected("%s", expected->at("digest").text().c_str())
      .found("%s", digest(pictures).c_str());
}

void write_run_file(CLI::App& command, const std::string& path, const Images& pictures, const std::string& device) {
  JsonValue options = JsonValue::object();
  for (CLI::Option* option : command.get_options()) {
    if (!belongs_to_the_run(*option)) continue;
    const std::string name = option->get_single_name();
    if (is_flag(*option)) {
      options.set(name, option->count() > 0);
    } else if (const std::string text = value_of(*option); !text.empty()) {
      options.set(name, as_json(*option, text));
    }
  }
  JsonValue root = JsonValue::object();
  root.set("betwixt_run", kFormat).set("command", command.get_name()).set("options", options);
  root.set("pictures", JsonValue::object().set("count", pictures.count).set("digest", digest(pictures)));
  root.set("device", device);
  std::string text = to_text(root, 2);
  text += '\n';
  write_file_atomically(default_file_system(), path, std::as_bytes(std::span(text)));
}

}  // namespace betwixt::cli
