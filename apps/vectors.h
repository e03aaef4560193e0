// What the verbs of `seqtool vectors` share; each group of them has a file of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/json.h"
#include "cli.h"
#include "vectors/word_vectors.h"

namespace seq::apps {

/// Options of every verb that reads vectors.
struct VectorsCommand {
  explicit VectorsCommand(Context& the_context) : context(the_context) {}

  Context& context;
  std::string path;
  vectors::LoadOptions load;
  bool json = false;

  /// 0: one for each core.
  int threads() const { return context.global.threads > 0 ? static_cast<int>(context.global.threads) : 0; }
  vectors::WordVectors vectors() const;
};

/// A subcommand with VECTORS and what goes with it.
CLI::App* add_vectors_verb(CLI::App& parent, VectorsCommand& command, const std::string& name,
                           const std::string& description, const std::string& examples);

/// Calls `answer` with each line of stdin and prints what it returns. A line that is refused gets a warning with its
/// number and an empty answer (with --json an object with `error`), so that answers stay in step with lines.
void answer_lines(const VectorsCommand& command, const std::function<std::string(std::string_view line)>& answer);

/// One line of JSON; bytes that are not UTF-8 become U+FFFD.
std::string json_line(const Json& value);

/// A float in as few digits as tell it from others, which is what JSON then shows.
double short_number(float value);

/// Four digits behind the point.
std::string score_text(float score);

void add_vectors_queries(CLI::App& vectors, Context& context);
void add_vectors_eval(CLI::App& vectors, Context& context);
void add_vectors_project(CLI::App& vectors, Context& context);

}  // namespace seq::apps
