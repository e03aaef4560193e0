// The bytes of counts files.
#include "ngram/counts_file.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "text/lines.h"

namespace seq::ngram {
namespace {

constexpr std::string_view kMagic = "SEQCOUNT";
constexpr uint32_t kVersion = 1;
constexpr size_t kBuffer = 1 << 18;
constexpr uint64_t kLongestWord = 1 << 30;

}  // namespace

CountsWriter::CountsWriter(const std::string& path, int order, const std::vector<std::string>& words)
    : file_(OutputFile::packed(path)) {
  buffer_ = kMagic;
  fixed(kVersion);
  fixed(static_cast<uint32_t>(order));
  fixed(static_cast<uint64_t>(words.size()));
  for (const std::string& word : words) {
    number(word.size());
    buffer_ += word;
    if (buffer_.size() > kBuffer) flush();
  }
}

void CountsWriter::add(std::span<const WordId> backwards, int shared, uint32_t count) {
  number(static_cast<uint64_t>(shared) + 1);
  for (const WordId word : backwards.subspan(static_cast<size_t>(shared))) number(word);
  number(count);
  ++grams_;
  if (buffer_.size() > kBuffer) flush();
}

void CountsWriter::finish() {
  number(0);
  fixed(grams_);
  flush();
  fixed(static_cast<uint32_t>(crc_.checksum()));
  flush();
  file_.commit();
}

void CountsWriter::number(uint64_t value) {
  for (; value >= 0x80; value >>= 7) buffer_ += static_cast<char>(value | 0x80);
  buffer_ += static_cast<char>(value);
}

template <class T>
void CountsWriter::fixed(T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  buffer_.append(bytes, sizeof value);
}

void CountsWriter::flush() {
  crc_.process_bytes(buffer_.data(), buffer_.size());
  file_.write(buffer_);
  buffer_.clear();
}

CountsReader::CountsReader(const std::string& path) : name_(shown_name(path)), input_(path) {
  for (const char expected : kMagic)
    if ((at_ == block_.size() && (block_ = input_.next_block()).empty()) ||
        byte() != static_cast<unsigned char>(expected))
      throw Error(name_ + ": no counts file (expected one of `seqtool ngram count`)");
  const auto version = fixed<uint32_t>();
  if (version != kVersion)
    throw Error(fmt::format("{}: counts of version {}, this program reads {}", name_, version, kVersion));
  const auto order = fixed<uint32_t>();
  if (order < 1 || order > static_cast<uint32_t>(kMaxOrder)) damaged("its order is out of range");
  order_ = static_cast<int>(order);
  const auto words = fixed<uint64_t>();
  if (words < 3 || words > std::numeric_limits<WordId>::max()) damaged("its number of words is out of range");
  for (uint64_t i = 0; i < words; ++i) {
    std::string word;
    for (uint64_t left = number(kLongestWord); left > 0; --left) word += static_cast<char>(byte());
    words_.push_back(std::move(word));
  }
  if (words_[kUnknownWord] != "<unk>" || words_[kBeginSentence] != "<s>" || words_[kEndSentence] != "</s>")
    damaged("its first words are not <unk>, <s>, </s>");
  last_.assign(order, kBeginSentence);
}

bool CountsReader::next(std::vector<WordId>& backwards, uint32_t& count) {
  const uint64_t shared = number(static_cast<uint64_t>(order_) + 1);
  if (shared == 0) {
    if (fixed<uint64_t>() != grams_) damaged("its number of n-grams is another one");
    const uint32_t sum = crc_.checksum();
    if (fixed<uint32_t>() != sum) damaged("its checksum is another one");
    return false;
  }
  for (size_t j = shared - 1; j < last_.size(); ++j) last_[j] = static_cast<WordId>(number(words_.size() - 1));
  bool inside = false;  // of a sentence: what stands before <s> can only be <s>
  for (size_t j = last_.size(); j-- > 0;) {
    if (last_[j] != kBeginSentence) inside = true;
    if ((inside && last_[j] == kBeginSentence) || (j > 0 && last_[j] == kEndSentence)) damaged("an n-gram is none");
  }
  if (!inside) damaged("an n-gram is none");
  count = static_cast<uint32_t>(number(UINT32_MAX));
  if (count == 0) damaged("a count is 0");
  ++grams_;
  backwards = last_;
  return true;
}

unsigned char CountsReader::byte() {
  if (at_ == block_.size()) {
    block_ = input_.next_block();
    at_ = 0;
    if (block_.empty()) damaged("it ends too early");
  }
  const auto value = static_cast<unsigned char>(block_[at_++]);
  crc_.process_byte(value);
  return value;
}

uint64_t CountsReader::number(uint64_t most) {
  uint64_t value = 0;
  for (int shift = 0; shift < 63; shift += 7) {
    const unsigned char part = byte();
    value |= static_cast<uint64_t>(part & 0x7F) << shift;
    if (part >= 0x80) continue;
    if (value > most) damaged("a number is out of range");
    return value;
  }
  damaged("a number is out of range");
}

template <class T>
T CountsReader::fixed() {
  char bytes[sizeof(T)];
  for (char& c : bytes) c = static_cast<char>(byte());
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void CountsReader::damaged(const std::string& why) const {
  throw Error(name_ + ": damaged counts file: " + why);
}

}  // namespace seq::ngram
