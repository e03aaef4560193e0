// The per-token scores that another model wrote, in its lines.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"

namespace seq {

/// What `seqtool score OTHER --per-token` printed, line by line.
class OtherScores {
 public:
  explicit OtherScores(const std::string& file) : name_(file), lines_(file) {}
  /// The next line as log10 of `count` probabilities; valid until the next call. Throws RunError when it has others.
  const std::vector<double>& next(size_t count);
  /// Throws RunError when there are lines left.
  void finish();

 private:
  std::string name_;
  LineReader lines_;
  std::vector<double> log10_;
};

}  // namespace seq
