// What a finished run keeps for the report's pictures.
#pragma once

#include "models/feedforward/data.h"
#include "models/feedforward/model.h"

namespace seq::feedforward {

/// Writes boundary.json for a network of two inputs that answers with classes, fit.json for one of one input that
/// answers with a number, nothing for others. Throws RunError when they cannot be written.
///
///   boundary.json  {"x": [min, max], "y": [min, max], "columns", "rows", "names": [classes], "axes": [inputs],
///                   "grid": [the class answered, row by row from the least y on], "confidence": [its probability],
///                   "points": [[x, y, class, 0 for training or 1 for validation] …]}
///   fit.json       {"axes": [input, target], "title", "curve": [[x, y] …], "points": [[x, y] …],
///                   "truth": [[x, y] …] where the data are the made-up cosine}
void write_pictures(FeedforwardModel& model, const Data& data, const Config& config, const RunFolder& run);

}  // namespace seq::feedforward
