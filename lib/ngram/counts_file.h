// Counts of n-grams in a file: made on one machine, merged on another.
//
// The file is a .zst stream. In it, little-endian:
//
//   "SEQCOUNT" | u32 version | u32 order | u64 number of words | each word: its length, its bytes
//   each n-gram in suffix order: 1 + how many words from the last it shares with the one before it, the numbers of the
//                                others from the last backwards, its count
//   0 | u64 number of n-grams | u32 CRC-32 of all that stands before
//
// Lengths, numbers and counts are varints of 7 bits a byte, lowest first. N-grams at the start of a sentence are filled
// up with `<s>`. Words stand in the order of their first use, `<unk>`, `<s>` and `</s>` before all.
#pragma once

#include <boost/crc.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "ngram/estimate.h"
#include "ngram/output_file.h"

namespace seq::ngram {

/// Writes counts; the file appears at finish().
class CountsWriter {
 public:
  CountsWriter(const std::string& path, int order, const std::vector<std::string>& words);
  /// `backwards` is the n-gram from its last word to its first, of which `shared` are as in the one before.
  void add(std::span<const WordId> backwards, int shared, uint32_t count);
  void finish();

 private:
  void number(uint64_t value);
  template <class T>
  void fixed(T value);
  void flush();

  OutputFile file_;
  std::string buffer_;
  boost::crc_32_type crc_;
  uint64_t grams_ = 0;
};

/// Reads counts. Throws Error for what is no counts file, is damaged or cut short, the latter two from next() at the
/// end too.
class CountsReader {
 public:
  explicit CountsReader(const std::string& path);
  int order() const { return order_; }
  const std::vector<std::string>& words() const { return words_; }
  /// The next n-gram from its last word to its first; false at the end.
  bool next(std::vector<WordId>& backwards, uint32_t& count);

 private:
  unsigned char byte();
  uint64_t number(uint64_t most);
  template <class T>
  T fixed();
  [[noreturn]] void damaged(const std::string& why) const;

  std::string name_;
  InputStream input_;
  std::string_view block_;
  size_t at_ = 0;
  boost::crc_32_type crc_;
  int order_ = 0;
  std::vector<std::string> words_;
  std::vector<WordId> last_;
  uint64_t grams_ = 0;
};

/// Counts the n-grams of texts up to `options.order` into a file; limits and smoothing are for later.
void count_into(const std::string& path, const std::vector<std::string>& texts, const EstimateOptions& options,
                const Work& work);

/// Adds up counts files of one order: the result is that of the texts one after another.
void merge_counts(const std::string& path, const std::vector<std::string>& counts, const EstimateOptions& options,
                  const Work& work);

}  // namespace seq::ngram
