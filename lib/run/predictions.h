// predictions.json: how a classifier answered a part of its data, for the report.
//
//   {"split": "valid", "labels": ["bad", "good"], "confusion": [[21, 3], [2, 22]],
//    "mistakes": [{"text": "not bad at all", "label": "good", "answer": "bad", "probability": 0.93}]}
//
// classify::PredictionsBuilder makes one from answers.
#pragma once

#include <string>
#include <vector>

#include "base/fields.h"
#include "base/files.h"

namespace seq {

/// A text that was answered wrongly.
struct Mistake {
  std::string text;
  std::vector<std::string> label;        ///< what is right: one, or with several labels per text any number
  std::vector<std::string> answer;       ///< what the model said
  double probability = 0;                ///< that the model gave its answer; with several labels: its worst decision
  std::vector<std::string> tokens = {};  ///< pieces of the text …
  std::vector<double> attention = {};    ///< … and how much the model attended to each; both may be empty

  template <class Visitor>
  void fields(Visitor& field) {
    field("text", text, "what was answered, cut to a sane length");
    field("label", label, "what is right");
    field("answer", answer, "what the model said");
    field("probability", probability, "that the model gave its answer", between(0, 1));
    field("tokens", tokens, "pieces of the text");
    field("attention", attention, "how much the model attended to each", between(0, 1));
  }
};

/// How often a label was given rightly, given, and due.
struct LabelCounts {
  int64_t right = 0, answered = 0, wanted = 0;

  double precision() const { return share(right, answered); }
  double recall() const { return share(right, wanted); }
  double f1() const { return share(2 * right, answered + wanted); }

  template <class Visitor>
  void fields(Visitor& field) {
    field("right", right, "texts with this label that got it", at_least(0));
    field("answered", answered, "texts that got it", at_least(0));
    field("wanted", wanted, "texts that have it", at_least(0));
  }

 private:
  static double share(int64_t part, int64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};

struct Predictions {
  std::string split;
  std::vector<std::string> labels;
  std::vector<std::vector<int64_t>> confusion;  ///< [true label, answer]; empty with several labels per text
  std::vector<LabelCounts> counts;              ///< by label; empty where `confusion` says it
  std::vector<Mistake> mistakes;                ///< the most confident first

  /// `counts`, also where they follow from `confusion`.
  std::vector<LabelCounts> label_counts() const;
  /// Throws Error naming the key that does not fit the others.
  void check() const;

  template <class Visitor>
  void fields(Visitor& field) {
    field("split", split, "the part of the data: valid, test");
    field("labels", labels, "their names");
    field("confusion", confusion, "a row for each true label, a column for each answer", at_least(0));
    field("counts", counts, "of each label");
    field("mistakes", mistakes, "the most confident first");
  }
};

/// Throws Error naming file and key.
Predictions parse_predictions(std::string_view text, const std::string& name);

/// Writes in one step. Throws RunError.
void write_predictions(const fs::path& path, const Predictions& predictions);

}  // namespace seq
