// SPDX-License-Identifier: MIT
#include "betwixt/io/detail/safetensors_header.h"

#include <algorithm>
#include <limits>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/io/detail/json_events.h"

namespace betwixt::detail {
namespace {

constexpr std::uint64_t kPrefix = 8;

std::string tensor_field(const std::string& name, const char* key) {
  return std::string("tensors[\"") + Escaped(name.data(), name.size()).text + "\"]" + key;
}

/// One entry with the places of its parts in the text, for errors.
struct Entry {
  std::string name;
  SafetensorsInfo info;
  std::uint64_t begin = 0, end = 0;
  std::uint64_t at = 0, type_at = 0, shape_at = 0, offsets_at = 0;
  bool has_type = false, has_shape = false, has_offsets = false;
  std::size_t offset_count = 0;

  Error fail(ErrorCode code, std::uint64_t place, const char* key, const char* fact) const {
    return Error(code, "safetensors", "%s", fact).at(place).in(tensor_field(name, key).c_str());
  }
};

/// Accepts only the events that a safetensors header may hold, in streaming form: memory is bounded by the limits.
class HeaderEvents final : public JsonEvents {
 public:
  HeaderEvents(const SafetensorsLimits& limits, std::vector<Entry>& entries,
               std::map<std::string, std::string>& metadata)
      : limits_(limits), entries_(entries), metadata_(metadata) {}

  void null(std::uint64_t at) override { wrong_type(at, "null"); }
  void boolean(std::uint64_t at, bool) override { wrong_type(at, "boolean"); }

  void integer(std::uint64_t at, std::int64_t value) override {
    if (place_ == Place::kShape) return add_size(at, value);
    if (place_ == Place::kOffsets) return add_offset(at, value);
    wrong_type(at, "integer");
  }
  void number(std::uint64_t at, double, bool wide) override {
    if (wide && place_ == Place::kShape) throw entry().fail(ErrorCode::kValue, at, ".shape", "size beyond 2^63");
    if (wide && place_ == Place::kOffsets)
      throw entry().fail(ErrorCode::kOffset, at, ".data_offsets", "offset beyond 2^63");
    wrong_type(at, "number");
  }

  void string(std::uint64_t at, std::string& value) override {
    if (place_ == Place::kMetadata) {
      metadata_.emplace(std::move(metadata_key_), std::move(value));
      return;
    }
    if (place_ != Place::kEntry || key_ != Key::kType) wrong_type(at, "string");
    entry().type_at = at;
    const auto type = safetensors_type(value);
    if (!type)
      throw entry()
          .fail(ErrorCode::kDtype, at, ".dtype", "unknown element type")
          .found("%s", Escaped(value.data(), value.size()).text);
    entry().info.type = *type;
    entry().has_type = true;
  }

  void key(std::uint64_t at, std::string& name) override {
    if (place_ == Place::kRoot) return start_member(at, name);
    if (place_ == Place::kMetadata) return start_metadata(at, name);
    if (name == "dtype")
      key_ = Key::kType;
    else if (name == "shape")
      key_ = Key::kShape;
    else if (name == "data_offsets")
      key_ = Key::kOffsets;
    else
      throw entry()
          .fail(ErrorCode::kUnknownKey, at, "", "unknown key")
          .found("%s", Escaped(name.data(), name.size()).text);
  }

  void start_object(std::uint64_t at) override {
    if (place_ == Place::kOutside)
      place_ = Place::kRoot;
    else if (place_ == Place::kRoot)
      place_ = in_metadata_ ? Place::kMetadata : Place::kEntry;
    else
      wrong_type(at, "object");
  }
  void end_object() override {
    if (place_ == Place::kEntry) finish_entry();
    place_ = place_ == Place::kRoot ? Place::kOutside : Place::kRoot;
  }

  void start_array(std::uint64_t at) override {
    if (place_ != Place::kEntry || key_ == Key::kType) wrong_type(at, "array");
    place_ = key_ == Key::kShape ? Place::kShape : Place::kOffsets;
    (key_ == Key::kShape ? entry().shape_at : entry().offsets_at) = at;
  }
  void end_array() override {
    if (place_ == Place::kShape) entry().has_shape = true;
    if (place_ == Place::kOffsets) {
      entry().has_offsets = true;
      if (entry().offset_count != 2)
        throw entry().fail(ErrorCode::kType, entry().offsets_at, ".data_offsets", "not two integers");
    }
    place_ = Place::kEntry;
  }

 private:
  enum class Place { kOutside, kRoot, kMetadata, kEntry, kShape, kOffsets };
  enum class Key { kType, kShape, kOffsets };

  Entry& entry() { return entries_.back(); }

  [[noreturn]] void wrong_type(std::uint64_t at, const char* found) {
    constexpr const char* kKeys[] = {".dtype", ".shape", ".data_offsets"};
    if (in_metadata_)
      throw Error(ErrorCode::kType, "safetensors", "metadata must be strings")
          .at(at)
          .in("__metadata__")
          .found("%s", found);
    if (place_ == Place::kRoot || place_ == Place::kOutside || entries_.empty())
      throw Error(ErrorCode::kType, "safetensors", "wrong type")
          .at(at)
          .in(entries_.empty() ? "header" : tensor_field(entry().name, "").c_str())
          .expected("object")
          .found("%s", found);
    throw entry().fail(ErrorCode::kType, at, kKeys[static_cast<std::size_t>(key_)], "wrong type").found("%s", found);
  }

  void start_member(std::uint64_t at, std::string& name) {
    in_metadata_ = name == "__metadata__";
    if (in_metadata_) return;
    if (entries_.size() == limits_.tensors)
      throw Error(ErrorCode::kLimit, "safetensors", "more than %zu tensors", limits_.tensors).at(at).limit("tensors");
    if (name.empty()) throw Error(ErrorCode::kValue, "safetensors", "tensor without a name").at(at).in("tensors");
    if (name.size() > limits_.name_bytes)
      throw Error(ErrorCode::kLimit, "safetensors", "name of %zu bytes, allowed %zu", name.size(), limits_.name_bytes)
          .at(at)
          .in(tensor_field(name, "").c_str())
          .limit("name_bytes");
    if (name.find('\0') != std::string::npos)
      throw Error(ErrorCode::kValue, "safetensors", "NUL in a name").at(at).in(tensor_field(name, "").c_str());
    entries_.emplace_back();
    entry().name = std::move(name);
    entry().at = at;
  }

  void start_metadata(std::uint64_t at, std::string& name) {
    if (metadata_.size() == limits_.metadata_entries)
      throw Error(ErrorCode::kLimit, "safetensors", "more than %zu metadata entries", limits_.metadata_entries)
          .at(at)
          .in("__metadata__")
          .limit("metadata_entries");
    metadata_key_ = std::move(name);
  }

  void add_size(std::uint64_t at, std::int64_t value) {
    if (value < 0) throw entry().fail(ErrorCode::kValue, at, ".shape", "negative size");
    if (entry().info.shape.size() == limits_.rank)
      throw entry()
          .fail(ErrorCode::kLimit, at, ".shape", "too many axes")
          .expected("at most %zu", limits_.rank)
          .limit("rank");
    entry().info.shape.push_back(value);
  }

  void add_offset(std::uint64_t at, std::int64_t value) {
    if (value < 0) throw entry().fail(ErrorCode::kOffset, at, ".data_offsets", "negative offset");
    (entry().offset_count == 0 ? entry().begin : entry().end) = static_cast<std::uint64_t>(value);
    if (++entry().offset_count > 2) throw entry().fail(ErrorCode::kType, at, ".data_offsets", "not two integers");
  }

  void finish_entry() {
    const Entry& e = entry();
    if (!e.has_type) throw e.fail(ErrorCode::kMissing, e.at, ".dtype", "key is missing");
    if (!e.has_shape) throw e.fail(ErrorCode::kMissing, e.at, ".shape", "key is missing");
    if (!e.has_offsets) throw e.fail(ErrorCode::kMissing, e.at, ".data_offsets", "key is missing");
  }

  const SafetensorsLimits& limits_;
  std::vector<Entry>& entries_;
  std::map<std::string, std::string>& metadata_;
  std::string metadata_key_;
  Place place_ = Place::kOutside;
  Key key_ = Key::kType;
  bool in_metadata_ = false;
};

/// Bytes that shape and element type ask for.
std::uint64_t promised_bytes(const Entry& entry) {
  CheckedSize bits(static_cast<std::uint64_t>(safetensors_type_bits(entry.info.type)));
  try {
    for (const std::int64_t size : entry.info.shape) bits *= CheckedSize(static_cast<std::uint64_t>(size));
  } catch (const Error& wrapped) {
    throw entry.fail(ErrorCode::kOverflow, entry.shape_at, ".shape", wrapped.text());
  }
  if (bits.value() % 8 != 0)
    throw entry.fail(ErrorCode::kShape, entry.shape_at, ".shape", "not a whole number of bytes");
  return bits.value() / 8;
}

void check_entry(const Entry& entry) {
  const std::uint64_t bytes = promised_bytes(entry);
  if (entry.end < entry.begin)
    throw entry.fail(ErrorCode::kOffset, entry.offsets_at, ".data_offsets", "ends before it begins");
  if (entry.end - entry.begin != bytes)
    throw entry.fail(ErrorCode::kMismatch, entry.offsets_at, ".data_offsets", "length differs from shape and dtype")
        .expected("%llu bytes", static_cast<unsigned long long>(bytes))
        .found("%llu", static_cast<unsigned long long>(entry.end - entry.begin));
}

Error place_error(const Entry& entry, ErrorCode code, const char* fact, std::uint64_t expected) {
  return entry.fail(code, entry.offsets_at, ".data_offsets", fact)
      .expected("begin %llu", static_cast<unsigned long long>(expected))
      .found("%llu", static_cast<unsigned long long>(entry.begin));
}

/// The ranges must tile the data exactly: no overlap, no hole, nothing left. `data_at` is where the data starts.
void check_layout(const std::vector<Entry>& entries, std::uint64_t data_bytes, std::uint64_t data_at) {
  std::vector<const Entry*> order;
  order.reserve(entries.size());
  for (const Entry& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end) ||
           (a->begin == b->begin && a->end == b->end && a->at < b->at);
  });
  std::uint64_t end = 0;
  for (const Entry* entry : order) {
    if (entry->begin < end) throw place_error(*entry, ErrorCode::kOverlap, "overlaps another tensor", end);
    if (entry->begin > data_bytes) throw place_error(*entry, ErrorCode::kOffset, "begins past the data", end);
    if (entry->begin > end) throw place_error(*entry, ErrorCode::kGap, "hole before the tensor", end);
    end = entry->end;
  }
  if (end == data_bytes) return;
  Error error =
      end > data_bytes
          ? Error(ErrorCode::kTruncated, "safetensors", "data is shorter than promised").at(data_at + data_bytes)
          : Error(ErrorCode::kTrailing, "safetensors", "bytes after the last tensor")
                .at((CheckedSize(data_at) + CheckedSize(end)).value());
  throw error.in("data")
      .expected("%llu bytes", static_cast<unsigned long long>(end))
      .found("%llu", static_cast<unsigned long long>(data_bytes));
}

JsonLimits json_limits(const SafetensorsLimits& limits) {
  JsonLimits json;
  json.bytes =
      static_cast<std::size_t>(std::min<std::uint64_t>(limits.header_bytes, std::numeric_limits<std::size_t>::max()));
  json.string_bytes = json.bytes;
  // Events are not kept, so that the text itself is the bound.
  json.values = json.bytes;
  json.allow_escaped_nul = true;
  return json;
}

/// The same error, told from the start of the file instead of the start of the header.
Error in_file(const Error& inner) {
  const ErrorCode code = inner.code() == ErrorCode::kTruncated ? ErrorCode::kSyntax : inner.code();
  Error outer(code, "safetensors", "%s", inner.text());
  outer.in(inner.field()[0] ? inner.field() : "header");
  if (inner.byte_offset() >= 0) outer.at(kPrefix + static_cast<std::uint64_t>(inner.byte_offset()));
  if (inner.expected()[0]) outer.expected("%s", inner.expected());
  if (inner.found()[0]) outer.found("%s", inner.found());
  if (inner.limit_name()[0]) outer.limit(inner.limit_name());
  return outer;
}

std::vector<Entry> read_entries(std::string_view text, const SafetensorsLimits& limits,
                                std::map<std::string, std::string>& metadata) {
  std::vector<Entry> entries;
  HeaderEvents events(limits, entries, metadata);
  try {
    if (text.substr(0, 3) == "\xEF\xBB\xBF") throw Error(ErrorCode::kEncoding, "safetensors", "byte order mark").at(0);
    if (text.substr(0, 1) != "{") throw Error(ErrorCode::kSyntax, "safetensors", "header does not start with {").at(0);
    read_json(text, json_limits(limits), events);
    for (const Entry& entry : entries) check_entry(entry);
  } catch (const Error& error) {
    throw in_file(error);
  }
  return entries;
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           const SafetensorsLimits& limits) {
  SafetensorsHeader header;
  std::vector<Entry> entries = read_entries(text, limits, header.metadata);
  const std::uint64_t data_at = kPrefix + text.size();
  for (Entry& entry : entries) entry.offsets_at += kPrefix;
  check_layout(entries, data_bytes, data_at);
  header.tensors.reserve(entries.size());
  for (Entry& entry : entries) {
    entry.info.offset = (CheckedSize(data_at) + CheckedSize(entry.begin)).value();
    entry.info.bytes = entry.end - entry.begin;
    header.tensors.emplace_back(std::move(entry.name), std::move(entry.info));
  }
  return header;
}

}  // namespace betwixt::detail
