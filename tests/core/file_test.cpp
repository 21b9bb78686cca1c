// SPDX-License-Identifier: MIT
#include "betwixt/core/file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "betwixt/core/error.h"
#include "tests/support/memory_files.h"

#if !defined(_WIN32)
#include <sys/stat.h>
#include <unistd.h>

#include "betwixt/core/detail/posix_calls.h"
#endif

namespace betwixt {
namespace {

using test_support::MemoryFiles;

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string text_of(const Memory& memory) { return text_of(std::span(memory.data(), memory.size())); }

template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::kOk, "test", "no error was thrown");
}

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const ::testing::TestInfo* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("betwixt_file_" + std::string(info->name()) + std::to_string(std::random_device{}()));
    std::filesystem::remove_all(folder_);
    files_.make_folder(path("deep/er"));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return path_join(folder_.string(), name); }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }

  std::filesystem::path folder_;
  FileSystem& files_ = default_file_system();
};

TEST_F(FileTest, WritesAndReadsBack) {
  const std::string text(100000, 'x');
  write_file_atomically(files_, path("a"), bytes_of(text));
  EXPECT_EQ(text_of(read_file(files_, path("a"))), text);
  EXPECT_FALSE(files_.exists(path("a.tmp")));
  write_file_atomically(files_, path("a"), bytes_of("short"));
  EXPECT_EQ(text_of(read_file(files_, path("a"))), "short");
  write_file_atomically(files_, path("empty"), {});
  EXPECT_EQ(read_file(files_, path("empty")).size(), 0u);
}

TEST_F(FileTest, ReadsPartsAndAppends) {
  const auto file = files_.create(path("a"));
  file->write(bytes_of("hello "));
  file->write(bytes_of("world"));
  EXPECT_EQ(file->size(), 11u);
  std::vector<std::byte> part(5);
  file->read(6, part);
  EXPECT_EQ(text_of(part), "world");
  const Error error = error_of([&] { file->read(8, part); });
  EXPECT_EQ(error.code(), ErrorCode::kTruncated);
  EXPECT_EQ(error.byte_offset(), 11);
  file->close();
}

TEST_F(FileTest, MissingFileSaysSoWithErrno) {
  const Error error = error_of([&] { read_file(files_, path("none")); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.system_error(), ENOENT);
  EXPECT_NE(std::string(error.what()).find("none"), std::string::npos);
  EXPECT_EQ(error_of([&] { files_.remove(path("none")); }).system_error(), ENOENT);
  EXPECT_EQ(error_of([&] { files_.list(path("none")); }).system_error(), ENOENT);
  EXPECT_EQ(error_of([&] { write_file_atomically(files_, path("no/where"), {}); }).system_error(), ENOENT);
}

TEST_F(FileTest, LimitIsCheckedBeforeReading) {
  put("big", std::string(1000, 'b'));
  const Error error = error_of([&] { read_file(files_, path("big"), 999); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_STREQ(error.limit_name(), "file bytes");
  EXPECT_EQ(read_file(files_, path("big"), 1000).size(), 1000u);
}

TEST_F(FileTest, ListsSortedWithKinds) {
  put("b", "12");
  put("a", "1");
  const std::vector<FileEntry> entries = files_.list(folder_.string());
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].name, "a");
  EXPECT_EQ(entries[1].name, "b");
  EXPECT_EQ(entries[1].size, 2u);
  EXPECT_EQ(entries[2].name, "deep");
  EXPECT_TRUE(entries[2].is_folder);
}

TEST_F(FileTest, MakesFoldersWithParents) {
  files_.make_folder(path("x/y/z/"));
  files_.make_folder(path("x/y/z"));
  EXPECT_TRUE(files_.exists(path("x/y/z")));
  put("plain", "");
  EXPECT_EQ(error_of([&] { files_.make_folder(path("plain/sub")); }).code(), ErrorCode::kIo);
}

TEST_F(FileTest, ZeroBytesInPathsAreRefused) {
  EXPECT_EQ(error_of([&] { files_.open(path("a") + std::string(1, '\0') + "b"); }).code(), ErrorCode::kPath);
  EXPECT_EQ(error_of([&] { files_.open(""); }).code(), ErrorCode::kPath);
}

#if !defined(_WIN32)
TEST_F(FileTest, OnlyRegularFiles) {
  EXPECT_EQ(error_of([&] { files_.open(path("deep")); }).code(), ErrorCode::kIo);
  EXPECT_EQ(error_of([&] { files_.open("/dev/null"); }).code(), ErrorCode::kIo);
  EXPECT_EQ(error_of([&] { files_.create(path("deep")); }).code(), ErrorCode::kIo);
#if !defined(__EMSCRIPTEN__)  // whose mkfifo makes a plain file
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(error_of([&] { files_.open(path("pipe")); }).code(), ErrorCode::kIo);
  EXPECT_EQ(error_of([&] { files_.create(path("pipe")); }).code(), ErrorCode::kIo);
#endif
}

// Calls that are interrupted and do little at a time, as a signal-heavy program or a network disk sees.
int failing_call = -1;
int call_count = 0;
int failure = 0;
std::vector<std::string> performed;

bool fails(const char* name) {
  performed.push_back(name);
  if (call_count++ != failing_call) return false;
  errno = failure;
  return true;
}
int slow_open(const char* path, int flags, mode_t mode) {
  return fails("open") ? -1 : detail::system_calls().open(path, flags, mode);
}
ssize_t slow_read(int descriptor, void* into, std::size_t bytes, off_t offset) {
  return fails("read") ? -1 : ::pread(descriptor, into, std::min<std::size_t>(bytes, 7), offset);
}
ssize_t slow_write(int descriptor, const void* from, std::size_t bytes) {
  return fails("write") ? -1 : ::write(descriptor, from, std::min<std::size_t>(bytes, 7));
}
int slow_sync(int descriptor) { return fails("sync") ? -1 : detail::system_calls().sync(descriptor); }
int slow_close(int descriptor) {
  const bool failed = fails("close");
  return ::close(descriptor) != 0 || failed ? -1 : 0;
}
int slow_rename(const char* from, const char* to) { return fails("rename") ? -1 : std::rename(from, to); }

constexpr detail::PosixCalls kSlow{slow_open, slow_read, slow_write, slow_sync, slow_close, slow_rename};

TEST_F(FileTest, EveryCallInterruptedOrFailingInTurn) {
  const auto slow = detail::posix_file_system(kSlow);
  for (const int code : {EINTR, EIO, ENOSPC}) {
    for (failing_call = 0;; ++failing_call) {
      put("a", "the old content");
      call_count = 0;
      failure = code;
      performed.clear();
      const Error error = error_of([&] { write_file_atomically(*slow, path("a"), bytes_of("the new content!")); });
      if (call_count <= failing_call) break;
      const std::string call = performed[static_cast<std::size_t>(failing_call)];
      const std::string now = text_of(read_file(files_, path("a")));
      const bool renamed =
          std::find(performed.begin(), performed.begin() + failing_call, "rename") != performed.begin() + failing_call;
      EXPECT_FALSE(files_.exists(path("a.tmp"))) << call;
      // A folder's own close has nothing left to lose.
      const bool harmless = (code == EINTR && call != "sync" && call != "rename") || (call == "close" && renamed);
      EXPECT_EQ(error.code(), harmless ? ErrorCode::kOk : ErrorCode::kIo) << call << " " << code;
      EXPECT_EQ(now, renamed || harmless ? "the new content!" : "the old content") << call << " " << code;
      if (!harmless) {
        EXPECT_EQ(error.system_error(), code);
      }
    }
    EXPECT_GT(failing_call, 8);
  }
  failing_call = -1;
  EXPECT_EQ(text_of(read_file(*slow, path("a"))), "the new content!");
}

TEST_F(FileTest, WritesInTheStatedOrder) {
  failing_call = -1;
  performed.clear();
  write_file_atomically(*detail::posix_file_system(kSlow), path("a"), bytes_of("1234567"));
  const std::vector<std::string> expected{"open", "write", "sync", "close", "rename", "open", "sync", "close"};
  EXPECT_EQ(performed, expected);
}
#endif

TEST(Paths, Parts) {
  EXPECT_EQ(path_folder("a/b/c.png"), "a/b");
  EXPECT_EQ(path_folder("c.png"), ".");
  EXPECT_EQ(path_folder("/c.png"), "/");
  EXPECT_EQ(path_name("a/b/c.png"), "c.png");
  EXPECT_EQ(path_extension("a.b/c.PnG"), ".png");
  EXPECT_EQ(path_extension("a.b/c"), "");
  EXPECT_EQ(path_extension(".hidden"), "");
  EXPECT_EQ(path_join("a", "b"), "a/b");
  EXPECT_EQ(path_join("a/", "b"), "a/b");
  EXPECT_EQ(path_join("", "b"), "b");
}

TEST(MemoryFilesTest, FaultAtEveryCallLeavesOldOrNew) {
  for (std::int64_t call = 0;; ++call) {
    MemoryFiles files;
    files.put("a", bytes_of("old"));
    files.fail_short(call, 2, ENOSPC);
    const Error error = error_of([&] { write_file_atomically(files, "a", bytes_of("newer")); });
    if (!files.fault_happened()) {
      EXPECT_EQ(call, 6);
      break;
    }
    EXPECT_EQ(error.system_error(), ENOSPC);
    EXPECT_EQ(text_of(files.get("a")), call < 5 ? "old" : "newer") << call;
    EXPECT_EQ(files.paths(), std::vector<std::string>{"a"}) << call;
  }
}

TEST(MemoryFilesTest, PowerLossAfterEveryCallLeavesOldOrNew) {
  for (std::int64_t call = 0; call <= 6; ++call) {
    MemoryFiles before;
    before.put("a", bytes_of("old"));
    before.fail_from(call, EIO);
    const Error error = error_of([&] { write_file_atomically(before, "a", bytes_of("newer")); });
    EXPECT_EQ(error.code(), call < 6 ? ErrorCode::kIo : ErrorCode::kOk);
    ASSERT_LE(before.pending(), 4u);
    for (std::uint64_t keep = 0; keep < (std::uint64_t{1} << before.pending()); ++keep) {
      const auto after = before.clone();
      after->power_loss(keep, MemoryFiles::Tear::kSectors, keep);
      const std::string now = text_of(after->get("a"));
      EXPECT_TRUE(now == "old" || now == "newer") << now << " after call " << call;
      if (call == 6) {
        EXPECT_EQ(now, "newer");
      }
    }
  }
}

TEST(MemoryFilesTest, AModelThatLosesDataIsCaught) {
  // Without the flush before the rename, some power loss must leave neither the old nor the new content.
  MemoryFiles before;
  before.put("a", bytes_of("old"));
  before.create("b")->write(bytes_of("newer"));
  before.rename("b", "a");
  bool lost = false;
  for (std::uint64_t keep = 0; keep < (std::uint64_t{1} << before.pending()); ++keep) {
    const auto after = before.clone();
    after->power_loss(keep);
    const std::string now = text_of(after->get("a"));
    lost = lost || (now != "old" && now != "newer");
  }
  EXPECT_TRUE(lost);
}

TEST(MemoryFilesTest, TornWritesKeepSomeBlocks) {
  MemoryFiles before;
  before.put("a", {});
  before.create("a")->write(bytes_of(std::string(4096, 'n')));
  int torn = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto after = before.clone();
    after->power_loss(~std::uint64_t{0}, MemoryFiles::Tear::kSectors, seed);
    const std::string now = text_of(after->get("a"));
    const auto kept = std::count(now.begin(), now.end(), 'n');
    EXPECT_EQ(kept % 512, 0);
    torn += kept > 0 && kept < 4096;
  }
  EXPECT_GT(torn, 40);
}

TEST(MemoryFilesTest, FilesDieWithTheirProcess) {
  MemoryFiles files;
  const auto file = files.create("dir.d");
  file->write(bytes_of("x"));
  files.process_killed();
  EXPECT_EQ(error_of([&] { file->write(bytes_of("y")); }).system_error(), EBADF);
  EXPECT_EQ(text_of(files.get("dir.d")), "x");
}

TEST(MemoryFilesTest, FoldersBehave) {
  MemoryFiles files;
  files.make_folder("a/b");
  files.create("a/b/two")->write(bytes_of("22"));
  files.create("a/b/one")->write(bytes_of("1"));
  files.make_folder("a/b/sub");
  const auto entries = files.list("a/b/");
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].name, "one");
  EXPECT_EQ(entries[2].size, 2u);
  EXPECT_TRUE(entries[1].is_folder);
  EXPECT_EQ(error_of([&] { files.create("nowhere/x"); }).system_error(), ENOENT);
  EXPECT_EQ(error_of([&] { files.open("a/b"); }).system_error(), EISDIR);
}

}  // namespace
}  // namespace betwixt
