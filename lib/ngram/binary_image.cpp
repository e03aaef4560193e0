// Loading of binary models.
#include "ngram/binary_image.h"

#include <sys/mman.h>

#include "base/error.h"

namespace seq::ngram {

BinaryImage::BinaryImage(const fs::path& path) : name_(path.string()), file_(path), data_(file_->bytes()) {
  check();
  void* const begin = const_cast<std::byte*>(data_.data());
  ::madvise(begin, data_.size(), MADV_HUGEPAGE);  // where the file system can
}

BinaryImage::BinaryImage(std::vector<std::byte> bytes, std::string name)
    : name_(std::move(name)), memory_(std::move(bytes)), data_(memory_) {
  check();
}

bool BinaryImage::is_binary(std::string_view bytes) {
  return bytes.substr(0, sizeof kMagic) == std::string_view(kMagic, sizeof kMagic);
}

void BinaryImage::refuse(const std::string& why) const {
  throw Error(name_ + ": " + why);
}

void BinaryImage::check_section(uint64_t offset, uint64_t count, uint64_t bits, const char* what) const {
  constexpr uint64_t kSpare = 8;
  const uint64_t size = data_.size();
  const bool inside = offset % 64 == 0 && offset >= kHeaderSize && offset <= size && count <= size * 8 / bits &&
                      (count * bits + 7) / 8 + kSpare <= size - offset;
  if (!inside) refuse(std::string("damaged: the ") + what + " leave the file");
}

void BinaryImage::check() {
  const std::string_view text(reinterpret_cast<const char*>(data_.data()), data_.size());
  if (!is_binary(text)) refuse("not a binary n-gram model");
  if (data_.size() < kHeaderSize) refuse("cut short");
  std::memcpy(&header_, data_.data(), sizeof header_);
  if (header_.byte_order != kByteOrder) refuse("made on a machine of the other byte order (make it here from ARPA)");
  if (header_.version != kFormatVersion)
    refuse("format " + std::to_string(header_.version) + ", this seqtool reads " + std::to_string(kFormatVersion) +
           " (make it again from ARPA)");
  if (header_.header_sum != header_sum(header_)) refuse("damaged: the header does not fit its checksum");
  if (header_.file_size != data_.size())
    refuse("cut short or grown: " + std::to_string(data_.size()) + " bytes, the header says " +
           std::to_string(header_.file_size));
  const bool hashed = header_.layout == static_cast<uint32_t>(Layout::hashed);
  if (!hashed && header_.layout != static_cast<uint32_t>(Layout::trie)) refuse("damaged: unknown layout");
  if (header_.order < 1 || header_.order > kMaxOrder) refuse("damaged: order " + std::to_string(header_.order));
  if (header_.vocabulary_size <= kEndSentence || header_.vocabulary_size > UINT32_MAX)
    refuse("damaged: size of the vocabulary");

  const uint64_t words = header_.vocabulary_size;
  check_section(header_.word_table, header_.all_word_slots, 8 * sizeof(WordSlot), "words' slots");
  check_section(header_.word_ends, words, 64, "words' ends");
  check_section(header_.words, header_.words_size, 8, "words");
  check_section(header_.unigrams, hashed ? words : words + 1,
                8 * (hashed ? sizeof(HashedUnigram) : sizeof(TrieUnigram)), "1-grams");
  words_ = at<WordSlot>(header_.word_table);
  if (header_.word_slots >= header_.all_word_slots || words_[header_.all_word_slots - 1].hash != kEmptySlot)
    refuse("damaged: the words' slots have no end");
  for (uint32_t order = 2; order <= header_.order; ++order) {
    const OrderHeader& current = header_.orders[order - 1];
    const bool longest = order == header_.order;
    if (hashed) {
      check_section(current.offset, current.all_slots, 8 * (longest ? sizeof(LongestSlot) : sizeof(MiddleSlot)),
                    "n-grams");
      if (current.slots >= current.all_slots) refuse("damaged: number of slots");
      const auto last = [&](auto* slots) { return slots[current.all_slots - 1].hash; };
      if ((longest ? last(at<LongestSlot>(current.offset)) : last(at<MiddleSlot>(current.offset))) != kEmptySlot)
        refuse("damaged: the slots have no end");
      continue;
    }
    const uint32_t bits = bits_for(words - 1) + 31 + (longest ? 0 : current.child_bits + current.backoff_bits);
    if (current.child_bits > 57 || current.backoff_bits > 32 || current.record_bits != bits || current.count >> 57 != 0)
      refuse("damaged: sizes of fields");
    check_section(current.offset, current.count + (longest ? 0 : 1), bits, "n-grams");  // 1 for the children's end
    if (current.values != 0) check_section(current.values, current.value_count, 32, "back-offs");
    if (current.values != 0 && current.value_count == 0) refuse("damaged: no back-offs");
  }
}

void BinaryImage::check_content() const {
  ContentSum sum;
  sum.add({reinterpret_cast<const char*>(data_.data()) + kHeaderSize, data_.size() - kHeaderSize});
  if (sum.value() != header_.content_sum) refuse("damaged: the content does not fit its checksum");
}

std::string_view BinaryImage::word(WordId id) const {
  if (id >= header_.vocabulary_size) return {};
  const auto* const ends = at<uint64_t>(header_.word_ends);
  const uint64_t end = std::min(ends[id], header_.words_size);
  const uint64_t begin = std::min(id == 0 ? 0 : ends[id - 1], end);
  return {at<char>(header_.words) + begin, end - begin};
}

bool is_binary_model(const fs::path& path) {
  if (path == "-") return false;
  const MappedFile file(path);
  return BinaryImage::is_binary(file.text());
}

}  // namespace seq::ngram
