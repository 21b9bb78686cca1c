// SPDX-License-Identifier: MIT
// Every function with NULL for everything, with handles of another kind, and with numbers no one can mean.
#include <cmath>
#include <functional>
#include <limits>
#include <new>

#include "tests/capi/api.h"

using namespace capi_test;

namespace {

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
const double kNan = std::nan("");

using Call = std::function<std::int32_t(betwixt_error*)>;
struct Misuse {
  const char* name;
  std::int32_t code;
  Call call;
};

/// One clear error: the code, the operation's name, a message, and the same without a place for the error.
void expect_each(const std::vector<Misuse>& table) {
  for (const Misuse& misuse : table) {
    betwixt_error error;
    std::memset(&error, 0x55, sizeof error);
    EXPECT_EQ(misuse.call(&error), misuse.code) << misuse.name << ": " << error.message;
    EXPECT_EQ(error.code, misuse.code) << misuse.name;
    EXPECT_LT(strnlen(error.message, sizeof error.message), sizeof error.message) << misuse.name;
    EXPECT_NE(error.message[0], 0) << misuse.name;
    EXPECT_EQ(misuse.call(nullptr), misuse.code) << misuse.name;
  }
}

TEST_F(CApi, NullForEverythingIsAnArgumentError) {
  const std::vector<Call> calls = {
      [](auto* e) { return betwixt_device_list(nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_device_open(nullptr, nullptr, e); },
      [](auto* e) { return betwixt_device_describe(nullptr, nullptr, e); },
      [](auto* e) { return betwixt_pictures_create(0, 0, 0, nullptr, e); },
      [](auto* e) { return betwixt_pictures_add(nullptr, nullptr, nullptr, 0, e); },
      [](auto* e) { return betwixt_pictures_describe(nullptr, nullptr, e); },
      [](auto* e) { return betwixt_pictures_read(nullptr, 0, nullptr, nullptr, 0, e); },
      [](auto* e) { return betwixt_pictures_rename(nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_pictures_name(nullptr, 0, nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_codes_create(0, nullptr, e); },
      [](auto* e) { return betwixt_codes_add(nullptr, nullptr, 0, e); },
      [](auto* e) { return betwixt_codes_size(nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_codes_read(nullptr, 0, 0, nullptr, 0, e); },
      [](auto* e) { return betwixt_path_create(nullptr, nullptr, 0, nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_path_resample(nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_model_create(nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_model_load(nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_model_load_memory(nullptr, nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_model_save(nullptr, nullptr, e); },
      [](auto* e) { return betwixt_model_save_memory(nullptr, nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_model_describe(nullptr, nullptr, e); },
      [](auto* e) { return betwixt_model_record(nullptr, nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_model_annotate(nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_model_codes(nullptr, nullptr, e); },
      [](auto* e) { return betwixt_model_name(nullptr, 0, nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_model_keep(nullptr, nullptr, e); },
      [](auto* e) { return betwixt_model_encode(nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_model_decode(nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_model_decode_memory(nullptr, nullptr, 0, nullptr, nullptr, 0, e); },
      [](auto* e) { return betwixt_model_morph(nullptr, 0, 0, nullptr, nullptr, nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_model_path(nullptr, nullptr, nullptr, 0, nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_model_error(nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_file_describe(nullptr, nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_model_train(nullptr, nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_training_start(nullptr, nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_training_run(nullptr, e); },
      [](auto* e) { return betwixt_training_run_for(nullptr, 1, nullptr, e); },
      [](auto* e) { return betwixt_training_cancel(nullptr, e); },
      [](auto* e) { return betwixt_training_pause(nullptr, e); },
      [](auto* e) { return betwixt_training_resume(nullptr, e); },
      [](auto* e) { return betwixt_training_enter_background(nullptr, 0, nullptr, e); },
      [](auto* e) { return betwixt_training_leave_background(nullptr, e); },
      [](auto* e) { return betwixt_training_reduce_memory(nullptr, 0, e); },
      [](auto* e) { return betwixt_training_status(nullptr, nullptr, e); },
      [](auto* e) { return betwixt_training_finish(nullptr, nullptr, e); },
      [](auto* e) { return betwixt_training_use_weights(nullptr, 0, e); },
      [](auto* e) { return betwixt_pictures_measure(nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_pictures_nearest(nullptr, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_pictures_dissolve(nullptr, 0, 0, 0, nullptr, e); },
      [](auto* e) { return betwixt_warp_create(nullptr, nullptr, 0, 0, nullptr, nullptr, e); },
      [](auto* e) { return betwixt_warp_fit(nullptr, nullptr, e); },
      [](auto* e) { return betwixt_warp_cancel(nullptr, e); },
      [](auto* e) { return betwixt_warp_frames(nullptr, nullptr, nullptr, nullptr, 0, e); },
      [](auto* e) { return betwixt_warp_flow(nullptr, 0, nullptr, 0, e); },
      [](auto* e) { return betwixt_warp_visibility(nullptr, 0, nullptr, 0, e); },
  };
  std::vector<Misuse> table;
  for (const Call& call : calls) table.push_back({"NULL", BETWIXT_E_ARGUMENT, call});
  expect_each(table);
  betwixt_device_release(nullptr);
  betwixt_pictures_release(nullptr);
  betwixt_codes_release(nullptr);
  betwixt_model_release(nullptr);
  betwixt_training_release(nullptr);
  betwixt_warp_release(nullptr);
}

TEST_F(CApi, HandlesOfAnotherKindAreNoticed) {
  auto* as_pictures = reinterpret_cast<betwixt_pictures*>(device.get());
  auto* as_model = reinterpret_cast<betwixt_model*>(pictures.get());
  auto* as_training = reinterpret_cast<betwixt_training*>(model.get());
  auto l = layout(1, kSide, kSide, 1);
  auto status = sized<betwixt_train_status>();
  Codes codes;
  expect_each({
      {"pictures", BETWIXT_E_ARGUMENT, [&](auto* e) { return betwixt_pictures_describe(as_pictures, &l, e); }},
      {"model", BETWIXT_E_ARGUMENT, [&](auto* e) { return betwixt_model_encode(as_model, pictures, &codes, e); }},
      {"training", BETWIXT_E_ARGUMENT, [&](auto* e) { return betwixt_training_status(as_training, &status, e); }},
  });
  betwixt_pictures_release(as_pictures);
  betwixt_model_release(as_model);
  betwixt_training_release(as_training);
  CAPI_OK(betwixt_model_encode(model, pictures, &codes, &error));
}

TEST_F(CApi, LayoutsThatDoNotFitTheMemoryAreRefused) {
  std::vector<std::uint8_t> memory(4 * kBytes);
  const auto add = [&](const betwixt_layout& l, std::int64_t bytes, const void* at) {
    return [this, l, bytes, at](betwixt_error* e) { return betwixt_pictures_add(pictures, &l, at, bytes, e); };
  };
  const auto plain = layout(1, kSide, kSide, 1);
  const auto changed = [&](auto member, auto value) {
    betwixt_layout l = plain;
    l.*member = value;
    return l;
  };
  const auto size = static_cast<std::int64_t>(memory.size());
  auto floats = changed(&betwixt_layout::format, BETWIXT_F32);
  auto wrapping = changed(&betwixt_layout::count, kHuge);
  wrapping.picture_stride = kHuge;
  expect_each({
      {"too little", BETWIXT_E_ARGUMENT, add(plain, kBytes - 1, memory.data())},
      {"negative", BETWIXT_E_ARGUMENT, add(plain, -1, memory.data())},
      {"no memory", BETWIXT_E_ARGUMENT, add(plain, size, nullptr)},
      {"misaligned", BETWIXT_E_ARGUMENT, add(floats, 3 * kBytes + 200, nullptr)},
      {"too many", BETWIXT_E_ARGUMENT, add(changed(&betwixt_layout::count, 5), size, memory.data())},
      {"far too many", BETWIXT_E_ARGUMENT, add(changed(&betwixt_layout::count, kHuge / 64), size, memory.data())},
      {"wraps", BETWIXT_E_OVERFLOW, add(wrapping, size, memory.data())},
      {"negative count", BETWIXT_E_ARGUMENT, add(changed(&betwixt_layout::count, -1), size, memory.data())},
      {"overlaps", BETWIXT_E_ARGUMENT, add(changed(&betwixt_layout::row_stride, 7), size, memory.data())},
      {"negative stride", BETWIXT_E_ARGUMENT, add(changed(&betwixt_layout::pixel_stride, -1), size, memory.data())},
      {"another size", BETWIXT_E_SHAPE, add(changed(&betwixt_layout::width, 9), size, memory.data())},
      {"another format", BETWIXT_E_DTYPE, add(changed(&betwixt_layout::format, 7), size, memory.data())},
      {"unknown flag", BETWIXT_E_UNSUPPORTED, add(changed(&betwixt_layout::flags, 64), size, memory.data())},
      {"no size", BETWIXT_E_ARGUMENT, add(changed(&betwixt_layout::struct_size, 0u), size, memory.data())},
      {"wild size", BETWIXT_E_ARGUMENT, add(changed(&betwixt_layout::struct_size, 0xffffffffu), size, memory.data())},
  });
}

TEST_F(CApi, NumbersThatNobodyMeansAreRefused) {
  Codes codes, path;
  Pictures made;
  Model other;
  CAPI_OK(betwixt_codes_create(2, &codes, &error));
  const float values[] = {0, 0, 1, 1};
  CAPI_OK(betwixt_codes_add(codes, values, 2, &error));
  const float nan[] = {static_cast<float>(kNan), 0};
  float out[4];
  const std::int64_t beyond[] = {0, kHuge};
  const std::int64_t keys[] = {0, 1};
  auto many = sized<betwixt_path_options>();
  many.frames = std::numeric_limits<std::int32_t>::max();
  const auto model_with = [](std::int32_t height, std::int32_t code, std::int32_t breadth) {
    auto o = sized<betwixt_model_options>();
    o.height = height;
    o.width = kSide;
    o.channels = 1;
    o.code = code;
    o.breadth = breadth;
    return o;
  };
  const auto tall = model_with(1 << 30, 2, 4), wide = model_with(8, 2, 1 << 30), long_code = model_with(8, -1, 4);
  expect_each({
      {"sides", BETWIXT_E_ARGUMENT, [&](auto* e) { return betwixt_pictures_create(1 << 30, 1 << 30, 4, &made, e); }},
      {"dimensions", BETWIXT_E_ARGUMENT, [&](auto* e) { return betwixt_codes_create(-1, &path, e); }},
      {"NaN", BETWIXT_E_NOT_FINITE, [&](auto* e) { return betwixt_codes_add(codes, nan, 1, e); }},
      {"count", BETWIXT_E_OVERFLOW, [&](auto* e) { return betwixt_codes_add(codes, values, kHuge, e); }},
      {"range", BETWIXT_E_ARGUMENT, [&](auto* e) { return betwixt_codes_read(codes, kHuge, kHuge, out, 4, e); }},
      {"room", BETWIXT_E_LIMIT, [&](auto* e) { return betwixt_codes_read(codes, 0, 2, out, 3, e); }},
      {"key", BETWIXT_E_ARGUMENT,
       [&](auto* e) { return betwixt_path_create(codes, beyond, 2, nullptr, &path, nullptr, e); }},
      {"keys", BETWIXT_E_ARGUMENT,
       [&](auto* e) { return betwixt_path_create(codes, keys, kHuge, nullptr, &path, nullptr, e); }},
      {"frames", BETWIXT_E_LIMIT,
       [&](auto* e) { return betwixt_path_create(codes, keys, 2, &many, &path, nullptr, e); }},
      {"resampled", BETWIXT_E_LIMIT, [&](auto* e) { return betwixt_path_resample(codes, 1 << 30, &path, e); }},
      {"tall", BETWIXT_E_ARGUMENT, [&](auto* e) { return betwixt_model_create(device, &tall, &other, e); }},
      {"breadth", BETWIXT_E_VALUE, [&](auto* e) { return betwixt_model_create(device, &wide, &other, e); }},
      {"code", BETWIXT_E_VALUE, [&](auto* e) { return betwixt_model_create(device, &long_code, &other, e); }},
  });
}

TEST_F(CApi, TrainingOptionsThatMakeNoSenseAreRefusedBeforeTheModelChanges) {
  const std::vector<std::uint8_t> before = file_of(model);
  const auto with = [&](auto member, auto value) {
    auto o = train_options(3);
    o.*member = value;
    return [this, o](betwixt_error* e) { return betwixt_model_train(model, pictures, &o, nullptr, e); };
  };
  const double inf = std::numeric_limits<double>::infinity();
  expect_each({
      {"steps", BETWIXT_E_ARGUMENT, with(&betwixt_train_options::steps, kHuge)},
      {"batch", BETWIXT_E_ARGUMENT, with(&betwixt_train_options::batch, -1)},
      {"rate", BETWIXT_E_NOT_FINITE, with(&betwixt_train_options::learning_rate, kNan)},
      {"rate", BETWIXT_E_VALUE, with(&betwixt_train_options::learning_rate, -1.0)},
      {"noise", BETWIXT_E_NOT_FINITE, with(&betwixt_train_options::noise, inf)},
      {"code noise", BETWIXT_E_NOT_FINITE, with(&betwixt_train_options::code_noise, kNan)},
      {"clip", BETWIXT_E_NOT_FINITE, with(&betwixt_train_options::clip_norm, kNan)},
      {"decay", BETWIXT_E_VALUE, with(&betwixt_train_options::weight_decay, -1.0)},
      {"validation", BETWIXT_E_VALUE, with(&betwixt_train_options::validation, kNan)},
      {"patience", BETWIXT_E_ARGUMENT, with(&betwixt_train_options::patience, -1)},
      {"budget", BETWIXT_E_NOT_FINITE, with(&betwixt_train_options::budget_ms, kNan)},
      {"corruption", BETWIXT_E_UNSUPPORTED, with(&betwixt_train_options::corruption, 9)},
      {"cap", BETWIXT_E_LIMIT, with(&betwixt_train_options::memory_limit, 1ull)},
      {"loss", BETWIXT_E_SYNTAX, with(&betwixt_train_options::loss, "0.8*nothing")},
      {"loss file", BETWIXT_E_MISSING, with(&betwixt_train_options::loss, "perceptual")},
      {"step every", BETWIXT_E_ARGUMENT, with(&betwixt_train_options::step_every, -1)},
      {"step factor", BETWIXT_E_NOT_FINITE, with(&betwixt_train_options::step_factor, kNan)},
      {"final rate", BETWIXT_E_NOT_FINITE, with(&betwixt_train_options::final_rate, inf)},
  });
  EXPECT_EQ(file_of(model), before);
  Training training;
  const auto options = train_options(3);
  CAPI_OK(betwixt_training_start(model, pictures, &options, &training, &error));
  expect_each({
      {"run_for", BETWIXT_E_ARGUMENT, [&](auto* e) { return betwixt_training_run_for(training, kNan, nullptr, e); }},
      {"timeout", BETWIXT_E_ARGUMENT,
       [&](auto* e) { return betwixt_training_enter_background(training, kNan, nullptr, e); }},
      {"timeout", BETWIXT_E_ARGUMENT, [&](auto* e) { return betwixt_training_reduce_memory(training, -1, e); }},
  });
}

TEST_F(CApi, PathOptionsThatMakeNoSenseAreRefused) {
  CAPI_OK(betwixt_model_keep(model, pictures, &error));
  Codes path;
  const std::int64_t keys[] = {0, 5};
  const auto with = [&](auto member, auto value) {
    auto o = sized<betwixt_path_options>();
    o.*member = value;
    return [&, o](betwixt_error* e) { return betwixt_model_path(model, nullptr, keys, 2, &o, &path, nullptr, e); };
  };
  expect_each({
      {"method", BETWIXT_E_UNSUPPORTED, with(&betwixt_path_options::method, 3)},
      {"k", BETWIXT_E_ARGUMENT, with(&betwixt_path_options::k, -1)},
      {"smooth", BETWIXT_E_ARGUMENT, with(&betwixt_path_options::smooth, -1)},
      {"rule", BETWIXT_E_UNSUPPORTED, with(&betwixt_path_options::rule, 5)},
      {"edges", BETWIXT_E_UNSUPPORTED, with(&betwixt_path_options::edges, -1)},
      {"search", BETWIXT_E_UNSUPPORTED, with(&betwixt_path_options::search, 3)},
      {"epsilon", BETWIXT_E_NOT_FINITE, with(&betwixt_path_options::epsilon, kNan)},
      {"duplicates", BETWIXT_E_NOT_FINITE, with(&betwixt_path_options::duplicates, kNan)},
      {"per edge", BETWIXT_E_ARGUMENT, with(&betwixt_path_options::per_edge, 1)},
      {"extend", BETWIXT_E_VALUE, with(&betwixt_path_options::extend, -0.5)},
      {"extend", BETWIXT_E_VALUE, with(&betwixt_path_options::extend, 1e300)},
  });
}

TEST_F(CApi, AMorphWithoutCodesSaysWhatToDo) {
  std::vector<std::uint8_t> memory(kBytes);
  const auto frame = layout(1, kSide, kSide, 1);
  CAPI_FAILS(BETWIXT_E_MISSING, "betwixt_model_keep",
             betwixt_model_morph(model, 0, 1, nullptr, &frame, memory.data(), kBytes, nullptr, &error));
}

/// An allocator that fails at one call, or from there on, and counts what it gave out.
struct FailingAllocator {
  int calls_left = 0;
  bool for_ever = false;
  std::int64_t bytes = 0;
  bool dead = false;
  static void* allocate(void* user, std::uint64_t size, std::uint64_t alignment) {
    auto* self = static_cast<FailingAllocator*>(user);
    EXPECT_EQ(betwixt_codes_create(1, nullptr, nullptr), BETWIXT_E_ARGUMENT) << "no calls from here";
    if (self->dead || (self->calls_left > 0 && --self->calls_left == 0)) {
      self->dead = self->for_ever;
      return nullptr;
    }
    self->bytes += static_cast<std::int64_t>(size);
    EXPECT_LE(alignment, 64u);
    return ::operator new(size, std::align_val_t(64), std::nothrow);
  }
  static void release(void* user, void* memory, std::uint64_t size) {
    static_cast<FailingAllocator*>(user)->bytes -= static_cast<std::int64_t>(size);
    ::operator delete(memory, std::align_val_t(64));
  }
};

/// Opens, makes, trains, encodes; the first status that is not OK.
std::int32_t life_of_a_model(FailingAllocator& failing, const betwixt_pictures* pictures) {
  auto callbacks = sized<betwixt_allocator>();
  callbacks.user = &failing;
  callbacks.allocate = FailingAllocator::allocate;
  callbacks.release = FailingAllocator::release;
  auto device_options = sized<betwixt_device_options>();
  device_options.name = "cpu:1";
  device_options.allocator = &callbacks;
  auto model_options = sized<betwixt_model_options>();
  model_options.height = model_options.width = kSide;
  model_options.channels = 1;
  model_options.breadth = 2;
  auto train = sized<betwixt_train_options>();
  train.steps = 2;
  Device device;
  Model model;
  Codes codes;
  std::int32_t status = betwixt_device_open(&device_options, &device, nullptr);
  if (status == BETWIXT_OK) status = betwixt_model_create(device, &model_options, &model, nullptr);
  if (status == BETWIXT_OK) status = betwixt_model_train(model, pictures, &train, nullptr, nullptr);
  if (status == BETWIXT_OK) status = betwixt_model_encode(model, pictures, &codes, nullptr);
  return status;
}

TEST_F(CApi, EveryAllocationMayFail) {
  for (const bool for_ever : {false, true}) {
    int index = 1;
    for (std::int32_t status = BETWIXT_E_OOM; status != BETWIXT_OK; ++index) {
      FailingAllocator failing;
      failing.calls_left = index;
      failing.for_ever = for_ever;
      status = life_of_a_model(failing, pictures);
      EXPECT_EQ(failing.bytes, 0) << "all memory came back, allocation " << index;
      ASSERT_TRUE(status == BETWIXT_OK || status == BETWIXT_E_OOM) << status << " at allocation " << index;
      ASSERT_LT(index, 10000);
    }
    EXPECT_GT(index, 5);
  }
}

}  // namespace
