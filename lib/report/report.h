// One self-contained HTML page about one or several runs: curves, figures, samples, configs.
//
//   write_report({RunFolder::open("runs/a"), RunFolder::open("runs/b")}, "report.html");
#pragma once

#include <string>
#include <vector>

#include "run/run_folder.h"

namespace seq {

/// The page; it needs no network and no other file, and the same runs give the same bytes.
/// Throws Error when the metrics of a run are damaged, or when there is no run.
std::string html_report(const std::vector<RunFolder>& runs);

/// Writes the page in one step. Throws RunError when it cannot be written.
void write_report(const std::vector<RunFolder>& runs, const fs::path& path);

}  // namespace seq
