// SPDX-License-Identifier: MIT
#include "betwixt/interp/detail/kd_tree.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "betwixt/core/error.h"

namespace betwixt::detail {
namespace {

constexpr int kFewDimensions = 6;   // measured: larger leaves pay above
constexpr std::size_t kAtOnce = 4;  // axes between looks at the rim

template <int kLanes>
bool lane_distances(const float* block, std::span<const float> query, float rim, float* squared) {
  std::fill(squared, squared + kLanes, 0.0f);
  for (std::size_t begin = 0; begin < query.size(); begin += kAtOnce) {
    const std::size_t end = std::min(begin + kAtOnce, query.size());
    for (std::size_t c = begin; c < end; ++c, block += kLanes) {
      const float q = query[c];
      for (int i = 0; i < kLanes; ++i) {
        const float difference = block[i] - q;
        squared[i] += difference * difference;
      }
    }
    int inside = 0;
    for (int i = 0; i < kLanes; ++i) inside |= squared[i] <= rim ? 1 : 0;
    if (inside == 0) return false;
  }
  return true;
}

}  // namespace

KdTree::KdTree(const Codes& codes, std::vector<std::int32_t> active)
    : codes_(&codes),
      leaf_(codes.dimensions > kFewDimensions ? kLargestLeaf : kLargestLeaf / 2),
      order_(std::move(active)) {
  if (codes.count > std::numeric_limits<std::int32_t>::max())
    throw Error(ErrorCode::kLimit, "neighbours", "%lld codes, at most 2147483647", static_cast<long long>(codes.count));
  if (order_.empty()) {
    order_.resize(static_cast<std::size_t>(codes.count));
    std::iota(order_.begin(), order_.end(), 0);
  }
  if (!order_.empty()) build(0, static_cast<std::int32_t>(order_.size()));
}

void KdTree::build(std::int32_t begin, std::int32_t end) {
  const std::int32_t node = static_cast<std::int32_t>(nodes_.size());
  nodes_.push_back({begin, end, 0, 0});
  append_box(begin, end);
  if (end - begin <= leaf_) return append_block(nodes_.back());
  const std::size_t axis = static_cast<std::size_t>(widest_axis(node));
  // Full leaves on the left keep the number of leaves, and so the padding, small.
  const std::int32_t half = (end - begin + 1) / 2;
  const std::int32_t middle = begin + (half + leaf_ - 1) / leaf_ * leaf_;
  const std::size_t width = static_cast<std::size_t>(codes_->dimensions);
  std::nth_element(order_.begin() + begin, order_.begin() + middle, order_.begin() + end,
                   [&](std::int32_t a, std::int32_t b) {
                     const float x = codes_->values[static_cast<std::size_t>(a) * width + axis];
                     const float y = codes_->values[static_cast<std::size_t>(b) * width + axis];
                     return x < y || (x == y && a < b);
                   });
  build(begin, middle);
  nodes_[static_cast<std::size_t>(node)].right = static_cast<std::int32_t>(nodes_.size());
  build(middle, end);
}

void KdTree::append_box(std::int32_t begin, std::int32_t end) {
  const std::size_t width = static_cast<std::size_t>(codes_->dimensions);
  const std::size_t start = boxes_.size();
  const std::span<const float> first = codes_->row(order_[static_cast<std::size_t>(begin)]);
  boxes_.insert(boxes_.end(), first.begin(), first.end());
  boxes_.insert(boxes_.end(), first.begin(), first.end());
  for (std::int32_t i = begin + 1; i < end; ++i) {
    const std::span<const float> code = codes_->row(order_[static_cast<std::size_t>(i)]);
    for (std::size_t c = 0; c < width; ++c) {
      boxes_[start + c] = std::min(boxes_[start + c], code[c]);
      boxes_[start + width + c] = std::max(boxes_[start + width + c], code[c]);
    }
  }
}

int KdTree::widest_axis(std::int32_t node) const {
  const std::size_t width = static_cast<std::size_t>(codes_->dimensions);
  const float* box = boxes_.data() + static_cast<std::size_t>(node) * 2 * width;
  int widest = 0;
  double largest = -1;
  for (std::size_t c = 0; c < width; ++c) {
    const double extent = static_cast<double>(box[width + c]) - static_cast<double>(box[c]);
    if (extent > largest) {
      largest = extent;
      widest = static_cast<int>(c);
    }
  }
  return widest;
}

void KdTree::append_block(Node& node) {
  const std::size_t width = static_cast<std::size_t>(codes_->dimensions), lanes = static_cast<std::size_t>(leaf_);
  const std::size_t start = blocks_.size();
  node.block = static_cast<std::int32_t>(start / (width * lanes));
  blocks_.resize(start + width * lanes);
  const std::span<const std::int32_t> indices = leaf_indices(node);
  for (std::size_t i = 0; i < indices.size(); ++i)
    for (std::size_t c = 0; c < width; ++c) blocks_[start + c * lanes + i] = codes_->row(indices[i])[c];
}

double KdTree::box_distance(std::int32_t node, std::span<const float> query, double bound) const {
  const std::size_t width = query.size();
  const float* low = boxes_.data() + static_cast<std::size_t>(node) * 2 * width;
  const float* high = low + width;
  double sum = 0;
  for (std::size_t c = 0; c < width; ++c) {
    const double q = static_cast<double>(query[c]);
    const double outside = std::max({static_cast<double>(low[c]) - q, q - static_cast<double>(high[c]), 0.0});
    sum += outside * outside;
    if (sum > bound) break;
  }
  return sum;
}

bool KdTree::block_distances(const Node& leaf, std::span<const float> query, float rim,
                             float (&squared)[kLargestLeaf]) const {
  const float* block =
      blocks_.data() + static_cast<std::size_t>(leaf.block) * query.size() * static_cast<std::size_t>(leaf_);
  return leaf_ == kLargestLeaf ? lane_distances<kLargestLeaf>(block, query, rim, squared)
                               : lane_distances<kLargestLeaf / 2>(block, query, rim, squared);
}

void NearestVisitor::offer(std::int32_t index, double squared) {
  if (index == self_) return;
  const Found found{squared, index};
  if (heap_.size() < k_) {
    heap_.push_back(found);
    std::push_heap(heap_.begin(), heap_.end());
  } else if (found < heap_.front()) {
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.back() = found;
    std::push_heap(heap_.begin(), heap_.end());
  }
}

std::span<const NearestVisitor::Found> NearestVisitor::sorted() {
  std::sort_heap(heap_.begin(), heap_.end());
  return heap_;
}

}  // namespace betwixt::detail
