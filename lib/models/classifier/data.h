// The texts of a classifier's run: vocabulary, labels, features, and the encoded parts.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "classify/encoded.h"
#include "classify/features.h"
#include "classify/labels.h"
#include "config/config.h"
#include "models/classifier/options.h"
#include "models/verbs.h"
#include "run/run_folder.h"

namespace seq::classifier {

/// All that turns texts into numbers; kept in a run as tokenizer.json and features.safetensors.
struct TextFeatures {
  ClassifierOptions options;
  std::shared_ptr<const Tokenizer> tokenizer;
  classify::Labels labels;
  std::vector<int64_t> label_counts;                    ///< in the training part
  std::shared_ptr<const std::vector<int32_t>> buckets;  ///< the row of each, see FeatureMaker; null without n-grams
  int64_t ngrams = 0;                                   ///< rows that buckets have
  std::vector<float> idf;                               ///< by feature; empty unless values are tf_idf
  std::vector<int32_t> stop_words;                      ///< tokens that are left out
  std::vector<std::string> parts;                       ///< that were encoded: train, valid, test

  /// [L]: what the loss of a label counts; empty: 1.
  std::vector<float> class_weights() const;
  classify::EncodedLayout layout() const { return {tokenizer->vocabulary().size() + ngrams, labels.size()}; }
  /// One for each thread; this must outlive it.
  classify::FeatureMaker maker() const;
};

/// Learns vocabulary and labels from the training part, encodes all parts into run.tokens(…), and keeps what is needed
/// afterwards in the run. Throws Error: fewer than two labels, more labels for a text than the model gives, a label of
/// another part that the training part lacks, no text with a word of the vocabulary, …
TextFeatures prepare(const Config& config, const RunFolder& run, const Session& session);

/// Whether prepare() has done its work in this run and nothing of it was lost.
bool is_prepared(const RunFolder& run);

/// What prepare() kept. Throws Error when it is missing or damaged.
TextFeatures load_features(const Config& config, const RunFolder& run);

/// Writes the words of the tensor `vectors` into the run, for seqtool vectors; nothing when tokens have line ends or
/// tabs in them: these have no place in a list of words.
void save_words(const TextFeatures& features, const RunFolder& run);

/// Reads an encoded example. Throws RunError for a text without label where the model needs one: a damaged file.
void read_example(const classify::EncodedExamples& examples, int64_t index, const ClassifierOptions& options,
                  classify::EncodedExample& example);

/// Encodes the examples of a file, or of a folder of folders. Throws Error naming the place.
void encode_examples(const std::string& file, const Config& config, const TextFeatures& features,
                     classify::EncodedWriter& out);

/// Calls use(index, text) for these examples of a part, which are counted from 0; `indices` rise.
void read_texts(const Config& config, const Session& session, const std::string& part,
                const std::vector<int64_t>& indices,
                const std::function<void(int64_t index, const std::string& text)>& use);

}  // namespace seq::classifier
