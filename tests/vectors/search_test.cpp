// Queries against a plain search of everything.
#include "vectors/search.h"

#include <cmath>

#include "base/error.h"
#include "made.h"
#include "test.h"

using namespace seq;
using namespace seq::vectors;
using seq::test::made;
using seq::test::random_vectors;

namespace {

double plain_cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

double plain_score(const WordVectors& vectors, const Query& query, Metric metric, int64_t row) {
  const std::span<const float> values = vectors.row(row);
  if (metric == Metric::cosine) return plain_cosine(query.vector, values);
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double a = query.vector[i], b = values[i];
    sum += metric == Metric::dot ? a * b : (a - b) * (a - b);
  }
  return metric == Metric::dot ? sum : std::sqrt(sum);
}

WordVectors royals() {
  return made(
      {{"man", {1, 0, 0}}, {"woman", {1, 1, 0}}, {"king", {1, 0, 1}}, {"queen", {1, 1, 1}}, {"cat", {0, -1, 0.1F}}});
}

}  // namespace

TEST_CASE("the nearest words are those of a plain search, for every metric and number of threads", "[vectors]") {
  const WordVectors vectors = random_vectors(20000, 13);
  for (const Metric metric : {Metric::cosine, Metric::dot, Metric::euclidean}) {
    const Query query = parse_query(vectors, "w3 - w5 + w19999", metric);
    const auto found = nearest(vectors, query, metric, 5, 1);
    for (const int threads : {2, 64}) {
      const auto again = nearest(vectors, query, metric, 5, threads);
      REQUIRE(again.size() == found.size());
      for (size_t i = 0; i < found.size(); ++i) {
        REQUIRE(again[i].row == found[i].row);
        REQUIRE(again[i].score == found[i].score);
      }
    }
    std::vector<std::pair<double, int64_t>> all;
    const double sign = metric == Metric::euclidean ? 1 : -1;
    for (int64_t row = 0; row < vectors.size(); ++row)
      if (row != 3 && row != 5 && row != 19999) all.emplace_back(sign * plain_score(vectors, query, metric, row), row);
    std::sort(all.begin(), all.end());
    REQUIRE(found.size() == 5);
    for (size_t i = 0; i < found.size(); ++i) {
      REQUIRE(found[i].row == all[i].second);
      REQUIRE(found[i].score == Approx(sign * all[i].first));
    }
  }
}

TEST_CASE("king - man + woman is queen", "[vectors]") {
  const WordVectors vectors = royals();
  const Query query = parse_query(vectors, "king - man + woman", Metric::cosine);
  REQUIRE(vectors.words()[nearest(vectors, query, Metric::cosine, 1).front().row] == "queen");
  for (const AnalogyMethod method : {AnalogyMethod::add, AnalogyMethod::multiply})
    REQUIRE(vectors.words()[analogy(vectors, "man", "king", "woman", method, 1).front().row] == "queen");
}

TEST_CASE("3CosMul is equation 4 of Levy and Goldberg", "[vectors]") {
  const WordVectors vectors = random_vectors(50, 7);
  const auto found = analogy(vectors, "w1", "w2", "w3", AnalogyMethod::multiply, 47);
  REQUIRE(found.size() == 47);
  const auto shifted = [&](int64_t word, int64_t row) {
    return (1 + plain_cosine(vectors.row(word), vectors.row(row))) / 2;
  };
  for (const Neighbour& one : found)
    REQUIRE(one.score ==
            Approx(shifted(2, one.row) * shifted(3, one.row) / (shifted(1, one.row) + 1e-6)).epsilon(1e-4));
}

TEST_CASE("more neighbours than there are words are all of them", "[vectors]") {
  const WordVectors vectors = royals();
  REQUIRE(nearest(vectors, parse_query(vectors, "king", Metric::dot), Metric::dot, 1000000000, 2).size() == 4);
}

TEST_CASE("equally near words come in the order of rows, and zero vectors are near nothing", "[vectors]") {
  const WordVectors vectors = made({{"a", {1, 0}}, {"zero", {0, 0}}, {"b", {2, 0}}, {"c", {3, 0}}, {"d", {-1, 0}}});
  std::string order;
  for (const Neighbour& one : nearest(vectors, parse_query(vectors, "a", Metric::cosine), Metric::cosine, 4))
    order += std::string(vectors.words()[one.row]) + " ";
  REQUIRE(order == "b c zero d ");
  REQUIRE(similarity(vectors, "a", "zero") == 0);
}

TEST_CASE("words count at length 1 for cosine, and as they are otherwise", "[vectors]") {
  const WordVectors vectors = made({{"a", {3, 0}}, {"b", {0, 4}}});
  REQUIRE(parse_query(vectors, "a b", Metric::cosine).vector == std::vector<float>{1, 1});
  REQUIRE(parse_query(vectors, "a - b", Metric::euclidean).vector == std::vector<float>{3, -4});
}

TEST_CASE("wrong expressions are refused", "[vectors]") {
  const WordVectors vectors = royals();
  REQUIRE_THROWS_WITH(parse_query(vectors, "king - kween", Metric::cosine), Catch::Contains("did you mean queen"));
  REQUIRE_THROWS_WITH(parse_query(vectors, "king -", Metric::cosine), Catch::Contains("no word behind -"));
  REQUIRE_THROWS_WITH(parse_query(vectors, "king - + man", Metric::cosine), Catch::Contains("two signs"));
}

TEST_CASE("the odd one out is furthest from the mean", "[vectors]") {
  const std::vector<std::string> words = {"king", "cat", "queen", "woman"};
  REQUIRE(odd_one_out(royals(), words) == 1);
}

TEST_CASE("a sentence is the mean of its known words", "[vectors]") {
  const WordVectors vectors = made({{"a", {3, 0}}, {"b", {0, 4}}});
  const Sentence sentence = sentence_vector(vectors, "a  b x", Weights::as_they_are);
  REQUIRE(sentence.vector == std::vector<float>{1.5F, 2});
  REQUIRE(sentence.known == 2);
  REQUIRE(sentence.unknown == 1);
  REQUIRE(sentence_vector(vectors, "a b", Weights::unit_length).vector == std::vector<float>{0.5F, 0.5F});
  REQUIRE(sentence_vector(vectors, "", Weights::as_they_are).vector == std::vector<float>{0, 0});
}
