// Drawing of the progress bar.
#include "base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace seq {
namespace {

constexpr double kSilentSeconds = 1.0;  // short work shows no bar
constexpr double kRedrawSeconds = 0.1;
constexpr int kBarWidth = 24;

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Progress::Progress(std::string title, int64_t total, bool enabled)
    : title_(std::move(title)), total_(total), enabled_(enabled && isatty(STDERR_FILENO) != 0) {}

void Progress::update(int64_t done, const std::function<std::string()>& note) {
  if (!enabled_) return;
  const auto now = Clock::now();
  const double elapsed = seconds_between(start_, now);
  if (elapsed < kSilentSeconds || seconds_between(last_, now) < kRedrawSeconds) return;
  last_ = now;

  std::string line = title_;
  if (total_ > 0) {
    const double fraction = std::clamp(static_cast<double>(done) / static_cast<double>(total_), 0.0, 1.0);
    const int filled = static_cast<int>(fraction * kBarWidth);
    line += fmt::format(" [{}{}] {:3.0f} %", std::string(static_cast<size_t>(filled), '#'),
                        std::string(static_cast<size_t>(kBarWidth - filled), '.'), 100 * fraction);
    if (fraction > 0) line += fmt::format("  {} left", format_duration(elapsed * (1 - fraction) / fraction));
  } else {
    line += fmt::format(" {}", done);
  }
  if (note) line += "  " + note();
  line.resize(std::min(line.size(), static_cast<size_t>(terminal_width() - 1)));
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

std::string format_duration(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  if (whole >= 60) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{} s", whole);
}

}  // namespace seq
