// The lines of an ARPA file: its counts, then the n-grams section by section, as they stand there.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "ngram/model_sink.h"

namespace seq::ngram {

/// A line of a section; the words are valid until the next one is read.
struct ArpaEntry {
  float probability;
  float backoff;
  std::array<std::string_view, kMaxOrder> words;
};

/// Reads one file from its start to its end. Everything throws Error with file and line for what is not as it should
/// be.
class ArpaSections {
 public:
  /// Reads up to the 1-grams.
  explicit ArpaSections(const fs::path& path);

  /// The header's, by order.
  const std::vector<uint64_t>& counts() const { return counts_; }
  /// The line on which the n-grams of the section begin.
  int64_t first_line() const { return first_line_; }
  /// The next n-gram of the section, which has `length` words.
  const ArpaEntry& next(size_t length);
  /// After as many n-grams as the header counts: the next section begins, or the file ends.
  void end(size_t length);

  [[noreturn]] void refuse(const std::string& why) const { refuse_at(lines_.number(), why); }
  [[noreturn]] void refuse_at(int64_t line, const std::string& why) const;

 private:
  void read_counts();
  void read_count(std::string_view line);
  void expect_section(std::string_view line, size_t length);
  std::string_view next_line();
  std::string_view next_content();
  float number(std::string_view field, const char* what) const;

  std::string name_;
  LineReader lines_;
  std::vector<uint64_t> counts_;
  ArpaEntry entry_{};
  int64_t first_line_ = 0;
};

}  // namespace seq::ngram
