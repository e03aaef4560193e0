// A binary model in memory: mapped from its file, or as bytes that were made here. Whatever the bytes are, views made
// from it stay inside them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "ngram/binary_format.h"

namespace seq::ngram {

class BinaryImage {
 public:
  /// Throws Error naming the file: missing, of another program, cut short, damaged, of a newer version. Only the header
  /// is read, so this takes well under a millisecond.
  explicit BinaryImage(const fs::path& path);
  BinaryImage(std::vector<std::byte> bytes, std::string name);

  const Header& header() const { return header_; }
  const std::string& name() const { return name_; }
  /// The values at an offset, which the header's checks have found to be inside.
  template <class T>
  const T* at(uint64_t offset) const {
    return reinterpret_cast<const T*>(data_.data() + offset);
  }
  /// Reads everything. Throws Error when a bit has changed since the file was written.
  void check_content() const;

  /// kUnknownWord for a word that the vocabulary lacks.
  WordId find(std::string_view word) const { return find_hash(hash_word(word)); }
  WordId find_hash(uint64_t hash) const {
    const WordSlot* slot = words_ + slot_of(hash, header_.word_slots);
    while (slot->hash < hash) ++slot;  // the last slot is empty, which is above every hash
    return slot->hash == hash && slot->id < header_.vocabulary_size ? slot->id : kUnknownWord;
  }
  void prefetch_word(uint64_t hash) const { __builtin_prefetch(words_ + slot_of(hash, header_.word_slots)); }
  /// The spelling of a word; empty for an id that is not in the vocabulary.
  std::string_view word(WordId id) const;

  /// True for the first bytes of a binary model.
  static bool is_binary(std::string_view bytes);

 private:
  void check();
  void check_section(uint64_t offset, uint64_t count, uint64_t bits, const char* what) const;
  [[noreturn]] void refuse(const std::string& why) const;

  std::string name_;
  std::optional<MappedFile> file_;
  std::vector<std::byte> memory_;
  std::span<const std::byte> data_;
  Header header_;
  const WordSlot* words_ = nullptr;
};

/// True when the file begins as a binary model does. Throws Error when it cannot be read.
bool is_binary_model(const fs::path& path);

}  // namespace seq::ngram
