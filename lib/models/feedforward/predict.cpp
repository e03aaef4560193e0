// Answers to lines of numbers.
// R = rows, K = classes
#include "models/feedforward/predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <ostream>
#include <span>

#include "base/error.h"
#include "base/files.h"

namespace seq::feedforward {
namespace {

/// Appends the numbers of `0.5,1.2`; says what is wrong with the line, or nothing.
std::string add_numbers(std::string_view line, int64_t wanted, std::vector<double>& numbers) {
  const size_t before = numbers.size();
  std::string wrong;
  int64_t cell = 0;
  for (bool more = true; more && wrong.empty(); ++cell) {
    const size_t comma = line.find(',');
    const std::string_view text = line.substr(0, comma);
    double number = 0;
    if (cell < wanted && !numeric::parse_number(text, number)) wrong = fmt::format("cell {} is not a number", cell + 1);
    numbers.push_back(number);
    more = comma != std::string_view::npos;
    line.remove_prefix(more ? comma + 1 : line.size());
  }
  if (wrong.empty() && cell != wanted) wrong = fmt::format("{} cells, expected {}", cell, wanted);
  if (!wrong.empty()) numbers.resize(before);
  return wrong;
}

/// Lines that are answered at once.
struct Block {
  numeric::Part rows;
  std::vector<bool> good;  ///< by line: whether it is a row
};

class Answers {
 public:
  Answers(const numeric::Columns& columns, const PredictRequest& request) : columns_(columns), request_(request) {}

  /// The answer for one row. values [K] or [1]
  std::string line(std::span<const double> values) const {
    if (columns_.classes().empty())
      return request_.json ? Json{{"value", values[0]}}.dump() : fmt::format("{:.7g}", values[0]);
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] > values[b]; });
    order.resize(std::min(order.size(), static_cast<size_t>(request_.top_k)));
    return request_.json ? as_json(order, values) : as_columns(order, values);
  }

 private:
  std::string as_columns(const std::vector<size_t>& order, std::span<const double> values) const {
    std::string text;
    for (const size_t one : order)
      text += fmt::format("{}{}\t{:.6f}", text.empty() ? "" : "\t", columns_.classes()[one], values[one]);
    return text;
  }

  std::string as_json(const std::vector<size_t>& order, std::span<const double> values) const {
    Json labels = Json::array();
    for (const size_t one : order) labels.push_back({{"label", columns_.classes()[one]}, {"probability", values[one]}});
    return Json{{"labels", labels}}.dump();
  }

  const numeric::Columns& columns_;
  const PredictRequest& request_;
};

}  // namespace

void predict_lines(const numeric::Columns& columns, const std::function<at::Tensor(const numeric::Part&)>& answer,
                   const PredictRequest& request, Log& log, const std::string& in, std::ostream& out) {
  constexpr size_t kLines = 256;
  const bool typed = (out.flags() & std::ios::unitbuf) != 0;  // somebody types and waits for the answer
  const Answers answers(columns, request);
  LineReader lines(in);
  for (bool more = true; more;) {
    Block block;
    for (std::string_view line; block.good.size() < (typed ? 1 : kLines) && (more = lines.next(line));) {
      const std::string wrong = add_numbers(line, columns.count(), block.rows.inputs);
      if (!wrong.empty()) log.warn("line {}: {}: no answer", lines.number(), wrong);
      block.good.push_back(wrong.empty());
      block.rows.rows += wrong.empty();
    }
    block.rows.targets.assign(static_cast<size_t>(block.rows.rows), 0);
    const at::Tensor values = block.rows.rows > 0 ? answer(block.rows).contiguous() : at::Tensor();
    int64_t row = 0;
    for (const bool good : block.good) {
      if (good) {
        const auto width = static_cast<size_t>(values.size(1));
        out << answers.line({values.const_data_ptr<double>() + row++ * values.size(1), width});
      }
      out << '\n';
    }
    if (!out) throw RunError("stdout: cannot be written");
  }
  out.flush();
}

}  // namespace seq::feedforward
