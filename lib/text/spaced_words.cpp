// Cutting behind white space.
#include "text/spaced_words.h"

namespace seq {
namespace {

constexpr size_t kPiece = size_t{1} << 18;
constexpr std::string_view kSpaces = " \n\t\r\v\f";

}  // namespace

bool SpacedPieces::next(std::string& piece) {
  piece.clear();
  size_t wanted = kPiece;
  while (!ended_) {
    if (rest_.size() >= wanted) {
      const size_t space = rest_.find_last_of(kSpaces);
      if (space != std::string::npos) {
        piece.assign(rest_, 0, space + 1);
        rest_.erase(0, space + 1);
        return true;
      }
      wanted = 2 * rest_.size();  // a word of any length is not searched again and again
    }
    const std::string_view block = reader_.next_block();
    bytes_ += static_cast<int64_t>(block.size());
    progress_(bytes_);
    ended_ = block.empty();
    if (name_ != reader_.name() && !name_.empty()) rest_ += '\n';  // another file begins another line
    name_ = reader_.name();
    rest_ += block;
  }
  piece.swap(rest_);
  rest_.clear();
  return !piece.empty();
}

}  // namespace seq
