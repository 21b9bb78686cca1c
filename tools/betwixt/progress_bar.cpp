// SPDX-License-Identifier: MIT
#include "progress_bar.h"

#include <cstdio>

#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

namespace betwixt::cli {
namespace {

constexpr int kWidth = 30;

bool is_terminal() {
#ifdef _WIN32
  return _isatty(_fileno(stderr)) != 0;
#else
  return isatty(STDERR_FILENO) != 0;
#endif
}

}  // namespace

ProgressBar::ProgressBar() : terminal_(is_terminal()) {}

void ProgressBar::show(const Progress& p) {
  if (!p.warning.empty() && p.warning != warned_) {
    finish();
    std::fprintf(stderr, "warning: %s\n", p.warning.c_str());
    warned_ = p.warning;
  }
  if (!terminal_ || p.steps <= 0) return;
  const int full = static_cast<int>(kWidth * p.step / p.steps);
  const std::string bar =
      std::string(static_cast<std::size_t>(full), '#') + std::string(static_cast<std::size_t>(kWidth - full), '.');
  std::fprintf(stderr, "\r[%s] %lld/%lld  loss %.3e  %.1f steps/s  %.0f s left \x1b[K", bar.c_str(),
               static_cast<long long>(p.step), static_cast<long long>(p.steps), p.loss, p.steps_per_second,
               p.seconds_left);
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressBar::finish() {
  if (drawn_) std::fputc('\n', stderr);
  drawn_ = false;
}

}  // namespace betwixt::cli
