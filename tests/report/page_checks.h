// What tests of pages and pictures look for.
#pragma once

#include <string>
#include <vector>

#include "test.h"

namespace seq::test {

inline size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// Every element that must be closed is, in the right order.
inline void require_well_formed(const std::string& page) {
  const std::string body = page.substr(page.find("<body>"), page.find("<script>") - page.find("<body>"));
  std::vector<std::string> open;
  for (size_t at = body.find('<'); at != std::string::npos; at = body.find('<', at + 1)) {
    const std::string tag = body.substr(at + 1, body.find('>', at) - at - 1);
    const std::string name = tag.substr(0, tag.find(' '));
    if (tag.back() == '/' || name == "input") continue;
    if (name.front() != '/') {
      open.push_back(name);
    } else {
      REQUIRE_FALSE(open.empty());
      REQUIRE("/" + open.back() == name);
      open.pop_back();
    }
  }
  REQUIRE(open == std::vector<std::string>{"body"});
}

}  // namespace seq::test
