// Analogies of a whole file at once. The score of v as an answer needs only the cosines of v with a, b and c; so the
// cosines of the few distinct words of the questions [U] with a block of the vocabulary are one matrix product, and
// each question adds three rows of it. That is some twenty times less work than a product for each question.
#include <algorithm>
#include <limits>
#include <map>
#include <mutex>

#include "base/parallel.h"
#include "base/simd.h"
#include "vectors/evaluate.h"
#include "vectors/folded_words.h"
#include "vectors/kernels.h"

namespace seq::vectors {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();

/// A question whose words are all known, by row and by place among the distinct words.
struct Known {
  size_t section = 0;
  int64_t a = 0, b = 0, c = 0;  ///< rows of the matrix of distinct words
  int64_t answer = 0;           ///< row of the vocabulary
  std::vector<int64_t> excluded;
};

struct Answer {
  float score = kNothing;
  int64_t row = -1;
};

struct Add {
  template <class T>
  static SEQ_INLINE T score(const T& a, const T& b, const T& c) {
    return b + c - a;
  }
};

/// Without the constant factor 1/2, which changes no order.
struct Multiply {
  template <class T>
  static SEQ_INLINE T score(const T& a, const T& b, const T& c) {
    return (b + 1.0F) * (c + 1.0F) / (a + (1.0F + 2e-6F));
  }
};

/// The greatest score over a block.
template <class Method>
struct Greatest {
  template <int W>
  static SEQ_INLINE void run(const float* a, const float* b, const float* c, float* out) {
    using V = Simd<W>;
    typename V::Floats most = V::all(kNothing);
    for (int64_t i = 0; i < kPackedColumns; i += W) {
      const typename V::Floats score = Method::score(V::load(a + i), V::load(b + i), V::load(c + i));
      most = score > most ? score : most;
    }
    for (int lane = 0; lane < W; ++lane) *out = std::max(*out, most[lane]);
  }
};

/// All questions against a range of the vocabulary.
class Scorer {
 public:
  Scorer(const WordVectors& vectors, const std::vector<Known>& questions, const std::vector<float>& units)
      : vectors_(vectors), questions_(questions), units_(units) {
    distinct_ = static_cast<int64_t>(units.size()) / vectors.dimension();
    packed_.resize(static_cast<size_t>(kPackedColumns * vectors.dimension()));
    cosines_.resize(static_cast<size_t>(kPackedColumns * distinct_));
    answers.resize(questions.size());
  }

  template <class Method>
  void run(int64_t begin, int64_t end) {
    for (int64_t from = begin; from < end; from += kPackedColumns) {
      const int64_t count = std::min(kPackedColumns, end - from);
      float scales[kPackedColumns];
      for (int64_t i = 0; i < count; ++i) {
        const float norm = vectors_.norms()[static_cast<size_t>(from + i)];
        scales[i] = norm > 0 ? 1 / norm : 0;
      }
      pack_columns(vectors_.row(from).data(), count, vectors_.dimension(), scales, packed_.data());
      multiply_packed(units_.data(), distinct_, vectors_.dimension(), packed_.data(), cosines_.data());
      for (size_t q = 0; q < questions_.size(); ++q) improve<Method>(q, from, count);
    }
  }

  std::vector<Answer> answers;  ///< of each question, the best so far

 private:
  const float* cosines_of(int64_t distinct) const { return cosines_.data() + distinct * kPackedColumns; }

  template <class Method>
  void improve(size_t number, int64_t from, int64_t count) {
    const Known& question = questions_[number];
    const float *a = cosines_of(question.a), *b = cosines_of(question.b), *c = cosines_of(question.c);
    Answer& answer = answers[number];
    float most = kNothing;
    run_best<Greatest<Method>>(a, b, c, &most);
    if (most <= answer.score) return;  // rare enough is what comes now, because the best so far grows quickly
    for (int64_t i = 0; i < count; ++i) {
      const float score = Method::score(a[i], b[i], c[i]);
      if (score <= answer.score) continue;
      const auto& excluded = question.excluded;
      if (std::find(excluded.begin(), excluded.end(), from + i) == excluded.end()) answer = {score, from + i};
    }
  }

  const WordVectors& vectors_;
  const std::vector<Known>& questions_;
  const std::vector<float>& units_;  // [U, D]
  int64_t distinct_;
  std::vector<float> packed_;
  std::vector<float> cosines_;  // [U, kPackedColumns]
};

/// Rows of the distinct words of all questions, as vectors of length 1.
class DistinctWords {
 public:
  explicit DistinctWords(const WordVectors& vectors) : vectors_(vectors) {}

  int64_t place(int64_t row) {
    const auto [found, is_new] = places_.emplace(row, static_cast<int64_t>(places_.size()));
    if (is_new) {
      const std::span<const float> values = vectors_.row(row);
      units.insert(units.end(), values.begin(), values.end());
      make_unit(std::span(units).last(values.size()));
    }
    return found->second;
  }
  std::vector<float> units;  ///< [U, D]

 private:
  const WordVectors& vectors_;
  std::map<int64_t, int64_t> places_;
};

std::vector<Answer> answer_all(const WordVectors& vectors, int64_t size, const std::vector<Known>& questions,
                               const std::vector<float>& units, const EvaluationOptions& options) {
  std::vector<Answer> best(questions.size());
  std::mutex mutex;
  parallel_ranges(size, options.threads, kPackedColumns, [&](int64_t begin, int64_t end) {
    Scorer scorer(vectors, questions, units);
    if (options.method == AnalogyMethod::add) scorer.run<Add>(begin, end);
    if (options.method == AnalogyMethod::multiply) scorer.run<Multiply>(begin, end);
    const std::lock_guard lock(mutex);
    for (size_t q = 0; q < best.size(); ++q) {
      const Answer& one = scorer.answers[q];
      const bool first = one.score == best[q].score && one.row < best[q].row;
      if (one.score > best[q].score || first) best[q] = one;
    }
  });
  return best;
}

}  // namespace

std::vector<SectionScore> evaluate_analogies(const WordVectors& vectors, const std::vector<AnalogySection>& sections,
                                             const EvaluationOptions& options) {
  const int64_t restricted = options.restrict_vocabulary;
  const int64_t size = restricted > 0 ? std::min(restricted, vectors.size()) : vectors.size();
  const FoldedWords words(vectors.words(), size,
                          options.ignore_case ? FoldedWords::Case::ignored : FoldedWords::Case::respected);
  std::vector<SectionScore> scores;
  std::vector<Known> questions;
  DistinctWords distinct(vectors);
  for (const AnalogySection& section : sections) {
    SectionScore& score = scores.emplace_back();
    score.name = section.name;
    for (const auto& [a, b, c, d] : section.questions) {
      const auto row_a = words.find(a), row_b = words.find(b), row_c = words.find(c), row_d = words.find(d);
      const bool known = row_a && row_b && row_c && row_d;
      if (!known) ++score.unknown;
      if (known || options.unknown_counts_as_wrong) ++score.asked;
      if (!known) continue;
      Known& question = questions.emplace_back();
      question = {
          scores.size() - 1, distinct.place(*row_a), distinct.place(*row_b), distinct.place(*row_c), *row_d, {}};
      for (const int64_t row : {*row_a, *row_b, *row_c})
        for (const int64_t variant : words.variants(row)) question.excluded.push_back(variant);
    }
  }
  const std::vector<Answer> answers = answer_all(vectors, size, questions, distinct.units, options);
  for (size_t q = 0; q < questions.size(); ++q)
    if (answers[q].row >= 0 && words.standing_for(answers[q].row) == questions[q].answer)
      ++scores[questions[q].section].correct;
  return scores;
}

SectionScore total(const std::vector<SectionScore>& sections) {
  SectionScore sum;
  sum.name = "total";
  for (const SectionScore& one : sections) {
    sum.correct += one.correct;
    sum.asked += one.asked;
    sum.unknown += one.unknown;
  }
  return sum;
}

}  // namespace seq::vectors
