// Who was taken for whom, as a picture and as tables.
#pragma once

#include <string>

#include "run/predictions.h"

namespace seq {

/// A heat map of counts and of their shares of the row as SVG, coloured by the root of the share; empty for more labels
/// than a page can show, and where there is no confusion matrix.
std::string confusion_map(const Predictions& predictions);

/// The most frequent pairs as a table, where the map is too large to find them in or absent.
std::string confused_pairs(const Predictions& predictions);

/// Precision, recall and F1 of each label.
std::string label_table(const Predictions& predictions);

}  // namespace seq
