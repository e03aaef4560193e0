// Whether a resumed run still has the data it was begun with.
#pragma once

#include "config/config.h"
#include "run/run_folder.h"

namespace seq {

/// Fingerprints of the config's data. Throws Error when a run that is resumed was begun with other content.
Json unchanged_data(const Config& config, const RunFolder& run);
/// The same where `fingerprints` are not those of the config's files alone; they are returned.
Json unchanged_data(Json fingerprints, const RunFolder& run);

}  // namespace seq
