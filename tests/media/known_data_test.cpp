// SPDX-License-Identifier: MIT
#include "betwixt/media/known_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "betwixt/media/encode.h"
#include "tests/media/archive_builder.h"
#include "tests/media/media_support.h"
#include "tests/support/memory_files.h"

namespace betwixt {
namespace {

using archive_test::error_of;
using archive_test::gzip;
using archive_test::idx;
using archive_test::to_bytes;
using media_test::shared_folder;
using test_support::MemoryFiles;
using namespace std::string_literals;

constexpr char kHeader[] = "actor\tframe\trotation\tmirrored\tscale\tfile\tsource_sprite\n";

void put_picture(MemoryFiles& files, const std::string& path, int side, std::uint8_t value) {
  Images picture(1, side, side, 4);
  std::fill(picture.pixels.begin(), picture.pixels.end(), value);
  files.put(path, encode_png(picture));
}

TEST(KnownData, MnistAndFacesComePlainOrPacked) {
  MemoryFiles files;
  files.put("m/t10k-images-idx3-ubyte", to_bytes(idx({2, 1, 3}, "abcdef")));
  files.put("m/t10k-labels-idx1-ubyte.gz", to_bytes(gzip(idx({2}, "\x03\x07"))));
  const LabelledImages digits = load_mnist("m", true, files);
  EXPECT_EQ(digits.images.count, 2);
  EXPECT_EQ(digits.labels, (std::vector<int>{3, 7}));
  EXPECT_EQ(error_of([&] { load_mnist("m", false, files); }).code(), ErrorCode::kIo);

  files.put("f/faces2-idx3-ubyte.gz", to_bytes(gzip(idx({2, 2, 2}, "abcdefgh"))));
  EXPECT_TRUE(load_faces("f", 2, files).names.empty());
  files.put("f/ids.txt", to_bytes("A1\r\nB2\n"));
  EXPECT_EQ(load_faces("f", 2, files).names, (std::vector<std::string>{"A1", "B2"}));
  files.put("f/ids.txt", to_bytes("A1\n"));
  EXPECT_EQ(error_of([&] { load_faces("f", 2, files); }).code(), ErrorCode::kMismatch);
  files.put("f/ids.txt", to_bytes("A1\nB\x01\n"));
  EXPECT_EQ(error_of([&] { load_faces("f", 2, files); }).code(), ErrorCode::kEncoding);
  files.put("f/faces3-idx3-ubyte", to_bytes(idx({2, 2, 2}, "abcdefgh")));
  EXPECT_EQ(error_of([&] { load_faces("f", 3, files); }).code(), ErrorCode::kMismatch);
}

TEST(KnownData, ActorFramesFollowTheTableAndTheFilter) {
  MemoryFiles files;
  put_picture(files, "s/imp/a1.png", 4, 255);
  put_picture(files, "s/imp/b5.png", 4, 128);
  put_picture(files, "s/cow/a0.png", 4, 7);
  put_picture(files, "s/cow/big.png", 5, 7);
  files.put("s/frames.tsv", to_bytes(kHeader + "imp\tA\t1\t0\t1.0\timp/a1.png\tx\nimp\tB\t5\t1\t0.5\timp/b5.png\tx\n"s +
                                     "cow\tA\t0\t0\t1.0\tcow/a0.png\tx\n"));
  const ActorFrames all = load_actor_frames("s", {}, files);
  ASSERT_EQ(all.images.count, 3);
  EXPECT_EQ(all.images.names[1], "imp/b5.png");
  EXPECT_EQ(all.frames[1].actor, "imp");
  EXPECT_EQ(all.frames[1].pose, 'B');
  EXPECT_EQ(all.frames[1].rotation, 5);
  EXPECT_TRUE(all.frames[1].is_mirrored);
  EXPECT_EQ(load_actor_frames("s", {.actor = "imp"}, files).images.count, 2);
  EXPECT_EQ(load_actor_frames("s", {.poses = "A"}, files).images.count, 2);
  EXPECT_EQ(load_actor_frames("s", {.rotation = 0}, files).frames[0].actor, "cow");
  EXPECT_EQ(error_of([&] { load_actor_frames("s", {.actor = "dog"}, files); }).code(), ErrorCode::kMissing);
}

TEST(KnownData, ADamagedFrameTableIsOneClearError) {
  MemoryFiles files;
  put_picture(files, "s/a.png", 4, 255);
  put_picture(files, "s/b.png", 5, 255);
  const auto code = [&](const std::string& text) {
    files.put("s/frames.tsv", to_bytes(text));
    return error_of([&] { load_actor_frames("s", {}, files); }).code();
  };
  const std::string good = "x\tA\t1\t0\t1\ta.png\ty\n";
  EXPECT_EQ(code(kHeader + good), ErrorCode::kOk);
  EXPECT_EQ(code(""), ErrorCode::kSyntax);
  EXPECT_EQ(code("actor\n" + good), ErrorCode::kSyntax);
  EXPECT_EQ(code(kHeader + "x\tA\t1\t0\t1\ta.png\n"s), ErrorCode::kSyntax);
  EXPECT_EQ(code(kHeader + "x\tAB\t1\t0\t1\ta.png\ty\n"s), ErrorCode::kSyntax);
  EXPECT_EQ(code(kHeader + "x\tA\t9\t0\t1\ta.png\ty\n"s), ErrorCode::kValue);
  EXPECT_EQ(code(kHeader + "x\tA\t\t0\t1\ta.png\ty\n"s), ErrorCode::kValue);
  EXPECT_EQ(code(kHeader + "x\tA\t1\t99999999999\t1\ta.png\ty\n"s), ErrorCode::kValue);
  EXPECT_EQ(code(kHeader + "x\tA\t1\t0\t1\t../a.png\ty\n"s), ErrorCode::kPath);
  EXPECT_EQ(code(kHeader + "/x\tA\t1\t0\t1\ta.png\ty\n"s), ErrorCode::kPath);
  EXPECT_EQ(code(kHeader + "x\tA\t1\t0\t1\ta\x01.png\ty\n"s), ErrorCode::kEncoding);
  EXPECT_EQ(code(kHeader + good + "x\tA\t1\t0\t1\tb.png\ty\n"), ErrorCode::kMismatch);
  EXPECT_EQ(code(kHeader + "x\tA\t1\t0\t1\tnone.png\ty\n"s), ErrorCode::kIo);
  const std::string whole = kHeader + good + good;
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(code(whole.substr(0, size)), ErrorCode::kInternal);
}

TEST(KnownData, EveryFailingCallIsOneError) {
  MemoryFiles files;
  put_picture(files, "s/a.png", 4, 255);
  files.put("s/frames.tsv", to_bytes(kHeader + "x\tA\t1\t0\t1\ta.png\ty\n"s));
  for (std::int64_t call = 0;; ++call) {
    files.fail_at(call, EIO);
    const Error error = error_of([&] { load_actor_frames("s", {}, files); });
    if (!files.fault_happened()) break;
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.system_error(), EIO);
  }
}

TEST(KnownData, RangesOfMpi3dAreInItsOrder) {
  const std::vector<std::int64_t> poses = mpi3d_range({0, 0, 1, 0, 0, -1, -1});
  ASSERT_EQ(poses.size(), 1600u);
  EXPECT_EQ(poses.front(), mpi3d_index({0, 0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(poses[41], mpi3d_index({0, 0, 1, 0, 0, 1, 1}));
  EXPECT_TRUE(std::is_sorted(poses.begin(), poses.end()));
  EXPECT_EQ(mpi3d_range({-1, 0, 0, 2, 0, 5, 6}).size(), 6u);
  EXPECT_EQ(mpi3d_range({1, 2, 0, 2, 1, 5, 6}), (std::vector<std::int64_t>{mpi3d_index({1, 2, 0, 2, 1, 5, 6})}));
  EXPECT_EQ(error_of([] { mpi3d_range({6, 0, 0, 0, 0, 0, 0}); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([] { mpi3d_range({-2, 0, 0, 0, 0, 0, 0}); }).code(), ErrorCode::kArgument);
}

TEST(KnownData, AnAbsentMpi3dArchiveIsAnErrorOfTheSystem) {
  MemoryFiles files;
  EXPECT_EQ(media_test::error_of([&] { load_mpi3d("absent.npz", {}, files); }).code(), ErrorCode::kIo);
}

TEST(KnownData, MpiSweepsAreFoundByTheirNumber) {
  MemoryFiles files;
  put_picture(files, "m/real1/5_horizontal_axis/00.png", 4, 10);
  put_picture(files, "m/real1/5_horizontal_axis/01.png", 4, 20);
  files.make_folder("m/real1/6_vertical_axis");
  const Images sweep = load_mpi3d_sweep("m", "real1", 5, files);
  EXPECT_EQ(sweep.count, 2);
  EXPECT_EQ(sweep.channels, 3);
  EXPECT_EQ(error_of([&] { load_mpi3d_sweep("m", "real1", 4, files); }).code(), ErrorCode::kMissing);
  EXPECT_EQ(error_of([&] { load_mpi3d_sweep("m", "real1", 7, files); }).code(), ErrorCode::kArgument);
}

TEST(KnownData, FacesAtHand) {
  const std::string folder = shared_folder("faces_congress");
  if (folder.empty()) GTEST_SKIP() << "no folder faces_congress; set BETWIXT_SHARED";
  for (const int size : {64, 128}) {
    const Images faces = load_faces(folder, size);
    EXPECT_EQ(faces.count, 700);
    EXPECT_EQ(faces.width, size);
    EXPECT_EQ(faces.names.front(), "A000014");
    EXPECT_EQ(std::set<std::string>(faces.names.begin(), faces.names.end()).size(), 700u);
  }
}

TEST(KnownData, MnistAtHand) {
  const std::string folder = shared_folder("mnist");
  if (folder.empty()) GTEST_SKIP() << "no folder mnist; set BETWIXT_SHARED";
  const LabelledImages test = load_mnist(folder, true), train = load_mnist(folder);
  EXPECT_EQ(test.images.count, 10000);
  EXPECT_EQ(train.images.count, 60000);
  // As published: 5,923 zeros and 6,742 ones among the training pictures.
  EXPECT_EQ(std::count(train.labels.begin(), train.labels.end(), 0), 5923);
  EXPECT_EQ(std::count(train.labels.begin(), train.labels.end(), 1), 6742);
}

TEST(KnownData, ActorsAtHand) {
  const std::string folder = shared_folder("freedoom_sprites");
  if (folder.empty()) GTEST_SKIP() << "no folder freedoom_sprites; set BETWIXT_SHARED";
  const ActorFrames turn = load_actor_frames(folder, {.actor = "bos2", .poses = "A"});
  ASSERT_EQ(turn.images.count, 8);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(turn.frames[static_cast<std::size_t>(i)].rotation, i + 1);
  EXPECT_EQ(turn.images.width, 128);
  EXPECT_EQ(turn.images.channels, 4);
  EXPECT_EQ(load_actor_frames(folder, {.actor = "troo", .poses = "ABCD", .rotation = 3}).images.count, 4);
  EXPECT_EQ(load_actor_frames(folder).images.count, 920);
}

TEST(KnownData, SheetsAtHand) {
  const std::string folder = shared_folder("sprites_superpowers");
  if (folder.empty()) GTEST_SKIP() << "no folder sprites_superpowers; set BETWIXT_SHARED";
  std::int64_t ninja = 0;
  for (const SheetFrames& frames : load_sprite_sheets(folder, "ninja_")) ninja += frames.images.count;
  EXPECT_EQ(ninja, 1012);
  EXPECT_EQ(error_of([&] { load_sprite_sheets(folder, "none"); }).code(), ErrorCode::kMissing);
}

TEST(KnownData, Mpi3dSweepsAtHand) {
  const std::string folder = shared_folder("mpi3d_traversals");
  if (folder.empty()) GTEST_SKIP() << "no folder mpi3d_traversals; set BETWIXT_SHARED";
  for (const char* set : {"real1", "realistic1", "toy1", "toy2"})
    for (int factor = 0; factor < 7; ++factor) {
      const Images sweep = load_mpi3d_sweep(folder, set, factor);
      EXPECT_EQ(sweep.count, 20) << set << factor;
      EXPECT_EQ(sweep.width, 64);
      EXPECT_EQ(sweep.channels, 3);
    }
}

}  // namespace
}  // namespace betwixt
