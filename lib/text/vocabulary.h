// The two-way table between tokens and ids.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seq {

/// An id that stands for no token.
inline constexpr int32_t kNoToken = -1;

/// Tokens in the order of their ids. One string holds them all, and the table of hashes is flat, so that reading 30,000
/// tokens takes a millisecond and a copy next to nothing.
class Vocabulary {
 public:
  /// Adds a token, or gives the id that it already has.
  int32_t add(std::string_view token);
  /// kNoToken when it is absent.
  int32_t find(std::string_view token) const;
  /// Valid until the next token is added.
  std::string_view token(int32_t id) const {
    const auto index = static_cast<size_t>(id);
    return std::string_view(text_).substr(ends_[index], ends_[index + 1] - ends_[index]);
  }
  int32_t size() const { return static_cast<int32_t>(ends_.size()) - 1; }
  /// Makes room for so many tokens of so many bytes in all.
  void reserve(size_t tokens, size_t bytes);

  /// The special tokens, kNoToken when the vocabulary has none.
  int32_t unknown = kNoToken;
  int32_t begin = kNoToken;
  int32_t end = kNoToken;
  int32_t separator = kNoToken;
  int32_t padding = kNoToken;
  /// Special tokens without one of these roles: the user's own.
  std::vector<int32_t> other_specials;
  bool is_special(int32_t id) const {
    return id != kNoToken && (id == unknown || id == begin || id == end || id == separator || id == padding ||
                              std::find(other_specials.begin(), other_specials.end(), id) != other_specials.end());
  }

 private:
  size_t place(std::string_view token, uint32_t hash) const;
  void grow(size_t tokens);

  struct Slot {
    uint32_t hash;
    int32_t id = kNoToken;
  };
  std::string text_;
  std::vector<size_t> ends_ = {0};
  std::vector<Slot> slots_;  ///< a power of two of them, at most half in use
};

/// What a special token is for and how it is spelt.
struct SpecialToken {
  const char* role;      ///< in configs: `unk`
  const char* spelling;  ///< in vocabularies: `<unk>`
  int32_t Vocabulary::*id;
};

/// All special tokens, in the order in which a vocabulary holds them.
inline constexpr SpecialToken kSpecialTokens[] = {{"unk", "<unk>", &Vocabulary::unknown},
                                                  {"pad", "<pad>", &Vocabulary::padding},
                                                  {"bos", "<s>", &Vocabulary::begin},
                                                  {"eos", "</s>", &Vocabulary::end},
                                                  {"sep", "<sep>", &Vocabulary::separator}};

/// Adds the special tokens of these roles, each once, in the order of kSpecialTokens.
void add_special_tokens(Vocabulary& vocabulary, const std::vector<std::string>& roles);

}  // namespace seq
