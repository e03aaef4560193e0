// Matrix products on packed panels: a tile of C stays in registers while one panel of B streams by.
//
// M = rows of A and C, K = the sum (in words), N = columns of B and C, R = rows of a tile, W = floats in a vector
#include "nn/packed_product.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "base/simd.h"
#include "nn/packing.h"
#if SEQ_X86
#include <immintrin.h>
#endif

namespace seq::nn {
namespace {

constexpr int kMaxTileRows = 14;    // 14 x 2 sums, 2 vectors of B and 1 of A fill the 32 registers of AVX-512
constexpr int64_t kSumBlock = 512;  // part of a long sum, in words: its panel of B stays in the first two caches
constexpr int64_t kLeftBlock =
    96 << 10;  // words of A used with every panel before the next ones: within the second cache

/// One tile: c [R, 2W] = or += a [R, K] * b [K, 2W].
struct Tile {
  const uint32_t* b;
  int64_t k;
  float* c;
  int64_t c_stride;
  bool add;
};

/// How a tile reads A: K along rows, or, transposed, along columns. The stride is in words.
template <bool kTransposed>
struct LeftWords {
  const char* words;
  int64_t stride;

  SEQ_INLINE uint32_t at(int64_t row, int64_t k) const {
    uint32_t word;
    std::memcpy(&word, words + 4 * (kTransposed ? k * stride + row : row * stride + k), sizeof word);
    return word;
  }
};

template <int W, int R, class Left>
SEQ_INLINE void multiply_tile(const Left& a, const Tile& tile) {
  using V = Simd<W>;
  typename V::Floats sums[R][2];
  for (int r = 0; r < R; ++r) {
    for (int half = 0; half < 2; ++half)
      sums[r][half] = tile.add ? V::load(tile.c + r * tile.c_stride + half * W) : V::all(0);
  }
  for (int64_t k = 0; k < tile.k; ++k) {
    const auto b0 = V::load(tile.b + k * 2 * W), b1 = V::load(tile.b + k * 2 * W + W);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const float value = std::bit_cast<float>(a.at(r, k));
      sums[r][0] += value * b0;
      sums[r][1] += value * b1;
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int half = 0; half < 2; ++half) V::store(sums[r][half], tile.c + r * tile.c_stride + half * W);
  }
}

template <class Left>
using TileFunction = void (*)(const Left&, const Tile&);

template <int W, int R, class Left>
void tile_baseline(const Left& a, const Tile& tile) {
  multiply_tile<W, R>(a, tile);
}
#if SEQ_X86
template <int W, int R, class Left>
SEQ_AVX2 void tile_avx2(const Left& a, const Tile& tile) {
  multiply_tile<W, R>(a, tile);
}
template <int W, int R, class Left>
SEQ_AVX512 void tile_avx512(const Left& a, const Tile& tile) {
  multiply_tile<W, R>(a, tile);
}

/// The same with pairs of bf16 in each word.
template <int R, class Left>
SEQ_AVX512_BF16 void tile_bf16(const Left& a, const Tile& tile) {
  __m512 sums[R][2];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    sums[r][0] = tile.add ? _mm512_loadu_ps(tile.c + r * tile.c_stride) : _mm512_setzero_ps();
    sums[r][1] = tile.add ? _mm512_loadu_ps(tile.c + r * tile.c_stride + 16) : _mm512_setzero_ps();
  }
  for (int64_t k = 0; k < tile.k; ++k) {
    const auto b0 = (__m512bh)_mm512_loadu_si512(tile.b + k * 32),
               b1 = (__m512bh)_mm512_loadu_si512(tile.b + k * 32 + 16);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const auto pair = (__m512bh)_mm512_set1_epi32(static_cast<int>(a.at(r, k)));
      sums[r][0] = _mm512_dpbf16_ps(sums[r][0], pair, b0);
      sums[r][1] = _mm512_dpbf16_ps(sums[r][1], pair, b1);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    _mm512_storeu_ps(tile.c + r * tile.c_stride, sums[r][0]);
    _mm512_storeu_ps(tile.c + r * tile.c_stride + 16, sums[r][1]);
  }
}
#endif

/// The tile functions of one precision on this processor, for every number of rows.
template <class Left>
struct TileSet {
  std::array<TileFunction<Left>, kMaxTileRows + 1> functions{};  // [rows]
  int max_rows = 0;
};

template <class Left, int... kRows>
TileSet<Left> choose_tiles(Precision precision, std::integer_sequence<int, kRows...>) {
#if SEQ_X86
  if (precision == Precision::kBf16) return {{nullptr, &tile_bf16<kRows + 1, Left>...}, kMaxTileRows};
  if (instruction_set() >= InstructionSet::kAvx512)
    return {{nullptr, &tile_avx512<16, kRows + 1, Left>...}, kMaxTileRows};
  constexpr int kRowsOf16Registers = 6;
  if (instruction_set() == InstructionSet::kAvx2)
    return {{nullptr, &tile_avx2<8, std::min(kRows + 1, kRowsOf16Registers), Left>...}, kRowsOf16Registers};
#endif
  return {{nullptr, &tile_baseline<4, std::min(kRows + 1, 6), Left>...}, 6};
}

template <class Left>
const TileSet<Left>& tiles(Precision precision) {
  constexpr auto kAllRows = std::make_integer_sequence<int, kMaxTileRows>{};
  static const TileSet<Left> fp32 = choose_tiles<Left>(Precision::kFp32, kAllRows);
  static const TileSet<Left> bf16 =
      choose_tiles<Left>(bf16_available() ? Precision::kBf16 : Precision::kFp32, kAllRows);
  return precision == Precision::kBf16 ? bf16 : fp32;
}

/// Runs a tile whose panel may stick out over the last column of C.
template <class Left>
void run_tile(TileFunction<Left> function, const Left& a, const Tile& tile, int rows, int64_t columns) {
  const int64_t width = PackedMatrix::panel_columns();
  if (columns >= width) return function(a, tile);
  std::array<float, kMaxTileRows * 32> whole{};
  if (tile.add) {
    for (int r = 0; r < rows; ++r) std::copy_n(tile.c + r * tile.c_stride, columns, whole.data() + r * width);
  }
  function(a, {tile.b, tile.k, whole.data(), width, tile.add});
  for (int r = 0; r < rows; ++r) std::copy_n(whole.data() + r * width, columns, tile.c + r * tile.c_stride);
}

/// Calls f(first row, rows) for tiles of nearly equal height that cover `rows`.
template <class F>
void for_each_tile(int64_t rows, int max_rows, const F& f) {
  const int64_t count = (rows + max_rows - 1) / max_rows;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t first = rows * i / count;
    f(first, static_cast<int>(rows * (i + 1) / count - first));
  }
}

}  // namespace

bool bf16_available() {
  return instruction_set() == InstructionSet::kAvx512Bf16;
}

int64_t PackedMatrix::panel_columns() {
  switch (instruction_set()) {
    case InstructionSet::kBaseline:
      return 8;
    case InstructionSet::kAvx2:
      return 16;
    default:
      return 32;
  }
}

PackedMatrix::PackedMatrix(const MatrixView& matrix, Precision precision)
    : precision_(precision), rows_(matrix.rows), columns_(matrix.columns) {
  const int64_t width = panel_columns(), panels = (columns_ + width - 1) / width;
  const int64_t panel_words = words_in_row(rows_, precision) * width;
  words_ = at::empty({panels * panel_words}, at::kInt);
  auto* words = static_cast<uint32_t*>(words_.data_ptr());
  at::parallel_for(
      0, panels, std::max<int64_t>(1, 65536 / std::max<int64_t>(1, panel_words)), [&](int64_t begin, int64_t end) {
        for (int64_t p = begin; p < end; ++p) {
          const MatrixView block{matrix.data + p * width * matrix.column_stride, rows_,
                                 std::min(width, columns_ - p * width), matrix.row_stride, matrix.column_stride};
          if (matrix.column_stride == 1)
            pack_rows(block, precision, words + p * panel_words, width);
          else
            pack_transposed(block.transposed(), precision, words + p * panel_words, width);
        }
      });
}

PackedColumns PackedMatrix::part(int64_t first, int64_t columns) const {
  const auto* words = static_cast<const uint32_t*>(words_.const_data_ptr());
  return {words + first * words_in_row(rows_, precision_), precision_, rows_, columns};
}

void multiply(const LeftRows& a, const PackedColumns& b, float* c, int64_t c_stride, Into into) {
  using Left = LeftWords<false>;
  const TileSet<Left>& set = tiles<Left>(b.precision);
  const int64_t k = words_in_row(b.rows, b.precision), width = PackedMatrix::panel_columns();
  const int64_t block_rows = std::max<int64_t>(2 * set.max_rows, kLeftBlock / std::max<int64_t>(1, k));
  for (int64_t block = 0; block < a.rows; block += block_rows) {
    for (int64_t n = 0; n < b.columns; n += width) {
      for_each_tile(std::min(block_rows, a.rows - block), set.max_rows, [&](int64_t first, int rows) {
        const int64_t row = block + first;
        const Left left{static_cast<const char*>(a.words) + 4 * row * a.row_stride, a.row_stride};
        const Tile tile{b.words + n * k, k, c + row * c_stride + n, c_stride, into == Into::kAdd};
        run_tile(set.functions[static_cast<size_t>(rows)], left, tile, rows, b.columns - n);
      });
    }
  }
}

void multiply_transposed(const MatrixView& a, const MatrixView& b, Precision precision, int64_t first, int64_t last,
                         float* c, int64_t c_stride) {
  using Left = LeftWords<true>;
  const TileSet<Left>& set = tiles<Left>(precision);
  const int64_t width = PackedMatrix::panel_columns(), panels = (b.columns + width - 1) / width;
  const int64_t values_in_word = precision == Precision::kBf16 ? 2 : 1;
  const int64_t block_rows = kLeftBlock / kSumBlock, left_stride = block_rows + 16;  // not a power of two
  at::Tensor b_words = at::empty({panels * kSumBlock * width}, at::kInt);
  at::Tensor a_words = at::empty({kSumBlock * left_stride}, at::kInt);
  auto* packed_b = static_cast<uint32_t*>(b_words.data_ptr());
  auto* packed_a = static_cast<uint32_t*>(a_words.data_ptr());
  for (int64_t from = 0; from < a.rows; from += kSumBlock * values_in_word) {
    const int64_t values = std::min(kSumBlock * values_in_word, a.rows - from), k = words_in_row(values, precision);
    for (int64_t p = 0; p < panels; ++p) {
      const MatrixView block{b.data + from * b.row_stride + p * width, values, std::min(width, b.columns - p * width),
                             b.row_stride};
      pack_rows(block, precision, packed_b + p * k * width, width);
    }
    for (int64_t block = first; block < last; block += block_rows) {
      const int64_t rows_here = std::min(block_rows, last - block);
      const MatrixView columns{a.data + from * a.row_stride + block, values, rows_here, a.row_stride};
      // Rounding copies A anyway; fp32 is read where it lies.
      Left part{reinterpret_cast<const char*>(columns.data), columns.row_stride};
      if (precision == Precision::kBf16) {
        pack_rows(columns, precision, packed_a, left_stride);
        part = {reinterpret_cast<const char*>(packed_a), left_stride};
      }
      for (int64_t p = 0; p < panels; ++p) {
        for_each_tile(rows_here, set.max_rows, [&](int64_t row, int rows) {
          const Left left{part.words + 4 * row, part.stride};
          const Tile tile{packed_b + p * k * width, k, c + (block + row) * c_stride + p * width, c_stride, true};
          run_tile(set.functions[static_cast<size_t>(rows)], left, tile, rows, b.columns - p * width);
        });
      }
    }
  }
}

}  // namespace seq::nn
