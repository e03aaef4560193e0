// The key `data.numeric` of a config: rows of numbers, from files or generated, and how they are made ready.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace seq::numeric {

/// Which made-up set, and how it is drawn; see generate.h for what each one is.
struct GenerateOptions {
  std::string set;
  std::string gate = "xor";
  int64_t classes = 2;
  std::optional<int64_t> points;
  std::optional<double> noise;
  int64_t seed = 1;

  template <class Visitor>
  void fields(Visitor& field) {
    field("set", set, "a made-up set in place of files; empty: none",
          one_of({"", "gates", "gaussians", "moons", "cosine"}));
    field("gate", gate, "gates: which function of two bits", one_of({"and", "or", "nand", "nor", "xor", "xnor"}));
    field("classes", classes, "gaussians: how many", between(2, 3));
    field("points", points, "all but gates: rows; null: 10 or 100 for each class, moons 300, cosine 30",
          between(2, 10'000'000));
    field("noise", noise, "all but gates: standard deviation; null: gaussians 1, moons 0.3, cosine 0.1",
          between(0, 1000));
    field("seed", seed, "of the points; apart from the run's, so that runs compare on the same points", at_least(0));
  }

  bool is_set() const { return !set.empty(); }
  /// Throws Error that names the key below `keys` for one that the set does not use.
  void check(const std::string& keys) const;
};

/// The key `data.numeric`.
struct NumericOptions {
  std::string format = "auto";
  std::string target;
  std::string target_kind = "class";
  std::vector<std::string> inputs;
  std::string normalise = "none";
  std::string order = "shuffled";
  int64_t folds = 0;
  int64_t fold = 1;
  GenerateOptions generate;

  template <class Visitor>
  void fields(Visitor& field) {
    field("format", format,
          "csv with a header; idx: images (`…images-idx3…`), whose labels lie beside them (`…labels-idx1…`); auto: by "
          "the file's name",
          one_of({"auto", "csv", "idx"}));
    field("target", target, "csv: the column to predict; empty: the last");
    field("target_kind", target_kind, "csv: what that column says", one_of({"class", "number"}));
    field("inputs", inputs, "csv: the columns to predict it from; empty: all others");
    field(
        "normalise", normalise,
        "inputs divided by 255 (unit), each column to 0 … 1 (minmax) or to mean 0 and deviation 1 (standardise), both "
        "as the training part has it, or the mean of each row taken off (row_mean)",
        one_of({"none", "unit", "minmax", "standardise", "row_mean"}));
    field("order", order, "of the rows in a pass", one_of({"shuffled", "as_given"}));
    field("folds", folds, "cross-validation: cut the data into that many parts; 0: cut them by data.split",
          between(0, 1000));
    field("fold", fold, "which of these parts validates, from 1; the others train", at_least(1));
    field("generate", generate, "a made-up set");
  }
};

}  // namespace seq::numeric
