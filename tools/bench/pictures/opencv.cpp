// SPDX-License-Identifier: MIT
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "peers.h"

namespace betwixt::bench {
namespace {

struct Matrices {
  cv::Mat picture, map, fixed_map, fixed_part, warped;
  std::vector<cv::Mat> gaussians, laplacians, grown;
  cv::Mat collapsed;
};

cv::Mat absolute_map(const Work& work) {
  cv::Mat map(work.side, work.side, CV_32FC2);
  for (int y = 0; y < work.side; ++y)
    for (int x = 0; x < work.side; ++x) {
      const float* flow = work.flow.data() + 2 * (static_cast<std::size_t>(y) * work.side + x);
      map.at<cv::Vec2f>(y, x) = {static_cast<float>(x) + flow[0], static_cast<float>(y) + flow[1]};
    }
  return map;
}

/// Everything is allocated before the first run: OpenCV keeps matrices of the right size.
void build_and_collapse(Matrices& m, int levels) {
  const auto count = static_cast<std::size_t>(levels);
  for (std::size_t i = 0; i < count; ++i) {
    cv::pyrDown(m.gaussians[i], m.gaussians[i + 1]);
    cv::pyrUp(m.gaussians[i + 1], m.grown[i], m.gaussians[i].size());
    cv::subtract(m.gaussians[i], m.grown[i], m.laplacians[i]);
  }
  const cv::Mat* coarser = &m.gaussians[count];
  for (std::size_t i = count; i-- > 0;) {
    cv::pyrUp(*coarser, m.grown[i], m.laplacians[i].size());
    cv::add(m.grown[i], m.laplacians[i], m.grown[i]);
    coarser = &m.grown[i];
  }
  m.collapsed = *coarser;
}

std::vector<float> values_of(const cv::Mat& matrix) {
  return {matrix.ptr<float>(), matrix.ptr<float>() + matrix.total() * static_cast<std::size_t>(matrix.channels())};
}

}  // namespace

Peer opencv_peer(const Work& work, int threads) {
  cv::setNumThreads(threads);
  const auto m = std::make_shared<Matrices>();
  m->picture = cv::Mat(work.side, work.side, CV_32FC3, const_cast<float*>(work.picture.data())).clone();
  m->map = absolute_map(work);
  cv::convertMaps(m->map, cv::noArray(), m->fixed_map, m->fixed_part, CV_16SC2);
  const auto count = static_cast<std::size_t>(work.levels);
  m->gaussians.resize(count + 1);
  m->gaussians[0] = m->picture;
  m->laplacians.resize(count);
  m->grown.resize(count);
  const int levels = work.levels;
  Peer peer;
  peer.name = std::string("OpenCV ") + CV_VERSION;
  const auto warped = [m] { return values_of(m->warped); };
  peer.warp = {[m] { cv::remap(m->picture, m->warped, m->map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE); },
               warped};
  peer.prepared_warp = {
      [m] { cv::remap(m->picture, m->warped, m->fixed_map, m->fixed_part, cv::INTER_LINEAR, cv::BORDER_REPLICATE); },
      warped};
  peer.pyramid = {[m, levels] { build_and_collapse(*m, levels); }, [m] { return values_of(m->collapsed); }};
  return peer;
}

}  // namespace betwixt::bench
