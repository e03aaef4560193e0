// The two kinds of failure that a user sees; what() is one line that names the place and the remedy.
#pragma once

#include <stdexcept>
#include <string>

namespace seq {

/// Refused before work starts: wrong usage, config or input (exit code 2).
/// Example: `throw Error("corpus.tsv:12: 3 columns, expected 2 (label<TAB>text)")`.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Failed while running, after work started: disk full, divergence, an expectation not met (exit code 1).
class RunError : public Error {
 public:
  using Error::Error;
};

/// Ended early at the user's wish, after everything was saved (exit code 128 + signal: 130 or 143).
class Interrupted : public Error {
 public:
  explicit Interrupted(int signal_number, const std::string& message) : Error(message), signal(signal_number) {}
  const int signal;
};

}  // namespace seq
