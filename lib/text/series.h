// Series of numbers, each with the number to predict from it, one a line: `0000101010<TAB>3`.
// B = batch, T = time
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace seq {

/// One example: what is read over time, and what is to be said at the end.
struct Series {
  std::vector<double> inputs;
  double target = 0;
};

/// Reads one example a line: the inputs, a tab, the target. Inputs are digits that stand for themselves (`0101`), or
/// numbers between spaces (`0.5 -1 2e3`; a single number needs a point, a sign or an exponent). Blank lines are
/// skipped; the file may be compressed.
/// Throws Error with file, line and remedy: a column missing or left over, what is not a finite number, no examples.
std::vector<Series> read_series(const std::filesystem::path& path);

/// Examples side by side, row by row. Shorter ones begin later, after zeros, so that all end at the last step.
struct SeriesBatch {
  int64_t count = 0;            ///< B
  int64_t time = 0;             ///< T
  std::vector<double> inputs;   ///< [B, T]
  std::vector<double> targets;  ///< [B]
};
SeriesBatch pack_series(std::span<const Series> examples);

}  // namespace seq
