// How a classifier answered: confusion matrix, figures by label, and the most confident mistakes.
#include <fmt/format.h>

#include <algorithm>

#include "report/confusion.h"
#include "report/html.h"
#include "report/sections.h"

namespace seq {
namespace {

constexpr size_t kShown = 5;  // mistakes; the others are behind a click

/// `bad`, `bad, cheap` or `no label`.
std::string names(const std::vector<std::string>& labels) {
  return labels.empty() ? "no label" : fmt::format("{}", fmt::join(labels, ", "));
}

/// Tokens on a ground that is the stronger the more attention they got, relative to the most of this text.
std::string with_attention(const Mistake& mistake) {
  const double most = *std::max_element(mistake.attention.begin(), mistake.attention.end());
  std::string html;
  for (size_t i = 0; i < mistake.tokens.size(); ++i)
    html +=
        fmt::format("<span style=\"--a:{:.2f}\" title=\"{:.4f}\">{}</span> ",
                    most > 0 ? mistake.attention[i] / most : 0.0, mistake.attention[i], escape_html(mistake.tokens[i]));
  return html;
}

std::string item(const Mistake& mistake) {
  const bool attention = !mistake.attention.empty();
  return fmt::format(
      "<li><p class=\"verdict\">answered <b class=\"c1\">{}</b> at {:.1f} %, is <b class=\"c0\">{}</b></p>"
      "<p class=\"text{}\">{}</p></li>\n",
      escape_html(names(mistake.answer)), 100 * mistake.probability, escape_html(names(mistake.label)),
      attention ? " attended" : "", attention ? with_attention(mistake) : escape_html(mistake.text));
}

std::string list(const std::vector<Mistake>& mistakes, size_t begin, size_t end) {
  std::string html = fmt::format("<ol class=\"mistakes\" start=\"{}\">", begin + 1);
  for (size_t i = begin; i < end; ++i) html += item(mistakes[i]);
  return html + "</ol>\n";
}

std::string mistakes_of(const Predictions& predictions) {
  const std::vector<Mistake>& mistakes = predictions.mistakes;
  if (mistakes.empty()) return "<p class=\"note\">No mistakes.</p>\n";
  std::string html = "<h4>Most confident mistakes</h4>";
  if (std::any_of(mistakes.begin(), mistakes.end(), [](const Mistake& m) { return !m.attention.empty(); }))
    html += "<p class=\"legend note\"><span>attention: none <i class=\"ramp\"></i> the most of the text</span></p>";
  html += list(mistakes, 0, std::min(kShown, mistakes.size()));
  if (mistakes.size() > kShown)
    html += fmt::format("<details><summary>{} more</summary>{}</details>", mistakes.size() - kShown,
                        list(mistakes, kShown, mistakes.size()));
  return html;
}

std::string summary(const Predictions& predictions) {
  const std::string part = predictions.split == "valid" ? "validation" : predictions.split;
  if (predictions.confusion.empty()) return fmt::format("<p class=\"note\">{} part</p>", escape_html(part));
  int64_t right = 0, all = 0;
  for (const LabelCounts& counts : predictions.label_counts()) {
    right += counts.right;
    all += counts.wanted;
  }
  return fmt::format("<p class=\"note\">{} part: {} of {} right ({:.2f} %); shares are of the true label</p>",
                     escape_html(part), right, all,
                     all == 0 ? 0 : 100 * static_cast<double>(right) / static_cast<double>(all));
}

std::string answers(const Predictions& predictions) {
  const std::string map = confusion_map(predictions);
  return summary(predictions) + "<div class=\"beside\">" +
         (map.empty() ? "" : "<div class=\"scroll\">" + map + "</div>") + "<div class=\"tall\">" +
         label_table(predictions) + "</div></div>\n" + confused_pairs(predictions) + mistakes_of(predictions);
}

}  // namespace

std::string answers_section(const std::vector<RunData>& runs) {
  std::string html;
  for (size_t i = 0; i < runs.size(); ++i)
    if (runs[i].predictions()) html += run_heading(runs, i) + answers(*runs[i].predictions());
  return html.empty() ? "" : "<section><h2>Answers</h2>" + html + "</section>\n";
}

}  // namespace seq
