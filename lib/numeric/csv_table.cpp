// Tables out of CSV files and into them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "base/csv_rows.h"
#include "base/error.h"
#include "base/files.h"
#include "base/trimmed.h"
#include "numeric/table.h"

namespace seq::numeric {
namespace {

/// A cell as a message shows it.
std::string shown_cell(const std::string& cell) {
  constexpr size_t kMost = 40;
  return cell.size() <= kMost ? cell : cell.substr(0, kMost) + "…";
}

/// Which cell of a row is what.
struct Layout {
  size_t cells = 0;
  size_t target = 0;
  std::vector<size_t> inputs;
};

size_t find_column(const std::vector<std::string>& header, const std::string& name, const std::string& place,
                   const char* key) {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end())
    throw Error(fmt::format("{}: no column \"{}\" (there are: {}; see data.numeric.{})", place, name,
                            fmt::join(header, ", "), key));
  return static_cast<size_t>(found - header.begin());
}

/// Names are what the columns are known by, so each must be one.
void check_header(const std::vector<std::string>& header, const std::string& place) {
  double number = 0;
  if (std::all_of(header.begin(), header.end(), [&](const std::string& cell) { return parse_number(cell, number); }))
    throw Error(place + ": the first row has numbers alone, expected the names of the columns (add a header)");
  std::set<std::string> seen;
  for (const std::string& name : header) {
    if (name.empty()) throw Error(place + ": a column without a name");
    if (!seen.insert(name).second) throw Error(place + ": two columns are called \"" + name + "\"");
  }
  if (header.size() < 2) throw Error(place + ": one column alone, expected inputs and a target");
}

Layout lay_out(const std::vector<std::string>& header, const NumericOptions& options, const std::string& place) {
  check_header(header, place);
  Layout layout;
  layout.cells = header.size();
  layout.target = options.target.empty() ? header.size() - 1 : find_column(header, options.target, place, "target");
  for (const std::string& name : options.inputs) {
    layout.inputs.push_back(find_column(header, name, place, "inputs"));
    if (layout.inputs.back() == layout.target)
      throw Error("data.numeric.inputs: \"" + name + "\" is the target (leave it out)");
    if (std::count(layout.inputs.begin(), layout.inputs.end(), layout.inputs.back()) > 1)
      throw Error("data.numeric.inputs: \"" + name + "\" stands there twice");
  }
  if (!layout.inputs.empty()) return layout;
  for (size_t column = 0; column < header.size(); ++column)
    if (column != layout.target) layout.inputs.push_back(column);
  return layout;
}

double number_of(const std::string& cell, const std::string& column, const std::string& place) {
  double number = 0;
  if (parse_number(cell, number)) return number;
  if (trimmed(cell).empty()) throw Error(fmt::format("{}: column \"{}\" is empty, expected a number", place, column));
  throw Error(fmt::format("{}: column \"{}\": \"{}\" is not a number", place, column, shown_cell(cell)));
}

}  // namespace

bool parse_number(std::string_view text, double& number) {
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size() &&
         std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max());
}

Table read_csv_table(const std::string& file, const NumericOptions& options) {
  LineReader lines(file);
  CsvRows rows(file, [&](std::string_view& line) {
    if (!lines.next(line)) return false;
    if (lines.number() == 1) line = without_byte_order_mark(line);
    return true;
  });
  std::vector<std::string> header, row;
  if (!rows.next(header)) throw Error(file + ": empty, expected a header that names the columns");
  for (std::string& name : header) name = std::string(trimmed(name));
  const Layout layout = lay_out(header, options, rows.place());
  Table table;
  table.source = file;
  table.target = header[layout.target];
  table.columns = static_cast<int64_t>(layout.inputs.size());
  for (const size_t column : layout.inputs) table.inputs.push_back(header[column]);
  while (rows.next(row)) {
    if (row.size() != layout.cells)
      throw Error(fmt::format("{}: {} cells, but the header names {}", rows.place(), row.size(), layout.cells));
    for (const size_t column : layout.inputs)
      table.values.push_back(number_of(row[column], header[column], rows.place()));
    const std::string& target = row[layout.target];
    if (options.target_kind == "number") {
      table.numbers.push_back(number_of(target, table.target, rows.place()));
    } else if (const std::string_view label = trimmed(target); !label.empty()) {
      table.labels.emplace_back(label);
    } else {
      throw Error(fmt::format("{}: column \"{}\" is empty, expected a class", rows.place(), table.target));
    }
    table.lines.push_back(rows.line());
  }
  if (table.rows() == 0) throw Error(file + ": no rows below the header");
  return table;
}

void write_csv(const Table& table, std::string& out) {
  for (const std::string& name : table.inputs) out += name + ",";
  out += table.target + "\n";
  for (int64_t index = 0; index < table.rows(); ++index) {
    for (const double value : table.row(index)) fmt::format_to(std::back_inserter(out), "{},", value);
    const auto at = static_cast<size_t>(index);
    if (table.labels.empty())
      fmt::format_to(std::back_inserter(out), "{}\n", table.numbers[at]);
    else
      out += table.labels[at] + "\n";
  }
}

}  // namespace seq::numeric
