// What the options of models share that are trained in chunks (models/chunked_training.h).
#pragma once

#include <algorithm>
#include <array>

namespace seq {

/// Keys that chunked training does not read: it has no batches, no gradients to shape, and evaluates after each pass.
inline constexpr std::array kUnreadInChunks = {
    "train.batch_size", "train.window", "train.max_steps", "train.max_minutes", "train.optimizer", "train.clip_norm",
    "train.clip_value", "train.reduction", "train.precision", "train.kernel", "train.random_offset",
    "train.average_decay", "train.smooth_loss", "train.eval_every_steps", "train.eval_every_epochs",
    "train.keep_every_checkpoint", "train.histograms", "train.log_gradients", "train.sample_length",
    // The rate is constant or falls along a line.
    "train.schedule.warmup_steps", "train.schedule.factor", "train.schedule.every_steps", "train.schedule.every_epochs",
    "train.schedule.start_step", "train.schedule.start_epoch", "train.schedule.patience",
    "train.schedule.horizon_steps", "eval"};

/// These and a model's own.
template <class... Keys>
constexpr auto unread_in_chunks_and(Keys... own) {
  std::array<const char*, kUnreadInChunks.size() + sizeof...(own)> keys = {own...};
  std::copy(kUnreadInChunks.begin(), kUnreadInChunks.end(), keys.begin() + sizeof...(own));
  return keys;
}

}  // namespace seq
