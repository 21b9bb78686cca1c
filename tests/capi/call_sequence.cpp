// SPDX-License-Identifier: MIT
#include "tests/capi/call_sequence.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

#include "betwixt/capi/betwixt.h"

namespace capi_test {
namespace {

constexpr int kSlots = 3;
constexpr std::size_t kMemory = 16384;

/// Bytes as choices; 0 when there are no more.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : at_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  std::uint8_t next() {
    if (left_ == 0) return 0;
    --left_;
    return *at_++;
  }
  bool one_in(int n) { return next() % n == 0; }

 private:
  const std::uint8_t* at_;
  std::size_t left_;
};

/// One test program: handles, memory, and the calls.
class Caller {
 public:
  Caller(const std::uint8_t* data, std::size_t size) : bytes_(data, size), memory_(kMemory) {
    open_device();
    fill_slots();
  }
  ~Caller();
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  const CallCounts& counts() const { return counts_; }
  void run() {
    for (int calls = 0; !bytes_.empty() && calls < 60; ++calls) step();
  }

 private:
  void open_device();
  void fill_slots();
  void step();
  void step_pictures(int what);
  void step_measures(betwixt_pictures* set);
  void step_warp(betwixt_pictures* set);
  void step_codes(int what);
  void step_model(int what);
  void step_files(int what);
  void step_plots(int what);
  void step_training(int what);

  /// Any number a caller could come up with, small ones more often.
  std::int64_t number() {
    constexpr std::int64_t kOdd[] = {0,
                                     -1,
                                     1,
                                     std::numeric_limits<std::int64_t>::max(),
                                     std::numeric_limits<std::int64_t>::min(),
                                     1ll << 31,
                                     1ll << 32,
                                     1ll << 62};
    const std::uint8_t byte = bytes_.next();
    return byte < 200 ? byte % 12 : kOdd[byte % 8];
  }
  std::int32_t small() {
    constexpr std::int32_t kOdd[] = {0, -1, std::numeric_limits<std::int32_t>::max(),
                                     std::numeric_limits<std::int32_t>::min()};
    const std::uint8_t byte = bytes_.next();
    return byte < 224 ? byte % 10 : kOdd[byte % 4];
  }
  double real() {
    constexpr double kOdd[] = {
        0, -1, 1e-30, 1e300, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()};
    const std::uint8_t byte = bytes_.next();
    return byte < 192 ? byte / 64.0 : kOdd[byte % 6];
  }
  std::uint32_t struct_size(std::size_t right) {
    const std::uint8_t byte = bytes_.next();
    return byte < 240 ? static_cast<std::uint32_t>(right) : (byte % 4) * 8u;
  }
  /// A handle of the right kind, NULL, or one of another kind.
  template <class Handle>
  Handle* pick(Handle* const (&slots)[kSlots]) {
    const std::uint8_t byte = bytes_.next();
    if (byte >= 250) return nullptr;
    if (byte >= 244) return reinterpret_cast<Handle*>(device_);
    return byte < 150 ? slots[0] : slots[byte % kSlots];
  }
  betwixt_device* device() { return bytes_.one_in(40) ? nullptr : device_; }
  betwixt_error* error() { return bytes_.one_in(16) ? nullptr : &error_; }
  void* memory() { return bytes_.one_in(20) ? nullptr : memory_.data(); }
  std::int64_t memory_bytes() { return bytes_.one_in(8) ? number() % static_cast<std::int64_t>(kMemory) : kMemory; }

  betwixt_layout* layout();
  betwixt_train_options* train_options();
  betwixt_path_options* path_options();

  /// Checks what every call promises.
  void check(std::int32_t status, const betwixt_error* error) {
    ++(status == BETWIXT_OK ? counts_.done : counts_.refused);
    if (status < 0 || status > BETWIXT_E_INTERNAL) fail("a code that is none", status);
    if (status == BETWIXT_E_INTERNAL) fail(error ? error->message : "an internal error", status);
    if (!error) return;
    if (error->code != status) fail("error and status disagree", status);
    const std::size_t length = strnlen(error->message, sizeof error->message);
    if (length == sizeof error->message || (length == 0) != (status == BETWIXT_OK)) fail("the message", status);
  }
  template <class Call>
  void call(const Call& body) {
    betwixt_error* e = error();
    check(body(e), e);
  }
  /// A call that gives a handle, which replaces one of `slots`.
  template <class Handle, class Call>
  void make(Handle* (&slots)[kSlots], void (*release)(Handle*), const Call& body) {
    Handle*& slot = slots[bytes_.next() % kSlots];
    auto* made = reinterpret_cast<Handle*>(this);
    betwixt_error* e = error();
    Handle** to = bytes_.one_in(50) ? nullptr : &made;
    const std::int32_t status = body(to, e);
    check(status, e);
    if (!to) return;
    if ((status == BETWIXT_OK) != (made != nullptr)) fail("a handle and a status that disagree", status);
    if (!made) return;
    release(slot);
    slot = made;
  }
  [[noreturn]] static void fail(const char* what, std::int32_t status) {
    std::fprintf(stderr, "status %d: %s\n", status, what);
    std::abort();
  }

  Bytes bytes_;
  std::vector<std::uint8_t> memory_;
  betwixt_error error_{};
  betwixt_device* device_ = nullptr;
  betwixt_pictures* pictures_[kSlots] = {};
  betwixt_codes* codes_[kSlots] = {};
  betwixt_model* models_[kSlots] = {};
  betwixt_training* trainings_[kSlots] = {};
  betwixt_warp* warps_[kSlots] = {};
  CallCounts counts_;
  betwixt_layout layout_{};
  betwixt_train_options train_{};
  betwixt_path_options path_{};
};

void Caller::open_device() {
  betwixt_device_options options{};
  options.struct_size = sizeof options;
  options.name = "cpu:1";
  check(betwixt_device_open(&options, &device_, &error_), &error_);
}

/// Something of each kind to begin with: most calls would otherwise stop at an empty handle.
void Caller::fill_slots() {
  betwixt_model_options model{};
  model.struct_size = sizeof model;
  model.height = model.width = 8;
  model.channels = 1;
  model.code = 2;
  model.breadth = 1;
  check(betwixt_model_create(device_, &model, &models_[0], &error_), &error_);
  check(betwixt_pictures_create(8, 8, 1, &pictures_[0], &error_), &error_);
  betwixt_layout four{};
  four.struct_size = sizeof four;
  four.count = 4;
  four.height = four.width = 8;
  four.channels = 1;
  for (std::size_t i = 0; i < 256; ++i) memory_[i] = static_cast<std::uint8_t>(i * 37);
  check(betwixt_pictures_add(pictures_[0], &four, memory_.data(), kMemory, &error_), &error_);
  check(betwixt_model_keep(models_[0], pictures_[0], &error_), &error_);
  check(betwixt_model_codes(models_[0], &codes_[0], &error_), &error_);
  betwixt_train_options train{};
  train.struct_size = sizeof train;
  train.steps = 3;
  check(betwixt_training_start(models_[0], pictures_[0], &train, &trainings_[0], &error_), &error_);
}

Caller::~Caller() {
  betwixt_device_release(device_);
  for (int i = 0; i < kSlots; ++i) {
    betwixt_pictures_release(pictures_[i]);
    betwixt_codes_release(codes_[i]);
    betwixt_model_release(models_[i]);
    betwixt_training_release(trainings_[i]);
    betwixt_warp_release(warps_[i]);
  }
}

betwixt_layout* Caller::layout() {
  layout_ = {};
  layout_.struct_size = struct_size(sizeof layout_);
  layout_.format = bytes_.one_in(4) ? small() : BETWIXT_U8;
  layout_.count = number();
  layout_.height = bytes_.one_in(10) ? small() : 8;
  layout_.width = bytes_.one_in(10) ? small() : 8;
  layout_.channels = bytes_.one_in(10) ? small() : 1;
  if (bytes_.one_in(3)) layout_.flags = small();
  if (bytes_.one_in(5)) layout_.pixel_stride = number();
  if (bytes_.one_in(5)) layout_.row_stride = number() / 4 * 4;
  if (bytes_.one_in(5)) layout_.picture_stride = bytes_.one_in(2) ? number() : 64 + small() % 64;
  return bytes_.one_in(30) ? nullptr : &layout_;
}

betwixt_train_options* Caller::train_options() {
  train_ = {};
  train_.struct_size = struct_size(sizeof train_);
  train_.steps = 1 + bytes_.next() % 3;
  train_.batch = number();
  if (bytes_.one_in(3)) train_.learning_rate = real();
  if (bytes_.one_in(3)) train_.noise = real();
  if (bytes_.one_in(3)) train_.code_noise = real();
  if (bytes_.one_in(3)) train_.clip_norm = real();
  if (bytes_.one_in(4)) train_.weight_decay = real();
  if (bytes_.one_in(4)) train_.validation = real();
  if (bytes_.one_in(4)) train_.patience = number();
  if (bytes_.one_in(4)) train_.warmup = number();
  if (bytes_.one_in(4)) train_.budget_ms = real();
  if (bytes_.one_in(4)) train_.corruption = small();
  train_.fine_tune = bytes_.next() % 2;
  if (bytes_.one_in(8)) train_.loss = bytes_.one_in(2) ? "0.5*l1+0.5*ssim" : "no*loss+";
  if (bytes_.one_in(8)) train_.step_every = number();
  if (bytes_.one_in(8)) train_.step_factor = real();
  train_.in_order = bytes_.next() % 2;
  return bytes_.one_in(250) ? nullptr : &train_;
}

betwixt_path_options* Caller::path_options() {
  path_ = {};
  path_.struct_size = struct_size(sizeof path_);
  path_.method = bytes_.next() % 4;
  if (bytes_.one_in(2)) path_.frames = small();
  if (bytes_.one_in(4)) path_.k = small();
  if (bytes_.one_in(4)) path_.smooth = small();
  if (bytes_.one_in(3)) path_.rule = small() % 6;
  if (bytes_.one_in(4)) path_.edges = small() % 4;
  if (bytes_.one_in(4)) path_.search = small() % 4;
  if (bytes_.one_in(4)) path_.epsilon = real();
  if (bytes_.one_in(4)) path_.duplicates = real();
  if (bytes_.one_in(4)) path_.per_edge = small();
  if (bytes_.one_in(4)) path_.extend = real();
  return bytes_.one_in(4) ? nullptr : &path_;
}

void Caller::step_pictures(int what) {
  betwixt_pictures* set = pick(pictures_);
  switch (what) {
    case 0: {
      const std::int32_t height = bytes_.one_in(6) ? small() : 8, width = bytes_.one_in(6) ? small() : 8;
      const std::int32_t channels = bytes_.one_in(6) ? small() : 1;
      return make(pictures_, betwixt_pictures_release, [&](betwixt_pictures** to, betwixt_error* e) {
        return betwixt_pictures_create(height, width, channels, to, e);
      });
    }
    case 1:
      return call([&](betwixt_error* e) { return betwixt_pictures_add(set, layout(), memory(), memory_bytes(), e); });
    case 2:
      return call([&](betwixt_error* e) { return betwixt_pictures_describe(set, layout(), e); });
    case 3: {
      const std::int64_t first = number();
      return call(
          [&](betwixt_error* e) { return betwixt_pictures_read(set, first, layout(), memory(), memory_bytes(), e); });
    }
    case 4: {
      const char* name = bytes_.one_in(4) ? nullptr : bytes_.one_in(2) ? "\xff" : "name";
      return call([&](betwixt_error* e) { return betwixt_pictures_rename(set, number(), name, e); });
    }
    case 5:
      return step_measures(set);
    case 6:
    case 7:
      return step_warp(set);
    default: {
      std::int64_t length = 0;
      char text[8];
      return call([&](betwixt_error* e) { return betwixt_pictures_name(set, number(), text, 8, &length, e); });
    }
  }
}

void Caller::step_measures(betwixt_pictures* set) {
  betwixt_measure_options options{};
  options.struct_size = struct_size(sizeof options);
  options.has_ends = bytes_.next() % 2;
  options.from = number();
  options.to = number();
  if (bytes_.one_in(2)) options.set = pick(pictures_);
  if (bytes_.one_in(2)) options.truth = pick(pictures_);
  betwixt_measures measures{};
  measures.struct_size = struct_size(sizeof measures);
  call([&](betwixt_error* e) { return betwixt_pictures_measure(set, &options, &measures, e); });
  make(pictures_, betwixt_pictures_release, [&](betwixt_pictures** to, betwixt_error* e) {
    return bytes_.one_in(2) ? betwixt_pictures_nearest(set, pick(pictures_), to, e)
                            : betwixt_pictures_dissolve(set, number(), number(), small() % 20, to, e);
  });
}

void Caller::step_warp(betwixt_pictures* set) {
  betwixt_warp_options options{};
  options.struct_size = struct_size(sizeof options);
  options.steps = 1 + bytes_.next() % 3;
  options.levels = 1 + bytes_.next() % 2;
  if (bytes_.one_in(4)) options.smoothness = real();
  if (bytes_.one_in(4)) options.learning_rate = real();
  if (bytes_.one_in(4)) options.search = real();
  make(warps_, betwixt_warp_release, [&](betwixt_warp** to, betwixt_error* e) {
    return betwixt_warp_create(device(), set, number(), number(), &options, to, e);
  });
  betwixt_warp* warp = pick(warps_);
  if (bytes_.one_in(8)) call([&](betwixt_error* e) { return betwixt_warp_cancel(warp, e); });
  if (bytes_.one_in(2)) call([&](betwixt_error* e) { return betwixt_warp_fit(warp, nullptr, e); });
  const double times[] = {real(), 0.5, 1, 0};
  const betwixt_layout* at = layout();
  const bool given = at && at->count <= 4 && bytes_.one_in(2);
  call([&](betwixt_error* e) {
    return betwixt_warp_frames(warp, given ? times : nullptr, at, memory(), memory_bytes(), e);
  });
  std::vector<float> values(256);
  call([&](betwixt_error* e) { return betwixt_warp_flow(warp, small() % 3, values.data(), number() % 257, e); });
  call([&](betwixt_error* e) { return betwixt_warp_visibility(warp, small() % 3, values.data(), 256, e); });
}

void Caller::step_codes(int what) {
  betwixt_codes* set = pick(codes_);
  float values[24];
  for (float& value : values) value = static_cast<float>(bytes_.empty() ? 0.5 : real());
  switch (what) {
    case 0: {
      const std::int32_t dimensions = bytes_.one_in(3) ? small() : 2;
      return make(codes_, betwixt_codes_release,
                  [&](betwixt_codes** to, betwixt_error* e) { return betwixt_codes_create(dimensions, to, e); });
    }
    case 1: {
      std::int32_t dimensions = 24;
      betwixt_codes_size(set, nullptr, &dimensions, nullptr);
      const std::int64_t count = dimensions > 0 ? number() % (24 / dimensions + 1) : 0;
      return call([&](betwixt_error* e) { return betwixt_codes_add(set, values, count, e); });
    }
    case 2:
      return call([&](betwixt_error* e) { return betwixt_codes_read(set, number(), number(), values, 24, e); });
    case 3: {
      const std::int64_t keys[] = {number(), number(), number()};
      const std::int64_t count = number() % 4;
      auto info = betwixt_path_info{};
      info.struct_size = struct_size(sizeof info);
      betwixt_path_info* to_info = bytes_.one_in(3) ? nullptr : &info;
      const betwixt_path_options* options = path_options();
      return make(codes_, betwixt_codes_release, [&](betwixt_codes** to, betwixt_error* e) {
        return betwixt_path_create(set, keys, count, options, to, to_info, e);
      });
    }
    default: {
      const std::int32_t frames = small();
      return make(codes_, betwixt_codes_release,
                  [&](betwixt_codes** to, betwixt_error* e) { return betwixt_path_resample(set, frames, to, e); });
    }
  }
}

void Caller::step_model(int what) {
  betwixt_model* model = pick(models_);
  betwixt_pictures* set = pick(pictures_);
  switch (what) {
    case 0: {
      betwixt_model_options options{};
      options.struct_size = struct_size(sizeof options);
      options.height = bytes_.one_in(8) ? small() : 8;
      options.width = bytes_.one_in(8) ? small() : 8;
      options.channels = bytes_.one_in(8) ? small() : 1;
      options.code = bytes_.one_in(8) ? small() : 2;
      options.network = bytes_.one_in(8) ? small() : 0;
      options.breadth = bytes_.one_in(8) ? small() : 1;
      return make(models_, betwixt_model_release, [&](betwixt_model** to, betwixt_error* e) {
        return betwixt_model_create(device(), &options, to, e);
      });
    }
    case 1:
      return make(codes_, betwixt_codes_release, [&](betwixt_codes** to, betwixt_error* e) {
        return bytes_.one_in(2) ? betwixt_model_encode(model, set, to, e) : betwixt_model_codes(model, to, e);
      });
    case 2:
      return make(pictures_, betwixt_pictures_release, [&](betwixt_pictures** to, betwixt_error* e) {
        return betwixt_model_decode(model, pick(codes_), to, e);
      });
    case 3:
      return call([&](betwixt_error* e) {
        return betwixt_model_morph(model, number(), number(), path_options(), layout(), memory(), memory_bytes(),
                                   nullptr, e);
      });
    case 4: {
      const float values[] = {static_cast<float>(real()), 0.5f, -0.5f, 0};
      return call([&](betwixt_error* e) {
        return betwixt_model_decode_memory(model, values, number() % 5, layout(), memory(), memory_bytes(), e);
      });
    }
    case 5: {
      double mean = 0;
      return call([&](betwixt_error* e) { return betwixt_model_error(model, set, &mean, e); });
    }
    case 6:
      return call([&](betwixt_error* e) { return betwixt_model_keep(model, set, e); });
    case 7: {
      const std::int64_t keys[] = {number(), number(), number()};
      return make(codes_, betwixt_codes_release, [&](betwixt_codes** to, betwixt_error* e) {
        betwixt_codes* codes = bytes_.one_in(2) ? nullptr : pick(codes_);
        return betwixt_model_path(model, codes, keys, number() % 4, path_options(), to, nullptr, e);
      });
    }
    default:
      return call([&](betwixt_error* e) { return betwixt_model_train(model, set, train_options(), nullptr, e); });
  }
}

void Caller::step_files(int what) {
  betwixt_model* model = pick(models_);
  std::int64_t length = 0;
  switch (what) {
    case 0:
      return call(
          [&](betwixt_error* e) { return betwixt_model_save_memory(model, memory(), memory_bytes(), &length, e); });
    case 1: {
      // What is in the memory is sometimes a model that was saved before, sometimes with a bit changed.
      if (bytes_.one_in(2)) memory_[bytes_.next() * 3u] ^= static_cast<std::uint8_t>(1u << bytes_.next() % 8);
      return make(models_, betwixt_model_release, [&](betwixt_model** to, betwixt_error* e) {
        return betwixt_model_load_memory(device(), memory(), memory_bytes(), to, e);
      });
    }
    case 2:
      return call([&](betwixt_error* e) {
        return betwixt_model_record(model, static_cast<char*>(memory()), memory_bytes(), &length, e);
      });
    case 3:
      return call([&](betwixt_error* e) { return betwixt_model_annotate(model, "key", "text", e); });
    case 4:
      return call([&](betwixt_error* e) {
        return betwixt_model_name(model, number(), static_cast<char*>(memory()), memory_bytes(), &length, e);
      });
    default: {
      betwixt_model_info info{};
      info.struct_size = struct_size(sizeof info);
      return call([&](betwixt_error* e) { return betwixt_model_describe(model, &info, e); });
    }
  }
}

void Caller::step_plots(int what) {
  const betwixt_model* model = pick(models_);
  const betwixt_pictures* set = bytes_.one_in(4) ? nullptr : pick(pictures_);
  betwixt_grid grid{};
  grid.struct_size = struct_size(sizeof grid);
  grid.rows = number();
  grid.columns = number();
  const betwixt_grid* known = bytes_.one_in(2) ? nullptr : &grid;
  std::int64_t length = 0;
  if (what == 0) {
    betwixt_codes_plot_options o{
        .struct_size = struct_size(sizeof o), .size = 200 + small() % 64, .colour = small() % 4};
    o.has_ends = bytes_.next() % 2;
    o.from = number();
    o.to = number();
    o.grid = known;
    o.path = path_options();
    return make(pictures_, betwixt_pictures_release,
                [&](auto to, auto e) { return betwixt_model_plot_codes(model, set, &o, to, e); });
  }
  if (what == 1) {
    const double values[] = {real(), real(), real(), 1};
    const betwixt_series series[] = {{"a", values, number() % 5}, {bytes_.one_in(9) ? nullptr : "b", values, 4}};
    const betwixt_curves_options o{.struct_size = struct_size(sizeof o), .logarithmic = 1, .last = real()};
    const char* groups[] = {"1", "2", "3", "4"};
    return make(pictures_, betwixt_pictures_release, [&](auto to, auto e) {
      return bytes_.one_in(2) ? betwixt_plot_curves(series, small() % 3, &o, to, e)
                              : betwixt_plot_bars(groups, small() % 5, series + 1, 1, nullptr, to, e);
    });
  }
  betwixt_evaluate_options o{.struct_size = struct_size(sizeof o), .frames = small(), .has_ends = bytes_.next() % 2};
  o.every_second = bytes_.next() % 2;
  o.from = number();
  o.to = number();
  o.interval = number();
  o.grid = known;
  call([&](betwixt_error* e) { return betwixt_model_curve(model, nullptr, 0, &length, e); });
  call([&](betwixt_error* e) {
    return betwixt_model_evaluate(model, set, &o, static_cast<char*>(memory()), memory_bytes(), &length, e);
  });
}

void Caller::step_training(int what) {
  betwixt_training* training = pick(trainings_);
  switch (what) {
    case 0:
    case 1:
      return make(trainings_, betwixt_training_release, [&](betwixt_training** to, betwixt_error* e) {
        return betwixt_training_start(pick(models_), pick(pictures_), train_options(), to, e);
      });
    case 2: {
      // A run that is paused would wait for a call that never comes.
      betwixt_train_status status{};
      status.struct_size = sizeof status;
      betwixt_training_status(training, &status, nullptr);
      if (status.phase == BETWIXT_PHASE_PAUSED || status.phase == BETWIXT_PHASE_BACKGROUND) return;
      return call([&](betwixt_error* e) { return betwixt_training_run(training, e); });
    }
    case 3: {
      const double budget = real();
      return call([&](betwixt_error* e) { return betwixt_training_run_for(training, budget, nullptr, e); });
    }
    case 4:
      return call([&](betwixt_error* e) { return betwixt_training_cancel(training, e); });
    case 5:
      return call([&](betwixt_error* e) { return betwixt_training_pause(training, e); });
    case 6:
      return call([&](betwixt_error* e) { return betwixt_training_resume(training, e); });
    case 7:
      return call([&](betwixt_error* e) { return betwixt_training_enter_background(training, real(), nullptr, e); });
    case 8:
      return call([&](betwixt_error* e) { return betwixt_training_leave_background(training, e); });
    case 9:
      return call([&](betwixt_error* e) { return betwixt_training_reduce_memory(training, real(), e); });
    case 10:
      return call([&](betwixt_error* e) { return betwixt_training_use_weights(training, small() % 3, e); });
    default: {
      betwixt_train_report report{};
      report.struct_size = struct_size(sizeof report);
      return call([&](betwixt_error* e) { return betwixt_training_finish(training, &report, e); });
    }
  }
}

void Caller::step() {
  const std::uint8_t byte = bytes_.next();
  switch (byte % 5) {
    case 0:
      return step_pictures(byte / 5 % 9);
    case 1:
      return step_codes(byte / 5 % 5);
    case 2:
      return step_model(byte / 5 % 9);
    case 3:
      return byte / 5 % 9 < 6 ? step_files(byte / 5 % 9) : step_plots(byte / 5 % 9 - 6);
    default:
      return step_training(byte / 5 % 12);
  }
}

}  // namespace

CallCounts run_calls(const std::uint8_t* data, std::size_t size) {
  Caller caller(data, size);
  caller.run();
  return caller.counts();
}

}  // namespace capi_test
