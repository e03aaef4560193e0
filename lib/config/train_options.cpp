// Checks of training options against each other.
#include "config/train_options.h"

#include "base/error.h"

namespace seq {

void check_train_options(const TrainOptions& train, bool has_validation) {
  if (!train.max_steps && !train.max_epochs && !train.max_minutes)
    throw Error("train: no limit is set (give train.max_steps, train.max_epochs or train.max_minutes)");
  const ScheduleOptions& schedule = train.schedule;
  if ((schedule.type == "step" || schedule.type == "exponential") && schedule.every_steps == 0 &&
      schedule.every_epochs <= 0)
    throw Error("train.schedule: " + schedule.type + " needs every_steps or every_epochs");
  if (has_validation) return;
  if (train.patience)
    throw Error("train.patience: there is no validation part to watch (give data.valid, or a share in data.split)");
  if (schedule.type == "plateau")
    throw Error("train.schedule.type: plateau needs a validation part (give data.valid, or a share in data.split)");
}

}  // namespace seq
