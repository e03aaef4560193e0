// From text or word counts to a tokenizer of words or sub-words.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "text/subword/counts_file.h"
#include "text/subword/word_counter.h"
#include "text/tokenizer.h"

namespace seq {

/// Whether a type of tokenizer learns from word counts: word, bpe, byte_bpe, wordpiece, unigram.
bool learns_from_words(const std::string& type);

/// The sections `normalizer` and `pre_tokenizer` that the options stand for, or those of the type where they are empty.
/// Throws Error with the key.
CountsHeader front_sections(const TokenizerOptions& options);

/// Counts the words of some files (`-` is stdin), each a text of its own.
WordCounts count_words(const std::vector<std::string>& files, InvalidUtf8 invalid, const CountsHeader& sections,
                       const CountOptions& counting);

/// Learns from counts of words that `sections` cut. Throws Error: no words, a vocabulary without room for the
/// characters.
std::unique_ptr<Tokenizer> learn_tokenizer(const WordCounts& counts, const CountsHeader& sections,
                                           const TokenizerOptions& options);

/// Counts and learns; line ends are part of the text.
class SubwordTrainer : public TokenizerTrainer {
 public:
  explicit SubwordTrainer(const TokenizerOptions& options);
  void add(std::string_view text) override { counter_.add(text); }
  std::unique_ptr<Tokenizer> finish() override;

 private:
  TokenizerOptions options_;
  CountsHeader sections_;
  Front front_;
  WordCounter counter_;
};

}  // namespace seq
