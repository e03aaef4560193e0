// Ctrl-C and SIGTERM: the first asks the work to save and end, the second ends it at once.
#pragma once

namespace seq {

/// Catches SIGINT and SIGTERM while it lives; one inside another adds nothing. A signal that the process was started
/// to ignore (a background job of a script, nohup) stays ignored; SIGPIPE is left alone.
///
///     const InterruptionGuard guard;
///     while (…) { step(); InterruptionGuard::check(); }
class InterruptionGuard {
 public:
  InterruptionGuard();
  ~InterruptionGuard();
  InterruptionGuard(const InterruptionGuard&) = delete;
  InterruptionGuard& operator=(const InterruptionGuard&) = delete;

  /// The signal's number, 0 while none came since the outermost guard was made.
  static int signal();
  /// Throws Interrupted when a signal came: for the inside of long work, whose callers know what is to be saved.
  /// Never without a guard.
  static void check();

 private:
  bool outermost_;
};

}  // namespace seq
