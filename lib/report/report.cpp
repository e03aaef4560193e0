// Putting the sections of a report together.
#include "report/report.h"

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "base/version.h"
#include "report/html.h"
#include "report/run_data.h"
#include "report/sections.h"

namespace seq {
namespace {

/// The folders' names, or their whole paths where names are equal.
std::vector<std::string> names_of(const std::vector<RunFolder>& runs) {
  std::map<std::string, int> count;
  for (const RunFolder& run : runs) ++count[run.name()];
  std::vector<std::string> names;
  names.reserve(runs.size());
  for (const RunFolder& run : runs) names.push_back(count[run.name()] > 1 ? run.path().string() : run.name());
  return names;
}

std::string heading(const std::vector<RunData>& runs) {
  std::string title = runs[0].name();
  for (size_t i = 1; i < runs.size() && i < 4; ++i) title += ", " + runs[i].name();
  if (runs.size() > 4) title += fmt::format(" and {} more", runs.size() - 4);
  return title;
}

}  // namespace

std::string html_report(const std::vector<RunFolder>& folders) {
  if (folders.empty()) throw Error("report: no runs given");
  const std::vector<std::string> names = names_of(folders);
  std::vector<RunData> runs;
  runs.reserve(folders.size());
  for (size_t i = 0; i < folders.size(); ++i) runs.emplace_back(folders[i], names[i]);

  const std::string title = heading(runs);
  std::string body =
      fmt::format("<header><p class=\"brand\">seqtool report</p><h1>{}</h1></header>\n", escape_html(title));
  for (const RunData& run : runs)
    if (run.empty()) body += fmt::format("<p class=\"note\">{} has logged nothing yet.</p>\n", escape_html(run.name()));
  body += summary_section(runs) + loss_section(runs) + learning_curves_section(runs) + answers_section(runs) +
          boundaries_section(runs) + fits_section(runs) + details_section(runs) + counts_section(runs) +
          samples_section(runs) + config_section(runs);
  body += fmt::format("<footer>seqtool {}</footer>\n", kVersion);
  return html_page(title, body);
}

void write_report(const std::vector<RunFolder>& runs, const fs::path& path) {
  write_file_atomic(path, html_report(runs));
}

}  // namespace seq
