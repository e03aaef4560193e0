// Walking the double array of darts-clone, whose units hold an offset, a label and a mark for leaves.
#include "text/sentencepiece/charsmap.h"

#include <cstring>

#include "base/error.h"
#include "text/utf8.h"

namespace seq {
namespace {

constexpr size_t kUnit = sizeof(uint32_t);

uint32_t little_endian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = kUnit; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

bool has_leaf(uint32_t unit) {
  return (unit >> 8 & 1) != 0;
}
uint32_t label_of(uint32_t unit) {
  return unit & (1U << 31 | 0xFF);
}
uint32_t offset_of(uint32_t unit) {
  return unit >> 10 << ((unit & 1U << 9) >> 6);
}

}  // namespace

size_t longest_match(const Trie& trie, std::string_view text) {
  size_t longest = 0;
  uint32_t node = Trie::kRoot;
  for (size_t i = 0; i < text.size() && trie.step(node, text[i]); ++i)
    if (trie.value(node) != kNoToken) longest = i + 1;
  return longest;
}

Charsmap::Charsmap(CharsmapOptions options, Trie kept, const std::string& place)
    : options_(std::move(options)), kept_(std::move(kept)) {
  const std::string_view bytes = options_.charsmap;
  if (bytes.empty()) return;
  const size_t size = bytes.size() > kUnit ? little_endian(bytes) : 0;
  if (size < kUnit || size % kUnit != 0 || size >= bytes.size() - kUnit || bytes.back() != '\0')
    throw Error(place + ": precompiled_charsmap: damaged");
  units_ = bytes.substr(kUnit, size);
  replacements_ = bytes.substr(kUnit + size);
}

uint32_t Charsmap::unit(size_t index) const {
  // A damaged table may lead anywhere: there it ends, since no label has this bit.
  return index < units_.size() / kUnit ? little_endian(units_.substr(index * kUnit, kUnit)) : 1U << 31;
}

Charsmap::Step Charsmap::next(std::string_view text) const {
  if (const size_t kept = longest_match(kept_, text); kept > 0) return {text.substr(0, kept), kept};
  Step step{{}, 0};
  if (!units_.empty()) {
    size_t node = offset_of(unit(0));
    for (size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      node ^= byte;
      const uint32_t here = unit(node);
      if (label_of(here) != byte) break;
      node ^= offset_of(here);
      if (!has_leaf(here)) continue;
      const uint32_t value = unit(node) & ~(1U << 31);
      if (value >= replacements_.size()) continue;
      step = {replacements_.data() + value, i + 1};  // ends with a NUL
    }
  }
  if (step.consumed > 0) return step;
  size_t size = 0;
  next_code_point(text, size);
  return {text.substr(0, size), size};
}

void Charsmap::apply(std::string_view text, MappedText& normal) const {
  normal.text.clear();
  normal.origins.clear();
  size_t at = 0;
  const auto add = [&](std::string_view bytes, size_t origin) {
    normal.text += bytes;
    normal.origins.resize(normal.text.size(), static_cast<uint32_t>(origin));
  };
  const std::string_view space = options_.escape_whitespaces ? kSpaceMark : " ";
  const bool tidy = options_.remove_extra_whitespaces;
  while (tidy && at < text.size()) {
    const Step step = next(text.substr(at));
    if (step.text != " ") break;
    at += step.consumed;
  }
  if (at == text.size()) {
    normal.origins.push_back(static_cast<uint32_t>(at));
    return;
  }
  if (options_.add_dummy_prefix && !options_.whitespace_as_suffix) add(space, at);
  bool after_space = tidy;
  while (at < text.size()) {
    const Step step = next(text.substr(at));
    std::string_view part = step.text;
    while (after_space && part.starts_with(' ')) part.remove_prefix(1);
    for (const char& c : part) {
      if (c == ' ') {
        add(space, at);
      } else {
        add({&c, 1}, at);
      }
    }
    if (!part.empty()) after_space = part.ends_with(' ');
    at += step.consumed;
    if (!tidy) after_space = false;
  }
  while (tidy && normal.text.ends_with(space)) {
    at = normal.origins[normal.text.size() - space.size()];
    normal.text.resize(normal.text.size() - space.size());
    normal.origins.resize(normal.text.size());
  }
  if (options_.add_dummy_prefix && options_.whitespace_as_suffix) add(space, at);
  normal.origins.push_back(static_cast<uint32_t>(at));
}

}  // namespace seq
