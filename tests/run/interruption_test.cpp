// Signals, in processes of their own.
#include "run/interruption.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "test.h"

using namespace seq;

namespace {

/// Runs `work` in a child; its exit code, or minus the signal that ended it.
template <class Work>
int in_child(const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    _exit(work());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("the first signal is recorded and the work goes on") {
  for (const int signal : {SIGINT, SIGTERM})
    REQUIRE(in_child([signal] {
              const InterruptionGuard guard;
              if (InterruptionGuard::signal() != 0) return 1;
              raise(signal);
              return InterruptionGuard::signal() == signal ? 0 : 2;
            }) == 0);
}

TEST_CASE("the second signal ends the process at once with 128 plus its number") {
  const auto twice = [](int first, int second) {
    return in_child([=] {
      const InterruptionGuard guard;
      raise(first);
      raise(second);
      return 0;
    });
  };
  REQUIRE(twice(SIGINT, SIGINT) == 130);
  REQUIRE(twice(SIGINT, SIGTERM) == 143);
}

TEST_CASE("signals act as before when the guard is gone, and a new guard starts anew") {
  REQUIRE(in_child([] {
            {
              const InterruptionGuard guard;
              raise(SIGINT);
            }
            {
              const InterruptionGuard guard;
              if (InterruptionGuard::signal() != 0) return 1;
            }
            raise(SIGTERM);
            return 2;
          }) == -SIGTERM);
}

TEST_CASE("an ignored signal stays ignored") {
  REQUIRE(in_child([] {
            std::signal(SIGINT, SIG_IGN);
            const InterruptionGuard guard;
            raise(SIGINT);
            raise(SIGINT);
            return InterruptionGuard::signal();
          }) == 0);
}

TEST_CASE("a guard inside another adds nothing, and what came stays known until the outer one goes") {
  REQUIRE(in_child([] {
            const InterruptionGuard outer;
            {
              const InterruptionGuard inner;
              raise(SIGTERM);
            }
            const InterruptionGuard other;
            return InterruptionGuard::signal();
          }) == SIGTERM);
}

TEST_CASE("a check throws the signal that came, and nothing without a guard") {
  REQUIRE(in_child([] {
            {
              const InterruptionGuard guard;
              InterruptionGuard::check();
              raise(SIGINT);
              try {
                InterruptionGuard::check();
              } catch (const Interrupted& interrupted) {
                if (interrupted.signal != SIGINT) return 1;
              }
            }
            InterruptionGuard::check();
            return 42;
          }) == 42);
}
