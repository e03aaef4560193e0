// Text in HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace seq {

/// Text that stands for itself in HTML, between tags and inside quoted attributes. Control characters become the
/// symbols that Unicode has for them (␀, ␍ …).
std::string escape_html(std::string_view text);

}  // namespace seq
