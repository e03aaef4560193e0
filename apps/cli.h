// The command line that both programs share: verbs, global options, exit codes.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/verbs.h"

namespace seq::apps {

/// Thrown when the work needs the other program; main() then runs it in place of this one.
struct NeedsTorch {};

/// The options that stand with every verb.
struct GlobalOptions {
  bool quiet = false;
  bool verbose = false;
  std::string log_json;
  int64_t threads = -1;
  std::string device;
  int64_t seed = -1;
};

/// What a verb's code can use.
class Context {
 public:
  explicit Context(FindVerbs find_verbs) : find_verbs_(std::move(find_verbs)) {}

  GlobalOptions global;

  Session session() const;
  /// Of the command line, one for each core when it says nothing.
  int threads() const;
  /// The functions of a type. Throws NeedsTorch when the other program holds them.
  const ModelVerbs& verbs(const std::string& type) const;
  /// Those of a run's type. Throws NeedsTorch when its config asks for what the other program has.
  const ModelVerbs& verbs(const LoadedRun& run) const;
  /// One of them for a run, as `function_for(run, &ModelVerbs::score, "score text")`. Throws Error where such a model
  /// cannot do that.
  template <class Function>
  const Function& function_for(const LoadedRun& run, Function ModelVerbs::*member, const char* what) const {
    const Function& function = verbs(run).*member;
    if (!function) throw Error("a " + run.config.model_type() + " run cannot " + what);
    return function;
  }
  /// `--set` texts of the command line with those of --seed, --device and --threads.
  std::vector<std::string> with_globals(std::vector<std::string> sets) const;
  /// A run folder with the command line's device and threads; `checkpoint` as in LoadedRun.
  LoadedRun load_run(const std::string& folder, const std::string& checkpoint = {}) const;

 private:
  FindVerbs find_verbs_;
};

/// A verb: adds its subcommand, whose callback does the work.
using AddVerb = void (*)(CLI::App&, Context&);
void add_train(CLI::App& app, Context& context);
void add_eval(CLI::App& app, Context& context);
void add_sample(CLI::App& app, Context& context);
void add_predict(CLI::App& app, Context& context);
void add_score(CLI::App& app, Context& context);
void add_tokenize(CLI::App& app, Context& context);
void add_tokenize_train(CLI::App& tokenize, Context& context);
void add_tokenize_count(CLI::App& tokenize, Context& context);
void add_tokenize_phrases(CLI::App& tokenize, Context& context);
void add_config(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_data(CLI::App& app, Context& context);
void add_vectors(CLI::App& app, Context& context);
void add_ngram(CLI::App& app, Context& context);
// Below `seqtool ngram`:
void add_ngram_estimate(CLI::App& ngram, Context& context);
void add_ngram_count(CLI::App& ngram, Context& context);
void add_ngram_merge(CLI::App& ngram, Context& context);
void add_ngram_binary(CLI::App& ngram, Context& context);
void add_ngram_mix(CLI::App& ngram, Context& context);
void add_ngram_info(CLI::App& ngram, Context& context);

/// True when a verb was given the file of a counted n-gram model in place of a run folder.
bool is_model_file(const std::string& run);

/// `--checkpoint NAME` of the verbs that use a run's weights.
void add_checkpoint_option(CLI::App& verb, std::string& checkpoint);

/// `--layout` and `--temp` of the verbs that write a binary n-gram model.
void add_layout_option(CLI::App& verb, std::string& layout);
void add_temp_option(CLI::App& verb, std::string& folder);
/// The text that a verb reads line by line.
void add_lines_option(CLI::App& verb, std::string& file);

/// Checks of numbers whose messages name what is allowed.
CLI::Validator at_least(int64_t least);
CLI::Validator between(double least, double most);

/// A subcommand whose help ends with examples.
CLI::App* add_verb(CLI::App& app, const std::string& name, const std::string& description, const std::string& examples);

/// Runs the command line; returns the exit code. `version` is called for --version.
/// Lets NeedsTorch through.
int run_cli(int argc, char** argv, Context& context, const std::function<std::string()>& version);

}  // namespace seq::apps
