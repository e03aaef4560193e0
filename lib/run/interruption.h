// Ctrl-C and SIGTERM: the first asks the work to save and end, the second ends it at once.
#pragma once

namespace seq {

/// Catches SIGINT and SIGTERM while it lives. One at a time.
class InterruptionGuard {
 public:
  InterruptionGuard();
  ~InterruptionGuard();
  InterruptionGuard(const InterruptionGuard&) = delete;
  InterruptionGuard& operator=(const InterruptionGuard&) = delete;

  /// The signal's number, 0 while none came.
  static int signal();
};

}  // namespace seq
