// What the user is told on stderr, and the same as JSON lines on request.
#pragma once

#include <spdlog/logger.h>
#include <memory>
#include <string>

namespace seq {

using Log = spdlog::logger;

enum class Verbosity { quiet, normal, verbose };

/// Where messages go.
struct LogOptions {
  Verbosity verbosity = Verbosity::normal;
  std::string json_file;  ///< also as JSON lines into this file, unless empty
};

/// A logger to stderr: bare text for information, `warning: …` and `error: …` otherwise; in colour on a terminal
/// unless NO_COLOR is set. Throws Error when the JSON file cannot be written.
std::shared_ptr<Log> make_log(const LogOptions& options);

/// Adds a file that receives every message from now on with its time (a run's log.txt).
void add_log_file(Log& log, const std::string& path);

}  // namespace seq
