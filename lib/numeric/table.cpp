// Tables of several files.
#include "numeric/table.h"

#include <fmt/format.h>

#include <iterator>

#include "base/error.h"
#include "numeric/idx.h"

namespace seq::numeric {
namespace {

/// `csv` or `idx`.
std::string format_of(const std::string& file, const std::string& wanted) {
  if (wanted != "auto") return wanted;
  std::string name = file;
  for (const char* ending : {".gz", ".bz2", ".xz", ".zst"})
    if (name.ends_with(ending)) name.erase(name.rfind('.'));
  if (name.ends_with(".csv")) return "csv";
  if (name.find("idx") != std::string::npos) return "idx";
  throw Error(file + ": neither a .csv nor an IDX file by its name (say which with data.numeric.format)");
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

std::string Table::place(int64_t index) const {
  return lines.empty() ? fmt::format("{}: row {}", source, index + 1)
                       : fmt::format("{}:{}", source, lines[static_cast<size_t>(index)]);
}

std::vector<std::string> label_files(const std::string& file, const NumericOptions& options) {
  if (format_of(file, options.format) != "idx") return {};
  return {labels_beside(file)};
}

Table read_table(const std::vector<std::string>& files, const NumericOptions& options) {
  Table all;
  for (const std::string& file : files) {
    const bool images = format_of(file, options.format) == "idx";
    if (images && options.target_kind == "number")
      throw Error("data.numeric.target_kind: the labels of images are classes (leave it out)");
    Table table = images ? read_idx_table(file) : read_csv_table(file, options);
    if (&file == &files.front()) {
      all = std::move(table);
      continue;
    }
    if (table.inputs != all.inputs || table.columns != all.columns || table.target != all.target)
      throw Error(file + ": other columns than " + files.front());
    append(all.values, table.values);
    append(all.labels, table.labels);
    append(all.numbers, table.numbers);
    all.source = files.front() + " …";
    all.lines.clear();
  }
  return all;
}

}  // namespace seq::numeric
