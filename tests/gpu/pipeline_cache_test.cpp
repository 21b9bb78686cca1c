// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/pipeline_cache.h"

#include "tests/gpu/gpu_support.h"
#include "tests/support/memory_files.h"
#include "tests/support/stated_errors.h"

namespace betwixt::test_gpu {
namespace {

using gpu::CacheIdentity;
using gpu::decode_cache;
using gpu::encode_cache;

CacheIdentity some_identity() {
  CacheIdentity identity;
  identity.vendor = 0x10de;
  identity.device = 0x2335;
  identity.driver_version = 77;
  identity.driver = 4;
  for (std::uint8_t i = 0; i < VK_UUID_SIZE; ++i) identity.uuid[i] = i;
  identity.shader_hash = 0x1234567890abcdefull;
  return identity;
}

std::vector<std::byte> some_payload(std::size_t bytes) {
  std::vector<std::byte> payload(bytes);
  for (std::size_t i = 0; i < bytes; ++i) payload[i] = static_cast<std::byte>(i * 37 + 5);
  return payload;
}

TEST(GpuPipelineCache, RoundTrip) {
  for (const std::size_t bytes : {0, 1, 7, 8, 9, 1000}) {
    const std::vector<std::byte> payload = some_payload(bytes);
    const std::vector<std::byte> file = encode_cache(some_identity(), payload);
    const auto decoded = decode_cache(some_identity(), file);
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(std::equal(decoded->begin(), decoded->end(), payload.begin(), payload.end()));
  }
}

TEST(GpuPipelineCache, AnyFlippedBitAndAnyLengthIsRefused) {
  const std::vector<std::byte> file = encode_cache(some_identity(), some_payload(203));
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::vector<std::byte> damaged = file;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    ASSERT_FALSE(decode_cache(some_identity(), damaged)) << "bit " << bit;
  }
  for (std::size_t length = 0; length < file.size(); ++length)
    ASSERT_FALSE(decode_cache(some_identity(), std::span(file).first(length))) << "length " << length;
  std::vector<std::byte> longer = file;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_cache(some_identity(), longer));
}

TEST(GpuPipelineCache, ACacheOfAnotherDeviceDriverOrBuildIsRefused) {
  const std::vector<std::byte> file = encode_cache(some_identity(), some_payload(64));
  auto refused = [&](auto change) {
    CacheIdentity other = some_identity();
    change(other);
    return !decode_cache(other, file);
  };
  EXPECT_TRUE(refused([](CacheIdentity& i) { i.vendor++; }));
  EXPECT_TRUE(refused([](CacheIdentity& i) { i.device++; }));
  EXPECT_TRUE(refused([](CacheIdentity& i) { i.driver_version++; }));
  EXPECT_TRUE(refused([](CacheIdentity& i) { i.driver++; }));
  EXPECT_TRUE(refused([](CacheIdentity& i) { i.uuid[15]++; }));
  EXPECT_TRUE(refused([](CacheIdentity& i) { i.shader_hash++; }));
}

TEST(GpuPipelineCache, EachDefectHasItsError) {
  const std::vector<std::byte> good = encode_cache(some_identity(), some_payload(9));
  const std::size_t header = good.size() - 9;
  test_support::StatedErrors stated;
  const auto expect = [&](const std::vector<std::byte>& file, ErrorCode code, std::int64_t offset, const char* field) {
    try {
      gpu::checked_cache(some_identity(), file);
      ADD_FAILURE() << "accepted, not " << error_name(code);
    } catch (const Error& error) {
      EXPECT_STREQ(error_name(error.code()), error_name(code));
      EXPECT_EQ(error.byte_offset(), offset) << error.what();
      EXPECT_STREQ(error.field(), field) << error.what();
      stated.expect(std::to_string(file.size()) + " bytes", error);
    }
  };
  const auto flipped = [&](std::size_t at) {
    std::vector<std::byte> file = good;
    file[at] ^= std::byte{1};
    return file;
  };
  const auto first = [&](std::size_t size) { return std::vector<std::byte>(good.begin(), good.begin() + size); };
  std::vector<std::byte> longer = good;
  longer.push_back(std::byte{0});
  expect({}, ErrorCode::kTruncated, 0, "header");
  expect(first(header - 1), ErrorCode::kTruncated, static_cast<std::int64_t>(header) - 1, "header");
  expect(first(good.size() - 1), ErrorCode::kTruncated, static_cast<std::int64_t>(good.size()) - 1, "payload_bytes");
  expect(longer, ErrorCode::kTrailing, static_cast<std::int64_t>(good.size()), "payload_bytes");
  expect(flipped(0), ErrorCode::kBadMagic, 0, "magic");
  expect(flipped(7), ErrorCode::kVersion, 7, "version");
  for (const std::size_t at : {8u, 12u, 16u, 20u, 24u, 40u}) expect(flipped(at), ErrorCode::kMismatch, 8, "identity");
  expect(flipped(header - 1), ErrorCode::kChecksum, static_cast<std::int64_t>(header) - 8, "checksum");
  expect(flipped(header + 3), ErrorCode::kChecksum, static_cast<std::int64_t>(header) - 8, "checksum");
}

class GpuPipelineCacheFile : public GpuTest {
 protected:
  Device cached() {
    VulkanOptions options;
    options.files = &files_;
    options.cache_path = "folder/cache";
    return device(options);
  }
  test_support::MemoryFiles files_;
};

TEST_F(GpuPipelineCacheFile, IsWrittenOnceAndAcceptedAtTheNextStart) {
  files_.make_folder("folder");
  const Device first = cached();
  const std::vector<std::uint32_t> result = run_busy(first, 500, 2);
  EXPECT_FALSE(vulkan_counters(first).cache_accepted);
  ASSERT_TRUE(files_.exists("folder/cache"));
  const std::vector<std::byte> written = files_.get("folder/cache");
  const Device second = cached();
  EXPECT_TRUE(vulkan_counters(second).cache_accepted);
  EXPECT_EQ(run_busy(second, 500, 2), result);

  std::vector<std::byte> damaged = written;
  damaged[damaged.size() / 2] ^= std::byte{4};
  files_.put("folder/cache", damaged);
  const Device third = cached();
  EXPECT_FALSE(vulkan_counters(third).cache_accepted);
  EXPECT_EQ(run_busy(third, 500, 2), result);
  EXPECT_TRUE(vulkan_counters(cached()).cache_accepted) << "was not written anew";
}

TEST_F(GpuPipelineCacheFile, ADiskThatFailsCostsNothingButTime) {
  files_.fail_from(0, EIO);
  const Device gpu = cached();
  EXPECT_GT(run_busy(gpu, 500, 2).size(), 0u);
}

}  // namespace
}  // namespace betwixt::test_gpu
