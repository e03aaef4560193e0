// The parts of a report, each as HTML; empty text when a run has nothing to show there.
#pragma once

#include <string>
#include <vector>

#include "report/run_data.h"

namespace seq {

/// Figures of one run as tiles, of several as a table with the best in bold.
std::string summary_section(const std::vector<RunData>& runs);

/// Training and validation loss of all runs over steps, epochs and time.
std::string loss_section(const std::vector<RunData>& runs);

/// A small chart for every other number that was logged.
std::string details_section(const std::vector<RunData>& runs);

/// N-grams and discounts of counted models.
std::string counts_section(const std::vector<RunData>& runs);

/// Sample texts as they evolve.
std::string samples_section(const std::vector<RunData>& runs);

/// The configs side by side, what differs first.
std::string config_section(const std::vector<RunData>& runs);

/// The page around the sections: style, palette, and the script that shows values under the pointer.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace seq
