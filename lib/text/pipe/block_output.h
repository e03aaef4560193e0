// Blocks that threads work on, written in their order.
#pragma once

#include <ostream>
#include <string_view>

#include "base/error.h"
#include "base/ordered_work.h"
#include "base/parallel.h"
#include "text/pipe.h"

namespace seq {

/// As many threads as the options ask for; one for a reader who waits for each line.
inline size_t pipe_threads(const PipeOptions& options) {
  return options.flush_each_line ? 1 : static_cast<size_t>(thread_count(options.threads));
}

/// Throws RunError when the output took nothing more.
inline void check_written(const std::ostream& out) {
  if (!out) throw RunError("the output cannot be written (disk full, or its reader is gone)");
}

/// run_ordered() with jobs whose `out` is what to write. Errors become RunError once something was written.
template <class Job, class Next, class Work>
void write_ordered(const PipeOptions& options, std::ostream& out, const Next& next, const Work& work) {
  bool written = false;
  try {
    run_ordered<Job>(pipe_threads(options), next, work, [&](Job& job) {
      written = written || !job.out.empty();
      out.write(job.out.data(), static_cast<std::streamsize>(job.out.size()));
      if (options.flush_each_line) out.flush();
      check_written(out);
    });
  } catch (const RunError&) {
    throw;
  } catch (const Error& error) {
    if (written) throw RunError(error.what());
    throw;
  }
  out.flush();
  check_written(out);
}

}  // namespace seq
