// A classifier's answer to a text as a line of output.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "models/classifier/data.h"

namespace seq::classifier {

/// Writes answers as `predict` was asked to.
class AnswerWriter {
 public:
  AnswerWriter(const TextFeatures& features, const PredictRequest& request) : features_(features), request_(request) {}

  /// Appends a line: the most probable labels with their probabilities, or a JSON object, which gets `more` as well.
  void add(std::span<const float> probabilities, const Json& more, std::string& out);

 private:
  const TextFeatures& features_;
  const PredictRequest& request_;
  std::vector<int32_t> order_;
};

/// Why a line that was read gets an empty answer: bytes that are not UTF-8, say `line 3: not valid UTF-8 (0xff): no
/// answer`; empty when nothing is wrong with it.
std::string refusal(std::string_view line, int64_t number);

/// The same for what a tokenizer said of the line.
std::string refusal(const std::exception& error, int64_t number);

}  // namespace seq::classifier
