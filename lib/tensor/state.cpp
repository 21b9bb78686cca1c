// SPDX-License-Identifier: MIT
#include "betwixt/tensor/state.h"

#include <mutex>

#include "betwixt/core/error.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

struct State::Record {
  std::string name;
  TensorType type;
  Device device;
  std::unique_ptr<Storage> storage;
  std::mutex mutex;
  std::weak_ptr<const Node> read_node;  ///< the last node made by `read`, while somebody holds it
};

namespace {

std::vector<TensorType> read_shape(const Node& node) { return {node.options<State>().type()}; }

std::vector<TensorType> assign_shape(const Node& node) {
  const State& state = node.options<State>();
  if (node.input_type(0) != state.type())
    throw Error(ErrorCode::kShape, "assign", "state %.64s is %s %s, the value %s %s", state.name().c_str(),
                dtype_name(state.type().dtype), state.type().shape.text().c_str(), dtype_name(node.input_type(0).dtype),
                node.input_shape(0).text().c_str());
  return {state.type()};
}

std::int64_t alias_whole(const Node&) { return 0; }

std::vector<Tensor> assign_gradient(const GradientCall& call) { return {call.output_gradient()}; }

const Op read_op{.name = "read", .shape = read_shape, .gradient = zero_gradient};
const Op assign_op{.name = "assign", .shape = assign_shape, .gradient = assign_gradient, .alias = alias_whole};

}  // namespace

std::vector<Tensor> zero_gradient(const GradientCall& call) { return std::vector<Tensor>(call.node.inputs.size()); }

State::State(const Device& device, std::string name, TensorType type) : record_(std::make_shared<Record>()) {
  record_->name = std::move(name);
  record_->type = type;
  record_->device = device;
  record_->storage = device.backend().allocate(type.bytes() ? type.bytes() : 1);
}

const State::Record& State::record() const {
  if (!record_) throw Error(ErrorCode::kArgument, "state", "an undefined state was used");
  return *record_;
}

const std::string& State::name() const { return record().name; }
const TensorType& State::type() const { return record().type; }
const Device& State::device() const { return record().device; }
Storage& State::storage() const { return *record().storage; }

void State::write_bytes(std::span<const std::byte> bytes) const {
  if (bytes.size() != type().bytes())
    throw Error(ErrorCode::kShape, "state", "%.64s holds %zu bytes, %zu were given", name().c_str(), type().bytes(),
                bytes.size());
  record().device.backend().write(storage(), 0, bytes);
}

void State::read_bytes(std::span<std::byte> into) const {
  if (into.size() != type().bytes())
    throw Error(ErrorCode::kShape, "state", "%.64s holds %zu bytes, room for %zu was given", name().c_str(),
                type().bytes(), into.size());
  record().device.backend().read(storage(), 0, into);
}

void State::check_type(DType dtype) const {
  if (dtype != type().dtype)
    throw Error(ErrorCode::kDtype, "state", "%.64s holds %s, not %s", name().c_str(), dtype_name(type().dtype),
                dtype_name(dtype));
}

Tensor read(const State& state) { return state.shared_read(); }

Tensor State::shared_read() const {
  record();
  const std::lock_guard lock(record_->mutex);
  if (auto node = record_->read_node.lock()) return Tensor(std::move(node));
  // The node must not keep the record alive through itself: it holds the state, the record only a weak pointer to it.
  const Tensor fresh = apply(read_op, {}, *this);
  record_->read_node = fresh.node_pointer();
  return fresh;
}
Tensor assign(const State& state, const Tensor& value) { return apply(assign_op, {value}, state); }

bool is_state_read(const Node& node) { return node.op == &read_op; }
bool is_assign(const Node& node) { return node.op == &assign_op; }
State state_of(const Node& node) { return is_state_read(node) || is_assign(node) ? node.options<State>() : State(); }

}  // namespace betwixt
