// The verbs of classifiers.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>

#include "classify/encoded.h"
#include "models/classifier/data.h"
#include "models/verbs.h"

namespace seq {

namespace classifier {

/// What the encoders do that need LibTorch; empty functions where there is none.
struct TensorVerbs {
  /// `prepare` encodes the texts, or loads what an earlier session of the run encoded.
  std::function<void(const Config&, RunFolder&, const Session&, const std::function<TextFeatures()>& prepare)> train;
  std::function<Json(const LoadedRun&, const Session&, const TextFeatures&,
                     std::shared_ptr<const classify::EncodedExamples>)>
      evaluate;
  std::function<void(const LoadedRun&, const Session&, const TextFeatures&, const PredictRequest&,
                     const std::string& in, std::ostream& out)>
      predict;
};

}  // namespace classifier

ModelVerbs classifier_verbs(const classifier::TensorVerbs& tensors = {});

}  // namespace seq
