// Kernels against sums in double precision, for sizes around the width of vectors.
#include "vectors/kernels.h"

#include "made.h"
#include "test.h"

using namespace seq::vectors;
using seq::test::random_vectors;

TEST_CASE("products and distances of rows equal plain sums", "[vectors]") {
  for (const int64_t dimension : {1, 3, 4, 15, 16, 17, 63, 64, 65, 100, 300}) {
    const WordVectors vectors = random_vectors(5, dimension);
    std::vector<float> products(5), distances(5);
    dot_rows(vectors.matrix().values, 5, vectors.row(2), products.data());
    distance_rows(vectors.matrix().values, 5, vectors.row(2), distances.data());
    for (int64_t r = 0; r < 5; ++r) {
      double product = 0, distance = 0;
      for (size_t k = 0; k < static_cast<size_t>(dimension); ++k) {
        const double a = vectors.row(r)[k], b = vectors.row(2)[k];
        product += a * b;
        distance += (a - b) * (a - b);
      }
      REQUIRE(products[static_cast<size_t>(r)] == Approx(product).margin(1e-4));
      REQUIRE(distances[static_cast<size_t>(r)] == Approx(distance).margin(1e-4));
    }
  }
}

TEST_CASE("the packed product equals one product at a time, and pads with zeros", "[vectors]") {
  for (const int64_t dimension : {1, 7, 100}) {
    const WordVectors columns = random_vectors(200, dimension, 1), rows = random_vectors(13, dimension, 2);
    std::vector<float> packed(static_cast<size_t>(dimension * kPackedColumns)), scales(200, 0.5F);
    std::vector<float> out(static_cast<size_t>(13 * kPackedColumns), -1);
    pack_columns(columns.matrix().values, 200, dimension, scales.data(), packed.data());
    multiply_packed(rows.matrix().values, 13, dimension, packed.data(), out.data());
    for (int64_t r = 0; r < 13; ++r)
      for (int64_t c = 0; c < kPackedColumns; ++c) {
        const float expected = c < 200 ? dot(rows.row(r), columns.row(c)) / 2 : 0;
        REQUIRE(out[static_cast<size_t>(r * kPackedColumns + c)] == Approx(expected).margin(1e-4));
      }
  }
}
