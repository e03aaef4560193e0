// Reading files in blocks.
#include "text/pipe/blocks.h"

#include <algorithm>

#include "text/lines.h"

namespace seq {

bool LineBlocks::next(TextBlock& block) {
  block.text.clear();
  block.starts_text = false;
  while (block.text.empty()) {
    if (input_ == nullptr) {
      if (file_ == files_.size()) return false;
      input_ = std::make_unique<InputStream>(files_[file_]);
      name_ = shown_name(files_[file_++]);
      line_ = 1;
      at_start_ = block.starts_text = true;
    }
    fill(block.text);
  }
  block.ends_text = input_ == nullptr;
  block.file = name_;
  block.first_line = line_;
  line_ += std::count(block.text.begin(), block.text.end(), '\n');
  return true;
}

/// All that the next blocks of input complete; at the end of the file what is left.
void LineBlocks::fill(std::string& text) {
  constexpr size_t kLeast = 1 << 14;
  text.swap(carry_);
  carry_.clear();
  for (;;) {
    const std::string_view block = input_->next_block();
    if (block.empty()) {
      input_.reset();
      break;
    }
    const size_t end = block.find_last_of(ends_);
    const bool enough = end != std::string_view::npos && (text.size() + end >= kLeast || options_.flush_each_line);
    text += block.substr(0, enough ? end + 1 : block.size());
    if (!enough) continue;
    carry_ = block.substr(end + 1);
    if (carry_.empty() && ends_ != "\n") {  // a block of a text that is cut inside should know that it ends it
      carry_ = input_->next_block();
      if (carry_.empty()) input_.reset();
    }
    break;
  }
  if (at_start_ && text.starts_with("\uFEFF")) text.erase(0, 3);
  at_start_ = at_start_ && text.empty();
}

bool WholeTexts::next(TextBlock& block) {
  while (ready_.empty()) {
    if (reader_ == nullptr) {
      if (file_ == files_.size()) return false;
      reader_ = std::make_unique<TextReader>(std::vector{files_[file_++]}, invalid_);
      starts_ = true;
    }
    read_more();
  }
  block = std::move(ready_.front());
  ready_.pop_front();
  return true;
}

void WholeTexts::read_more() {
  const auto keep = [this](std::string_view part, Place place) {
    ready_.push_back({std::string(part), reader_->name(), 1, place, starts_, false});
    starts_ = false;
  };
  std::string_view block = reader_->next_block();
  if (parts_ == TextParts::one) {
    std::string text;
    for (; !block.empty(); block = reader_->next_block()) text += block;
    keep(text, Place::start);
  } else if (!block.empty()) {
    text_.add(block, keep);
    return;
  } else {
    text_.finish(keep);
    if (ready_.empty()) keep("", Place::inside);
  }
  ready_.back().ends_text = true;
  reader_.reset();
}

}  // namespace seq
