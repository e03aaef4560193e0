// Appending to and reading metrics.jsonl.
#include "run/metrics.h"

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace seq {
namespace {

/// A line's object; discarded when it is not an entry.
Json parse_entry(std::string_view line) {
  Json entry;
  try {
    entry = parse_json(line, "line");
  } catch (const Error&) {
    return Json(Json::value_t::discarded);
  }
  const bool good = entry.is_object() && entry.contains("kind") && entry["kind"].is_string() &&
                    entry.contains("step") && entry["step"].is_number_integer();
  return good ? entry : Json(Json::value_t::discarded);
}

/// Cuts the first line off `text`; `ended` tells whether its newline was there.
std::string_view take_line(std::string_view& text, bool& ended) {
  const size_t end = text.find('\n');
  ended = end != std::string_view::npos;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(ended ? end + 1 : text.size());
  return line;
}

/// The lines up to a step; damaged ones are dropped, so that a run can go on after a power failure.
std::string lines_until(std::string_view text, int64_t last_step) {
  std::string kept;
  while (!text.empty()) {
    bool ended = false;
    const std::string_view line = take_line(text, ended);
    const Json entry = parse_entry(line);
    if (entry.is_discarded() || entry["step"].get<int64_t>() > last_step) continue;
    kept.append(line) += '\n';
  }
  return kept;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& path, int64_t last_step) : path_(path) {
  if (last_step >= 0 && fs::exists(path)) {
    const std::string text = read_file(path);
    const std::string kept = lines_until(text, last_step);
    if (kept != text) write_file_atomic(path, kept);
  } else {
    write_file_atomic(path, "");
  }
  out_.open(path, std::ios::app | std::ios::binary);
  if (!out_) throw RunError(path.string() + ": cannot be written: " + std::strerror(errno));
}

void MetricsLog::write(const Json& entry) {
  out_ << entry.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" << std::flush;
  if (!out_) throw RunError(path_.string() + ": cannot be written: " + std::strerror(errno));
}

std::vector<Json> read_metrics(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  std::string_view text = content;
  std::vector<Json> entries;
  for (int64_t number = 1; !text.empty(); ++number) {
    bool ended = false;
    const std::string_view line = take_line(text, ended);
    Json entry = parse_entry(line);
    if (!entry.is_discarded()) {
      entries.push_back(std::move(entry));
    } else if (ended) {
      throw Error(path.string() + ":" + std::to_string(number) +
                  ": expected a JSON object with kind and step (delete the line to read the others)");
    }
  }
  return entries;
}

}  // namespace seq
