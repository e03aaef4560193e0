// The training, validation and test parts of a text corpus, encoded once into token files.
//
//   EncodedCorpus corpus = prepare_corpus(config.data, config.tokenizer, files, log);
//   corpus.parts.at("train")->read(0, ids);
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/log.h"
#include "numeric/options.h"
#include "text/examples.h"
#include "text/token_file.h"
#include "text/tokenizer.h"

namespace seq {

/// The section `data` of a config.
struct DataOptions {
  std::vector<std::string> corpus;
  std::vector<double> split = {0.9, 0.1, 0.0};
  std::vector<std::string> train;
  std::vector<std::string> valid;
  std::vector<std::string> test;
  ExampleOptions examples;
  numeric::NumericOptions numeric;

  template <class Visitor>
  void fields(Visitor& field) {
    field("corpus", corpus, "one text, cut into training, validation and test part by `split`", path());
    field("split", split, "fractions of `corpus`, in this order: training, validation, test", between(0, 1));
    field("train", train, "training text, in place of `corpus`", path());
    field("valid", valid, "validation text", path());
    field("test", test, "test text", path());
    field("examples", examples, "of classifiers: how their files of labelled texts are read");
    field("numeric", numeric, "of feed-forward networks: rows of numbers");
  }

  /// Whether one set of data is cut by `split` or `folds`.
  bool is_cut() const { return !corpus.empty() || numeric.generate.is_set(); }
};

/// An encoded corpus: the token file of each part that exists (`train`, `valid`, `test`).
struct EncodedCorpus {
  std::map<std::string, std::shared_ptr<const TokenFile>> parts;
  std::shared_ptr<const Tokenizer> tokenizer;
};

/// Where prepare_corpus puts its files; missing folders are made.
struct CorpusFiles {
  std::filesystem::path tokenizer;
  std::function<std::filesystem::path(const std::string& part)> tokens;
};

/// Whether there is a validation part to evaluate on while training.
bool has_validation(const DataOptions& data);

/// Checks the options' logic: `corpus` or `train`, fractions that sum to at most 1. Throws Error with the key.
void check_data_options(const DataOptions& data);
/// Checks that every file is there, can be read, and more than once. Throws Error.
void check_data_files(const DataOptions& data);

/// Trains the tokenizer on the training part only (or loads `options.from`), encodes every part in a stream, writes
/// both to `files`. Memory does not grow with the corpus. Files may be compressed. Several files are one text, one
/// after another. A progress bar shows the passes over the text when asked for. Parts of `corpus` are cut after whole
/// characters, at floor(fraction * length in code points) of the text; what the fractions leave over is not used.
/// Unknown tokens are counted and logged with examples. Throws Error with place and remedy: missing, empty, binary,
/// invalid UTF-8, a character without an id.
EncodedCorpus prepare_corpus(const DataOptions& data, const TokenizerOptions& options, const CorpusFiles& files,
                             Log& log, bool show_progress = false);

/// Opens what prepare_corpus wrote. Throws Error when a part belongs to another tokenizer.
EncodedCorpus open_corpus(const CorpusFiles& files);

/// Trains a tokenizer on all of some text files (`-` is stdin).
std::unique_ptr<Tokenizer> train_tokenizer(const std::vector<std::string>& texts, const TokenizerOptions& options);

/// Encodes any text file with a given tokenizer into a token file (eval on a file of the user's).
void encode_file(const std::filesystem::path& text, const Tokenizer& tokenizer, InvalidUtf8 invalid,
                 const std::filesystem::path& tokens, bool show_progress = false);

/// Size and CRC-32 of every data file by its path.
Json data_fingerprints(const DataOptions& data);

}  // namespace seq
