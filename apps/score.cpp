// seqtool score: log-probabilities of lines.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli.h"

namespace seq::apps {
namespace {

struct ScoreCommand {
  std::string run;
  std::string checkpoint;
  std::string file = "-";
  bool plain = false;
  ScoreRequest request;
};

void score(ScoreCommand options, const Context& context) {
  options.request.fast = !options.plain;
  const LoadedRun run = context.load_run(options.run, options.checkpoint);
  const ModelVerbs& verbs = context.verbs(run.config.model_type());
  if (!verbs.score) throw Error("a " + run.config.model_type() + " run cannot score text (it is no language model)");
  if (isatty(STDOUT_FILENO) != 0) std::cout << std::unitbuf;
  verbs.score(run, options.request, context.session(), options.file, std::cout);
}

}  // namespace

void add_score(CLI::App& app, Context& context) {
  auto options = std::make_shared<ScoreCommand>();
  CLI::App* verb =
      add_verb(app, "score", "natural log-probability of each line of text; totals and perplexity on stderr",
               "  echo 'To be, or not to be' | seqtool score runs/a\n"
               "  seqtool score runs/a text.txt --per-token --json\n"
               "  seqtool score runs/a text.txt --continuous > log_probabilities\n");
  verb->add_option("RUN", options->run, "run folder")->required();
  add_checkpoint_option(*verb, options->checkpoint);
  verb->add_option("FILE", options->file, "text, one a line; stdin when absent or -");
  verb->add_flag("--per-token", options->request.per_token, "the log-probability of every token");
  verb->add_flag("--continuous", options->request.continuous,
                 "read the lines as one text, each in the light of those before it");
  verb->add_flag("--json", options->request.json, "one JSON object a line");
  verb->add_flag("--plain", options->plain, "LibTorch's own operations in place of the fused stepper");
  verb->callback([options, &context] { score(*options, context); });
}

}  // namespace seq::apps
