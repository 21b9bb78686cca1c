// SPDX-License-Identifier: MIT
// Training options beyond the plain run: losses, schedules, order, validation.
#include "tests/capi/api.h"

using namespace capi_test;

namespace {

class CApiOptions : public CApi {
 protected:
  std::string record(const betwixt_model* of) const {
    std::int64_t length = 0;
    EXPECT_EQ(betwixt_model_record(of, nullptr, 0, &length, nullptr), BETWIXT_OK);
    std::string text(static_cast<std::size_t>(length) + 1, ' ');
    EXPECT_EQ(betwixt_model_record(of, text.data(), length + 1, nullptr, nullptr), BETWIXT_OK);
    return text;
  }
  /// The weights that these options lead to.
  std::vector<std::uint8_t> trained(const betwixt_train_options& options) const {
    Model made;
    make_model(&made);
    betwixt_error error;
    EXPECT_TRUE(done(betwixt_model_train(made, pictures, &options, nullptr, &error), error));
    return file_of(made);
  }
};

TEST_F(CApiOptions, AMixtureOfLossesIsMinimisedAndRecorded) {
  auto options = train_options(200);
  options.loss = "0.8*mse+0.2*ssim";
  auto report = sized<betwixt_train_report>();
  CAPI_OK(betwixt_model_train(model, pictures, &options, &report, &error));
  EXPECT_LT(report.loss, 0.7 * report.variance) << "it learned";
  EXPECT_NE(record(model).find("\"loss_function\":\"0.8*mse+0.2*ssim\""), std::string::npos) << record(model);
  EXPECT_NE(record(model).find("\"curve\":["), std::string::npos);
  auto plain = train_options(20);
  auto named = plain;
  named.loss = "mse";
  EXPECT_TRUE(trained(named) == trained(plain));
}

TEST_F(CApiOptions, SchedulesAndOrderChangeTheRun) {
  auto plain = train_options(20);
  plain.batch = 2;
  plain.warmup = -1;
  auto in_order = plain, stepped = plain, low = plain;
  in_order.in_order = 1;
  stepped.step_every = 5;
  low.final_rate = -1;
  const auto usual = trained(plain);
  EXPECT_TRUE(trained(plain) == usual);
  EXPECT_TRUE(trained(in_order) != usual);
  EXPECT_TRUE(trained(stepped) != usual);
  EXPECT_TRUE(trained(low) != usual);
}

TEST_F(CApiOptions, BestAndLastWeightsAreBothThere) {
  auto options = train_options(400);
  options.validation = 0.34;
  options.learning_rate = 0.02;
  Training training;
  CAPI_OK(betwixt_training_start(model, pictures, &options, &training, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "not finished", betwixt_training_use_weights(training, BETWIXT_WEIGHTS_LAST, &error));
  CAPI_OK(betwixt_training_run(training, &error));
  auto report = sized<betwixt_train_report>();
  CAPI_OK(betwixt_training_finish(training, &report, &error));
  EXPECT_GT(report.best_step, 0);
  EXPECT_LE(report.best_step, 400);
  const auto best = file_of(model);
  CAPI_OK(betwixt_training_use_weights(training, BETWIXT_WEIGHTS_LAST, &error));
  const auto last = file_of(model);
  if (report.best_step < 400) EXPECT_TRUE(last != best);
  CAPI_OK(betwixt_training_use_weights(training, BETWIXT_WEIGHTS_BEST, &error));
  EXPECT_TRUE(file_of(model) == best) << "codes included";
  CAPI_FAILS(BETWIXT_E_UNSUPPORTED, "which", betwixt_training_use_weights(training, 7, &error));

  options.patience = 100;
  options.steps = 100'000;
  options.validation = 0.5;
  CAPI_OK(betwixt_model_train(model, pictures, &options, &report, &error));
  EXPECT_EQ(report.ended_early, 1);
  EXPECT_LT(report.steps, 100'000);
}

TEST_F(CApiOptions, WithoutValidationThereIsOneSetOfWeights) {
  const auto options = train_options(3);
  Training training;
  CAPI_OK(betwixt_training_start(model, pictures, &options, &training, &error));
  CAPI_OK(betwixt_training_run(training, &error));
  CAPI_OK(betwixt_training_finish(training, nullptr, &error));
  CAPI_FAILS(BETWIXT_E_MISSING, "validation", betwixt_training_use_weights(training, BETWIXT_WEIGHTS_LAST, &error));
}

}  // namespace
