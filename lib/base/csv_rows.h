// Rows of comma-separated values (RFC 4180), where a quoted cell may go over lines.
//
//   LineReader lines("a.csv");
//   CsvRows rows("a.csv", [&](std::string_view& line) { return lines.next(line); });
//   for (std::vector<std::string> row; rows.next(row);) …
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace seq {

class CsvRows {
 public:
  /// `next_line` gives one line after another without its end, false when there is none left; `name` opens messages.
  CsvRows(std::string name, std::function<bool(std::string_view&)> next_line);
  ~CsvRows();
  CsvRows(const CsvRows&) = delete;
  CsvRows& operator=(const CsvRows&) = delete;

  /// False at the end. Empty lines between rows are skipped. Throws Error naming the line of a row whose quoting is
  /// broken.
  bool next(std::vector<std::string>& row);
  /// The line in which the last row begins, from 1.
  int64_t line() const;
  /// `a.csv:12`.
  std::string place() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace seq
