// The two-way table between tokens and ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace seq {

/// An id that stands for no token.
inline constexpr int32_t kNoToken = -1;

/// Tokens in the order of their ids; special tokens first.
class Vocabulary {
 public:
  /// Adds a token, or gives the id that it already has.
  int32_t add(std::string_view token);
  /// kNoToken when it is absent.
  int32_t find(std::string_view token) const;
  const std::string& token(int32_t id) const { return tokens_[static_cast<size_t>(id)]; }
  int32_t size() const { return static_cast<int32_t>(tokens_.size()); }

  /// The special tokens, kNoToken when the vocabulary has none.
  int32_t unknown = kNoToken;
  int32_t begin = kNoToken;
  int32_t end = kNoToken;
  int32_t separator = kNoToken;
  int32_t padding = kNoToken;
  bool is_special(int32_t id) const {
    return id != kNoToken && (id == unknown || id == begin || id == end || id == separator || id == padding);
  }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::vector<std::string> tokens_;
  std::unordered_map<std::string, int32_t, Hash, std::equal_to<>> ids_;
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
