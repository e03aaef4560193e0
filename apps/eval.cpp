// seqtool eval: the metrics of a run on a split or a file, with expectations for continuous integration.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <regex>

#include "cli.h"
#include "models/ngram/use.h"

namespace seq::apps {
namespace {

struct EvalCommand {
  std::string run;
  std::string checkpoint;
  EvalRequest request;
  std::vector<std::string> expectations;
};

struct Expectation {
  std::string key;
  std::string comparison;
  double bound;

  bool holds(double value) const {
    if (comparison == "<=") return value <= bound;
    if (comparison == ">=") return value >= bound;
    if (comparison == "<") return value < bound;
    if (comparison == ">") return value > bound;
    return value == bound;
  }
};

Expectation parse_expectation(const std::string& text) {
  static const std::regex kForm(R"(\s*([a-z_0-9.]+)\s*(<=|>=|==|<|>)\s*([-+0-9.eE]+)\s*)");
  std::smatch parts;
  if (!std::regex_match(text, parts, kForm))
    throw Error("--expect '" + text + "': expected KEY<=NUMBER (or >=, <, >, ==)");
  try {
    return {parts[1], parts[2], std::stod(parts[3])};
  } catch (const std::exception&) {
    throw Error("--expect '" + text + "': " + parts[3].str() + " is not a number");
  }
}

void require_metric(const std::string& key, const std::vector<std::string>& keys) {
  if (std::find(keys.begin(), keys.end(), key) == keys.end())
    throw Error(fmt::format("--expect {}: no such metric (there are: {})", key, fmt::join(keys, ", ")));
}

std::vector<std::string> keys_of(const Json& metrics) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : metrics.items()) keys.push_back(key);
  return keys;
}

Json metrics_of(const EvalCommand& options, const std::vector<Expectation>& expectations, const Context& context) {
  if (is_model_file(options.run)) {
    if (options.request.file.empty()) throw Error(options.run + ": a model alone has no splits (give --file TEXT)");
    return evaluate_ngram(load_ngram_file(options.run), {options.request.file});
  }
  const LoadedRun run = context.load_run(options.run, options.checkpoint);
  const ModelVerbs& verbs = context.verbs(run);
  if (!verbs.evaluate) throw Error("a " + run.config.model_type() + " run cannot be evaluated");
  for (const Expectation& expectation : expectations)
    if (!verbs.metrics.empty()) require_metric(expectation.key, verbs.metrics);
  return verbs.evaluate(run, options.request, context.session());
}

void evaluate(const EvalCommand& options, const Context& context) {
  std::vector<Expectation> expectations;
  for (const std::string& text : options.expectations) expectations.push_back(parse_expectation(text));
  const Json metrics = metrics_of(options, expectations, context);
  std::cout << metrics.dump() << std::endl;

  std::string failures;
  for (const Expectation& expectation : expectations) {
    require_metric(expectation.key, keys_of(metrics));
    const double value = metrics.at(expectation.key).get<double>();
    if (!expectation.holds(value))
      failures += (failures.empty() ? "" : "; ") + expectation.key + " is " + Json(value).dump() + ", expected " +
                  expectation.comparison + " " + Json(expectation.bound).dump();
  }
  if (!failures.empty()) throw RunError(failures);
}

}  // namespace

void add_eval(CLI::App& app, Context& context) {
  auto options = std::make_shared<EvalCommand>();
  CLI::App* verb = add_verb(app, "eval", "evaluate a run; prints one JSON object of metrics",
                            "  seqtool eval runs/a\n"
                            "  seqtool eval runs/a --split test\n"
                            "  seqtool eval runs/a --checkpoint last\n"
                            "  seqtool eval runs/a --file other.txt --expect 'perplexity<=5'\n"
                            "  seqtool eval model.arpa --file other.txt\n");
  verb->add_option("RUN", options->run, "run folder, or an n-gram model's file")->required();
  add_checkpoint_option(*verb, options->checkpoint);
  CLI::Option* split = verb->add_option("--split", options->request.split, "train, valid (default) or test")
                           ->check(CLI::IsMember({"train", "valid", "test"}));
  CLI::Option* file =
      verb->add_option("--file", options->request.file, "evaluate this text in place of a split")->excludes(split);
  verb->add_option("--invalid-utf8", options->request.invalid_utf8,
                   "refuse or replace bytes of --file that are not UTF-8; as in training when absent")
      ->check(CLI::IsMember({"refuse", "replace"}))
      ->needs(file);
  verb->add_option("--expect", options->expectations, "exit with 1 unless it holds, as in 'perplexity<=5'; repeatable")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  verb->callback([options, &context] { evaluate(*options, context); });
}

}  // namespace seq::apps
