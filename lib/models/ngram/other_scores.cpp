// Reading scores.
#include "models/ngram/other_scores.h"

#include <fmt/format.h>

#include <charconv>
#include <numbers>

#include "base/error.h"

namespace seq {
namespace {

constexpr const char* kRemedy = "(write it by seqtool score OTHER --per-token on the same text)";

}  // namespace

const std::vector<double>& OtherScores::next(size_t count) {
  std::string_view line;
  if (!lines_.next(line)) throw RunError(fmt::format("{}: fewer lines than the text {}", name_, kRemedy));
  log10_.clear();
  size_t at = 0;
  while (log10_.size() < count) {
    while (at < line.size() && line[at] == ' ') ++at;
    double natural = 0;
    const auto read = std::from_chars(line.data() + at, line.data() + line.size(), natural);
    if (read.ec != std::errc() || !(natural <= 0))
      throw RunError(fmt::format("{}:{}: expected {} log-probabilities, one for each word and the line's end {}", name_,
                                 lines_.number(), count, kRemedy));
    at = static_cast<size_t>(read.ptr - line.data());
    while (at < line.size() && line[at] != ' ') ++at;  // the matched order, if it is there
    log10_.push_back(natural / std::numbers::ln10);
  }
  if (line.find_first_not_of(' ', at) != std::string_view::npos)
    throw RunError(fmt::format("{}:{}: more than {} log-probabilities {}", name_, lines_.number(), count, kRemedy));
  return log10_;
}

void OtherScores::finish() {
  std::string_view line;
  if (lines_.next(line))
    throw RunError(fmt::format("{}:{}: more lines than the text {}", name_, lines_.number(), kRemedy));
}

}  // namespace seq
