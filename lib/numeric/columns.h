// What a run knows of its columns: names, classes, how inputs are normalised.
// R = rows, C = columns
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "numeric/table.h"

namespace seq::numeric {

/// Rows with numbers for classes.
struct Part {
  int64_t rows = 0;             ///< R
  std::vector<double> inputs;   ///< [R, C], as they stand in the table
  std::vector<double> targets;  ///< [R]: the number of the class, or the number itself
};

/// Learnt from the training part; kept in a run as columns.json.
class Columns {
 public:
  /// Of some rows of a table. Throws Error: one class alone, a column that is the same in all rows where it is to be
  /// scaled by its spread.
  Columns(const Table& table, std::span<const int64_t> rows, const NumericOptions& options);
  /// Throws Error when the file is missing or damaged.
  static Columns read(const std::filesystem::path& file);
  void write(const std::filesystem::path& file) const;

  int64_t count() const { return count_; }  ///< C
  /// The name of an input: a column's, or `pixel 7`.
  std::string input(int64_t column) const;
  const std::string& target() const { return target_; }
  /// In the order of their bytes; empty where the target is a number.
  const std::vector<std::string>& classes() const { return classes_; }

  /// In place: what a network reads. x [C]
  void normalise(std::span<double> x) const;
  /// The rows of a table that has the same columns, in the order given. Throws Error with the place of a class that the
  /// training part lacks.
  Part encode(const Table& table, std::span<const int64_t> rows) const;
  /// All rows.
  Part encode(const Table& table) const;

 private:
  Columns() = default;
  void measure(const Table& table, std::span<const int64_t> rows);
  double class_number(const Table& table, int64_t row) const;

  int64_t count_ = 0;
  std::vector<std::string> inputs_;
  std::string target_;
  std::vector<std::string> classes_;
  std::string normalisation_;
  std::vector<double> shift_;  ///< [C] of minmax and standardise: x' = (x - shift) scale
  std::vector<double> scale_;  ///< [C]
};

}  // namespace seq::numeric
