// A progress bar on stderr for work that takes more than a second, and only on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace seq {

/// Redraws one line at most ten times a second; clears it at its end and before a log line is printed.
class Progress {
 public:
  /// `total` 0 when unknown. `enabled` false keeps it silent (--quiet).
  Progress(std::string title, int64_t total, bool enabled = true);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows that `done` of the total are done; what `note` returns stands at the end. Cheap when nothing is due.
  void update(int64_t done, const std::function<std::string()>& note = {});
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  std::string title_;
  int64_t total_;
  bool enabled_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
};

/// `1:02:03`, `2:03` or `12 s`.
std::string format_duration(double seconds);

}  // namespace seq
