// Rows of comma-separated values by libcsv, fed line by line so that a row knows where it begins.
#include "base/csv_rows.h"

#include <csv.h>
#include <fmt/format.h>

#include <deque>
#include <new>

#include "base/error.h"

namespace seq {

struct CsvRows::Parser {
  Parser(std::string file, std::function<bool(std::string_view&)> lines)
      : name(std::move(file)), next_line(std::move(lines)) {
    if (csv_init(&state, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
  }
  ~Parser() { csv_free(&state); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  bool read_line(std::string_view& line) {
    if (!next_line(line)) return false;
    ++lines_read;
    return true;
  }

  std::string place() const { return fmt::format("{}:{}", name, row_line); }

  [[noreturn]] void refuse() const {
    throw Error(fmt::format("{}: broken quoting in the row that begins here (a quote inside a quoted cell is doubled)",
                            place()));
  }

  static void on_cell(void* cell, size_t size, void* parser) {
    static_cast<Parser*>(parser)->cells.emplace_back(static_cast<const char*>(cell), size);
  }
  static void on_row(int, void* parser) {
    auto* self = static_cast<Parser*>(parser);
    self->rows.push_back(std::move(self->cells));
    self->cells.clear();
    self->inside = false;
  }

  std::string name;
  std::function<bool(std::string_view&)> next_line;
  csv_parser state;
  std::string text;
  std::vector<std::string> cells;
  std::deque<std::vector<std::string>> rows;
  int64_t lines_read = 0;
  int64_t row_line = 1;
  bool inside = false;  ///< a row has begun
};

CsvRows::CsvRows(std::string name, std::function<bool(std::string_view&)> next_line)
    : parser_(std::make_unique<Parser>(std::move(name), std::move(next_line))) {}

CsvRows::~CsvRows() = default;

int64_t CsvRows::line() const {
  return parser_->row_line;
}

std::string CsvRows::place() const {
  return parser_->place();
}

bool CsvRows::next(std::vector<std::string>& row) {
  Parser& parser = *parser_;
  parser.row_line = parser.lines_read + 1;
  std::string_view line;
  while (parser.rows.empty() && parser.read_line(line)) {
    if (line.empty() && parser.cells.empty() && !parser.inside) {  // between rows
      parser.row_line = parser.lines_read + 1;
      continue;
    }
    parser.text.assign(line).push_back('\n');
    parser.inside = true;
    const size_t size = parser.text.size();
    if (csv_parse(&parser.state, parser.text.data(), size, Parser::on_cell, Parser::on_row, &parser) != size)
      parser.refuse();
  }
  if (parser.rows.empty() && csv_fini(&parser.state, Parser::on_cell, Parser::on_row, &parser) != 0) parser.refuse();
  if (parser.rows.empty()) return false;
  row = std::move(parser.rows.front());
  parser.rows.pop_front();
  return true;
}

}  // namespace seq
