// What counted n-gram models are made of: n-grams and discounts by order.
#include <fmt/format.h>

#include "report/sections.h"

namespace seq {
namespace {

/// The training entry of a counted model; null for other runs.
const Json* counted_entry(const RunData& run) {
  for (const Json* entry : run.entries("train"))
    if (const auto found = entry->find("ngrams"); found != entry->end() && found->is_array()) return entry;
  return nullptr;
}

std::string number_cell(const Json& value, const char* format) {
  if (!value.is_number()) return "<td class=\"number\">–</td>";
  return fmt::format("<td class=\"number\">{}</td>", fmt::format(fmt::runtime(format), value.get<double>()));
}

std::string table(const Json& entry) {
  const Json& counts = entry["ngrams"];
  const Json discounts = entry.value("discounts", Json::array());
  std::string html = "<table><thead><tr><th>order</th><th class=\"number\">n-grams</th>";
  if (!discounts.empty())
    for (const char* count : {"1", "2", "3 and more"})
      html += fmt::format("<th class=\"number\">discount of count {}</th>", count);
  html += "</tr></thead><tbody>\n";
  for (size_t i = 0; i < counts.size(); ++i) {
    html += fmt::format("<tr><td>{}</td>{}", i + 1, number_cell(counts[i], "{:.0f}"));
    if (i < discounts.size() && discounts[i].is_array())
      for (const Json& discount : discounts[i]) html += number_cell(discount, "{:.4f}");
    html += "</tr>\n";
  }
  return html + "</tbody></table>\n";
}

}  // namespace

std::string counts_section(const std::vector<RunData>& runs) {
  std::string html;
  for (size_t i = 0; i < runs.size(); ++i) {
    const Json* const entry = counted_entry(runs[i]);
    if (entry == nullptr) continue;
    html += run_heading(runs, i) + table(*entry);
  }
  return html.empty() ? "" : "<section class=\"scroll\"><h2>N-grams</h2>" + html + "</section>\n";
}

}  // namespace seq
