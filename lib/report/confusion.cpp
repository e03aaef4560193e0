// Drawing confusion matrices.
#include "report/confusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/shortened.h"
#include "report/frame.h"
#include "report/html.h"

namespace seq {
namespace {

constexpr size_t kMostDrawn = 60;      // labels
constexpr size_t kReadAtAGlance = 12;  // labels; from there on the worst pairs are listed
constexpr size_t kMostPairs = 15;
constexpr size_t kLongestName = 22;  // bytes
constexpr double kLetter = 6.9;      // pixels a letter takes, about

/// `12`, `12k`: at most five letters.
std::string short_count(int64_t count) {
  if (count >= 10'000'000) return fmt::format("{}M", count / 1'000'000);
  return count >= 100'000 ? fmt::format("{}k", count / 1000) : std::to_string(count);
}

size_t letters(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Map {
 public:
  explicit Map(const Predictions& predictions) : predictions_(predictions), size_(predictions.labels.size()) {
    size_t longest = 0;
    names_.reserve(size_);
    for (const std::string& label : predictions.labels) {
      names_.push_back(shortened(label, kLongestName, "…"));
      longest = std::max(longest, letters(names_.back()));
    }
    const double length = kLetter * static_cast<double>(longest);
    cell_ = size_ <= 4 ? 92 : size_ <= kReadAtAGlance ? 58 : size_ <= 25 ? 36 : 16;
    height_ = size_ <= 4 ? 62 : size_ <= kReadAtAGlance ? 44 : size_ <= 25 ? 26 : 16;
    slanted_ = length > cell_ - 8;
    left_ = 32 + length;
    top_ = 30 + (slanted_ ? 0.72 * length + 14 : 12);
    right_ = left_ + cell_ * static_cast<double>(size_);
    bottom_ = top_ + height_ * static_cast<double>(size_);
    width_ = right_ + (slanted_ ? 0.72 * length + 8 : 8);
  }

  std::string svg() const {
    std::string out = fmt::format(
        "<svg class=\"heat\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" role=\"img\" "
        "aria-label=\"confusion matrix\">\n",
        width_, bottom_ + 6);
    out += svg_text((left_ + right_) / 2, 16, "title middle", "answer");
    out +=
        fmt::format("<text transform=\"translate(14 {:.1f}) rotate(-90)\" class=\"title middle\">true label</text>\n",
                    (top_ + bottom_) / 2);
    for (size_t i = 0; i < size_; ++i) out += names(i);
    for (size_t truth = 0; truth < size_; ++truth) out += row(truth);
    return out + "</svg>\n";
  }

 private:
  double x(size_t column) const { return left_ + cell_ * static_cast<double>(column); }
  double y(size_t row) const { return top_ + height_ * static_cast<double>(row); }

  std::string names(size_t i) const {
    const std::string title = "<title>" + escape_html(predictions_.labels[i]) + "</title>";
    const std::string name = title + escape_html(names_[i]);
    const double middle = x(i) + cell_ / 2;
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"tick end\">{}</text>", left_ - 7,
                       y(i) + height_ / 2 + 4, name) +
           (slanted_
                ? fmt::format("<text transform=\"translate({:.1f} {:.1f}) rotate(-45)\" class=\"tick\">{}</text>\n",
                              middle + 3, top_ - 7, name)
                : fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"tick middle\">{}</text>\n", middle, top_ - 8,
                              name));
  }

  std::string row(size_t truth) const {
    const std::vector<int64_t>& counts = predictions_.confusion[truth];
    const auto all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
    std::string out;
    for (size_t answer = 0; answer < size_; ++answer) {
      const int colour = truth == answer ? 0 : counts[answer] > 0 ? 1 : 7;
      const double share = all == 0 ? 0 : static_cast<double>(counts[answer]) / all;
      out += fmt::format(
          "<g class=\"c{}\"><title>{} taken for {}: {} ({:.1f} %)</title><rect x=\"{:.1f}\" y=\"{:.1f}\" "
          "width=\"{:.1f}\" height=\"{:.1f}\" style=\"--v:{:.3f}\"/>{}</g>\n",
          colour, escape_html(predictions_.labels[truth]), escape_html(predictions_.labels[answer]), counts[answer],
          100 * share, x(answer), y(truth), cell_ - 1.5, height_ - 1.5, std::sqrt(share),
          numbers(truth, answer, share));
    }
    return out;
  }

  std::string numbers(size_t truth, size_t answer, double share) const {
    const int64_t count = predictions_.confusion[truth][answer];
    if (size_ > 25 || (count == 0 && size_ > 4)) return "";
    const double middle = x(answer) + cell_ / 2 - 0.75, centre = y(truth) + height_ / 2 - 0.75;
    if (size_ > kReadAtAGlance) return svg_text(middle, centre + 4, "small middle", short_count(count));
    return svg_text(middle, centre - 2, "count middle", short_count(count)) +
           svg_text(middle, centre + 13, "small middle", fmt::format("{:.1f} %", 100 * share));
  }

  const Predictions& predictions_;
  size_t size_;
  std::vector<std::string> names_;
  double cell_ = 0, height_ = 0, left_ = 0, top_ = 0, right_ = 0, bottom_ = 0, width_ = 0;
  bool slanted_ = false;
};

}  // namespace

std::string confusion_map(const Predictions& predictions) {
  if (predictions.confusion.empty() || predictions.labels.size() > kMostDrawn) return "";
  return Map(predictions).svg();
}

std::string confused_pairs(const Predictions& predictions) {
  if (predictions.confusion.empty() || predictions.labels.size() <= kReadAtAGlance) return "";
  struct Pair {
    size_t truth, answer;
    int64_t count;
  };
  std::vector<Pair> pairs;
  for (size_t truth = 0; truth < predictions.labels.size(); ++truth)
    for (size_t answer = 0; answer < predictions.labels.size(); ++answer)
      if (truth != answer && predictions.confusion[truth][answer] > 0)
        pairs.push_back({truth, answer, predictions.confusion[truth][answer]});
  if (pairs.empty()) return "";
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.count > b.count; });
  const std::vector<LabelCounts> counts = predictions.label_counts();
  std::string html =
      "<table><thead><tr><th>label</th><th>taken for</th><th class=\"number\">texts</th><th class=\"number\">of the "
      "label</th></tr></thead><tbody>\n";
  for (size_t i = 0; i < std::min(pairs.size(), kMostPairs); ++i) {
    const Pair& pair = pairs[i];
    html +=
        fmt::format("<tr><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{:.1f} %</td></tr>\n",
                    escape_html(predictions.labels[pair.truth]), escape_html(predictions.labels[pair.answer]),
                    pair.count, 100 * static_cast<double>(pair.count) / static_cast<double>(counts[pair.truth].wanted));
  }
  return "<h4>Most frequent confusions</h4>" + html + "</tbody></table>\n";
}

std::string label_table(const Predictions& predictions) {
  std::string html =
      "<table><thead><tr><th>label</th><th class=\"number\">precision</th><th class=\"number\">recall</th>"
      "<th class=\"number\">F1</th><th class=\"number\">texts</th></tr></thead><tbody>\n";
  const std::vector<LabelCounts> counts = predictions.label_counts();
  for (size_t i = 0; i < counts.size(); ++i)
    html += fmt::format(
        "<tr><td>{}</td><td class=\"number\">{:.3f}</td><td class=\"number\">{:.3f}</td><td "
        "class=\"number\">{:.3f}</td>"
        "<td class=\"number\">{}</td></tr>\n",
        escape_html(predictions.labels[i]), counts[i].precision(), counts[i].recall(), counts[i].f1(),
        counts[i].wanted);
  return html + "</tbody></table>\n";
}

}  // namespace seq
