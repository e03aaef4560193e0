// seqtool sample: text from a language model.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "base/files.h"
#include "cli.h"
#include "models/ngram/use.h"

namespace seq::apps {
namespace {

struct SampleCommand {
  std::string run;
  std::string checkpoint;
  SampleOptions sample;
  std::string prompt_file;
  bool greedy = false;
  bool json = false;
  bool plain = false;
};

/// Writes texts as they come, each ended by a line break; several are separated by a line of dashes.
class TextWriter {
 public:
  void operator()(int64_t index, std::string_view piece) {
    if (piece.empty()) {
      std::cout << "\n";
    } else {
      if (index != last_) std::cout << (index > 0 ? "--------\n" : "");
      last_ = index;
      std::cout << piece;
    }
    if (to_terminal_) std::cout.flush();
    if (!std::cout) throw RunError("stdout cannot be written");
  }

 private:
  int64_t last_ = -1;
  bool to_terminal_ = isatty(STDOUT_FILENO) != 0;
};

/// One object a text, with what was given and what came.
class JsonWriter {
 public:
  explicit JsonWriter(const SampleOptions& options) : options_(options) {}
  void operator()(int64_t index, std::string_view piece) {
    if (!piece.empty()) {
      text_ += piece;
      return;
    }
    std::cout << Json({{"index", index},
                       {"seed", options_.seed},
                       {"prompt", options_.prompt},
                       {"text", text_.substr(options_.prompt.size())}})
                     .dump(-1, ' ', false, Json::error_handler_t::replace)
              << "\n";
    text_.clear();
  }

 private:
  const SampleOptions& options_;
  std::string text_;
};

void sample(SampleCommand options, const Context& context) {
  if (options.greedy) options.sample.temperature = 0;
  if (!options.prompt_file.empty()) options.sample.prompt = read_file(options.prompt_file);
  options.sample.fast = !options.plain;
  if (context.global.seed >= 0) options.sample.seed = static_cast<uint64_t>(context.global.seed);
  std::function<void(int64_t, std::string_view)> write = TextWriter();
  if (options.json) write = JsonWriter(options.sample);
  if (is_model_file(options.run)) {
    const auto layout = options.sample.lines > 0 ? ngram::Layout::trie : ngram::Layout::hashed;
    return sample_ngram(load_ngram_file(options.run, layout), options.sample, *context.session().log, write);
  }
  const LoadedRun run = context.load_run(options.run, options.checkpoint);
  const auto& sample_run = context.function_for(run, &ModelVerbs::sample, "sample text (it is no language model)");
  if (options.sample.lines > 0 && run.config.model_type() != "ngram")
    throw Error("--lines is for n-gram models, this is a " + run.config.model_type() + " run (take --length)");
  sample_run(run, options.sample, context.session(), write);
}

}  // namespace

void add_sample(CLI::App& app, Context& context) {
  auto options = std::make_shared<SampleCommand>();
  SampleOptions& sample_options = options->sample;
  CLI::App* verb = add_verb(app, "sample", "draw text from a language model",
                            "  seqtool sample runs/a --prompt 'First Citizen:' --length 300\n"
                            "  seqtool sample runs/a --temperature 0.7 --top-k 20 --count 3 --seed 5\n"
                            "  seqtool sample runs/a --greedy --stop '.' --json\n"
                            "  seqtool sample model.arpa --prompt 'the old' --length 20\n"
                            "  seqtool sample model.arpa --lines 1000 --seed 7 > drawn.txt\n");
  verb->add_option("RUN", options->run, "run folder, or an n-gram model's file")->required();
  add_checkpoint_option(*verb, options->checkpoint);
  CLI::Option* prompt = verb->add_option("-p,--prompt", sample_options.prompt, "text to go on with");
  verb->add_option("--prompt-file", options->prompt_file, "the same from a file")->excludes(prompt);
  CLI::Option* length =
      verb->add_option("-l,--length", sample_options.length, "tokens to draw (500)")->check(at_least(0));
  verb->add_option("--lines", sample_options.lines, "n-gram models: whole lines to draw, each going on from the prompt")
      ->check(at_least(1))
      ->excludes(length);
  CLI::Option* temperature =
      verb->add_option("-t,--temperature", sample_options.temperature, "below 1 safer, above 1 wilder (1); 0 is greedy")
          ->check(between(0, 1000));
  verb->add_option("--top-k", sample_options.top_k, "draw among the k most probable tokens (0: all)")
      ->check(at_least(0));
  verb->add_option("--top-p", sample_options.top_p, "draw among the fewest tokens whose probabilities sum to this (1)")
      ->check(between(0, 1));
  verb->add_flag("--greedy", options->greedy, "always the most probable token")->excludes(temperature);
  verb->add_option("--stop", sample_options.stop, "end a text before this, if it comes");
  verb->add_option("-n,--count", sample_options.count, "texts to draw (1)")->check(at_least(1));
  verb->add_flag("--plain", options->plain, "LibTorch's own operations in place of the fused stepper");
  verb->add_flag("--json", options->json, "one JSON object a text");
  verb->callback([options, &context] { sample(*options, context); });
}

}  // namespace seq::apps
