// SPDX-License-Identifier: MIT
// Runs every entry of the conformance table (support/check_op.h) and sees to it that every op has one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "places.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/test_device.h"

namespace betwixt::ops_test {
namespace {

void expect_clean(const CheckReport& report, const std::string& where) {
  for (const std::string& failure : report.failures) ADD_FAILURE() << where << ": " << failure;
}

class Conformance : public testing::TestWithParam<OpEntry> {
 protected:
  template <class Check>
  void for_each_case(Check check) {
    for (const OpCase& op_case : GetParam().cases()) {
      try {
        expect_clean(check(op_case), op_case.options);
      } catch (const Error& error) {
        ADD_FAILURE() << op_case.options << ": " << error.what();
      }
    }
  }
};

TEST_P(Conformance, AgreesWithTheOracleOnEveryIsa) { for_each_case(check_forward); }
TEST_P(Conformance, SameBitsForAnyThreadsAndAliasing) { for_each_case(check_determinism); }
TEST_P(Conformance, GradientAgreesWithDifferences) { for_each_case(check_gradient); }
TEST_P(Conformance, SecondOrderAgreesWithDifferences) { for_each_case(check_second_order); }
TEST_P(Conformance, RefusesBadInputs) { expect_clean(check_refusals(GetParam()), GetParam().name); }
TEST_P(Conformance, CasesUseTheOpsNamed) { expect_clean(check_coverage(GetParam()), GetParam().name); }

/// The device that BETWIXT_TEST_DEVICE names; a default-made one and why where there is none.
Device named_device(std::string& why_not) {
  const char* name = std::getenv("BETWIXT_TEST_DEVICE");
  return test_device(name ? name : "", why_not);
}

TEST_P(Conformance, AgreesOnTheTestDevice) {
  std::string why_not;
  const Device device = named_device(why_not);
  if (device == Device()) GTEST_SKIP() << why_not;
  for_each_case([&](const OpCase& op_case) { return check_on_device(op_case, device); });
}

TEST_P(Conformance, AgreesInHalvesOnTheTestDevice) {
  std::string why_not;
  const Device device = named_device(why_not);
  if (device == Device()) GTEST_SKIP() << why_not;
  if (!device.info().can_store_f16) GTEST_SKIP() << device.info().name << " cannot store tensors as f16";
  for_each_case([&](const OpCase& op_case) { return check_in_halves(op_case, device); });
}

INSTANTIATE_TEST_SUITE_P(Table, Conformance, testing::ValuesIn(op_table()),
                         [](const auto& test) { return test.param.name; });

// Ops that no table of values can hold: `read` and `assign` belong to a state (tests/tensor), `self_test` to the choice
// of a device (lib/device), `stored` to the planner (tests/gpu), `test_input` to the test of a shader alone
// (lib/gpu/variant_case.cpp).
const std::set<std::string> kOtherOps{"assign", "read", "self_test", "stored", "test_input"};

/// The text behind a constant such as `kName = "conv2d"`.
std::string constant_text(const std::string& source, const std::string& constant) {
  std::smatch match;
  const std::regex definition("\\b" + constant + R"(\s*=\s*"([^"]+)\")");
  return std::regex_search(source, match, definition) ? std::string(match[1]) : constant;
}

std::set<std::string> op_records_in_the_library() {
  const std::regex record(R"(\bOp\s+\w+\s*\{\s*\.name\s*=\s*(?:"([^"]+)\"|(\w+)))");
  std::set<std::string> names;
  for (const auto& file : std::filesystem::recursive_directory_iterator(BETWIXT_SOURCE_DIR "/lib")) {
    if (file.path().extension() != ".cpp") continue;
    std::stringstream source;
    source << std::ifstream(file.path()).rdbuf();
    const std::string text = source.str();
    for (std::sregex_iterator it(text.begin(), text.end(), record), end; it != end; ++it)
      names.insert((*it)[1].matched ? std::string((*it)[1]) : constant_text(text, (*it)[2]));
  }
  return names;
}

TEST(Table, HasAnEntryForEveryOp) {
  std::set<std::string> covered = kOtherOps;
  for (const OpEntry& entry : op_table()) covered.insert(entry.ops.begin(), entry.ops.end());
  const std::set<std::string> records = op_records_in_the_library();
  EXPECT_GT(records.size(), 20u);
  for (const std::string& name : records) EXPECT_TRUE(covered.contains(name)) << "op " << name << " has no entry";
  for (const std::string& name : covered) EXPECT_TRUE(records.contains(name)) << "there is no op " << name;
}

}  // namespace
}  // namespace betwixt::ops_test
