// What a step over the longest texts needs.
#include "models/classifier/recurrent/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/error.h"

namespace seq::classifier {

uint64_t bytes_of_token(const ClassifierOptions& options) {
  // Measured with the LSTM, which needs least: 10.7 to 12.3 numbers for a unit of a layer, 8 for one that attention
  // reads.
  constexpr int64_t kOfUnit = 10, kOfAttention = 8;
  const int64_t units = options.hidden_size * (options.bidirectional ? 2 : 1);
  const int64_t numbers = options.token_vector_size() + kOfUnit * options.layers * units +
                          (options.pooling == "attention" ? kOfAttention * units : 0);
  return static_cast<uint64_t>(numbers) * sizeof(float);
}

void check_memory(const ClassifierOptions& options, std::vector<int64_t> lengths, int64_t batch_size, uint64_t memory) {
  const auto texts = std::min(static_cast<std::ptrdiff_t>(batch_size), static_cast<std::ptrdiff_t>(lengths.size()));
  std::partial_sort(lengths.begin(), lengths.begin() + texts, lengths.end(), std::greater<>());
  const int64_t tokens = std::accumulate(lengths.begin(), lengths.begin() + texts, int64_t{0});
  const uint64_t needed = static_cast<uint64_t>(tokens) * bytes_of_token(options);
  if (needed <= memory) return;
  constexpr double kGiga = 1e9;
  throw Error(fmt::format(
      "model.max_tokens: {}, but a step over the {} longest texts, {} tokens, needs {:.0f} GB of memory and "
      "the machine has {:.0f} (cut texts by model.max_tokens, or lower train.batch_size)",
      options.max_tokens, texts, tokens, static_cast<double>(needed) / kGiga, static_cast<double>(memory) / kGiga));
}

}  // namespace seq::classifier
