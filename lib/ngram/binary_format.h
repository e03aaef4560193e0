// The binary model file: a header, then sections that are used where they lie in the memory map.
//
//   header | word table | word ends | words | unigrams | one section for each order from 2
//
// Numbers are little-endian. Sections begin at multiples of 64 and are followed by at least 8 spare bytes, so that a
// field of bits may be read as the 8 bytes it begins in.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "ngram/binary_sink.h"

namespace seq::ngram {

static_assert(std::endian::native == std::endian::little, "binary models are mapped as they are");

inline constexpr char kMagic[8] = {'S', 'E', 'Q', 'N', 'G', 'R', 'A', 'M'};
inline constexpr uint32_t kByteOrder = 0x01020304;
inline constexpr uint32_t kFormatVersion = 1;

/// Where the n-grams of an order lie, and how the fields of a trie's record are packed.
struct OrderHeader {
  uint64_t count = 0;      ///< n-grams
  uint64_t offset = 0;     ///< of the section in the file
  uint64_t slots = 0;      ///< hashed: slots for the hash to fall on; those after them take what is pushed out
  uint64_t all_slots = 0;  ///< hashed: slots in the file, the last one empty
  uint64_t values = 0;     ///< trie: offset of the table of back-offs, 0 when they are stored as they are
  uint32_t value_count = 0;
  uint32_t backoff_bits = 0;
  uint32_t child_bits = 0;
  uint32_t record_bits = 0;
};

struct Header {
  char magic[8] = {};
  uint32_t byte_order = kByteOrder;
  uint32_t version = kFormatVersion;
  uint32_t layout = 0;
  uint32_t order = 0;
  uint64_t file_size = 0;
  uint64_t vocabulary_size = 0;
  uint64_t word_slots = 0;  ///< as in OrderHeader
  uint64_t all_word_slots = 0;
  uint64_t word_table = 0;  ///< offset of WordSlot [all_word_slots]
  uint64_t word_ends = 0;   ///< offset of uint64_t [vocabulary_size]: where each word ends in `words`
  uint64_t words = 0;       ///< offset of the words' bytes, one after another
  uint64_t words_size = 0;
  uint64_t unigrams = 0;     ///< offset of HashedUnigram or TrieUnigram [vocabulary_size, and 1 more in a trie]
  uint64_t content_sum = 0;  ///< of everything after the header
  std::array<OrderHeader, kMaxOrder> orders = {};  ///< of order n at n - 1
  uint64_t header_sum = 0;                         ///< of everything before it
};
inline constexpr size_t kHeaderSize = (sizeof(Header) + 63) / 64 * 64;

#pragma pack(push, 4)
struct WordSlot {
  uint64_t hash;
  uint32_t id;
};
/// A hashed n-gram of the highest order.
struct LongestSlot {
  uint64_t hash;
  float probability;
};
/// One of an order below. The sign bit of the probability is clear where some longer n-gram ends in this one.
struct MiddleSlot {
  uint64_t hash;
  float probability;
  float backoff;
};
#pragma pack(pop)
/// The probability's sign bit as in MiddleSlot.
struct HashedUnigram {
  float probability;
  float backoff;
};
struct TrieUnigram {
  float probability;
  float backoff;
  uint64_t first_child;
};

/// No n-gram or word has this hash: slots that are empty do.
inline constexpr uint64_t kEmptySlot = ~uint64_t{0};

/// The number that `size` bytes are, without a loop; loads overlap where they must.
inline uint64_t load_up_to_7(const char* bytes, size_t size) {
  if (size >= 4) {
    uint32_t low;
    uint32_t high;
    std::memcpy(&low, bytes, 4);
    std::memcpy(&high, bytes + size - 4, 4);
    return low | static_cast<uint64_t>(high) << (8 * (size - 4));
  }
  if (size == 0) return 0;
  const auto byte = [&](size_t i) { return static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i); };
  return byte(0) | byte(size / 2) | byte(size - 1);
}

/// Of a word's bytes.
inline uint64_t hash_word(std::string_view word) {
  constexpr uint64_t kMultiplier = 0x9fb21c651e98df25ULL;
  uint64_t hash = word.size() * 0x9e3779b97f4a7c15ULL;
  const char* bytes = word.data();
  size_t left = word.size();
  for (; left >= 8; left -= 8, bytes += 8) {
    uint64_t chunk;
    std::memcpy(&chunk, bytes, 8);
    hash = (hash ^ chunk) * kMultiplier;
    hash ^= hash >> 32;
  }
  const uint64_t chunk = load_up_to_7(bytes, left);
  hash = (hash ^ chunk) * kMultiplier;
  hash = (hash ^ (hash >> 29)) * 0xd6e8feb86659fd93ULL;
  hash ^= hash >> 32;
  return hash - (hash == kEmptySlot ? 1 : 0);
}

/// Of an n-gram whose last n - 1 words have the hash `suffix` and whose first is `word`; for one fixed `word` no two
/// suffixes collide, for one fixed suffix no two words.
inline uint64_t extend_hash(uint64_t suffix, WordId word) {
  uint64_t hash = (suffix ^ ((word + uint64_t{1}) * 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 32);
}
inline uint64_t stored_hash(uint64_t hash) {
  return hash - (hash == kEmptySlot ? 1 : 0);
}

/// The slot on which a hash falls; in the order of the hashes.
inline uint64_t slot_of(uint64_t hash, uint64_t slots) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((static_cast<Wide>(hash) * slots) >> 64);
}

/// Bits that hold the numbers 0 … `most`.
inline uint32_t bits_for(uint64_t most) {
  return static_cast<uint32_t>(std::bit_width(most));
}

/// A checksum at the speed of memory.
class ContentSum {
 public:
  void add(std::string_view bytes);
  uint64_t value() const;

 private:
  void block(const char* bytes);
  std::array<uint64_t, 4> lanes_ = {1, 2, 3, 4};
  std::array<char, 32> rest_ = {};
  size_t rest_size_ = 0;
  uint64_t total_ = 0;
};
uint64_t header_sum(const Header& header);

/// The bytes of a model on their way to a file or into memory.
class ImageWriter {
 public:
  explicit ImageWriter(const fs::path& path);
  explicit ImageWriter(std::vector<std::byte>& bytes) : memory_(&bytes) {}

  void write(std::string_view bytes);
  template <class T>
  void write_values(const T* values, size_t count) {
    write({reinterpret_cast<const char*>(values), count * sizeof(T)});
  }
  /// Pads to where the next section may begin, and gives that offset.
  uint64_t begin_section();
  /// Fills in what only the end knows, and commits.
  void finish(Header& header);

 private:
  void append(std::string_view bytes);
  std::unique_ptr<AtomicFile> file_;
  std::vector<std::byte>* memory_ = nullptr;
  uint64_t size_ = 0;
  ContentSum sum_;
};

}  // namespace seq::ngram
