// Log messages to stderr, to a run's log.txt, and as JSON lines.
#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/json.h"

namespace seq {
namespace {

/// `warning: ` and `error: ` before the text, nothing before information.
class LevelPrefix : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    std::string_view prefix;
    if (message.level == spdlog::level::warn) prefix = "warning: ";
    if (message.level >= spdlog::level::err) prefix = "error: ";
    out.append(prefix.data(), prefix.data() + prefix.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<LevelPrefix>(); }
};

/// The message as a JSON string, quotes included.
class JsonText : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string text = Json(std::string(message.payload.data(), message.payload.size()))
                                 .dump(-1, ' ', false, Json::error_handler_t::replace);
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonText>(); }
};

template <class Flag>
std::unique_ptr<spdlog::formatter> formatter(const std::string& pattern) {
  auto made = std::make_unique<spdlog::pattern_formatter>();
  made->add_flag<Flag>('*').set_pattern(pattern);
  return made;
}

template <class Flag>
void add_file(Log& log, const std::string& path, const std::string& pattern) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    sink->set_formatter(formatter<Flag>(pattern));
    log.sinks().push_back(sink);
  } catch (const spdlog::spdlog_ex&) {
    throw Error(path + ": cannot be written (check the folder and its permissions)");
  }
}

}  // namespace

std::shared_ptr<Log> make_log(const LogOptions& options) {
  const bool colour = isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  auto terminal = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(colour ? spdlog::color_mode::always
                                                                               : spdlog::color_mode::never);
  terminal->set_formatter(formatter<LevelPrefix>("%^%*%$%v"));
  if (options.verbosity == Verbosity::quiet) terminal->set_level(spdlog::level::warn);
  auto log = std::make_shared<Log>("seqtool", terminal);
  log->set_level(options.verbosity == Verbosity::verbose ? spdlog::level::debug : spdlog::level::info);
  log->flush_on(spdlog::level::info);
  log->set_error_handler([told = false](const std::string& message) mutable {
    if (!std::exchange(told, true)) std::fprintf(stderr, "warning: log: %s\n", message.c_str());
  });
  if (!options.json_file.empty())
    add_file<JsonText>(*log, options.json_file, R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":%*})");
  return log;
}

void add_log_file(Log& log, const std::string& path) {
  add_file<LevelPrefix>(log, path, "%Y-%m-%d %H:%M:%S %*%v");
}

}  // namespace seq
