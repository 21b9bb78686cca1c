// SPDX-License-Identifier: MIT
// Plots, the page about a model, and evaluation as one call.
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "betwixt/io/json.h"
#include "tests/capi/api.h"

using namespace capi_test;

namespace {

betwixt_layout size_of(const betwixt_pictures* plot) {
  auto l = sized<betwixt_layout>();
  EXPECT_EQ(betwixt_pictures_describe(plot, &l, nullptr), BETWIXT_OK);
  return l;
}

std::vector<std::uint8_t> pixels_of(const betwixt_pictures* plot) {
  const auto l = size_of(plot);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(l.count) * static_cast<std::size_t>(l.height) *
                                   static_cast<std::size_t>(l.width) * static_cast<std::size_t>(l.channels));
  const auto bytes = static_cast<std::int64_t>(pixels.size());
  EXPECT_EQ(betwixt_pictures_read(plot, 0, &l, pixels.data(), bytes, nullptr), BETWIXT_OK);
  return pixels;
}

/// Pixels whose colour is nearest to this one of all that plots draw with.
int pixels_like(const betwixt_pictures* plot, int red, int green, int blue) {
  const auto pixels = pixels_of(plot);
  int found = 0;
  for (std::size_t i = 0; i < pixels.size(); i += 3)
    found += std::abs(pixels[i] - red) + std::abs(pixels[i + 1] - green) + std::abs(pixels[i + 2] - blue) < 40;
  return found;
}
int first_series(const betwixt_pictures* plot) { return pixels_like(plot, 31, 119, 180); }
int second_series(const betwixt_pictures* plot) { return pixels_like(plot, 214, 69, 65); }

std::string text_in(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// An encoder of the application's: tells what it is given, and writes a few bytes for it.
struct Encoded {
  int pictures = 0, sheets = 0, animations = 0;
  const betwixt_model* model = nullptr;
  int answer = 0;
  bool throws = false;

  static std::int32_t encode(void* user, const betwixt_pictures* pictures, const betwixt_encoding* how,
                             void (*write)(void*, const void*, std::int64_t), void* to) {
    auto& self = *static_cast<Encoded*>(user);
    if (self.throws) throw std::runtime_error("no room");
    EXPECT_EQ(how->struct_size, sizeof *how);
    const auto l = size_of(pictures);
    EXPECT_GE(l.count, 1);
    ++(how->columns > 0 ? self.sheets : how->fps > 0 ? self.animations : self.pictures);
    if (self.model) {  // the model is free meanwhile
      Codes codes;
      EXPECT_EQ(betwixt_model_codes(self.model, &codes, nullptr), BETWIXT_OK);
    }
    write(to, "file", 2);
    write(to, "le", 2);
    return self.answer;
  }
};

class CApiPlot : public CApi {
 protected:
  void SetUp() override {
    CApi::SetUp();
    const auto options = train_options(30);
    CAPI_OK(betwixt_model_train(model, pictures, &options, nullptr, &error));
  }
  std::string evaluation(const betwixt_evaluate_options* options = nullptr) const {
    std::string text(1 << 16, ' ');
    std::int64_t length = 0;
    betwixt_error error;
    EXPECT_EQ(betwixt_model_evaluate(model, pictures, options, text.data(), static_cast<std::int64_t>(text.size()),
                                     &length, &error),
              BETWIXT_OK)
        << error.message;
    text.resize(static_cast<std::size_t>(length));
    return text;
  }
};

TEST_F(CApiPlot, CodesAreDrawnWithTheirPathsAndLinks) {
  Pictures kept, encoded, bare;
  CAPI_OK(betwixt_model_plot_codes(model, nullptr, nullptr, &kept, &error));
  EXPECT_EQ(size_of(kept).width, 760);
  EXPECT_EQ(size_of(kept).channels, 3);
  EXPECT_GT(first_series(kept), 20) << "the straight path, partly under the graph path";
  EXPECT_GT(second_series(kept), 100) << "the graph path";
  auto options = sized<betwixt_codes_plot_options>();
  auto grid = sized<betwixt_grid>();
  grid.rows = 1;
  grid.columns = kCount;
  options.size = 300;
  options.grid = &grid;
  options.colour = BETWIXT_COLOUR_BY_COLUMN;
  options.has_ends = 1;
  options.to = 2;
  CAPI_OK(betwixt_model_plot_codes(model, pictures, &options, &encoded, &error));
  EXPECT_EQ(size_of(encoded).height, 300);
  options.no_links = 1;
  CAPI_OK(betwixt_model_plot_codes(model, pictures, &options, &bare, &error));
  EXPECT_NE(pixels_of(bare), pixels_of(encoded));
}

TEST_F(CApiPlot, APlotOfCodesThatCannotBeDrawnIsRefused) {
  Pictures plot;
  const auto draw = [&](const betwixt_codes_plot_options& o, betwixt_error* e) {
    return betwixt_model_plot_codes(model, nullptr, &o, &plot, e);
  };
  auto options = sized<betwixt_codes_plot_options>();
  options.colour = BETWIXT_COLOUR_BY_ROW;
  CAPI_FAILS(BETWIXT_E_MISSING, "grid", draw(options, &error));
  options.colour = 3;
  CAPI_FAILS(BETWIXT_E_UNSUPPORTED, "options.colour", draw(options, &error));
  options.colour = 0;
  options.size = 100;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "100 pixels", draw(options, &error));
  options.size = 0;
  options.has_ends = 1;
  options.to = kCount;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "code 6 of 6", draw(options, &error));
  CAPI_OK(betwixt_model_keep(model, nullptr, &error));
  CAPI_FAILS(BETWIXT_E_MISSING, "there are no codes", betwixt_model_plot_codes(model, nullptr, nullptr, &plot, &error));
  EXPECT_EQ(plot.get(), nullptr);
}

TEST_F(CApiPlot, TheLossCurveComesOutAndIsDrawn) {
  std::int64_t length = 0;
  CAPI_OK(betwixt_model_curve(model, nullptr, 0, &length, &error));
  ASSERT_GT(length, 1);
  std::vector<double> curve(static_cast<std::size_t>(length));
  CAPI_FAILS(BETWIXT_E_LIMIT, "capacity", betwixt_model_curve(model, curve.data(), length - 1, &length, &error));
  CAPI_OK(betwixt_model_curve(model, curve.data(), length, &length, &error));
  for (const double loss : curve) EXPECT_GT(loss, 0);
  const betwixt_series series[] = {{"run 1", curve.data(), length}, {"half", curve.data(), length / 2}};
  auto options = sized<betwixt_curves_options>();
  options.title = "training loss";
  options.logarithmic = 1;
  options.last = 30;
  Pictures plot;
  CAPI_OK(betwixt_plot_curves(series, 2, &options, &plot, &error));
  EXPECT_GT(first_series(plot), 100);
  EXPECT_GT(second_series(plot), 100);
  Model fresh;
  make_model(&fresh);
  CAPI_OK(betwixt_model_curve(fresh, nullptr, 0, &length, &error));
  EXPECT_EQ(length, 0);
}

TEST_F(CApiPlot, ChartsOfOddNumbersAreDrawnWithoutThem) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double odd[] = {1e308, -1e308, infinity, std::nan(""), 0, 5e-324};
  const double large[] = {1e17, std::nextafter(1e17, 2e17)};
  const char* groups[] = {"a", "b"};
  Pictures plot;
  const betwixt_series strange{"strange", odd, 6}, close{"close", large, 2}, none{"none", nullptr, 0};
  CAPI_OK(betwixt_plot_curves(&strange, 1, nullptr, &plot, &error));
  CAPI_OK(betwixt_plot_curves(&close, 1, nullptr, &plot, &error));
  CAPI_OK(betwixt_plot_curves(&none, 1, nullptr, &plot, &error));
  CAPI_OK(betwixt_plot_bars(groups, 2, &close, 1, nullptr, &plot, &error));
  EXPECT_GT(first_series(plot), 1000) << "two high bars";
  CAPI_FAILS(BETWIXT_E_SHAPE, "6 values for 2 groups",
             betwixt_plot_bars(groups, 2, &strange, 1, nullptr, &plot, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "count", betwixt_plot_curves(&close, 0, nullptr, &plot, &error));
  const betwixt_series broken{"broken", nullptr, 3};
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "series.values", betwixt_plot_curves(&broken, 1, nullptr, &plot, &error));
}

TEST_F(CApiPlot, AnEvaluationNamesEveryMethodAndItsMeasuresAreDrawn) {
  const betwixt::JsonValue found = betwixt::parse_json(evaluation());
  const betwixt::JsonField methods = betwixt::JsonField(found).at("methods");
  ASSERT_EQ(methods.size(), 5u);
  EXPECT_EQ(methods.at(0).at("method").text(), "straight");
  EXPECT_EQ(methods.at(4).at("imse").number(), 0) << "playback shows the pictures themselves";
  const std::string text = evaluation();
  const char* texts[] = {text.c_str(), text.c_str()};
  const char* names[] = {"one", "two"};
  Pictures plot;
  CAPI_OK(betwixt_plot_measure(texts, names, 2, "imse", &plot, &error));
  EXPECT_GT(first_series(plot), 500);
  EXPECT_GT(second_series(plot), 500);
  CAPI_FAILS(BETWIXT_E_MISSING, "beauty", betwixt_plot_measure(texts, names, 2, "beauty", &plot, &error));
  const char* broken[] = {"{"};
  CAPI_FAILS(BETWIXT_E_TRUNCATED, "", betwixt_plot_measure(broken, names, 1, "imse", &plot, &error));
}

TEST_F(CApiPlot, AGridAndASequenceAddTheirMeasures) {
  auto grid = sized<betwixt_grid>();
  grid.rows = 1;
  grid.columns = kCount;
  auto options = sized<betwixt_evaluate_options>();
  options.grid = &grid;
  options.interval = 3;
  options.has_ends = 1;
  options.to = 4;
  options.frames = 5;
  const betwixt::JsonValue on_grid = betwixt::parse_json(evaluation(&options));
  EXPECT_EQ(betwixt::JsonField(on_grid).at("to").integer(), 4);
  EXPECT_NE(betwixt::JsonField(on_grid).at("methods").at(0).value().find("m2"), nullptr);
  options.grid = nullptr;
  options.every_second = 1;
  const betwixt::JsonValue sequence = betwixt::parse_json(evaluation(&options));
  EXPECT_NE(betwixt::JsonField(sequence).at("methods").at(0).value().find("ssim"), nullptr);
  options.frames = 1;
  char text[8];
  std::int64_t length = 0;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "options.frames",
             betwixt_model_evaluate(model, pictures, &options, text, 8, &length, &error));
  CAPI_FAILS(BETWIXT_E_SHAPE, "[32, 32, 1]", betwixt_model_evaluate_lines(model, 1, text, 8, &length, &error));
}

TEST_F(CApiPlot, AModelIsDrawnAndMeasuredWhileItLearnsOn) {
  const auto options = train_options(40);
  Training training;
  CAPI_OK(betwixt_training_start(model, pictures, &options, &training, &error));
  std::int32_t done = 0;
  CAPI_OK(betwixt_training_run_for(training, 1, &done, &error));
  Pictures plot;
  CAPI_OK(betwixt_model_plot_codes(model, pictures, nullptr, &plot, &error));
  EXPECT_NE(evaluation().find("reconstruction_psnr"), std::string::npos);
  CAPI_OK(betwixt_training_run(training, &error));
  CAPI_OK(betwixt_training_finish(training, nullptr, &error));
}

TEST_F(CApiPlot, NullForEverythingIsAnArgumentError) {
  betwixt_error e;
  std::int64_t length = 0;
  Pictures plot;
  EXPECT_EQ(betwixt_model_plot_codes(nullptr, nullptr, nullptr, &plot, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_model_plot_codes(model, nullptr, nullptr, nullptr, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_model_curve(nullptr, nullptr, 0, &length, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_model_curve(model, nullptr, 0, nullptr, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_plot_curves(nullptr, 1, nullptr, &plot, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_plot_bars(nullptr, 1, nullptr, 1, nullptr, &plot, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_plot_measure(nullptr, nullptr, 1, nullptr, &plot, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_model_evaluate(model, nullptr, nullptr, nullptr, 0, &length, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_model_evaluate_lines(nullptr, 1, nullptr, 0, &length, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_model_report(model, pictures, nullptr, "x.html", &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_scene_factors(nullptr, nullptr, nullptr, 0, &length, &e), BETWIXT_E_ARGUMENT);
}

TEST_F(CApiPlot, ThePageHoldsAnimationsMeasuresCodesAndSettings) {
  Encoded encoded;
  encoded.model = model;
  auto evaluate = sized<betwixt_evaluate_options>();
  evaluate.frames = 4;
  auto options = sized<betwixt_report_options>();
  options.title = "columns <moving>";
  options.note = "made by a test";
  options.evaluate = &evaluate;
  options.encode = Encoded::encode;
  options.encode_user = &encoded;
  const std::string path = temporary("page.html");
  CAPI_OK(betwixt_model_report(model, pictures, &options, path.c_str(), &error));
  EXPECT_EQ(encoded.animations, 5) << "one per way";
  EXPECT_EQ(encoded.sheets, 6) << "a strip per way, and the reconstructions";
  EXPECT_EQ(encoded.pictures, 3) << "measures, codes, loss";
  const std::string page = text_in(path);
  EXPECT_NE(page.find("columns &lt;moving&gt;"), std::string::npos);
  EXPECT_NE(page.find("made by a test"), std::string::npos);
  EXPECT_NE(page.find("base64,ZmlsZQ=="), std::string::npos) << "the bytes of the encoder";
  EXPECT_NE(page.find("nearest"), std::string::npos);
}

TEST_F(CApiPlot, APageWhoseEncoderFailsIsNotWritten) {
  Encoded encoded;
  auto options = sized<betwixt_report_options>();
  const std::string path = temporary("no_page.html");
  const auto report = [&](betwixt_error* e) {
    return betwixt_model_report(model, pictures, &options, path.c_str(), e);
  };
  CAPI_FAILS(BETWIXT_E_MISSING, "options.encode", report(&error));
  options.encode = Encoded::encode;
  options.encode_user = &encoded;
  encoded.answer = 3;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "encode returned 3", report(&error));
  encoded.throws = true;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "no room", report(&error));
  options.encode = [](void*, const betwixt_pictures*, const betwixt_encoding*,
                      void (*)(void*, const void*, std::int64_t), void*) -> std::int32_t { return 0; };
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "wrote nothing", report(&error));
  EXPECT_FALSE(std::ifstream(path)) << "all or nothing";
}

}  // namespace
