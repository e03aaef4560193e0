// Labels in the order of their probabilities.
#include "models/classifier/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

namespace seq::classifier {

void AnswerWriter::add(std::span<const float> probabilities, const Json& more, std::string& out) {
  const auto probability = [&](int32_t label) { return probabilities[static_cast<size_t>(label)]; };
  order_.resize(probabilities.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(), [&](int32_t a, int32_t b) { return probability(a) > probability(b); });
  size_t given = std::min(order_.size(), static_cast<size_t>(request_.top_k));
  if (features_.options.multi_label && request_.top_k == 1) {  // all that hold
    given = 0;
    while (given < order_.size() && probability(order_[given]) >= 0.5F) ++given;
  }
  if (request_.json) {
    Json answers = Json::array();
    for (size_t i = 0; i < given; ++i)
      answers.push_back(
          {{"label", features_.labels.name(order_[i])}, {"probability", static_cast<double>(probability(order_[i]))}});
    Json line = {{"labels", std::move(answers)}};
    line.update(more);
    out += line.dump(-1, ' ', false, Json::error_handler_t::replace);
  } else {
    for (size_t i = 0; i < given; ++i)
      fmt::format_to(std::back_inserter(out), "{}{}\t{:.6f}", i == 0 ? "" : "\t", features_.labels.name(order_[i]),
                     probability(order_[i]));
  }
  out += '\n';
}

std::string refusal(std::string_view line, int64_t number) {
  const size_t bad = find_invalid_utf8(line);
  if (bad == std::string_view::npos) return {};
  return fmt::format("line {}: not valid UTF-8 (0x{:02x}): no answer", number, static_cast<unsigned char>(line[bad]));
}

std::string refusal(const std::exception& error, int64_t number) {
  return fmt::format("line {}: {}: no answer", number, error.what());
}

}  // namespace seq::classifier
