// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/verdicts.h"

#include <cstring>
#include <exception>
#include <vector>

namespace betwixt::gpu {
namespace {

constexpr std::uint64_t kTag = 0x5344524944524556ull;  // tells the file from a pipeline cache

struct Entry {
  std::uint64_t key;
  std::uint64_t right;
};

std::uint64_t hash_of(const PipelineKey& key) {
  const std::uint64_t hash =
      hash_bytes(kTag, std::as_bytes(std::span(key.shader->name, std::strlen(key.shader->name))));
  const std::uint64_t with_constants =
      hash_bytes(hash, std::as_bytes(std::span(key.constants.data(), key.constant_count)));
  return hash_bytes(with_constants, std::as_bytes(std::span(&key.half_operands, 1)));
}

CacheIdentity identity_of(const Context& context) {
  CacheIdentity identity = cache_identity(context.physical());
  identity.shader_hash ^= kTag;
  return identity;
}

std::string path_of(const VulkanOptions& options) {
  return options.cache_path.empty() ? std::string() : options.cache_path + ".tests";
}

}  // namespace

Verdicts::Verdicts(const Context& context)
    : identity_(identity_of(context)),
      files_(context.options().files ? *context.options().files : default_file_system()),
      path_(path_of(context.options())) {
  if (path_.empty()) return;
  const Memory file = load_cache_file(files_, path_);
  const auto payload = decode_cache(identity_, {file.data(), file.size()});
  if (!payload || payload->size() % sizeof(Entry) != 0) return;
  for (std::size_t at = 0; at < payload->size(); at += sizeof(Entry)) {
    Entry entry;
    std::memcpy(&entry, payload->data() + at, sizeof(Entry));
    right_[entry.key] = entry.right != 0;
  }
}

std::optional<bool> Verdicts::of(const PipelineKey& key) const {
  const auto found = right_.find(hash_of(key));
  return found == right_.end() ? std::nullopt : std::optional<bool>(found->second);
}

void Verdicts::set(const PipelineKey& key, bool right) {
  right_[hash_of(key)] = right;
  changed_ = true;
}

void Verdicts::save() noexcept {
  if (path_.empty() || !changed_) return;
  try {
    std::vector<Entry> entries;
    for (const auto& [key, right] : right_) entries.push_back({key, right ? 1u : 0u});
    write_file_atomically(files_, path_, encode_cache(identity_, std::as_bytes(std::span(entries))));
    changed_ = false;
  } catch (const std::exception&) {
  }
}

}  // namespace betwixt::gpu
