#include "models/run_data.h"

#include "base/error.h"

namespace seq {

Json unchanged_data(const Config& config, const RunFolder& run) {
  return unchanged_data(data_fingerprints(config.data), run);
}

Json unchanged_data(Json fingerprints, const RunFolder& run) {
  if (run.resumed() && !run.recorded_data().empty() && run.recorded_data() != fingerprints)
    throw Error(run.path().string() + ": the data have changed since the run began (restore them, or start anew)");
  return fingerprints;
}

}  // namespace seq
