// Answers to a stream of lines.
#pragma once

#include <c10/core/Device.h>

#include <iosfwd>
#include <string>

#include "models/classifier/recurrent/model.h"
#include "models/verbs.h"

namespace seq::classifier {

struct PredictSettings {
  const PredictRequest& request;
  int64_t batch_size = 32;
  int threads = 1;
  c10::Device device = c10::kCPU;
};

/// One line of answers for each line of `in`, in order. Some thousand lines are read at a time and taken in batches of
/// similar length; where somebody types and waits, each by itself.
void predict_lines(RecurrentModel& model, const TextFeatures& features, const PredictSettings& settings,
                   const Session& session, const std::string& in, std::ostream& out);

}  // namespace seq::classifier
