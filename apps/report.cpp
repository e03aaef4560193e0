// seqtool report: run folders as one HTML file.
#include <iostream>
#include <memory>

#include "cli.h"
#include "report/report.h"

namespace seq::apps {
namespace {

struct ReportCommand {
  std::vector<std::string> runs;
  std::string output;
};

void report(const ReportCommand& options) {
  std::vector<RunFolder> runs;
  for (const std::string& folder : options.runs) runs.push_back(RunFolder::open(folder));
  if (options.output == "-") {
    std::cout << html_report(runs);
    return;
  }
  const fs::path output = options.output.empty() ? runs.front().report() : fs::path(options.output);
  write_report(runs, output);
  std::cout << output.string() << "\n";
}

}  // namespace

void add_report(CLI::App& app, Context&) {
  auto options = std::make_shared<ReportCommand>();
  CLI::App* verb = add_verb(app, "report", "write one self-contained HTML file with the charts of runs",
                            "  seqtool report runs/a\n"
                            "  seqtool report runs/a runs/b -o compare.html\n");
  verb->add_option("RUN", options->runs, "run folders, overlaid in one report")->required();
  verb->add_option("-o,--output", options->output, "HTML file (report.html in the first run folder); - is stdout");
  verb->callback([options] { report(*options); });
}

}  // namespace seq::apps
