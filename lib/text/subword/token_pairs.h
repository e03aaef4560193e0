// A list of pairs of tokens, the merges of a file.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seq {

/// One string holds them all: two strings for each of 30,000 merges would take a third of the time in which a short run
/// of the program starts.
class TokenPairs {
 public:
  using Pair = std::pair<std::string_view, std::string_view>;
  TokenPairs() = default;
  TokenPairs(std::initializer_list<Pair> pairs) {
    for (const auto& [left, right] : pairs) add(left, right);
  }
  void add(std::string_view left, std::string_view right) {
    text_.append(left).append(right);
    ends_.push_back({text_.size() - right.size(), text_.size()});
  }
  size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  Pair operator[](size_t i) const {
    const std::string_view all = text_;
    const size_t begin = i == 0 ? 0 : ends_[i - 1].right;
    return {all.substr(begin, ends_[i].left - begin), all.substr(ends_[i].left, ends_[i].right - ends_[i].left)};
  }

 private:
  struct Ends {
    size_t left, right;
  };
  std::string text_;
  std::vector<Ends> ends_;
};

}  // namespace seq
