// An ARPA file, or one on stdout, plain or compressed by its name (.gz, .zst).
#pragma once

#include <memory>
#include <string>

#include "ngram/model_sink.h"

namespace seq::ngram {

/// Writes a model as ARPA text: log10 with 7 decimals, which read back as the same floats that the sink was given when
/// those are multiples of 1e-7. A file appears under its name only at finish(); `-` is stdout.
class ArpaWriter : public ModelSink {
 public:
  /// Throws RunError when the file cannot be written.
  explicit ArpaWriter(const std::string& path, int threads = 1);
  ~ArpaWriter() override;
  void begin(const std::vector<std::string>& vocabulary, const std::vector<uint64_t>& counts) override;
  void add(int order, const NgramBatch& batch) override;
  void finish() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace seq::ngram
