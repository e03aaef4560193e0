// Escaping.
#include "report/html.h"

namespace seq {

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) {
      out += "\xE2\x90";  // U+2400 + byte, U+2421 for delete
      out += static_cast<char>(byte == 0x7F ? 0xA1 : 0x80 + byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace seq
