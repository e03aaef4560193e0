// Each id is spelt once; a list is copies of what is there.
#include "text/pipe/written_tokens.h"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace seq {

TokenWriter::TokenWriter(const Vocabulary& vocabulary, EncodeFormat format)
    : vocabulary_(vocabulary),
      format_(format),
      decimals_(static_cast<size_t>(vocabulary.size())),
      shown_(format == EncodeFormat::tokens ? static_cast<size_t>(vocabulary.size()) : 0) {}

void TokenWriter::append(const std::vector<int32_t>& ids, std::string& out) {
  if (ids.empty()) return;
  if (format_ == EncodeFormat::ids) {
    append_decimals(ids, out);
  } else {
    for (const int32_t id : ids) {
      std::string& shown = shown_[static_cast<size_t>(id)];
      if (shown.empty()) shown = shown_token(vocabulary_.token(id)) + ' ';
      out += shown;
    }
  }
  out.pop_back();
}

void TokenWriter::append_decimals(std::span<const int32_t> ids, std::string& out) {
  constexpr size_t kAtOnce = 4096;  // room is made for the longest of so many
  for (; !ids.empty(); ids = ids.subspan(std::min(ids.size(), kAtOnce))) {
    const size_t count = std::min(ids.size(), kAtOnce);
    const size_t before = out.size();
    out.resize(before + count * sizeof(Decimal::digits));
    char* end = out.data() + before;
    for (const int32_t id : ids.first(count)) {
      Decimal& decimal = decimals_[static_cast<size_t>(id)];
      if (decimal.size == 0) make(decimal, id);
      std::memcpy(end, decimal.digits, sizeof decimal.digits);
      end += decimal.size;
    }
    out.resize(static_cast<size_t>(end - out.data()));
  }
}

void TokenWriter::make(Decimal& decimal, int32_t id) {
  char* const end = std::to_chars(decimal.digits, decimal.digits + 10, id).ptr;
  *end = ' ';
  decimal.size = static_cast<uint8_t>(end + 1 - decimal.digits);
}

std::string tokens_json(const std::vector<TokenSpan>& spans, std::string_view line, const Vocabulary& vocabulary) {
  Json ids = Json::array(), tokens = Json::array(), offsets = Json::array(), char_offsets = Json::array();
  size_t byte = 0, character = 0;  // the character that starts at `byte`
  for (const TokenSpan& span : spans) {
    ids.push_back(span.id);
    tokens.push_back(span.surface.empty() ? vocabulary.token(span.id) : std::string_view(span.surface));
    offsets.push_back({span.begin, span.end});
    if (span.begin < byte) byte = character = 0;
    for (size_t next = byte; next < line.size(); byte = next, ++character) {
      next_code_point(line, next);
      if (next > span.begin) break;
    }
    size_t last = byte;
    size_t characters = character;
    for (; last < span.end; ++characters) next_code_point(line, last);
    char_offsets.push_back({character, characters});
  }
  return Json({{"ids", ids}, {"tokens", tokens}, {"offsets", offsets}, {"char_offsets", char_offsets}})
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string shown_token(std::string_view token) {
  std::string shown;
  for (size_t i = 0; i < token.size();) {
    const size_t start = i;
    const int32_t code_point = next_code_point(token, i);
    if (code_point == ' ')
      shown += "\u2581";
    else if (code_point == '\\')
      shown += "\\\\";
    else if (code_point == '\n')
      shown += "\\n";
    else if (code_point == '\t')
      shown += "\\t";
    else if (code_point == '\r')
      shown += "\\r";
    else if (code_point > 0xFFFF && u_isprint(code_point) == 0)
      shown += fmt::format("\\U{:08X}", code_point);
    else if (code_point == 0x2581 || u_isprint(code_point) == 0 || u_isspace(code_point) != 0)
      shown += fmt::format("\\u{:04X}", code_point);
    else
      shown += token.substr(start, i - start);
  }
  return shown;
}

}  // namespace seq
