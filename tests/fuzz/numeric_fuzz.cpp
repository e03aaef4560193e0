// Any bytes as a CSV file of numbers, and as an IDX file of images or labels: read or refused with an Error.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <string>

#include "base/error.h"
#include "expect.h"
#include "numeric/idx.h"
#include "numeric/table.h"

using namespace seq;
using namespace seq::numeric;

namespace {

void check(const Table& table) {
  SEQ_EXPECT(table.rows() > 0);
  SEQ_EXPECT(static_cast<int64_t>(table.values.size()) == table.rows() * table.columns);
  for (const double value : table.values) SEQ_EXPECT(std::isfinite(value));
  for (const std::string& label : table.labels) SEQ_EXPECT(!label.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("numeric", 0);
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) return 0;
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  for (const char* kind : {"class", "number"}) {
    NumericOptions options;
    options.format = "csv";
    options.target_kind = kind;
    try {
      check(read_table({path}, options));
    } catch (const Error&) {
    }
  }
  for (const size_t dimensions : {1U, 2U}) {
    try {
      const IdxArray array = read_idx(path, dimensions);
      int64_t total = 1;
      for (const int64_t one : array.shape) total *= one;
      SEQ_EXPECT(static_cast<int64_t>(array.bytes.size()) == total);
    } catch (const Error&) {
    }
  }
  return 0;
}
