// What a finished run keeps for the report's pictures.
#pragma once

#include "models/feedforward/data.h"
#include "models/feedforward/model.h"

namespace seq::feedforward {

/// Writes predictions.json (how the validation part was answered) for a network that answers with classes,
/// boundary.json too where it has two inputs, fit.json for one of one input that answers with a number; run/pictures.h
/// and run/predictions.h say what is in them. Throws RunError.
void write_pictures(FeedforwardModel& model, const Data& data, const Config& config, const RunFolder& run);

}  // namespace seq::feedforward
