// What sections share: headings of runs and legends.
#include <fmt/format.h>

#include "report/html.h"
#include "report/sections.h"

namespace seq {

std::string run_heading(const std::vector<RunData>& runs, size_t number) {
  if (runs.size() == 1) return "";
  return fmt::format("<h3><i class=\"swatch c{}\"></i>{}</h3>", number % 8, escape_html(runs[number].name()));
}

std::string legend(const std::vector<LegendEntry>& entries, const std::string& note) {
  std::string html = "<p class=\"legend\">";
  for (const LegendEntry& entry : entries)
    html += fmt::format("<span><i class=\"swatch c{}\"></i>{}</span>", entry.colour % 8, escape_html(entry.name));
  if (!note.empty()) html += "<span class=\"note\">" + escape_html(note) + "</span>";
  return html + "</p>";
}

}  // namespace seq
