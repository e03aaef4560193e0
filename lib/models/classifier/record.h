// What a trained bag-of-words classifier leaves for the report.
#pragma once

#include "classify/bag.h"
#include "models/classifier/data.h"

namespace seq::classifier {

/// The classifier of a file of weights. Throws Error when they are not of these features.
classify::Bag load_bag(const TextFeatures& features, const fs::path& file);

/// Writes run.predictions(): how the weights that are kept answer the validation part. Nothing without such a part.
void record_predictions(const Config& config, const RunFolder& run, const TextFeatures& features,
                        const Session& session);

}  // namespace seq::classifier
