// What the verbs of the command line can ask of a type of model; free of LibTorch, the same in both programs.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/config.h"
#include "config/sample_options.h"
#include "run/run_folder.h"

namespace seq {

/// What every verb is given besides its own options.
struct Session {
  std::shared_ptr<Log> log;
  bool show_progress = true;
};

/// A run folder and its config, with `--device` and `--threads` of the command line put in.
struct LoadedRun {
  RunFolder folder;
  Config config;
  std::string checkpoint = {};  ///< whose weights to use: `last`, `best`, `step-1000`; empty: model.safetensors
};

struct EvalRequest {
  std::string split = "valid";  ///< `train`, `valid` or `test`
  std::string file;             ///< a text in place of a split, unless empty
  std::string invalid_utf8;     ///< `refuse` or `replace` bytes of that text that are not UTF-8; empty: as in training
};

struct ScoreRequest {
  bool per_token = false;
  bool json = false;
  bool continuous = false;  ///< carry the state from line to line, as when the text is read as a whole
  bool fast = true;
  // Of counted n-gram models:
  bool log10 = false;          ///< base 10 in place of natural logarithms
  bool matched_order = false;  ///< per token also the words of the longest n-gram that was found
  std::string with_scores;     ///< per-token scores of another model, to be mixed with this one's, unless empty
  double weight = 0.5;         ///< of this model in that mixture
  bool tune_weight = false;    ///< find that weight on the text, by EM
};

struct PredictRequest {
  int64_t top_k = 1;
  bool json = false;
};

/// The functions of one type of model. One that is empty is something that such a model cannot do.
struct ModelVerbs {
  /// Trains in a folder that is prepared and locked.
  std::function<void(const Config&, RunFolder&, const Session&)> train;
  /// Whether a config asks for what only the program with LibTorch has; empty: none does.
  std::function<bool(const Config&)> needs_torch;
  /// The keys of all metrics that `evaluate` may give; empty: not known beforehand.
  std::vector<std::string> metrics;
  /// The metrics of a split or file.
  std::function<Json(const LoadedRun&, const EvalRequest&, const Session&)> evaluate;
  /// Calls `write` with pieces of text number `index`, in order; an empty piece ends a text.
  std::function<void(const LoadedRun&, const SampleOptions&, const Session&,
                     const std::function<void(int64_t index, std::string_view piece)>& write)>
      sample;
  /// One line of output for each line of `in`; totals to the log.
  std::function<void(const LoadedRun&, const ScoreRequest&, const Session&, const std::string& in, std::ostream& out)>
      score;
  /// One line of answers for each line of `in`.
  std::function<void(const LoadedRun&, const PredictRequest&, const Session&, const std::string& in, std::ostream& out)>
      predict;
};

/// Finds the functions of a type, or nothing when this program does not hold it.
using FindVerbs = std::function<const ModelVerbs*(const std::string& type)>;

}  // namespace seq
