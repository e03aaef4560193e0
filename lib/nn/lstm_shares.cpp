// Cuts the sequences among threads.
#include "nn/lstm_shares.h"

#include <algorithm>

#include "nn/packed_parallel.h"

namespace seq::nn {

std::vector<LstmShare> lstm_shares(const PackedSteps& steps, int64_t directions, int64_t hidden) {
  const int64_t work = directions * steps.rows() * 4 * hidden * hidden;
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), work / kWorkOfThread + 1);
  const int64_t parts =
      std::max<int64_t>(1, std::min((threads + directions - 1) / directions, steps.batch() / kRowsOfThread));
  std::vector<LstmShare> shares;
  for (int64_t direction = 0; direction < directions; ++direction) {
    int64_t b = 0, rows = 0;
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t first = b, enough = steps.rows() * (part + 1) / parts;
      while (b < steps.batch() && (rows < enough || part + 1 == parts))
        rows += steps.lengths()[static_cast<size_t>(b++)];
      if (b > first) shares.push_back({direction, part, first, b});
    }
  }
  return shares;
}

int64_t number_of_parts(const std::vector<LstmShare>& shares) {
  int64_t parts = 0;
  for (const LstmShare& share : shares) parts = std::max(parts, share.part + 1);
  return parts;
}

}  // namespace seq::nn
