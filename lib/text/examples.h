// Labelled texts from the files in which people keep them.
//
//   ExampleReader reader({"reviews.tsv"}, options, InvalidUtf8::refuse);
//   for (Example example; reader.next(example);) …
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/progress.h"
#include "text/utf8.h"

namespace seq {

/// The key `data.examples` of a config: how files of labelled texts are read.
struct ExampleOptions {
  std::string format = "auto";
  std::string text = "text";
  std::string label = "label";
  std::string separator;
  int64_t folds = 0;
  int64_t fold = 1;

  template <class Visitor>
  void fields(Visitor& field) {
    field(
        "format", format,
        "tsv and csv with a header, jsonl, fasttext (`__label__x text`), folders (one for each label, a file for each "
        "text); auto: by the name's ending, fasttext for any other",
        one_of({"auto", "tsv", "csv", "jsonl", "fasttext", "folders"}));
    field("text", text, "tsv, csv, jsonl: the column or key of the text");
    field("label", label, "tsv, csv, jsonl: the column or key of the label, or of the list of labels");
    field("separator", separator, "tsv, csv: what stands between several labels of a text; empty: it has one");
    field("folds", folds, "cross-validation: cut data.corpus into that many parts; 0: cut it by data.split",
          between(0, 1000));
    field("fold", fold, "which of these parts validates, from 1; the others train", at_least(1));
  }
};

/// One text and what it was labelled as: nothing, one label or several.
struct Example {
  std::vector<std::string> labels;
  std::string text;
};

/// Reads the examples of files (compressed ones too) one after another, however large the files are.
class ExampleReader {
 public:
  /// A row of one format's file; see example_formats.h.
  class Source;

  ExampleReader(std::vector<std::string> paths, const ExampleOptions& options, InvalidUtf8 invalid,
                Progress* progress = nullptr);
  ~ExampleReader();
  /// False at the end. Throws Error naming file and line: a column that is missing, broken quoting, JSON that is none,
  /// text that is not UTF-8, a label without characters; Interrupted when a signal came.
  bool next(Example& example);
  /// Where the last example stands: `reviews.tsv:12`.
  std::string place() const;

 private:
  bool open_next();

  std::vector<std::string> paths_;
  ExampleOptions options_;
  InvalidUtf8 invalid_;
  Progress* progress_;
  size_t next_path_ = 0;
  int64_t examples_ = 0;
  std::unique_ptr<Source> source_;
};

}  // namespace seq
