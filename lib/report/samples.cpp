// Sample texts of a run, from its first to its last.
#include <fmt/format.h>

#include <algorithm>

#include "base/shortened.h"
#include "report/html.h"
#include "report/sections.h"

namespace seq {
namespace {

constexpr size_t kShown = 3;       // the others are behind a click
constexpr size_t kMost = 60;       // evenly spaced when a run has more
constexpr size_t kLongest = 4000;  // bytes of a text

/// `count` of `items`, first and last among them.
std::vector<const Json*> spread(const std::vector<const Json*>& items, size_t count) {
  if (items.size() <= count) return items;
  std::vector<const Json*> chosen;
  for (size_t i = 0; i < count; ++i) chosen.push_back(items[i * (items.size() - 1) / (count - 1)]);
  return chosen;
}

std::string card(const Json& sample) {
  const auto text = sample.find("text");
  if (text == sample.end() || !text->is_string()) return "";
  return fmt::format("<figure class=\"sample\"><figcaption>step {}</figcaption><pre>{}</pre></figure>\n",
                     sample["step"].get<int64_t>(), escape_html(shortened(text->get<std::string>(), kLongest)));
}

std::string cards(const std::vector<const Json*>& samples) {
  std::string html = "<div class=\"samples\">";
  for (const Json* sample : samples) html += card(*sample);
  return html + "</div>";
}

}  // namespace

std::string samples_section(const std::vector<RunData>& runs) {
  std::string html;
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto samples = spread(runs[i].entries("sample"), kMost);
    if (samples.empty()) continue;
    html += run_heading(runs, i) + cards(spread(samples, kShown));
    if (samples.size() > kShown)
      html += fmt::format("<details><summary>All {} samples</summary>{}</details>", samples.size(), cards(samples));
  }
  return html.empty() ? "" : "<section><h2>Samples</h2>" + html + "</section>\n";
}

}  // namespace seq
