// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "betwixt/gpu/detail/recorder.h"
#include "betwixt/gpu/detail/variant_case.h"
#include "betwixt/gpu/detail/verdicts.h"

namespace betwixt::gpu {

/// A variant of a shader that gives wrong results here.
struct WrongVariant {
  std::string op;
  std::string shader;
};

/// Compares ops with the CPU, in the variants that a plan is about to use and that nobody compared before on this
/// device: the smallest call of each variant as it stands, and once more with a row less.
class VariantTests {
 public:
  VariantTests(std::shared_ptr<Context> context, std::shared_ptr<Staging> staging,
               std::shared_ptr<Pipelines> pipelines);

  /// The first wrong variant of a recording whose pipelines are made. Empty when all are right, cannot be compared (no
  /// kernel for the CPU, larger than any test should be), or when the options want no tests.
  std::optional<WrongVariant> find_wrong(const Plan& plan, const Recording& recording, const GpuLimits& limits);

 private:
  bool wanted() const;
  std::vector<VariantCase> choose_cases(const Plan& plan, const Recording& recording, const GpuLimits& limits) const;
  /// What came of one call: its variants, and whether all of it was right.
  struct Outcome {
    std::vector<PipelineKey> keys;
    bool right = false;
  };
  Outcome run(const VariantCase& test, const GpuLimits& limits);
  void judge(const std::vector<Outcome>& outcomes);

  std::shared_ptr<Context> context_;
  std::shared_ptr<Staging> staging_;
  std::shared_ptr<Pipelines> pipelines_;
  Verdicts verdicts_;
};

}  // namespace betwixt::gpu
