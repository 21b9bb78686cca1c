// SPDX-License-Identifier: MIT
#include "run_file.h"

#include <set>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/io/json.h"
#include "betwixt/methods/autoencoder/run_document.h"

namespace betwixt::cli {
namespace {

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

}  // namespace

void read_run_file(CLI::App& command, const std::string& path) {
  const JsonValue document = parse_file(path);
  const JsonField options = run_options(document, command.get_name());
  std::set<std::string> known;
  for (CLI::Option* option : command.get_options()) {
    const std::string name = option->get_single_name();
    known.insert(name);
    const auto given = options.find(name);
    if (!given || option->count() > 0 || !belongs_to_the_run(*option)) continue;
    const std::string value = as_argument(*given);
    if (value.empty() || (is_flag(*option) && value == "false")) continue;
    option->add_result(is_flag(*option) ? option->get_flag_value(name, "{}") : value);
    option->run_callback();
  }
  for (const std::string& key : options.value().keys())
    if (!known.contains(key))
      throw Error(ErrorCode::kUnknownKey, "run file", "there is no option %s", Escaped(key.data(), key.size()).text);
}

void check_pictures(const std::string& path, const Images& pictures) { check_run_pictures(parse_file(path), pictures); }

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
  std::string text = to_text(run_document(command.get_name(), std::move(options), pictures, device), 2);
  text += '\n';
  write_file_atomically(default_file_system(), path, std::as_bytes(std::span(text)));
}

}  // namespace betwixt::cli
