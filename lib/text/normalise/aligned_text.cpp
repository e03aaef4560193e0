// Bookkeeping of origins.
#include "text/normalise/aligned_text.h"

#include <algorithm>

#include "base/error.h"
#include "text/utf8.h"

namespace seq {

void AlignedText::reset(std::string_view original, Tracking tracking, uint32_t start) {
  text.assign(original);
  origins.clear();
  tracked = tracking == Tracking::on;
  at_start = start == 0;
  if (!tracked) return;
  if (original.size() > UINT32_MAX - start) throw Error("a text of more than 4 GiB has no offsets (cut it into lines)");
  origins.reserve(original.size());
  for (size_t i = 0; i < original.size();) {
    const size_t from = i;
    next_code_point(original, i);
    const Range range{start + static_cast<uint32_t>(from), start + static_cast<uint32_t>(i)};
    origins.insert(origins.end(), i - from, range);
  }
}

void Rewrite::keep(size_t bytes) {
  out_.append(text_.text, position_, bytes);
  if (text_.tracked) {
    const auto from = text_.origins.begin() + static_cast<std::ptrdiff_t>(position_);
    origins_.insert(origins_.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
  }
  position_ += bytes;
}

void Rewrite::replace(int32_t code_point, size_t bytes) {
  const size_t before = out_.size();
  append_utf8(code_point, out_);
  if (text_.tracked) origins_.insert(origins_.end(), out_.size() - before, text_.origins[position_]);
  position_ += bytes;
}

void Rewrite::insert(std::string_view inserted) {
  out_ += inserted;
  if (text_.tracked)
    origins_.insert(origins_.end(), inserted.size(), position_ > 0 ? text_.origins[position_ - 1] : Range{0, 0});
}

void Rewrite::finish() {
  keep(text_.text.size() - position_);
  text_.text.swap(out_);
  text_.origins.swap(origins_);
}

}  // namespace seq
