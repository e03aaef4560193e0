// seqtool tokenize phrases: learn which pairs of words are phrases, and join them.
#include <map>
#include <memory>
#include <optional>

#include "base/parallel.h"
#include "cli.h"
#include "output.h"
#include "text/phrases.h"
#include "text/pipe/block_output.h"

namespace seq::apps {
namespace {

struct PhrasesCommand {
  std::vector<std::string> files;
  std::string output = "-";
  std::string apply;
  std::string score = "default";
  std::optional<double> threshold;
  std::string invalid_utf8 = "refuse";
  PhraseOptions options;
};

/// What each score is called, and the threshold where none is given.
const std::map<std::string, std::pair<PhraseScore, double>>& scores() {
  static const std::map<std::string, std::pair<PhraseScore, double>> kScores = {{"default", {PhraseScore::words, 100}},
                                                                                {"gensim", {PhraseScore::gensim, 10}},
                                                                                {"npmi", {PhraseScore::npmi, 0.5}}};
  return kScores;
}

void join(const PhrasesCommand& command) {
  const PhraseJoiner joiner(read_phrases(command.apply));
  Output output(command.output);
  PipeOptions options;
  options.threads = command.options.threads;
  options.flush_each_line = output.is_terminal();
  struct Job {
    std::string piece;
    std::string out;
  };
  SpacedPieces pieces(command.files.empty() ? std::vector<std::string>{"-"} : command.files, command.options.invalid);
  std::string rest;
  write_ordered<Job>(
      options, output.stream(), [&](Job& job) { return joiner.next(pieces, job.piece, rest); },
      [&](Job& job, size_t) {
        job.out.clear();
        joiner.join(job.piece, job.out);
      });
  output.finish();
}

}  // namespace

void add_tokenize_phrases(CLI::App& tokenize, Context& context) {
  const auto command = std::make_shared<PhrasesCommand>();
  CLI::App* verb = add_verb(tokenize, "phrases", "find pairs of words that belong together, and join them by _",
                            "  seqtool tokenize phrases corpus.txt --threshold 1 -o phrases.tsv\n"
                            "  seqtool tokenize phrases --apply phrases.tsv corpus.txt -o joined.txt\n"
                            "  seqtool tokenize phrases joined.txt --score npmi --threshold 0.2 -o longer.tsv\n");
  verb->add_option("FILE", command->files, "text, words between white space, .gz and .zst too; - is stdin");
  CLI::Option* apply =
      verb->add_option("--apply", command->apply, "join the phrases of this file in the text, instead of learning");
  verb->add_option("-o,--output", command->output, "file to write (stdout)");
  verb->add_option("--min-count", command->options.min_count,
                   "subtracted from the count of a pair, so that rare ones are no phrases (5)")
      ->check(at_least(1))
      ->excludes(apply);
  verb->add_option("--threshold", command->threshold,
                   "a pair that scores more is a phrase (default: 100, gensim: 10, npmi: 0.5)")
      ->excludes(apply);
  verb->add_option("--score", command->score,
                   "default: (n(ab) - min count) / (n(a) n(b)) times the words of the text, as word2phrase; gensim: "
                   "times the distinct words and pairs; npmi: normalised mutual information, -1 to 1")
      ->check(CLI::IsMember({"default", "gensim", "npmi"}))
      ->excludes(apply);
  verb->add_option("--max-distinct", command->options.max_distinct,
                   "distinct words and distinct pairs to hold; beyond, the rarest are forgotten (any number)")
      ->check(at_least(1))
      ->excludes(apply);
  verb->add_option("--invalid-utf8", command->invalid_utf8, "refuse or replace bytes that are not UTF-8")
      ->check(CLI::IsMember({"refuse", "replace"}));
  verb->callback([command, &context] {
    PhraseOptions& options = command->options;
    options.threads = thread_count(std::max<int64_t>(context.global.threads, 0));
    options.invalid = invalid_utf8_mode(command->invalid_utf8);
    if (!command->apply.empty()) return join(*command);
    if (command->files.empty()) throw Error("FILE: name the text to learn from (it is read twice, so not stdin)");
    const auto& [score, threshold] = scores().at(command->score);
    options.score = score;
    options.threshold = command->threshold.value_or(threshold);
    write_phrases(command->output, learn_phrases(command->files, options));
  });
}

}  // namespace seq::apps
