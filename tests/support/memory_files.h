// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/core/file.h"

namespace betwixt::test_support {

/// Files in memory, with every fault a disk can have.
///
/// Faults: each call of the file system or of an open file counts; `fail_at(n, ...)` makes the n-th call from now (0 is
/// the next one) throw E_IO with that errno, `fail_from` this and all later ones (a dead disk, or a killed process).
///
/// Power loss: data not yet flushed with `File::sync` and names not yet made durable with `sync_folder` are only
/// pending. `power_loss` keeps any subset of the pending operations and drops the others, as a disk with a cache may:
/// later writes can survive earlier ones (holes read as zeros), a rename can survive the data it should follow.
class MemoryFiles final : public FileSystem {
 public:
  /// One pending operation in `power_loss` may be torn: only some of its blocks of this many bytes survive.
  enum class Tear : std::uint32_t { kWhole = 0, kSectors = 512, kPages = 4096 };

  MemoryFiles();

  std::unique_ptr<File> open(const std::string& path) override;
  std::unique_ptr<File> create(const std::string& path) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  bool exists(const std::string& path) override;
  void make_folder(const std::string& path) override;
  void sync_folder(const std::string& path) override;
  std::vector<FileEntry> list(const std::string& path) override;

  /// Calls since the start or since `reset_calls`.
  std::int64_t calls() const { return calls_; }
  void reset_calls() { calls_ = 0; }
  /// "create a.tmp", "write a.tmp 12", "sync a.tmp", "close a.tmp", "rename a.tmp a", "sync_folder .", "read a 0 12".
  const std::vector<std::string>& trace() const { return trace_; }
  void clear_trace() { trace_.clear(); }

  void fail_at(std::int64_t call, int error_number);
  void fail_from(std::int64_t call, int error_number);
  /// If the call is a write, its first `bytes_written` bytes arrive before it fails (a full disk).
  void fail_short(std::int64_t call, std::size_t bytes_written, int error_number);
  void no_faults();
  /// Whether the planned fault was reached.
  bool fault_happened() const { return fault_happened_; }

  /// Operations that a power loss could still undo.
  std::size_t pending() const { return pending_.size(); }
  /// The state after a power cut: the durable state plus the pending operations whose bit in `keep` is set (those from
  /// 64 on share the last bit), applied in order; data writes torn as `tear` says, blocks chosen by `seed`. Open files
  /// become useless and planned faults are forgotten.
  void power_loss(std::uint64_t keep, Tear tear = Tear::kWhole, std::uint64_t seed = 0);
  /// A killed process: everything written so far stays, open files are gone, planned faults are forgotten.
  void process_killed();

  /// Direct access, past faults and counting: whole contents, for tests. Put files are durable.
  void put(const std::string& path, const std::vector<std::byte>& content);
  std::vector<std::byte> get(const std::string& path) const;
  std::vector<std::string> paths() const;

  /// A copy of everything, so that one history can lose power in many ways.
  std::unique_ptr<MemoryFiles> clone() const;

 private:
  friend class MemoryFile;
  using Node = std::uint64_t;
  using Content = std::vector<std::byte>;

  /// One change that is not durable yet.
  struct Change {
    enum class Kind { kWrite, kTruncate, kLink, kRename, kRemove } kind;
    Node node = 0;
    std::uint64_t offset = 0;
    Content bytes = {};
    std::string path = {};
    std::string from = {};
  };
  struct State {
    std::map<Node, Content> contents;
    std::map<std::string, Node> names;
  };
  struct Fault {
    std::int64_t call = -1;
    int error_number = 0;
    bool for_ever = false;
    std::int64_t short_bytes = -1;
  };

  static std::string clean(const std::string& path);
  static void apply(State& state, const Change& change);
  void count(const std::string& call);
  void change(Change one);
  void make_durable(bool (*chosen)(const Change&, Node, const std::string&), Node node, const std::string& folder);
  Node node_of(const std::string& path) const;
  void write_node(Node node, const std::string& path, std::span<const std::byte> bytes);

  mutable std::mutex mutex_;
  State current_;
  State durable_;
  std::vector<Change> pending_;
  std::set<std::string> folders_;
  Node next_node_ = 1;
  std::uint64_t epoch_ = 0;
  std::int64_t calls_ = 0;
  std::vector<std::string> trace_;
  Fault fault_;
  bool fault_happened_ = false;
};

namespace detail {

[[noreturn]] inline void fail(const std::string& call, int error_number) {
  throw Error(ErrorCode::kIo, "file", "cannot %s", call.c_str()).system(error_number);
}

inline void store(std::vector<std::byte>& content, std::uint64_t offset, std::span<const std::byte> bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

/// SplitMix64.
inline std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace detail

class MemoryFile final : public File {
 public:
  MemoryFile(MemoryFiles& files, std::string path, MemoryFiles::Node node)
      : files_(files), path_(std::move(path)), node_(node), epoch_(files.epoch_) {}

  void read(std::uint64_t offset, std::span<std::byte> into) override {
    const std::scoped_lock lock(files_.mutex_);
    use("read " + path_ + " " + std::to_string(offset) + " " + std::to_string(into.size()));
    const auto& content = files_.current_.contents[node_];
    if (offset > content.size() || into.size() > content.size() - offset) {
      Error error(ErrorCode::kTruncated, "file", "%s ends early", path_.c_str());
      throw error.at(content.size()).expected("%zu more bytes", into.size());
    }
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
  }

  std::uint64_t size() override {
    const std::scoped_lock lock(files_.mutex_);
    use("size " + path_);
    return files_.current_.contents[node_].size();
  }

  void write(std::span<const std::byte> bytes) override {
    const std::scoped_lock lock(files_.mutex_);
    check_epoch();
    files_.write_node(node_, path_, bytes);
  }

  void sync() override {
    const std::scoped_lock lock(files_.mutex_);
    use("sync " + path_);
    files_.make_durable(
        [](const MemoryFiles::Change& change, MemoryFiles::Node node, const std::string&) {
          using Kind = MemoryFiles::Change::Kind;
          return (change.kind == Kind::kWrite || change.kind == Kind::kTruncate) && change.node == node;
        },
        node_, {});
  }

  void close() override {
    const std::scoped_lock lock(files_.mutex_);
    use("close " + path_);
  }

 private:
  void check_epoch() {
    if (epoch_ != files_.epoch_) detail::fail("use " + path_ + " after the crash", EBADF);
  }
  void use(const std::string& call) {
    check_epoch();
    files_.count(call);
  }

  MemoryFiles& files_;
  std::string path_;
  MemoryFiles::Node node_;
  std::uint64_t epoch_;
};

inline MemoryFiles::MemoryFiles() : folders_{".", "/"} {}

inline std::string MemoryFiles::clean(const std::string& path) {
  std::string result = path;
  while (result.starts_with("./")) result.erase(0, 2);
  while (result.size() > 1 && result.back() == '/') result.pop_back();
  return result.empty() ? "." : result;
}

inline void MemoryFiles::count(const std::string& call) {
  const std::int64_t index = calls_++;
  trace_.push_back(call);
  if (fault_.call < 0 || index < fault_.call || (index > fault_.call && !fault_.for_ever)) return;
  fault_happened_ = true;
  detail::fail(call, fault_.error_number);
}

inline void MemoryFiles::apply(State& state, const Change& change) {
  switch (change.kind) {
    case Change::Kind::kWrite:
      detail::store(state.contents[change.node], change.offset, change.bytes);
      break;
    case Change::Kind::kTruncate:
      state.contents[change.node].clear();
      break;
    case Change::Kind::kLink:
      state.names[change.path] = change.node;
      break;
    case Change::Kind::kRename:
      state.names.erase(change.from);
      state.names[change.path] = change.node;
      break;
    case Change::Kind::kRemove:
      state.names.erase(change.path);
      break;
  }
}

inline void MemoryFiles::change(Change one) {
  apply(current_, one);
  pending_.push_back(std::move(one));
}

inline void MemoryFiles::make_durable(bool (*chosen)(const Change&, Node, const std::string&), Node node,
                                      const std::string& folder) {
  std::vector<Change> rest;
  for (Change& one : pending_) {
    if (chosen(one, node, folder))
      apply(durable_, one);
    else
      rest.push_back(std::move(one));
  }
  pending_ = std::move(rest);
}

inline MemoryFiles::Node MemoryFiles::node_of(const std::string& path) const {
  const auto found = current_.names.find(path);
  return found == current_.names.end() ? 0 : found->second;
}

inline void MemoryFiles::write_node(Node node, const std::string& path, std::span<const std::byte> bytes) {
  const std::uint64_t offset = current_.contents[node].size();
  const auto put = [&](std::span<const std::byte> part) {
    change({.kind = Change::Kind::kWrite, .node = node, .offset = offset, .bytes = {part.begin(), part.end()}});
  };
  const bool falls_short = calls_ == fault_.call && fault_.short_bytes >= 0;
  if (falls_short) put(bytes.first(std::min(bytes.size(), static_cast<std::size_t>(fault_.short_bytes))));
  count("write " + path + " " + std::to_string(bytes.size()));
  put(bytes);
}

inline std::unique_ptr<File> MemoryFiles::open(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const std::string name = clean(path);
  count("open " + name);
  if (folders_.contains(name)) detail::fail("open " + name, EISDIR);
  const Node node = node_of(name);
  if (node == 0) detail::fail("open " + name, ENOENT);
  return std::make_unique<MemoryFile>(*this, name, node);
}

inline std::unique_ptr<File> MemoryFiles::create(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const std::string name = clean(path);
  count("create " + name);
  if (folders_.contains(name)) detail::fail("create " + name, EISDIR);
  if (!folders_.contains(path_folder(name))) detail::fail("create " + name, ENOENT);
  Node node = node_of(name);
  if (node != 0) {
    change({.kind = Change::Kind::kTruncate, .node = node});
  } else {
    node = next_node_++;
    change({.kind = Change::Kind::kLink, .node = node, .path = name});
  }
  return std::make_unique<MemoryFile>(*this, name, node);
}

inline void MemoryFiles::rename(const std::string& from, const std::string& to) {
  const std::scoped_lock lock(mutex_);
  const std::string source = clean(from), target = clean(to);
  count("rename " + source + " " + target);
  const Node node = node_of(source);
  if (node == 0) detail::fail("rename " + source, ENOENT);
  if (folders_.contains(target)) detail::fail("rename to " + target, EISDIR);
  if (!folders_.contains(path_folder(target))) detail::fail("rename to " + target, ENOENT);
  change({.kind = Change::Kind::kRename, .node = node, .path = target, .from = source});
}

inline void MemoryFiles::remove(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const std::string name = clean(path);
  count("remove " + name);
  if (node_of(name) == 0) detail::fail("remove " + name, folders_.contains(name) ? EISDIR : ENOENT);
  change({.kind = Change::Kind::kRemove, .node = node_of(name), .path = name});
}

inline bool MemoryFiles::exists(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const std::string name = clean(path);
  count("exists " + name);
  return node_of(name) != 0 || folders_.contains(name);
}

inline void MemoryFiles::make_folder(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  std::string name = clean(path);
  count("make_folder " + name);
  for (; !folders_.contains(name); name = path_folder(name)) {
    if (node_of(name) != 0) detail::fail("make folder " + name, EEXIST);
    folders_.insert(name);
  }
}

inline void MemoryFiles::sync_folder(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const std::string name = clean(path);
  count("sync_folder " + name);
  if (!folders_.contains(name)) detail::fail("sync folder " + name, ENOENT);
  make_durable([](const Change& change, Node,
                  const std::string& folder) { return !change.path.empty() && path_folder(change.path) == folder; },
               0, name);
}

inline std::vector<FileEntry> MemoryFiles::list(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const std::string name = clean(path);
  count("list " + name);
  if (!folders_.contains(name)) detail::fail("list " + name, node_of(name) != 0 ? ENOTDIR : ENOENT);
  std::vector<FileEntry> entries;
  for (const auto& [file, node] : current_.names) {
    if (path_folder(file) == name) entries.push_back({.name = path_name(file), .size = current_.contents[node].size()});
  }
  for (const std::string& folder : folders_) {
    if (folder != name && folder != "." && folder != "/" && path_folder(folder) == name)
      entries.push_back({.name = path_name(folder), .is_folder = true});
  }
  std::sort(entries.begin(), entries.end(), [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
  return entries;
}

inline void MemoryFiles::fail_at(std::int64_t call, int error_number) {
  fault_ = {.call = calls_ + call, .error_number = error_number};
  fault_happened_ = false;
}

inline void MemoryFiles::fail_from(std::int64_t call, int error_number) {
  fail_at(call, error_number);
  fault_.for_ever = true;
}

inline void MemoryFiles::fail_short(std::int64_t call, std::size_t bytes_written, int error_number) {
  fail_at(call, error_number);
  fault_.short_bytes = static_cast<std::int64_t>(bytes_written);
}

inline void MemoryFiles::no_faults() { fault_ = {}; }

inline void MemoryFiles::power_loss(std::uint64_t keep, Tear tear, std::uint64_t seed) {
  const std::scoped_lock lock(mutex_);
  const auto block = static_cast<std::size_t>(tear);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    Change& one = pending_[i];
    if (((keep >> std::min<std::size_t>(i, 63)) & 1) == 0) continue;
    if (one.kind != Change::Kind::kWrite || block == 0) {
      apply(durable_, one);
      continue;
    }
    // Blocks are those of the file, not of the write.
    for (std::size_t start = 0; start < one.bytes.size();) {
      const auto size = static_cast<std::size_t>(
          std::min<std::uint64_t>(one.bytes.size() - start, block - (one.offset + start) % block));
      if (detail::next_random(seed) & 1)
        detail::store(durable_.contents[one.node], one.offset + start, std::span(one.bytes).subspan(start, size));
      start += size;
    }
  }
  pending_.clear();
  current_ = durable_;
  fault_ = {};
  ++epoch_;
}

inline void MemoryFiles::process_killed() {
  const std::scoped_lock lock(mutex_);
  fault_ = {};
  ++epoch_;
}

inline void MemoryFiles::put(const std::string& path, const std::vector<std::byte>& content) {
  const std::scoped_lock lock(mutex_);
  const std::string name = clean(path);
  const Node node = next_node_++;
  for (std::string folder = path_folder(name); folders_.insert(folder).second; folder = path_folder(folder)) {
  }
  for (State* state : {&current_, &durable_}) {
    state->names[name] = node;
    state->contents[node] = content;
  }
}

inline std::vector<std::byte> MemoryFiles::get(const std::string& path) const {
  const std::scoped_lock lock(mutex_);
  const Node node = node_of(clean(path));
  if (node == 0) detail::fail("get " + path, ENOENT);
  const auto content = current_.contents.find(node);
  return content == current_.contents.end() ? Content{} : content->second;
}

inline std::vector<std::string> MemoryFiles::paths() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> result;
  for (const auto& entry : current_.names) result.push_back(entry.first);
  return result;
}

inline std::unique_ptr<MemoryFiles> MemoryFiles::clone() const {
  const std::scoped_lock lock(mutex_);
  auto copy = std::make_unique<MemoryFiles>();
  copy->current_ = current_;
  copy->durable_ = durable_;
  copy->pending_ = pending_;
  copy->folders_ = folders_;
  copy->next_node_ = next_node_;
  return copy;
}

}  // namespace betwixt::test_support
