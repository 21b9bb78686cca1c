// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/device/best_device.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/io/json.h"
#include "commands.h"

namespace betwixt::cli {
namespace {

JsonValue describe(const DeviceInfo& info) {
  JsonValue value = JsonValue::object();
  value.set("name", info.name).set("backend", info.backend).set("driver", info.driver);
  value.set("f16_storage", info.can_store_f16)
      .set("software", info.is_software)
      .set("memory_bytes", static_cast<std::int64_t>(info.memory_bytes));
  return value;
}

void devices(bool json) {
  if (json) {
    JsonValue all = JsonValue::array();
    for (const DeviceInfo& info : list_devices()) all.push(describe(info));
    std::printf("%s\n", to_text(all).c_str());
    return;
  }
  const std::string best = best_device().info().name;
  for (const DeviceInfo& info : list_devices())
    std::printf("%s %s%s%s%s%s\n", info.name == best ? "*" : " ", info.name.c_str(), info.driver.empty() ? "" : ", ",
                info.driver.c_str(), info.can_store_f16 ? ", f16 storage" : "",
                info.is_software ? " (software, used only when named)" : "");
}

}  // namespace

void add_devices(CLI::App& app) {
  CLI::App* command = app.add_subcommand("devices", "Lists what betwixt can compute on; * is the default choice.");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "One JSON array");
  command->callback([json] { devices(*json); });
}

}  // namespace betwixt::cli
