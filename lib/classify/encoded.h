// Labelled texts as features on disk, memory-mapped by training.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "classify/bag.h"
#include "text/token_file.h"

namespace seq::classify {

/// How many features and labels there are. In a token file an example is its labels (above the end mark), its features,
/// the end mark.
struct EncodedLayout {
  int64_t features;
  int32_t labels;
  int64_t end_mark() const { return features; }
  int64_t vocabulary() const { return features + 1 + labels; }
};

/// Writes examples; the file appears when `finish` succeeds.
class EncodedWriter {
 public:
  EncodedWriter(const std::filesystem::path& path, const EncodedLayout& layout);
  void add(const EncodedExample& example);
  void finish() { file_.finish(); }
  int64_t size() const { return size_; }

 private:
  EncodedLayout layout_;
  TokenFileWriter file_;
  std::vector<int32_t> ids_;
  int64_t size_ = 0;
};

/// Reads them in any order, from several threads.
class EncodedExamples {
 public:
  /// Throws Error when the file is missing, damaged or of another layout.
  EncodedExamples(const std::filesystem::path& path, const EncodedLayout& layout);
  int64_t size() const { return static_cast<int64_t>(begins_.size()) - 1; }
  void read(int64_t index, EncodedExample& example) const;
  /// How many labels and features an example has, known without reading it.
  int64_t length(int64_t index) const {
    return begins_[static_cast<size_t>(index) + 1] - begins_[static_cast<size_t>(index)] - 1;
  }

 private:
  EncodedLayout layout_;
  TokenFile file_;
  std::vector<int64_t> begins_;  ///< of each example, and the end of the last
};

}  // namespace seq::classify
