// A text that is being rewritten, and where in the original each of its bytes comes from.
//
//   AlignedText text("Fée", Tracking::on);
//   Rewrite rewrite(text);
//   rewrite.replace('f', 1);       // F becomes f
//   rewrite.replace('e', 2);       // é becomes e; both have the origin [1, 3)
//   rewrite.finish();              // what is left stays
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seq {

/// A stretch of a text, in bytes.
struct Range {
  uint32_t begin;
  uint32_t end;
  bool operator==(const Range&) const = default;
};

/// Whether origins are kept: they cost ten times the text's memory, and only offsets need them.
enum class Tracking { off, on };

/// The text, and for each of its bytes the stretch of the original that it stands for.
struct AlignedText {
  AlignedText() = default;
  /// A fresh text: each byte comes from its whole character. `start` is where it begins in the original.
  AlignedText(std::string_view original, Tracking tracking, uint32_t start = 0) { reset(original, tracking, start); }
  void reset(std::string_view original, Tracking tracking, uint32_t start = 0);

  std::string text;
  std::vector<Range> origins;  ///< one for each byte of `text`; empty unless `tracked`
  bool tracked = false;
  bool at_start = true;  ///< false for what follows a token that was found in the text
};

/// One pass over a text from left to right that replaces its content. The rules for origins are those of HF tokenizers:
/// what replaces takes the origin of the first byte replaced, what is inserted that of the byte before.
class Rewrite {
 public:
  explicit Rewrite(AlignedText& text) : text_(text) {}
  size_t position() const { return position_; }
  /// Goes past bytes that stay as they are.
  void keep(size_t bytes);
  /// A code point in place of the next bytes, of which there is at least one.
  void replace(int32_t code_point, size_t bytes);
  /// A text in place of no bytes.
  void insert(std::string_view inserted);
  void drop(size_t bytes) { position_ += bytes; }
  /// Keeps the rest and takes effect.
  void finish();
  /// Bytes written so far.
  size_t written() const { return out_.size(); }

 private:
  AlignedText& text_;
  size_t position_ = 0;
  std::string out_;
  std::vector<Range> origins_;
};

}  // namespace seq
