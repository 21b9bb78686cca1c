// SPDX-License-Identifier: MIT
// What the headers promise about themselves, and what the shared libraries export.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "places.h"
#include "tests/support/needs.h"
#include "tests/support/temporary.h"

namespace {

std::string text_of(const std::string& header) {
  std::ifstream file(std::string(BETWIXT_SOURCE_DIR) + "/lib/capi/" + header);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const std::regex kFunction(R"(((?:///[^\n]*\n)+)BETWIXT_API [\w \*]+?(betwixt_\w+)\()");

std::set<std::string> functions_of(const std::string& header) {
  const std::string text = text_of(header);
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), kFunction), end; at != end; ++at) names.insert((*at)[2]);
  return names;
}

std::set<std::string> exports_of(const std::string& library) {
  const std::string command =
      "nm -D --defined-only \"" + std::string(BETWIXT_BINARY_DIR) + "/lib/" + library + "\" 2>/dev/null";
  std::set<std::string> names;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return names;
  char line[512];
  while (std::fgets(line, sizeof line, pipe)) {
    std::string name = line;
    name.erase(name.find_last_not_of(" \n") + 1);
    names.insert(name.substr(name.rfind(' ') + 1));
  }
  pclose(pipe);
  return names;
}

TEST(CApiHeader, EveryFunctionSaysWhichThreadsMayCallIt) {
  for (const char* header : {"betwixt.h", "betwixt_evaluate.h", "betwixt_measures.h", "betwixt_plot.h",
                             "betwixt_warp.h", "betwixt_media.h"}) {
    const std::string text = text_of(header);
    int functions = 0;
    for (std::sregex_iterator at(text.begin(), text.end(), kFunction), end; at != end; ++at, ++functions) {
      const std::string comment = std::regex_replace((*at)[1].str(), std::regex(R"(\n///\s*)"), " ");
      EXPECT_TRUE(comment.find("Any thread") != std::string::npos ||
                  comment.find("One thread at a time per object") != std::string::npos)
          << (*at)[2] << ": " << comment;
    }
    std::size_t declared = 0;
    for (std::size_t at = text.find("\nBETWIXT_API "); at != std::string::npos;
         at = text.find("\nBETWIXT_API ", at + 1))
      ++declared;
    EXPECT_EQ(static_cast<std::size_t>(functions), declared) << "every function of " << header << " is documented";
  }
}

TEST(CApiHeader, TheSharedLibrariesExportTheFunctionsAndNothingElse) {
#if defined(__linux__)
  if (std::system("command -v nm >/dev/null") != 0) GTEST_SKIP() << "no nm (package binutils) to list them with";
  const std::set<std::string> exported = exports_of("libbetwixt_c.so");
  std::set<std::string> declared;
  for (const char* header :
       {"betwixt.h", "betwixt_evaluate.h", "betwixt_measures.h", "betwixt_plot.h", "betwixt_warp.h"})
    declared.merge(functions_of(header));
  EXPECT_EQ(exported, declared);
  const std::set<std::string> media = exports_of("libbetwixt_media_c.so");
  if (!media.empty()) EXPECT_EQ(media, functions_of("betwixt_media.h"));
#else
  GTEST_SKIP() << "looks at ELF libraries";
#endif
}

TEST(CApiHeader, TheDemoLearnsAndMorphsThroughTheCApiAlone) {
  const std::string demo = std::string(BETWIXT_BINARY_DIR) + "/bin/capi_morph";
  BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_DEMOS, demo);
  const std::string strip = betwixt::test::temporary_path("capi_morph.ppm");
  EXPECT_EQ(std::system(("\"" + demo + "\" \"" + strip + "\" 20 > \"" + strip + ".log\" 2>&1").c_str()), 0);
  std::ifstream file(strip, std::ios::binary);
  std::string magic;
  std::getline(file, magic);
  EXPECT_EQ(magic, "P6 1024 128 255");
  std::remove(strip.c_str());
  std::remove((strip + ".log").c_str());
}

}  // namespace
