// seqtool predict: the most probable answers to lines of input.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli.h"
#include "models/ngram/use.h"

namespace seq::apps {
namespace {

struct PredictCommand {
  std::string run;
  std::string file = "-";
  PredictRequest request;
};

void predict(const PredictCommand& options, const Context& context) {
  if (isatty(STDOUT_FILENO) != 0) std::cout << std::unitbuf;
  if (is_model_file(options.run))
    return predict_ngram(load_ngram_file(options.run), options.request, context.session(), options.file, std::cout);
  const LoadedRun run = context.load_run(options.run);
  context.function_for(run, &ModelVerbs::predict, "predict")(run, options.request, context.session(), options.file,
                                                             std::cout);
}

}  // namespace

void add_predict(CLI::App& app, Context& context) {
  auto options = std::make_shared<PredictCommand>();
  CLI::App* verb = add_verb(
      app, "predict",
      "the most probable answer to each line: a label, the next word or a class with its probability, or a number",
      "  echo 'the old man sees the' | seqtool predict runs/words\n"
      "  seqtool predict runs/reviews reviews.txt\n"
      "  seqtool predict model.arpa prefixes.txt --top-k 5 --json\n"
      "  echo '0.5,-0.2' | seqtool predict runs/moons\n");
  verb->add_option("RUN", options->run, "run folder, or an n-gram model's file")->required();
  add_lines_option(*verb, options->file);
  verb->add_option("-k,--top-k", options->request.top_k, "answers for each line, the most probable first (1)")
      ->check(at_least(1));
  verb->add_flag("--json", options->request.json, "one JSON object a line");
  verb->callback([options, &context] { predict(*options, context); });
}

}  // namespace seq::apps
