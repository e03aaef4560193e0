// By carry-less multiplication where the processor has it (Gopal et al. 2009, "Fast CRC Computation for Generic
// Polynomials Using PCLMULQDQ Instruction"), else, and for what is left over, by tables of eight bytes.
#include "base/crc32.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define SEQ_CRC32_FOLDS 1
#else
#define SEQ_CRC32_FOLDS 0
#endif

namespace seq {
namespace {

static_assert(std::endian::native == std::endian::little, "eight bytes are read as one number");

constexpr uint32_t kPolynomial = 0xEDB88320;  // reflected

using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t t = 1; t < 8; ++t)
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[t - 1][byte];
      tables[t][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  return tables;
}

constexpr Tables kTables = make_tables();

uint32_t add_by_tables(uint32_t crc, std::string_view bytes) {
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    word ^= crc;
    crc = 0;
    for (size_t i = 0; i < 8; ++i) crc ^= kTables[7 - i][(word >> (8 * i)) & 0xFF];
  }
  for (const char byte : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint8_t>(byte)) & 0xFF];
  return crc;
}

#if SEQ_CRC32_FOLDS
#define SEQ_PCLMUL __attribute__((target("pclmul,sse4.1")))

SEQ_PCLMUL inline __m128i load16(const char* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

/// Moves 128 bits of remainder on by the distance that `by` stands for, and adds the bits found there.
SEQ_PCLMUL inline __m128i fold(__m128i remainder, __m128i by, __m128i there) {
  const __m128i low = _mm_clmulepi64_si128(remainder, by, 0x00);
  const __m128i high = _mm_clmulepi64_si128(remainder, by, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), there);
}

/// For at least 64 bytes, in whole blocks of 16. The constants are x^n mod P for the distances of a fold, reflected;
/// they stand in the paper's section for this polynomial.
SEQ_PCLMUL uint32_t add_by_folding(uint32_t crc, std::string_view bytes) {
  const __m128i by_64 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
  const __m128i by_16 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  const char* from = bytes.data();
  const char* const end = from + bytes.size();
  __m128i x[4];
  for (std::ptrdiff_t i = 0; i < 4; ++i) x[i] = load16(from + 16 * i);
  x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128(static_cast<int>(crc)));
  for (from += 64; end - from >= 64; from += 64)
    for (std::ptrdiff_t i = 0; i < 4; ++i) x[i] = fold(x[i], by_64, load16(from + 16 * i));
  for (std::ptrdiff_t i = 1; i < 4; ++i) x[0] = fold(x[0], by_16, x[i]);
  for (; end - from >= 16; from += 16) x[0] = fold(x[0], by_16, load16(from));
  // 16 bytes whose own checksum, begun at zero, is that of all.
  char rest[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), x[0]);
  return add_by_tables(0, {rest, sizeof rest});
}

bool can_fold() {
  static const bool can = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return can;
}
#endif

}  // namespace

void Crc32::add(std::string_view bytes) {
#if SEQ_CRC32_FOLDS
  if (bytes.size() >= 64 && can_fold()) {
    const std::string_view blocks = bytes.substr(0, bytes.size() / 16 * 16);
    state_ = add_by_folding(state_, blocks);
    bytes.remove_prefix(blocks.size());
  }
#endif
  state_ = add_by_tables(state_, bytes);
}

}  // namespace seq
