// SPDX-License-Identifier: MIT
#include <cstdio>
#include <exception>

#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

using Check = std::function<CheckReport(const OpCase&)>;

struct Column {
  const char* name;
  Check check;
};

CheckReport guarded(const Check& check, const OpCase& op_case) {
  try {
    return check(op_case);
  } catch (const std::exception& error) {
    CheckReport report;
    report.failures.push_back(error.what());
    return report;
  }
}

std::string cell(const CheckReport& report) {
  if (!report.failures.empty()) return "FAIL";
  if (!report.skipped.empty()) return "-";
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.2g", report.worst);
  return buffer;
}

}  // namespace

int print_table(const std::string& device_name) {
  std::vector<Column> columns{{"value", check_forward}, {"gradient", check_gradient}, {"second", check_second_order}};
  if (!device_name.empty()) {
    std::string why_not;
    const Device device = test_device(device_name, why_not);
    if (device == Device()) throw std::runtime_error(why_not);
    columns = {{device.info().name.c_str(), [device](const OpCase& c) { return check_on_device(c, device); }}};
    std::printf("device: %s\n", device.info().name.c_str());
  }
  std::printf("worst error / bound per case\n%-24s %-44s %10s", "op", "options", "outputs");
  for (const Column& column : columns) std::printf(" %10.10s", device_name.empty() ? column.name : "device");
  std::printf("\n");
  int failures = 0;
  int cases = 0;
  for (const OpEntry& entry : op_table())
    for (const OpCase& op_case : entry.cases()) {
      ++cases;
      std::string line;
      std::string details;
      int comparisons = 0;
      for (const Column& column : columns) {
        const CheckReport report = guarded(column.check, op_case);
        if (comparisons == 0) comparisons = report.comparisons;
        failures += static_cast<int>(report.failures.size());
        char buffer[64];
        std::snprintf(buffer, sizeof(buffer), " %10s", cell(report).c_str());
        line += buffer;
        for (const std::string& failure : report.failures) details += "    " + failure + "\n";
      }
      std::printf("%-24s %-44s %10d%s\n%s", entry.name.c_str(), op_case.options.c_str(), comparisons, line.c_str(),
                  details.c_str());
    }
  std::printf("%d cases, %d failures\n", cases, failures);
  return failures;
}

}  // namespace betwixt::ops_test
