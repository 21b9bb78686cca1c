// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>
#include <exception>

#include "tests/ops/support/check_op.h"
#include "tests/ops/support/test_device.h"

namespace betwixt::ops_test {
namespace {

struct Column {
  const char* name;
  std::function<CheckReport(const OpCase&)> check;
  bool has_error;  ///< prints the worst error as a share of its bound; otherwise that bits were the same
};

std::vector<Column> columns_for(const std::string& device_name) {
  if (device_name.empty() || device_name == "cpu")
    return {{"value", check_forward, true},
            {"bits", check_determinism, false},
            {"gradient", check_gradient, true},
            {"second", check_second_order, true}};
  std::string why_not;
  const Device device = test_device(device_name, why_not);
  if (device == Device()) throw std::runtime_error(why_not);
  std::printf("device: %s, driver %s\n", device.info().name.c_str(), device.info().driver.c_str());
  return {{"device", [device](const OpCase& c) { return check_on_device(c, device); }, true},
          {"halves", [device](const OpCase& c) { return check_in_halves(c, device); }, true}};
}

CheckReport guarded(const std::function<CheckReport()>& check) {
  try {
    return check();
  } catch (const std::exception& error) {
    CheckReport report;
    report.failures.push_back(error.what());
    return report;
  }
}

std::string cell(const CheckReport& report, bool has_error) {
  if (!report.failures.empty()) return "FAIL";
  if (!report.skipped.empty()) return "-";
  if (!has_error) return "same";
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.2g", report.worst);
  return buffer;
}

std::string bound_text(const OpCase& op_case) {
  if (!op_case.oracle) return "-";
  char buffer[48];
  switch (op_case.bound.kind) {
    case Bound::Kind::kExact:
      return "exact";
    case Bound::Kind::kSum:
      std::snprintf(buffer, sizeof(buffer), "sum %g%s", op_case.bound.size, op_case.exact_on_integers ? " int" : "");
      return buffer;
    case Bound::Kind::kUlp:
      break;
  }
  std::snprintf(buffer, sizeof(buffer), "%g ulp", op_case.bound.size);
  return buffer;
}

/// What an op's cases came to.
struct Totals {
  int cases = 0;
  long comparisons = 0;
  int failures = 0;
  double worst = 0;

  void add(const CheckReport& report) {
    comparisons += report.comparisons;
    failures += static_cast<int>(report.failures.size());
    worst = std::max(worst, report.worst);
  }
};

void print_case(const OpEntry& entry, const OpCase& op_case, const std::vector<Column>& columns, Totals& totals) {
  ++totals.cases;
  std::string cells;
  std::string details;
  for (const Column& column : columns) {
    const CheckReport report = guarded([&] { return column.check(op_case); });
    totals.add(report);
    char buffer[64];
    std::snprintf(buffer, sizeof(buffer), " %8s", cell(report, column.has_error).c_str());
    cells += buffer;
    for (const std::string& failure : report.failures) details += "    " + failure + "\n";
  }
  std::printf("%-22s %-60s %-14s%s\n%s", entry.name.c_str(), op_case.options.c_str(), bound_text(op_case).c_str(),
              cells.c_str(), details.c_str());
}

}  // namespace

int print_table(const std::string& device_name) {
  const std::vector<Column> columns = columns_for(device_name);
  std::printf(
      "worst error as a share of its bound, per case; bound: exact, sum of K terms (int: whole numbers exact), ");
  std::printf("units in the last place\n");
  std::printf("%-22s %-60s %-14s", "op", "options", "bound");
  for (const Column& column : columns) std::printf(" %8s", column.name);
  std::printf("\n");
  std::vector<std::pair<std::string, Totals>> summary;
  Totals all;
  for (const OpEntry& entry : op_table()) {
    Totals totals;
    for (const OpCase& op_case : entry.cases()) print_case(entry, op_case, columns, totals);
    const CheckReport refusals = guarded([&] { return check_refusals(entry); });
    for (const std::string& failure : refusals.failures) std::printf("    %s\n", failure.c_str());
    totals.failures += static_cast<int>(refusals.failures.size());
    summary.emplace_back(entry.name, totals);
    all.cases += totals.cases;
    all.comparisons += totals.comparisons;
    all.failures += totals.failures;
  }
  std::printf("\n%-22s %6s %12s %10s %9s\n", "op", "cases", "comparisons", "worst", "failures");
  for (const auto& [name, totals] : summary)
    std::printf("%-22s %6d %12ld %10.2g %9d\n", name.c_str(), totals.cases, totals.comparisons, totals.worst,
                totals.failures);
  std::printf("%zu entries, %d cases, %ld comparisons, %d failures\n", summary.size(), all.cases, all.comparisons,
              all.failures);
  return all.failures;
}

}  // namespace betwixt::ops_test
