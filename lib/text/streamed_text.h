// A text that comes in blocks, cut where a tokenizer gives the parts the ids of the whole.
#pragma once

#include <string>
#include <string_view>

#include "text/tokenizer.h"

namespace seq {

/// Holds back what the text may yet go on with. Memory is that of a few blocks, or of the longest stretch in which the
/// tokenizer allows no cut.
class StreamedText {
 public:
  /// `tokenizer` must outlive it.
  explicit StreamedText(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  /// Calls `use(part, place)` with what is complete.
  template <class Use>
  void add(std::string_view block, const Use& use) {
    pending_ += block;
    if (pending_.size() < wanted_) return;
    const TextCut cut = tokenizer_.last_cut(pending_);
    wanted_ = cut.at == 0 ? 2 * pending_.size() : kBlock;
    if (cut.at == 0) return;
    pieces(std::string_view(pending_).substr(0, cut.at), use);
    pending_.erase(0, cut.at);
    place_ = cut.next;
  }

  /// The rest; the next block begins a new text.
  template <class Use>
  void finish(const Use& use) {
    pieces(pending_, use);
    pending_.clear();
    wanted_ = kBlock;
    place_ = Place::start;
  }

 private:
  static constexpr size_t kBlock = size_t{1} << 18;
  static constexpr size_t kPiece = size_t{1} << 14;  ///< what a cache of the processor holds

  template <class Use>
  void pieces(std::string_view text, const Use& use) {
    while (!text.empty()) {
      TextCut cut{text.size(), Place::inside};
      if (text.size() > kPiece) {
        size_t size = kPiece;
        while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
        cut = tokenizer_.last_cut(text.substr(0, size));
        if (cut.at == 0) cut = {text.size(), Place::inside};
      }
      use(text.substr(0, cut.at), place_);
      text.remove_prefix(cut.at);
      place_ = cut.next;
    }
  }

  const Tokenizer& tokenizer_;
  std::string pending_;
  size_t wanted_ = kBlock;
  Place place_ = Place::start;
};

}  // namespace seq
