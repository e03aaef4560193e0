// Pre-tokenizers that change the text: ByteLevel and Metaspace.
#include "text/pre_tokenise/rewriting.h"

#include "base/error.h"
#include "text/pre_tokenise/gpt2.h"
#include "text/pre_tokenise/splitting.h"
#include "text/tokenizer_json.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace seq {
namespace {

/// A new text made of words, one after another.
class WordsWriter {
 public:
  explicit WordsWriter(Words& words) : words_(words) {}
  /// Text that has the origin of the byte at `source` in the old one.
  void add(std::string_view text, size_t source) {
    out_ += text;
    if (words_.text.tracked) origins_.insert(origins_.end(), text.size(), words_.text.origins[source]);
  }
  void end_word() {
    const auto end = static_cast<uint32_t>(out_.size());
    ranges_.push_back({begin_, end});
    begin_ = end;
  }
  void finish() {
    words_.text.text.swap(out_);
    words_.text.origins.swap(origins_);
    words_.ranges.swap(ranges_);
  }

 private:
  Words& words_;
  std::string out_;
  std::vector<Range> origins_;
  std::vector<Range> ranges_;
  uint32_t begin_ = 0;
};

}  // namespace

void ByteLevel::apply(Words& words) const {
  if (prefix_) {
    WordsWriter writer(words);
    for (const Range range : words.ranges) {
      if (words.text.text[range.begin] != ' ') writer.add(" ", range.begin);
      for (uint32_t i = range.begin; i < range.end; ++i) writer.add({&words.text.text[i], 1}, i);
      writer.end_word();
    }
    writer.finish();
  }
  if (regex_)
    split_words(words, SplitBehaviour::isolated, false, [](std::string_view word, const auto& use) {
      for (size_t at = 0, end = 0; at < word.size(); at = end) use(at, end = gpt2_match(word, at));
    });
  const auto& alphabet = byte_alphabet();
  WordsWriter writer(words);
  for (const Range range : words.ranges) {
    for (uint32_t i = range.begin; i < range.end; ++i)
      writer.add(alphabet[static_cast<unsigned char>(words.text.text[i])], i);
    writer.end_word();
  }
  writer.finish();
}

Json ByteLevel::to_json() const {
  return {{"type", "ByteLevel"}, {"add_prefix_space", prefix_}, {"trim_offsets", trim_}, {"use_regex", regex_}};
}

void ByteLevel::restrict(Locality& locality) const {
  if (!locality.before_space) {
    if (!regex_) return locality.forbid();
    locality.before_space = true;
    locality.before_newline = true;
    locality.runs_matter = true;
  }
  if (prefix_) locality.before_newline = false;
}

Metaspace::Metaspace(int32_t replacement, Prepend prepend, bool split)
    : replacement_(replacement), prepend_(prepend), split_(split) {
  append_utf8(replacement, text_);
}

void Metaspace::apply(Words& words) const {
  WordsWriter writer(words);
  const bool whole = words.ranges.size() == 1 && words.ranges[0].begin == 0;
  for (const Range range : words.ranges) {
    const std::string_view word = words.word(range);
    const bool first = words.text.at_start &&
                       (words.text.tracked && !whole ? words.text.origins[range.begin].begin == 0 : range.begin == 0);
    const bool marked = word.starts_with(' ') || word.starts_with(text_);
    if (!marked && (prepend_ == Prepend::always || (prepend_ == Prepend::first && first)))
      writer.add(text_, range.begin);
    for (uint32_t i = range.begin; i < range.end; ++i)
      writer.add(words.text.text[i] == ' ' ? std::string_view(text_) : std::string_view(&words.text.text[i], 1), i);
    writer.end_word();
  }
  writer.finish();
  if (split_)
    split_words(words, SplitBehaviour::merged_with_next, false, [&](std::string_view word, const auto& use) {
      for (size_t at = 0; (at = word.find(text_, at)) != std::string_view::npos; at += text_.size())
        use(at, at + text_.size());
    });
}

Json Metaspace::to_json() const {
  const char* const schemes[] = {"always", "first", "never"};
  return {{"type", "Metaspace"},
          {"replacement", text_},
          {"prepend_scheme", schemes[static_cast<int>(prepend_)]},
          {"split", split_}};
}

void Metaspace::restrict(Locality& locality) const {
  if (!locality.before_space) {
    if (!split_ || replacement_ < 0x80) return locality.forbid();
    locality.before_space = true;
  }
  locality.before_newline = false;
}

Metaspace Metaspace::from_json(const Json& json, const std::string& place) {
  const std::string text = member(json, "replacement").is_null() ? "\u2581" : require_text(json, "replacement", place);
  size_t end = 0;
  if (text.empty() || next_code_point(text, end) < 0 || end != text.size())
    throw Error(place + ".replacement: not one character");
  size_t position = 0;
  const std::string scheme =
      member(json, "prepend_scheme").is_null() ? "always" : require_text(json, "prepend_scheme", place);
  if (scheme != "always" && scheme != "first" && scheme != "never")
    throw Error(place + ".prepend_scheme: expected always, first or never");
  Prepend prepend = scheme == "always" ? Prepend::always : scheme == "first" ? Prepend::first : Prepend::never;
  if (!read_flag(json, "add_prefix_space", true, place)) prepend = Prepend::never;  // files of older versions
  return {next_code_point(text, position), prepend, read_flag(json, "split", true, place)};
}

}  // namespace seq
