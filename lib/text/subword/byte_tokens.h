// The tokens `<0x00>` … `<0xFF>`, which stand for bytes of characters that a vocabulary lacks.
#pragma once

#include <fmt/format.h>

#include <array>

#include "text/vocabulary.h"

namespace seq {

/// How the token of a byte is spelt.
inline std::string byte_token(size_t byte) {
  return fmt::format("<0x{:02X}>", byte);
}

/// The id of each byte's token, kNoToken for those that the vocabulary lacks.
inline std::array<int32_t, 256> find_byte_tokens(const Vocabulary& vocabulary) {
  std::array<int32_t, 256> ids{};
  for (size_t byte = 0; byte < ids.size(); ++byte) ids[byte] = vocabulary.find(byte_token(byte));
  return ids;
}

}  // namespace seq
