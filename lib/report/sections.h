// The parts of a report, each as HTML; empty text when a run has nothing to show there.
#pragma once

#include <string>
#include <vector>

#include "report/run_data.h"

namespace seq {

/// The name of a run above its part of a section; empty when it is the only one.
std::string run_heading(const std::vector<RunData>& runs, size_t number);

struct LegendEntry {
  std::string name;
  size_t colour;  ///< number in the palette
};
std::string legend(const std::vector<LegendEntry>& entries, const std::string& note);

/// Figures of one run as tiles, of several as a table with the best in bold.
std::string summary_section(const std::vector<RunData>& runs);

/// Training and validation loss of all runs, with the accuracy of a single one on a second axis, over steps, epochs and
/// time.
std::string loss_section(const std::vector<RunData>& runs);

/// Loss and accuracy of each run in a chart of its own, when several runs logged an accuracy.
std::string learning_curves_section(const std::vector<RunData>& runs);

/// A small chart for every other number that was logged.
std::string details_section(const std::vector<RunData>& runs);

/// How classifiers answered: confusion matrix, figures by label, the most confident mistakes.
std::string answers_section(const std::vector<RunData>& runs);

/// Which class classifiers of two inputs give to each place of the plane.
std::string boundaries_section(const std::vector<RunData>& runs);

/// Fitted curves and their points.
std::string fits_section(const std::vector<RunData>& runs);

/// N-grams and discounts of counted models.
std::string counts_section(const std::vector<RunData>& runs);

/// Sample texts as they evolve.
std::string samples_section(const std::vector<RunData>& runs);

/// The configs side by side, what differs first.
std::string config_section(const std::vector<RunData>& runs);

/// The page around the sections: style, palette, and the script that shows values under the pointer.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace seq
