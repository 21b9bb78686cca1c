// SPDX-License-Identifier: MIT
#include "betwixt/capi/detail/progress.h"

#include <exception>

#include "betwixt/core/error.h"

namespace betwixt::capi {

bool ProgressListener::tell(const Progress& progress) const {
  if (!callback) return true;
  betwixt_progress to{};
  to.struct_size = sizeof to;
  to.step = progress.step;
  to.steps = progress.steps;
  to.loss = progress.loss;
  to.steps_per_second = progress.steps_per_second;
  to.seconds_left = progress.seconds_left;
  to.warning = progress.warning.empty() ? nullptr : progress.warning.c_str();
  try {
    return callback(user, &to) == 0;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kArgument, "progress callback", "it threw: %.150s", error.what());
  } catch (...) {
    throw Error(ErrorCode::kArgument, "progress callback", "it threw something that is no exception");
  }
}

}  // namespace betwixt::capi
