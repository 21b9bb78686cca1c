// SPDX-License-Identifier: MIT
#include "betwixt/media/mpi3d.h"

#include <gtest/gtest.h>

#include "tests/media/archive_builder.h"
#include "tests/support/memory_files.h"

namespace betwixt {
namespace {

using archive_test::error_of;

TEST(Mpi3d, FactorsAndPlacesAreInverse) {
  EXPECT_EQ(mpi3d_index({0, 0, 0, 0, 0, 0, 0}), 0);
  EXPECT_EQ(mpi3d_index({0, 0, 0, 0, 0, 0, 1}), 1);
  EXPECT_EQ(mpi3d_index({0, 0, 0, 0, 0, 1, 0}), 40);
  EXPECT_EQ(mpi3d_index({0, 0, 0, 0, 1, 0, 0}), 1600);
  EXPECT_EQ(mpi3d_index({1, 0, 0, 0, 0, 0, 0}), 172800);
  EXPECT_EQ(mpi3d_index({5, 5, 1, 2, 2, 39, 39}), kMpi3dPictures - 1);
  for (std::int64_t index = 0; index < kMpi3dPictures; index += 997)
    ASSERT_EQ(mpi3d_index(mpi3d_factors(index)), index);
  EXPECT_EQ(error_of([] { mpi3d_factors(-1); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([] { mpi3d_factors(kMpi3dPictures); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([] { mpi3d_index({6, 0, 0, 0, 0, 0, 0}); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([] { mpi3d_index({0, 0, 0, 0, 0, 0, -1}); }).code(), ErrorCode::kArgument);
}

TEST(Mpi3d, RefusesOtherArchives) {
  test_support::MemoryFiles files;
  const std::string array = archive_test::npy("|u1", "(1, 2, 2, 3)", std::string(12, 'x'));
  files.put("f.npz", archive_test::to_bytes(archive_test::zip({{"images.npy", array}}).bytes));
  const std::int64_t one[] = {0}, outside[] = {kMpi3dPictures};
  EXPECT_EQ(error_of([&] { read_mpi3d(files, "f.npz", one); }).code(), ErrorCode::kShape);
  EXPECT_EQ(error_of([&] { read_mpi3d(files, "f.npz", outside); }).code(), ErrorCode::kArgument);
}

/// An archive of the full size whose pictures are made when they are read: every byte of picture i is i mod 251.
class Mpi3dFile final : public File {
 public:
  static constexpr std::uint64_t kPicture = 64 * 64 * 3, kData = kMpi3dPictures * kPicture;

  Mpi3dFile() {
    using archive_test::le;
    const std::string header = archive_test::npy("|u1", "(1036800, 64, 64, 3)", "");
    const std::uint64_t size = header.size() + kData;
    const std::string name = "images.npy";
    const std::string extra = le(1, 2) + le(16, 2) + le(size, 8) + le(size, 8);
    const std::string common =
        le(0, 2) + le(0, 2) + le(0, 4) + le(0, 4) + le(~0u, 4) + le(~0u, 4) + le(name.size(), 2) + le(extra.size(), 2);
    before_ = "PK\x03\x04" + le(45, 2) + common + name + extra + header;
    const std::string central = "PK\x01\x02" + le(45, 2) + le(45, 2) + common + le(0, 2) + le(0, 2) + le(0, 2) +
                                le(0, 4) + le(0, 4) + name + extra;
    const std::uint64_t directory = before_.size() + kData, end = directory + central.size();
    after_ = central + "PK\x06\x06" + le(44, 8) + le(45, 2) + le(45, 2) + le(0, 8) + le(1, 8) + le(1, 8) +
             le(central.size(), 8) + le(directory, 8) + "PK\x06\x07" + le(0, 4) + le(end, 8) + le(1, 4) + "PK\x05\x06" +
             le(0, 4) + le(1, 2) + le(1, 2) + le(central.size(), 4) + le(~0u, 4) + le(0, 2);
  }
  void read(std::uint64_t offset, std::span<std::byte> into) override {
    for (std::size_t i = 0; i < into.size(); ++i) into[i] = byte(offset + i);
  }
  std::uint64_t size() override { return before_.size() + kData + after_.size(); }
  void write(std::span<const std::byte>) override {}
  void sync() override {}
  void close() override {}

 private:
  std::byte byte(std::uint64_t at) const {
    if (at < before_.size()) return static_cast<std::byte>(before_[at]);
    at -= before_.size();
    return at < kData ? static_cast<std::byte>(at / kPicture % 251) : static_cast<std::byte>(after_[at - kData]);
  }

  std::string before_, after_;
};

class Mpi3dFiles final : public FileSystem {
 public:
  std::unique_ptr<File> open(const std::string&) override { return std::make_unique<Mpi3dFile>(); }
  std::unique_ptr<File> create(const std::string&) override { return nullptr; }
  void rename(const std::string&, const std::string&) override {}
  void remove(const std::string&) override {}
  bool exists(const std::string&) override { return true; }
  void make_folder(const std::string&) override {}
  void sync_folder(const std::string&) override {}
  std::vector<FileEntry> list(const std::string&) override { return {}; }
};

TEST(Mpi3d, ReadsChosenPicturesOfTheWholeArchive) {
  Mpi3dFiles files;
  const std::int64_t indices[] = {1036799, 0, 500000, 500000, 7};
  const Images images = read_mpi3d(files, "mpi3d.npz", indices);
  ASSERT_EQ(images.count, 5);
  for (std::int64_t i = 0; i < 5; ++i)
    for (const std::uint8_t pixel : images.picture(i)) ASSERT_EQ(pixel, indices[i] % 251);
  EXPECT_EQ(images.names[0], "5-5-1-2-2-39-39");
  EXPECT_EQ(images.names[4], "0-0-0-0-0-0-7");
}

}  // namespace
}  // namespace betwixt
