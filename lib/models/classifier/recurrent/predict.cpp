// A pool of lines: tokens on all threads, batches by length, answers in the order of the lines.
// B = texts
#include "models/classifier/recurrent/predict.h"

#include <algorithm>
#include <numeric>
#include <ostream>

#include "base/error.h"
#include "base/parallel.h"
#include "models/classifier/answers.h"
#include "models/classifier/recurrent/batches.h"
#include "nn/packed_steps.h"
#include "train/evaluate.h"

namespace seq::classifier {
namespace {

using classify::EncodedExample;

constexpr size_t kLines = 4096, kBytes = 4 << 20;  // of a pool

/// A line on its way through.
struct Line {
  std::string text;
  EncodedExample tokens;
  std::string warning;  ///< why it gets no answer; empty: it gets one
  std::vector<float> probabilities;
  std::vector<float> attention;  ///< of each token
};

class Pool {
 public:
  Pool(RecurrentModel& model, const TextFeatures& features, const PredictSettings& settings)
      : model_(model), features_(features), settings_(settings), writer_(features, settings.request) {
    for (int thread = 0; thread < settings.threads; ++thread) makers_.push_back(features.maker());
  }

  /// False at the end of the lines.
  bool read(LineReader& reader, size_t most_lines) {
    lines_.clear();
    first_number_ = reader.number() + 1;
    size_t bytes = 0;
    for (std::string_view line; lines_.size() < most_lines && bytes < kBytes && reader.next(line);) {
      lines_.emplace_back().text = line;
      bytes += line.size();
    }
    return !lines_.empty();
  }

  void answer() {
    tokenize();
    std::vector<int64_t> order;
    for (size_t i = 0; i < lines_.size(); ++i)
      if (lines_[i].warning.empty()) order.push_back(static_cast<int64_t>(i));
    const auto length = [&](int64_t i) { return static_cast<int64_t>(line(i).tokens.features.size()); };
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return length(a) > length(b); });
    std::vector<int64_t> lengths(order.size());
    std::transform(order.begin(), order.end(), lengths.begin(), length);
    size_t begin = 0;
    for (const size_t end : batch_ends(lengths, settings_.batch_size)) {
      answer_batch(
          {order.begin() + static_cast<std::ptrdiff_t>(begin), order.begin() + static_cast<std::ptrdiff_t>(end)});
      begin = end;
    }
  }

  void write(Log& log, std::ostream& out) {
    std::string answers;
    for (const Line& line : lines_) {
      if (line.warning.empty()) {
        writer_.add(line.probabilities, more(line), answers);
      } else {
        log.warn(line.warning);
        answers += '\n';
      }
    }
    out << answers;
    if (!out) throw RunError("stdout: cannot be written");
  }

 private:
  Line& line(int64_t index) { return lines_[static_cast<size_t>(index)]; }

  void tokenize() {
    parallel_for(settings_.threads, lines_.size(), [&](size_t i, size_t thread) {
      Line& one = lines_[i];
      const int64_t number = first_number_ + static_cast<int64_t>(i);
      one.warning = refusal(one.text, number);
      if (!one.warning.empty()) return;
      try {
        makers_[thread].make(one.text, one.tokens.features);
      } catch (const UnknownCharacter& error) {
        one.warning = refusal(error, number);
      }
    });
  }

  void answer_batch(const std::vector<int64_t>& indices) {
    std::vector<EncodedExample> texts;
    texts.reserve(indices.size());
    for (const int64_t index : indices) texts.push_back(line(index).tokens);
    const int32_t labels = features_.labels.size();
    const Answered answered = model_.answer(train::on_device(pack_texts(texts, indices, labels), settings_.device));
    const auto* probabilities = answered.probabilities.const_data_ptr<float>();
    for (const int64_t index : indices) {
      line(index).probabilities.assign(probabilities, probabilities + labels);
      probabilities += labels;
    }
    if (settings_.request.json && answered.attention.defined()) spread_attention(indices, answered.attention);
  }

  /// Packed weights back to the lines, which are sorted longest first.
  void spread_attention(const std::vector<int64_t>& indices, const Tensor& attention) {
    const auto* weight = attention.const_data_ptr<float>();
    size_t active = indices.size();
    for (size_t t = 0;; ++t) {
      while (active > 0 && line(indices[active - 1]).tokens.features.size() <= t) --active;
      if (active == 0) return;
      for (size_t b = 0; b < active; ++b) line(indices[b]).attention.push_back(*weight++);
    }
  }

  Json more(const Line& line) const {
    if (!settings_.request.json) return Json::object();
    Json fields = {{"features", line.tokens.features.size()}};
    if (features_.options.pooling != "attention") return fields;
    Json tokens = Json::array();
    for (const uint32_t id : line.tokens.features)
      tokens.push_back(features_.tokenizer->vocabulary().token(static_cast<int32_t>(id)));
    fields["tokens"] = std::move(tokens);
    fields["attention"] = line.attention;
    return fields;
  }

  RecurrentModel& model_;
  const TextFeatures& features_;
  const PredictSettings& settings_;
  AnswerWriter writer_;
  std::vector<classify::FeatureMaker> makers_;  ///< by thread
  std::vector<Line> lines_;
  int64_t first_number_ = 1;
};

}  // namespace

void predict_lines(RecurrentModel& model, const TextFeatures& features, const PredictSettings& settings,
                   const Session& session, const std::string& in, std::ostream& out) {
  const bool unbuffered = (out.flags() & std::ios::unitbuf) != 0;  // somebody types and waits for the answer
  Pool pool(model, features, settings);
  LineReader lines(in);
  while (pool.read(lines, unbuffered ? 1 : kLines)) {
    pool.answer();
    pool.write(*session.log, out);
  }
  out.flush();
}

}  // namespace seq::classifier
