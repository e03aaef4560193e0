// Rows of numbers with what is to be said of each, as files or generators give them.
// R = rows, C = columns
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "numeric/options.h"

namespace seq::numeric {

/// A table in memory. Either `labels` or `numbers` has a target for each row.
struct Table {
  std::string source;               ///< a file's name, for messages
  std::vector<std::string> inputs;  ///< names of the columns [C]; empty for images
  std::string target;               ///< name of the target's column
  int64_t columns = 0;              ///< C
  std::vector<double> values;       ///< [R, C]
  std::vector<std::string> labels;  ///< [R] where the target is a class
  std::vector<double> numbers;      ///< [R] where it is a number
  std::vector<int64_t> lines;       ///< [R] where each row stands in the file; empty: it has no lines

  int64_t rows() const { return static_cast<int64_t>(labels.empty() ? numbers.size() : labels.size()); }
  std::span<const double> row(int64_t index) const {
    return std::span(values).subspan(static_cast<size_t>(index * columns), static_cast<size_t>(columns));
  }
  /// `a.csv:12`, or `labels.idx: row 12`.
  std::string place(int64_t index) const;
};

/// One table of some files, one after another. Throws Error naming file, row and column: a cell that is missing or not
/// a number, columns that differ from the first file's, no rows, an IDX file that is none, is cut short or has another
/// number of labels.
Table read_table(const std::vector<std::string>& files, const NumericOptions& options);

/// The files that are read together with one: the labels beside images.
std::vector<std::string> label_files(const std::string& file, const NumericOptions& options);

/// A finite number that fills the text but for spaces around it; false when it is none.
bool parse_number(std::string_view text, double& number);

/// Rows of names and numbers as CSV with a header. The numbers come back the same when they are read.
void write_csv(const Table& table, std::string& out);

/// The table of one CSV file with a header.
Table read_csv_table(const std::string& file, const NumericOptions& options);

}  // namespace seq::numeric
