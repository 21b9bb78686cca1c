// SPDX-License-Identifier: MIT
// Measuring, drawing, searching and reproducing from the command line, as a user runs it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#ifndef _WIN32
#include <sys/wait.h>
#endif

#include "betwixt/core/file.h"
#include "betwixt/io/json.h"
#include "betwixt/media/picture_folder.h"
#include "places.h"
#include "tests/support/needs.h"
#include "tests/support/temporary.h"

namespace betwixt {
namespace {

namespace fs = std::filesystem;

class Surfing : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = test::temporary_path("surfing");
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    if (fs::exists(program_))
      trained_ = run("train " + quoted(pictures_) + " -o " + file("m.safetensors") +
                     " --size 16 --channels 8 --latent 2 --steps 150 --batch 8 --loss \"0.9*mse+0.1*ssim\"");
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }
  void SetUp() override {
    BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_TOOLS, program_);
    ASSERT_EQ(trained_, 0) << slurp("err");
  }

  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }
  static std::string file(const std::string& name) { return quoted((folder_ / name).string()); }
  static std::string slurp(const std::string& name) {
    std::ifstream in(folder_ / name, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  /// Exit status; output is in "out" and "err".
  static int run(const std::string& arguments) { return shell(quoted(program_) + " " + arguments); }
  static int shell(const std::string& command) {
    const int status = std::system((command + " >" + file("out") + " 2>" + file("err")).c_str());
#ifndef _WIN32
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
#else
    return status;
#endif
  }
  static std::string data() { return file("m.safetensors") + " --data " + quoted(pictures_); }

  static inline const std::string program_ = std::string(BETWIXT_BINARY_DIR) + "/bin/betwixt";
  static inline const std::string pictures_ = std::string(BETWIXT_SOURCE_DIR) + "/demos/data/robot_arm";
  static inline fs::path folder_;
  static inline int trained_ = -1;
};

TEST_F(Surfing, EvaluateTellsEveryMeasureOfEveryMethod) {
  ASSERT_EQ(run("evaluate " + data() + " --from 0 --to 27 --frames 9 --grid 2x20 --json"), 0) << slurp("err");
  const JsonValue value = parse_json(slurp("out"));
  const JsonField methods = JsonField(value).at("methods");
  ASSERT_EQ(methods.size(), 5u);
  for (std::size_t i = 0; i < methods.size(); ++i)
    for (const char* key : {"imse", "imse_u8wrap", "perfect_path", "step_uniformity", "boundary_error", "ssim",
                            "feature_distance", "m1_peak", "m2", "m3_error", "m4_deviation"})
      EXPECT_GE(methods.at(i).at(key).number(), 0) << methods.at(i).at("method").text() << " " << key;
  EXPECT_EQ(methods.at(4).at("method").text(), "nearest");
  EXPECT_EQ(methods.at(4).at("imse").number(), 0) << "known pictures only";
  ASSERT_EQ(run("evaluate " + data() + " --every-second --k 8 --edges pullback"), 0) << slurp("err");
  for (const char* word : {"straight", "slerp", "graph", "dissolve", "nearest", "PSNR", "u8wrap"})
    EXPECT_NE(slurp("out").find(word), std::string::npos) << word;
  EXPECT_EQ(run("evaluate " + data() + " --grid 3x20"), 1);
  EXPECT_NE(slurp("err").find("E_SHAPE"), std::string::npos) << slurp("err");
}

TEST_F(Surfing, MorphsTakeAllKindsOfPaths) {
  const std::string morph = "morph " + file("m.safetensors") + " -o " + file("a.png") + " --json ";
  const auto frames = [&](const std::string& options) {
    EXPECT_EQ(run(morph + options), 0) << options << ": " << slurp("err");
    return JsonField(parse_json(slurp("out"))).at("frames").integer();
  };
  EXPECT_EQ(frames("--through 3,17,31 --frames 21"), 21);
  EXPECT_EQ(frames("--through 3,17,31 --method straight --per-edge 5"), 9) << "two pieces of five, one shared";
  EXPECT_EQ(frames("--from 3 --to 31 --frames 7 --extend 0.25 --method straight"), 7);
  EXPECT_EQ(frames("--from 3 --to 31 --frames 7 --edges decoded --search bidirectional --smooth 1"), 7);
  EXPECT_EQ(frames("--from 3 --to 31 --frames 7 --graph smallest-epsilon --search astar"), 7);
  EXPECT_EQ(frames("--from 3 --to 31 --frames 7 --graph mutual --k 2 --join"), 7);
  EXPECT_EQ(frames("--from 3 --to 31 --frames 7 --method nearest --data " + quoted(pictures_)), 7);
  EXPECT_EQ(run(morph + "--from 3 --to 31 --method nearest"), 1) << "which pictures?";
  EXPECT_EQ(run(morph + "--from 3 --to 31 --edges pullback --search astar"), 1) << "A* would be wrong";
  EXPECT_EQ(run(morph + "--from 3 --through 4,5"), 1);
}

TEST_F(Surfing, PlotsArePictures) {
  ASSERT_EQ(run("plot codes " + data() + " --colour column --grid 2x20 -o " + file("codes.png")), 0) << slurp("err");
  ASSERT_EQ(run("plot loss " + file("m.safetensors") + " -o " + file("loss.png")), 0) << slurp("err");
  ASSERT_EQ(run("evaluate " + data() + " --frames 9 --json"), 0) << slurp("err");
  fs::copy_file(folder_ / "out", folder_ / "e.json", fs::copy_options::overwrite_existing);
  ASSERT_EQ(run("plot metrics " + file("e.json") + " --measure imse -o " + file("bars.png")), 0) << slurp("err");
  for (const char* name : {"codes.png", "loss.png", "bars.png"}) {
    const Images plot = load_image((folder_ / name).string());
    EXPECT_GE(plot.width, 700) << name;
    std::size_t ink = 0;
    for (const std::uint8_t value : plot.pixels) ink += value < 200;
    EXPECT_GT(ink, plot.pixels.size() / 400) << name << " is all paper";
    EXPECT_LT(ink, plot.pixels.size() / 2) << name;
  }
}

TEST_F(Surfing, TheReportIsOnePageThatABrowserShows) {
  ASSERT_EQ(run("report " + data() + " --frames 8 --title \"a <title>\" -o " + file("r.html")), 0) << slurp("err");
  const std::string html = slurp("r.html");
  for (const char* part : {"a &lt;title&gt;", "<h2>Animations", "<h2>Measures", "<h2>Codes", "<h2>Training",
                           "<h2>Settings", "data:image/gif;base64,", "data:image/png;base64,", "0.9*mse+0.1*ssim"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  EXPECT_EQ(html.find("http"), std::string::npos) << "nothing is fetched";
  std::string browser;
  for (const char* name : {"chromium-headless-shell", "chromium", "google-chrome"})
    if (browser.empty() && shell(std::string("command -v ") + name) == 0) browser = name;
  if (browser.empty()) GTEST_SKIP() << "no Chromium to show the page in";
  // The page is asked, by a script of the test's, whether every picture in it was understood.
  std::ofstream(folder_ / "asked.html")
      << html << "<script>onload=()=>{document.title=[...document.images].every(i=>i.naturalWidth>0)"
      << "?'all '+document.images.length+' shown':'broken'}</script>";
  ASSERT_EQ(shell(browser + " --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --dump-dom " +
                  quoted("file://" + (folder_ / "asked.html").string())),
            0)
      << slurp("err");
  EXPECT_NE(slurp("out").find("<title>all 14 shown</title>"), std::string::npos);
}

TEST_F(Surfing, SearchGoesOnWhereItStopped) {
  const std::string search = "search " + quoted(pictures_) + " -o " + file("s") +
                             " --size 16 --steps 20 --vary lr=0.003,0.001 --vary channels=8,4";
  ASSERT_EQ(run(search), 0) << slurp("err");
  const std::string table = slurp("s/search.csv");
  EXPECT_EQ(table.substr(0, table.find('\n')), "run,lr,channels,loss,validation_loss,collapsed,seconds");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 5);
  EXPECT_TRUE(fs::exists(folder_ / "s/search.png"));
  const auto first = fs::last_write_time(folder_ / "s/run_1.json");
  fs::remove(folder_ / "s/run_3.json");
  ASSERT_EQ(run(search), 0) << slurp("err");
  EXPECT_EQ(fs::last_write_time(folder_ / "s/run_1.json"), first) << "finished runs are kept";
  EXPECT_TRUE(fs::exists(folder_ / "s/run_3.json"));
  EXPECT_EQ(run(search + " --noise 0.3"), 1) << "other settings need another folder";
  EXPECT_NE(slurp("err").find("E_MISMATCH"), std::string::npos) << slurp("err");
  EXPECT_EQ(run("search " + quoted(pictures_) + " -o " + file("s2") + " --vary colour=1"), 1);
}

TEST_F(Surfing, TheReportsSettingsAndItsQuirksAreOptions) {
  const std::string train = "train " + quoted(pictures_) + " -o " + file("p.safetensors") + " --json ";
  ASSERT_EQ(run(train + "--report --epochs 2 --channels 8 --latent 2 --noise 0.1"), 0) << slurp("err");
  const JsonValue told = parse_json(slurp("out"));
  const JsonField field(told);
  EXPECT_EQ(field.at("batch").integer(), 8);
  EXPECT_EQ(field.at("steps").integer(), 10) << "40 pictures";
  EXPECT_EQ(field.at("learning_rate").number(), 0.01);
  EXPECT_EQ(field.at("weight_decay").number(), 1e-5);
  EXPECT_EQ(field.at("code_noise").number(), 0);
  EXPECT_EQ(field.at("noise").number(), 0.1) << "what is given by name stays";
  ASSERT_EQ(run("info " + file("p.safetensors")), 0) << slurp("err");
  EXPECT_NE(slurp("out").find("report"), std::string::npos) << slurp("out");
  const std::string quirks = "--size 32 --channels 4 --steps 2 --loss \"0.7*mse+0.3*perceptual\" --report-quirks ";
  EXPECT_EQ(run(train + quirks), 1) << "weights are needed";
  EXPECT_NE(slurp("err").find("E_MISSING"), std::string::npos) << slurp("err");
  const char* shared = std::getenv("BETWIXT_SHARED");
  std::string weights = shared ? shared : std::string(BETWIXT_SOURCE_DIR) + "/../shared";
  weights.append("/data/squeezenet11_deepscale/squeezenet1_1_deepscale_features_f32.safetensors");
  if (!fs::exists(weights)) GTEST_SKIP() << "no weights at " << weights;
  EXPECT_EQ(run(train + quirks + "--features " + quoted(weights)), 0) << slurp("err");
}

TEST_F(Surfing, ABasePictureIsAnOptionOfTraining) {
  const std::string train = "train " + quoted(pictures_) + " --size 16 --channels 4 --latent 2 --steps 2 --json -o ";
  const auto loss_of = [&](const std::string& options) {
    EXPECT_EQ(run(train + file("b.safetensors") + options), 0) << slurp("err");
    return JsonField(parse_json(slurp("out"))).at("loss").number();
  };
  EXPECT_LT(loss_of(" --base-picture"), 0.7 * loss_of("")) << "it starts at the median of the photographs";
}

TEST_F(Surfing, DemosLearnASpriteSheetAndAskForDigits) {
  const std::string bin = std::string(BETWIXT_BINARY_DIR) + "/bin/";
  for (const char* demo : {"sprite_inbetween", "digits"}) BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_DEMOS, bin + demo);
  const std::string sheet = quoted(std::string(BETWIXT_SOURCE_DIR) + "/demos/data/sprites/slime.png");
  ASSERT_EQ(shell(quoted(bin + "sprite_inbetween") + " " + sheet + " 141 107 0,1,2 " + file("s.gif") + " 3"), 0)
      << slurp("err");
  EXPECT_EQ(slurp("s.gif").substr(0, 6), "GIF89a");
  EXPECT_NE(slurp("out").find("9 pictures from 3 drawings"), std::string::npos) << slurp("out");
  EXPECT_EQ(shell(quoted(bin + "digits") + " " + file("nowhere") + " " + file("d.png")), 1);
  EXPECT_NE(slurp("err").find("download MNIST"), std::string::npos) << slurp("err");
}

/// The recorded reproduction of lib/methods/autoencoder/README.md in small: a 20 x 20 grid becomes 10 x 10.
TEST_F(Surfing, ReproducesTheReportInSmallAndKeepsItsRuns) {
  const std::string surf = "reproduce surf -o " + file("r") +
                           " --seeds 1 --latents 2 --epochs 8 --batch 4 --channels 16 --stride 4 --note test";
  ASSERT_EQ(run(surf), 0) << slurp("err");
  const std::string table = slurp("r/surf.md"), told = slurp("out");
  for (const char* part : {"training loss", "perfect_path graph_smallest", "imse straight", "per_edge_graph_u8wrap"})
    EXPECT_NE(table.find(part), std::string::npos) << part;
  const JsonValue run_file = parse_json(slurp("r/surf_d2_s1.json"));
  EXPECT_LT(JsonField(run_file).at("training_loss").number(), 0.03) << "in units of [-1, 1]; the mean alone has 0.02";
  EXPECT_EQ(JsonField(run_file).at("note").text(), "test");
  ASSERT_EQ(run(surf), 0) << slurp("err");
  EXPECT_EQ(slurp("out"), told) << "the run is kept";
}

TEST_F(Surfing, RecoversHeldOutFramesOfSweepsAndKeepsItsRuns) {
  const std::string sweeps = "reproduce sweeps --data " + quoted(pictures_) + " -o " + file("w") + " --first-seed 3";
  ASSERT_EQ(run(sweeps + " --seeds 2 --steps 4"), 0) << slurp("err");
  const std::string table = slurp("w/sweeps.md");
  for (const char* way : {"| graph path |", "| straight path |", "as published", "cross-dissolve", "nearest-frame"})
    EXPECT_NE(table.find(way), std::string::npos) << way;
  const auto first = fs::last_write_time(folder_ / "w/sweeps_s3.safetensors");
  EXPECT_TRUE(fs::exists(folder_ / "w/sweeps_s4.json"));
  ASSERT_EQ(run(sweeps + " --seeds 1 --steps 4"), 0) << slurp("err");
  EXPECT_EQ(fs::last_write_time(folder_ / "w/sweeps_s3.safetensors"), first) << "the run is kept";
  EXPECT_EQ(run(sweeps + " --seeds 1 --steps 4 --no-base-picture"), 1) << "other settings need another folder";
}

}  // namespace
}  // namespace betwixt
