// Counting the words of a text that comes in blocks, by several threads.
//
//   WordCounter counter(front, {.threads = 2});
//   while (…) counter.add(block);
//   WordCounts counts = counter.finish();
#pragma once

#include <memory>
#include <string>

#include "text/pipeline/front.h"
#include "text/subword/word_counts.h"

namespace seq {

/// How text is counted. The counts do not depend on `threads`.
struct CountOptions {
  int64_t threads = 0;          ///< 0: one for each core
  bool keep_line_ends = false;  ///< lines are parts of one text, their ends count; otherwise each is a text of its own
  int64_t sample = 0;           ///< as many lines, drawn uniformly; 0: all. Lines are texts of their own then.
  uint64_t seed = 1;            ///< of the drawing
  /// When there are more distinct words after `prune_after` bytes of text, the rarest are forgotten: those counted
  /// once, the next time twice, and so on. Counts of rare words may then be too low. 0: memory has no limit.
  int64_t max_distinct = 0;
  size_t prune_after = size_t{64} << 20;
};

/// A chunk of text between two places where it may be cut (Locality) always gives the same words: chunks are counted
/// as they stand, and each distinct one is cut into words once. Memory grows with the distinct chunks; those longer
/// than a word's length are not kept but cut at once. With `max_distinct` memory is that of so many words, and of those
/// that are new in `prune_after` bytes.
class WordCounter {
 public:
  /// `front` must outlive the counter.
  WordCounter(const Front& front, const CountOptions& options);
  ~WordCounter();
  /// Text in valid UTF-8, cut between code points.
  void add(std::string_view block);
  /// What follows is another file, which begins a line.
  void end_text();
  WordCounts finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace seq
