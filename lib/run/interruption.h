// Ctrl-C and SIGTERM: the first asks the work to save and end, the second ends it at once.
#pragma once

namespace seq {

/// Catches SIGINT and SIGTERM while it lives. One at a time. A signal that the process was started to ignore
/// (a background job of a script, nohup) stays ignored; SIGPIPE is left alone.
///
///     InterruptionGuard guard;
///     while (…) { step(); if (InterruptionGuard::signal() != 0) { save(); throw Interrupted(…); } }
class InterruptionGuard {
 public:
  InterruptionGuard();
  ~InterruptionGuard();
  InterruptionGuard(const InterruptionGuard&) = delete;
  InterruptionGuard& operator=(const InterruptionGuard&) = delete;

  /// The signal's number, 0 while none came since the last guard was made.
  static int signal();
};

}  // namespace seq
