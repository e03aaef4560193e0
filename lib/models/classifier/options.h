// Options of the classifier; those of its encoder stand in lib/classify/bag_options.h.
#pragma once

#include "base/error.h"
#include "classify/bag_options.h"
#include "models/chunked_options.h"

namespace seq {

/// The section `model` of a config of type `classifier`.
struct ClassifierOptions : classify::BagOptions {
  static constexpr const char* kSummary = "labels for texts: sentiment, topics, languages";
  static constexpr auto kUnread =
      unread_in_chunks_and("train.schedule.type=step", "train.schedule.type=exponential", "train.schedule.type=cosine",
                           "train.schedule.type=plateau", "train.schedule.warmup_steps", "train.schedule.factor",
                           "train.schedule.every_steps", "train.schedule.every_epochs", "train.schedule.start_step",
                           "train.schedule.start_epoch", "train.schedule.final_fraction", "train.schedule.patience",
                           "train.schedule.horizon_steps");

  void check() const {
    if (values == "tf_idf" && pooling == "sum")
      throw Error(
          "model.pooling: a text's tf_idf values have length 1, they are neither averaged nor summed (leave it out)");
  }
};

}  // namespace seq
