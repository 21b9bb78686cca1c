// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/io/detail/json_events.h"
#include "betwixt/io/json.h"
#include "betwixt/io/safetensors.h"

namespace betwixt {
namespace {

constexpr std::size_t kPrefix = 8;
constexpr std::size_t kAlignment = 8;

void check_name(const std::string& name) {
  if (name.empty() || name == "__metadata__" || name.find('\0') != std::string::npos)
    throw Error(ErrorCode::kValue, "safetensors", "\"%s\" cannot name a tensor",
                Escaped(name.data(), name.size()).text);
  const std::size_t most = SafetensorsLimits{}.name_bytes;
  if (name.size() > most)
    throw Error(ErrorCode::kLimit, "safetensors", "name of %zu bytes, allowed %zu", name.size(), most)
        .limit("name_bytes");
  for (std::size_t i = 0; i < name.size();) {
    const std::size_t length = detail::utf8_length(name, i);
    if (length == 0) throw Error(ErrorCode::kEncoding, "safetensors", "tensor name is not UTF-8").at(i);
    i += length;
  }
}

std::uint64_t dense_bytes(const std::string& name, SafetensorsType type, const std::vector<std::int64_t>& shape) {
  CheckedSize bits(static_cast<std::uint64_t>(safetensors_type_bits(type)));
  for (const std::int64_t size : shape) {
    if (size < 0)
      throw Error(ErrorCode::kValue, "safetensors", "negative size").in(Escaped(name.data(), name.size()).text);
    bits *= CheckedSize(static_cast<std::uint64_t>(size));
  }
  return bits.value() / 8;
}

JsonValue shape_value(const std::vector<std::int64_t>& shape) {
  JsonValue value = JsonValue::array();
  for (const std::int64_t size : shape) value.push(size);
  return value;
}

}  // namespace

void SafetensorsWriter::insert(const std::string& name, Item item) {
  check_name(name);
  if (item.shape.size() > SafetensorsLimits{}.rank)
    throw Error(ErrorCode::kLimit, "safetensors", "%zu axes", item.shape.size()).limit("rank");
  const std::uint64_t bytes = dense_bytes(name, item.type, item.shape);
  if (bytes != item.bytes.size())
    throw Error(ErrorCode::kMismatch, "safetensors", "wrong number of bytes")
        .in(Escaped(name.data(), name.size()).text)
        .expected("%llu", static_cast<unsigned long long>(bytes))
        .found("%zu", item.bytes.size());
  if (!items_.emplace(name, std::move(item)).second)
    throw Error(ErrorCode::kDuplicate, "safetensors", "tensor is there already")
        .in(Escaped(name.data(), name.size()).text);
}

void SafetensorsWriter::add(const std::string& name, SafetensorsType type, std::vector<std::int64_t> shape,
                            std::span<const std::byte> bytes) {
  insert(name, Item{type, std::move(shape), bytes, {}});
}

void SafetensorsWriter::add_owned(const std::string& name, SafetensorsType type, std::vector<std::int64_t> shape,
                                  std::vector<std::byte> bytes) {
  // Moving a vector keeps its elements where they are, so the view stays valid.
  const std::span<const std::byte> view(bytes);
  insert(name, Item{type, std::move(shape), view, std::move(bytes)});
}

void SafetensorsWriter::set_metadata(const std::string& key, const std::string& value) { metadata_[key] = value; }

std::vector<const SafetensorsWriter::Entry*> SafetensorsWriter::layout() const {
  std::vector<const Entry*> order;
  for (const Entry& entry : items_) order.push_back(&entry);
  // Wide elements first, so that every tensor is aligned without padding; equal ones stay sorted by name.
  std::stable_sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    return safetensors_type_bits(a->second.type) > safetensors_type_bits(b->second.type);
  });
  return order;
}

std::string SafetensorsWriter::header(const std::vector<const Entry*>& order) const {
  // Put together as text: a JsonValue would look for each key among all those before.
  std::string text = "{";
  if (!metadata_.empty()) {
    text += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata_) text += to_text(JsonValue(key)) + ":" + to_text(JsonValue(value)) + ",";
    text.back() = '}';
    text += ',';
  }
  CheckedSize offset(0);
  for (const Entry* entry : order) {
    const Item& item = entry->second;
    const CheckedSize end = offset + CheckedSize(item.bytes.size());
    text += to_text(JsonValue(entry->first)) + ":{\"dtype\":\"" + safetensors_type_name(item.type) +
            "\",\"shape\":" + to_text(shape_value(item.shape)) + ",\"data_offsets\":[" +
            std::to_string(offset.value()) + "," + std::to_string(end.value()) + "]},";
    offset = end;
  }
  if (text.back() == ',') text.pop_back();
  text += '}';
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  return text;
}

Memory SafetensorsWriter::to_bytes() const {
  return guard_memory("safetensors", [&] {
    const std::vector<const Entry*> order = layout();
    const std::string text = header(order);
    CheckedSize total = CheckedSize(kPrefix) + CheckedSize(text.size());
    for (const Entry* entry : order) total += CheckedSize(entry->second.bytes.size());
    Memory file(total.size());
    std::byte* out = file.data();
    for (std::size_t i = 0; i < kPrefix; ++i) *out++ = static_cast<std::byte>(std::uint64_t{text.size()} >> (8 * i));
    std::memcpy(out, text.data(), text.size());
    out += text.size();
    for (const Entry* entry : order) out = std::copy(entry->second.bytes.begin(), entry->second.bytes.end(), out);
    return file;
  });
}

void SafetensorsWriter::save(FileSystem& files, const std::string& path) const {
  const Memory file = to_bytes();
  write_file_atomically(files, path, {file.data(), file.size()});
}

}  // namespace betwixt
