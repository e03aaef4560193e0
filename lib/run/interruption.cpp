// The signal handler behind InterruptionGuard.
#include "run/interruption.h"

#include <unistd.h>

#include <array>
#include <csignal>

#include "base/error.h"

namespace seq {
namespace {

constexpr std::array<int, 2> kSignals = {SIGINT, SIGTERM};

volatile std::sig_atomic_t received = 0;
bool guarded = false;
std::array<struct sigaction, 2> previous{};

void handle(int signal) {
  if (received != 0) _exit(128 + signal);
  received = signal;
}

}  // namespace

InterruptionGuard::InterruptionGuard() : outermost_(!guarded) {
  if (!outermost_) return;
  guarded = true;
  received = 0;
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &previous[i]);
    // A shell starts `seqtool train … &` in a script with SIGINT ignored, so that Ctrl-C there ends the script only.
    if (previous[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
  }
}

InterruptionGuard::~InterruptionGuard() {
  if (!outermost_) return;
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &previous[i], nullptr);
  guarded = false;
  received = 0;
}

int InterruptionGuard::signal() {
  return received;
}

void InterruptionGuard::check() {
  if (const int signal = received; signal != 0) throw Interrupted(signal, "interrupted");
}

}  // namespace seq
