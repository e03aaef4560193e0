// seqtool score: log-probabilities of lines.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli.h"
#include "models/ngram/use.h"

namespace seq::apps {
namespace {

struct ScoreCommand {
  std::string run;
  std::string checkpoint;
  std::string file = "-";
  bool plain = false;
  ScoreRequest request;
};

/// Options that only counted n-gram models have.
void refuse_ngram_options(const ScoreRequest& request, const std::string& type) {
  if (type == "ngram") return;
  if (request.log10 || request.matched_order || !request.with_scores.empty())
    throw Error("--log10, --matched-order and --with-scores are for n-gram models, this is a " + type + " run");
}

void score(ScoreCommand options, const Context& context) {
  options.request.fast = !options.plain;
  if (isatty(STDOUT_FILENO) != 0) std::cout << std::unitbuf;
  if (is_model_file(options.run))
    return score_ngram(load_ngram_file(options.run), options.request, context.session(), options.file, std::cout);
  const LoadedRun run = context.load_run(options.run, options.checkpoint);
  const auto& score_run = context.function_for(run, &ModelVerbs::score, "score text (it is no language model)");
  refuse_ngram_options(options.request, run.config.model_type());
  score_run(run, options.request, context.session(), options.file, std::cout);
}

}  // namespace

void add_score(CLI::App& app, Context& context) {
  auto options = std::make_shared<ScoreCommand>();
  CLI::App* verb =
      add_verb(app, "score", "natural log-probability of each line of text; totals and perplexity on stderr",
               "  echo 'To be, or not to be' | seqtool score runs/a\n"
               "  seqtool score runs/a text.txt --per-token --json\n"
               "  seqtool score runs/a text.txt --continuous > log_probabilities\n"
               "  seqtool score model.arpa text.txt --per-token --matched-order --log10\n"
               "  seqtool score runs/words text.txt --per-token > scores\n"
               "  seqtool score model.arpa text.txt --with-scores scores --weight 0.3\n"
               "  seqtool score model.arpa text.txt --with-scores scores --tune-weight\n");
  verb->add_option("RUN", options->run, "run folder, or an n-gram model: binary, ARPA, mixture")->required();
  add_checkpoint_option(*verb, options->checkpoint);
  add_lines_option(*verb, options->file);
  verb->add_flag("--per-token", options->request.per_token, "the log-probability of every token");
  verb->add_flag("--continuous", options->request.continuous,
                 "read the lines as one text, each in the light of those before it");
  verb->add_flag("--json", options->request.json, "one JSON object a line");
  verb->add_flag("--log10", options->request.log10, "n-gram models: base 10 in place of natural logarithms");
  verb->add_flag("--matched-order", options->request.matched_order,
                 "n-gram models: behind each token's score the words of the longest n-gram that was found");
  CLI::Option* with = verb->add_option("--with-scores", options->request.with_scores,
                                       "n-gram models: mix with these scores of another model, written by --per-token");
  CLI::Option* weight =
      verb->add_option("--weight", options->request.weight, "of the n-gram model in that mixture (0.5)")
          ->check(between(0, 1))
          ->needs(with);
  verb->add_flag("--tune-weight", options->request.tune_weight, "find that weight on this text, by EM; said on stderr")
      ->needs(with)
      ->excludes(weight);
  verb->add_flag("--plain", options->plain, "LibTorch's own operations in place of the fused stepper");
  verb->callback([options, &context] { score(*options, context); });
}

}  // namespace seq::apps
