// seqtool tokenize train and count: a tokenizer from text, or from counts that add up.
#include <algorithm>
#include <memory>

#include "cli.h"
#include "text/corpus.h"
#include "text/subword/subword_trainer.h"

namespace seq::apps {
namespace {

struct TokenizerTraining {
  std::vector<std::string> files;
  std::vector<std::string> counts;
  std::string output;
  TokenizerOptions options;
  CountOptions counting;

  std::vector<std::string> inputs() const { return files.empty() ? std::vector<std::string>{"-"} : files; }
};

using TrainingCommand = std::shared_ptr<TokenizerTraining>;

/// The names of configs, where words are joined by hyphens as in options.
std::vector<std::string> type_names() {
  std::vector<std::string> names = tokenizer_types();
  for (std::string& name : names) std::replace(name.begin(), name.end(), '_', '-');
  return names;
}

/// What both verbs take: input, how it is cut into words, where the answer goes.
void add_input(CLI::App& verb, const TrainingCommand& command) {
  TokenizerOptions& options = command->options;
  CLI::Option* files = verb.add_option("FILE", command->files, "text, .gz and .zst too; stdin when absent or -");
  verb.add_option("--from-counts", command->counts, "files of seqtool tokenize count in place of text; they add up")
      ->excludes(files);
  verb.add_option("--model,--type", options.type,
                  "char (default), byte, word, bpe, byte-bpe, wordpiece or unigram; decides how text is cut")
      ->check(CLI::IsMember(type_names()));
  verb.add_option(
          "--normalise", options.normalise,
          "steps before cutting: nfc, nfd, nfkc, nfkd, lowercase, casefold, strip_accents, collapse, strip, bert, "
          "basic_english, FROM=TO, none (bert for wordpiece, else none)")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("--pre-tokenise", options.pre_tokenise,
                  "how text is cut into words: whitespace (word), whitespace_split, uax29, punctuation, "
                  "digits, bert (wordpiece), gpt2 (byte-bpe), bytes, metaspace (bpe, unigram), cjk, none")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("--sample", command->counting.sample, "as many lines, drawn uniformly by --seed; kept in memory")
      ->check(at_least(1));
  verb.add_flag("--whole", command->counting.keep_line_ends, "a file is one text, its line ends are part of it");
  verb.add_option("--invalid-utf8", options.invalid_utf8, "refuse or replace bytes that are not UTF-8")
      ->check(CLI::IsMember({"refuse", "replace"}));
}

/// The options after the command line is read.
void settle(TokenizerTraining& command, const GlobalOptions& global) {
  std::replace(command.options.type.begin(), command.options.type.end(), '-', '_');
  if (global.threads >= 0) command.counting.threads = command.options.threads = global.threads;
  if (global.seed >= 0) command.counting.seed = static_cast<uint64_t>(global.seed);
  if (command.counting.sample > 0 && command.counting.keep_line_ends)
    throw Error("--sample: draws lines, which --whole does not have (leave one out)");
}

/// The counts of text or of files of counts, and what cut the words.
CountsHeader gather(const TokenizerTraining& command, WordCounts& counts) {
  const TokenizerOptions& options = command.options;
  if (command.counts.empty()) {
    CountsHeader sections = front_sections(options);
    counts = count_words(command.inputs(), options.invalid(), sections, command.counting);
    return sections;
  }
  if (command.counting.sample > 0) throw Error("--sample: draws lines of text, not of --from-counts");
  CountsHeader sections = read_counts(command.counts[0], counts);
  for (size_t i = 1; i < command.counts.size(); ++i)
    if (read_counts(command.counts[i], counts) != sections)
      throw Error(command.counts[i] + ": its words were cut in another way than those of " + command.counts[0] +
                  " (count again with the same --model, --normalise and --pre-tokenise)");
  const bool chosen = !options.normalise.empty() || !options.pre_tokenise.empty();
  if (chosen && front_sections(options) != sections)
    throw Error(command.counts[0] + ": its words were cut in another way than --normalise and --pre-tokenise say");
  return sections;
}

}  // namespace

void add_tokenize_train(CLI::App& tokenize, Context& context) {
  const auto command = std::make_shared<TokenizerTraining>();
  TokenizerOptions& options = command->options;
  CLI::App* verb = add_verb(tokenize, "train", "learn a vocabulary from text, write tokenizer.json",
                            "  seqtool tokenize train --model bpe --vocab-size 8000 corpus.txt -o tokenizer.json\n"
                            "  zcat corpus.gz | seqtool tokenize train --model unigram -o tokenizer.json\n"
                            "  seqtool tokenize train --model bpe --from-counts a.counts b.counts -o tokenizer.json\n");
  add_input(*verb, command);
  verb->add_option("-o,--output", command->output, "tokenizer.json to write")->required();
  verb->add_option("--vocab-size", options.vocab_size, "most tokens, special ones included (30000)")
      ->check(at_least(1));
  verb->add_option("--special", options.specials,
                   "special tokens: unk (default), bos, eos, sep, pad, none, or others by their spelling")
      ->allow_extra_args(false);
  verb->add_option("--min-count", options.min_count,
                   "rarer characters and words become unknown; bpe, wordpiece: rarer pairs do not merge (1)")
      ->check(at_least(1));
  verb->add_option("--template", options.framing, "what encode puts around a text: '<s> $A <sep> $B </s>', say");
  verb->add_option("--continuing-prefix", options.continuing_prefix,
                   "bpe, wordpiece: opens tokens inside a word (wordpiece: ##)");
  verb->add_option("--end-of-word", options.end_of_word, "bpe: ends the token that ends a word, </w> say");
  verb->add_flag("--byte-fallback", options.byte_fallback,
                 "bpe, unigram: unknown characters become 256 tokens of bytes");
  verb->add_option("--limit-alphabet", options.limit_alphabet, "the most frequent characters only (all)")
      ->check(at_least(1));
  verb->add_option("--max-token-length", options.max_token_length, "in characters (any; unigram: 16)")
      ->check(between(2, 60));
  verb->add_option("--wordpiece-score", options.wordpiece_score,
                   "merge the most frequent pair (frequency), or the one that makes the text most likely (likelihood)")
      ->check(CLI::IsMember({"frequency", "likelihood"}));
  verb->add_option("--seed-size", options.seed_size, "unigram: tokens at the start (1000000)")
      ->check(between(1, 50000000));
  verb->callback([command, &context] {
    settle(*command, context.global);
    TokenizerOptions& chosen = command->options;
    std::erase(chosen.specials, "none");
    if (!learns_from_words(chosen.type)) {
      if (!command->counts.empty() || command->counting.sample > 0)
        throw Error("--from-counts, --sample: not for " + chosen.type + ", which learns from characters");
      save_tokenizer(*train_tokenizer(command->inputs(), chosen), command->output);
      return;
    }
    WordCounts counts;
    const CountsHeader sections = gather(*command, counts);
    save_tokenizer(*learn_tokenizer(counts, sections, chosen), command->output);
  });
}

void add_tokenize_count(CLI::App& tokenize, Context& context) {
  const auto command = std::make_shared<TokenizerTraining>();
  CLI::App* verb = add_verb(tokenize, "count", "count the words of text, or add up counts, for tokenize train",
                            "  seqtool tokenize count --model bpe part1.txt -o part1.counts\n"
                            "  seqtool tokenize count --from-counts part1.counts part2.counts -o all.counts\n");
  add_input(*verb, command);
  verb->add_option("-o,--output", command->output, "file of counts to write; - is stdout")->required();
  verb->callback([command, &context] {
    settle(*command, context.global);
    if (command->counts.empty() && !learns_from_words(command->options.type))
      throw Error("--model: " + command->options.type +
                  " does not learn from words (expected word, bpe, byte-bpe, "
                  "wordpiece or unigram)");
    WordCounts counts;
    const CountsHeader sections = gather(*command, counts);
    write_counts(command->output, sections, counts);
  });
}

}  // namespace seq::apps
