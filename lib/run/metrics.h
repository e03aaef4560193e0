// metrics.jsonl: one JSON object a line for each log step and each evaluation.
//
//   {"kind":"train","step":100,"epoch":0.42,"loss":2.31,"learning_rate":0.002,"tokens_per_second":151000,"seconds":12.1}
//   {"kind":"valid","step":1000,"epoch":4.2,"loss":1.61,"perplexity":5.0,"bits_per_character":2.32}
//   {"kind":"sample","step":1000,"text":"…"}
//
// A number that is not finite (a diverged loss) is written as null, because JSON has no other word for it.
#pragma once

#include <filesystem>
#include <fstream>
#include <vector>

#include "base/json.h"

namespace seq {

/// Appends lines; each is flushed when written.
class MetricsLog {
 public:
  /// Opens for appending, first dropping what was logged after `last_step` (and a half-written last line): the state
  /// of a resumed run. `last_step` -1 starts anew. Throws RunError when it cannot be written.
  MetricsLog(const std::filesystem::path& path, int64_t last_step);
  /// `entry` has `kind` and `step`. Throws RunError when the disk is full.
  void write(const Json& entry);

 private:
  std::filesystem::path path_;
  std::ofstream out_;
};

/// All entries; a half-written last line is left out, any other damaged line is an Error with its number.
std::vector<Json> read_metrics(const std::filesystem::path& path);

}  // namespace seq
