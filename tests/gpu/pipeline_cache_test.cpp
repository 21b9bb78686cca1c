// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/pipeline_cache.h"

#include "tests/gpu/gpu_support.h"
#include "tests/support/memory_files.h"

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
