// Exhaustive search: every row is scored, block by block, and each thread keeps the best it saw.
#include "vectors/search.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "vectors/kernels.h"
#include "vectors/spelling.h"

namespace seq::vectors {
namespace {

constexpr int64_t kBlock = 512;

/// More is nearer; the earlier row where equal.
bool nearer(const Neighbour& a, const Neighbour& b) {
  return a.score != b.score ? a.score > b.score : a.row < b.row;
}

/// The k best of what it is shown.
class Best {
 public:
  explicit Best(int64_t k) : k_(static_cast<size_t>(k)) {}

  void offer(const Neighbour& one) {
    if (k_ == 0) return;
    if (kept_.size() == k_ && !nearer(one, kept_.front())) return;
    if (kept_.size() == k_) {
      std::pop_heap(kept_.begin(), kept_.end(), nearer);
      kept_.pop_back();
    }
    kept_.push_back(one);
    std::push_heap(kept_.begin(), kept_.end(), nearer);  // the worst on top
  }
  const std::vector<Neighbour>& kept() const { return kept_; }

 private:
  size_t k_;
  std::vector<Neighbour> kept_;
};

/// The k rows of greatest score; `score(begin, count, out)` computes those of a block.
template <class Score>
std::vector<Neighbour> best_rows(const WordVectors& vectors, int64_t k, std::span<const int64_t> excluded, int threads,
                                 const Score& score) {
  std::mutex mutex;
  std::vector<Neighbour> all;
  parallel_ranges(vectors.size(), threads, 1 << 13, [&](int64_t begin, int64_t end) {
    Best best(std::min(k, vectors.size()));
    float scores[kBlock];
    for (int64_t from = begin; from < end; from += kBlock) {
      const int64_t count = std::min(kBlock, end - from);
      score(from, count, scores);
      for (int64_t i = 0; i < count; ++i)
        if (std::find(excluded.begin(), excluded.end(), from + i) == excluded.end()) best.offer({from + i, scores[i]});
    }
    const std::lock_guard lock(mutex);
    all.insert(all.end(), best.kept().begin(), best.kept().end());
  });
  std::sort(all.begin(), all.end(), nearer);
  all.resize(std::min(all.size(), static_cast<size_t>(k)));
  return all;
}

const float* first_row(const WordVectors& vectors, int64_t row) {
  return vectors.row(row).data();
}

/// Cosines of a block of rows with a vector of length 1.
void cosines(const WordVectors& vectors, int64_t from, int64_t count, std::span<const float> unit, float* out) {
  dot_rows(first_row(vectors, from), count, unit, out);
  for (int64_t i = 0; i < count; ++i) {
    const float norm = vectors.norms()[static_cast<size_t>(from + i)];
    out[i] = norm > 0 ? out[i] / norm : 0;
  }
}

std::vector<float> unit_vector_of(const WordVectors& vectors, std::string_view word) {
  std::vector<float> vector = vector_of(vectors, word);
  make_unit(vector);
  return vector;
}

/// The same of the sum of words with commas between them, or of a word that has commas itself.
std::vector<float> unit_vector_of_list(const WordVectors& vectors, std::string_view list) {
  if (vectors.words().find(list) || list.find(',') == std::string_view::npos) return unit_vector_of(vectors, list);
  std::vector<float> sum(static_cast<size_t>(vectors.dimension()));
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    const std::vector<float> vector = vector_of(vectors, list.substr(begin, end - begin));
    std::transform(sum.begin(), sum.end(), vector.begin(), sum.begin(), std::plus<>());
    begin = end + 1;
  }
  make_unit(sum);
  return sum;
}

}  // namespace

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = 0; (at = line.find_first_not_of(" \t\r\n", at)) != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(" \t\r\n", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

void make_unit(std::span<float> vector) {
  double sum = 0;
  for (const float value : vector) sum += static_cast<double>(value) * value;
  if (sum == 0) return;
  const double scale = 1 / std::sqrt(sum);
  for (float& value : vector) value = static_cast<float>(value * scale);
}

std::vector<float> vector_of(const WordVectors& vectors, std::string_view word) {
  std::vector<float> vector = vectors.find(word);
  if (vector.empty()) throw Error(missing_word(vectors.words(), word));
  return vector;
}

Query parse_query(const WordVectors& vectors, std::string_view expression, Metric metric) {
  Query query;
  query.vector.resize(static_cast<size_t>(vectors.dimension()));
  char sign = 0;
  for (const std::string_view word : split_words(expression)) {
    if (word == "+" || word == "-") {
      if (sign != 0) throw Error("two signs in a row: expected WORD, or WORD - WORD + WORD");
      sign = word[0];
      continue;
    }
    std::vector<float> vector = vector_of(vectors, word);
    if (metric == Metric::cosine) make_unit(vector);
    for (size_t i = 0; i < vector.size(); ++i) query.vector[i] += sign == '-' ? -vector[i] : vector[i];
    if (const auto row = vectors.words().find(word)) query.excluded.push_back(*row);
    sign = 0;
  }
  if (sign != 0) throw Error(std::string("no word behind ") + sign + ": expected WORD, or WORD - WORD + WORD");
  return query;
}

std::vector<Neighbour> nearest(const WordVectors& vectors, const Query& query, Metric metric, int64_t k, int threads) {
  if (metric == Metric::dot)
    return best_rows(vectors, k, query.excluded, threads, [&](int64_t from, int64_t count, float* out) {
      dot_rows(first_row(vectors, from), count, query.vector, out);
    });
  if (metric == Metric::cosine) {
    std::vector<float> unit = query.vector;
    make_unit(unit);
    return best_rows(vectors, k, query.excluded, threads,
                     [&](int64_t from, int64_t count, float* out) { cosines(vectors, from, count, unit, out); });
  }
  std::vector<Neighbour> found =
      best_rows(vectors, k, query.excluded, threads, [&](int64_t from, int64_t count, float* out) {
        distance_rows(first_row(vectors, from), count, query.vector, out);
        for (int64_t i = 0; i < count; ++i) out[i] = -out[i];
      });
  for (Neighbour& one : found) one.score = std::sqrt(-one.score);
  return found;
}

std::vector<Neighbour> analogy(const WordVectors& vectors, std::string_view a, std::string_view b, std::string_view c,
                               AnalogyMethod method, int64_t k, int threads) {
  const std::vector<float> units[3] = {unit_vector_of(vectors, a), unit_vector_of(vectors, b),
                                       unit_vector_of(vectors, c)};
  Query query;
  for (const std::string_view word : {a, b, c})
    if (const auto row = vectors.words().find(word)) query.excluded.push_back(*row);
  if (method == AnalogyMethod::add) {
    query.vector.resize(units[0].size());
    for (size_t i = 0; i < units[0].size(); ++i) query.vector[i] = units[1][i] - units[0][i] + units[2][i];
    return nearest(vectors, query, Metric::cosine, k, threads);
  }
  return best_rows(vectors, k, query.excluded, threads, [&](int64_t from, int64_t count, float* out) {
    float with_a[kBlock], with_b[kBlock];
    cosines(vectors, from, count, units[0], with_a);
    cosines(vectors, from, count, units[1], with_b);
    cosines(vectors, from, count, units[2], out);
    for (int64_t i = 0; i < count; ++i)
      out[i] = (1 + with_b[i]) / 2 * ((1 + out[i]) / 2) / ((1 + with_a[i]) / 2 + 1e-6F);
  });
}

float similarity(const WordVectors& vectors, std::string_view a, std::string_view b) {
  return dot(unit_vector_of_list(vectors, a), unit_vector_of_list(vectors, b));
}

size_t odd_one_out(const WordVectors& vectors, std::span<const std::string> words) {
  std::vector<std::vector<float>> units;
  std::vector<float> mean(static_cast<size_t>(vectors.dimension()));
  for (const std::string& word : words) {
    units.push_back(unit_vector_of(vectors, word));
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += units.back()[i];
  }
  const auto nearness = [&](const std::vector<float>& one) { return dot(one, mean); };
  const auto least = std::min_element(
      units.begin(), units.end(), [&](const auto& one, const auto& other) { return nearness(one) < nearness(other); });
  return static_cast<size_t>(least - units.begin());
}

Sentence sentence_vector(const WordVectors& vectors, std::string_view words, Weights weights) {
  Sentence sentence;
  sentence.vector.resize(static_cast<size_t>(vectors.dimension()));
  for (const std::string_view word : split_words(words)) {
    std::vector<float> vector = vectors.find(word);
    if (vector.empty()) {
      ++sentence.unknown;
      continue;
    }
    if (weights == Weights::unit_length) make_unit(vector);
    for (size_t i = 0; i < vector.size(); ++i) sentence.vector[i] += vector[i];
    ++sentence.known;
  }
  if (sentence.known == 0) return sentence;
  for (float& value : sentence.vector) value /= static_cast<float>(sentence.known);
  return sentence;
}

}  // namespace seq::vectors
