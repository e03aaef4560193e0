// From the tokens of a text to the features of a bag: its words and its n-grams of words.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "classify/bag_options.h"
#include "text/tokenizer.h"

namespace seq::classify {

/// Cuts a text's tokens to `max_tokens`: its head, its tail, or half of each (head one more).
void cut_tokens(std::vector<int32_t>& ids, int64_t max_tokens, const std::string& keep);

/// Numbers the features of texts: a token's own id, and V + the bucket of an n-gram's hash, which `rows` (of the
/// training texts) makes V + the row that the bucket got. Unknown and special tokens and stop words are no features;
/// n-grams reach over stop words and hold unknown ones. With `keep_unknown` the unknown token is a feature as well,
/// which leaves the tokens of a text in their order. One for each thread.
class FeatureMaker {
 public:
  /// `tokenizer` must outlive it.
  FeatureMaker(const BagOptions& options, const Tokenizer& tokenizer, const std::vector<int32_t>& stop_words = {},
               bool keep_unknown = false);
  /// The features of a text, in any order but equal ones side by side unless values are `counts`; with `set` each once.
  /// Throws Error(`character …`), which lacks the place, for a character that the tokenizer cannot take.
  void make(std::string_view text, std::vector<uint32_t>& features);
  /// Before the next text is made: which row each bucket got, -1 for none. Empty: buckets as they are.
  void set_rows(std::shared_ptr<const std::vector<int32_t>> rows) { rows_ = std::move(rows); }

 private:
  void add_ngrams(std::vector<uint32_t>& features);

  BagOptions options_;
  const Tokenizer& tokenizer_;
  std::unique_ptr<TokenEncoder> encoder_;
  std::vector<bool> left_out_;  ///< by token
  std::vector<bool> stop_;      ///< by token; empty: none
  std::vector<int32_t> ids_;
  std::shared_ptr<const std::vector<int32_t>> rows_;
};

/// The tokens of the words in a file, one a line; words that are no single token are left out.
std::vector<int32_t> read_stop_words(const std::string& path, const Tokenizer& tokenizer);

/// Gives a row to each bucket that `counts` of the training texts' n-grams call for; `used` is how many there are.
std::shared_ptr<const std::vector<int32_t>> number_buckets(const std::vector<uint32_t>& counts, int64_t min_count,
                                                           int64_t& used);

}  // namespace seq::classify
