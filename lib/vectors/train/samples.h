// What a passage over some text trains, as numbers of rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace seq::vectors {

/// For each word of a text, in order: the neighbours that predict it, and the rows by which it is told from others.
/// Those of word i end at `input_ends[i]` and `output_ends[i]`, and begin where those of the word before end.
struct Samples {
  std::vector<uint32_t> inputs;   ///< rows of Word2vec::vectors()
  std::vector<uint32_t> outputs;  ///< rows of Word2vec::outputs(); with full softmax the word alone
  std::vector<float> labels;      ///< of each output: 1 or 0, which its sigmoid is to say
  std::vector<size_t> input_ends;
  std::vector<size_t> output_ends;

  size_t size() const { return input_ends.size(); }
};

}  // namespace seq::vectors
