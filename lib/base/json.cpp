// Strict reading of JSON text: comments allowed, duplicate keys refused with their path.
#include "base/json.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace seq {
namespace {

/// Follows the parser's events to refuse a key that occurs twice in one object.
class DuplicateKeys {
 public:
  explicit DuplicateKeys(const std::string& name) : name_(name) {}

  bool operator()(int /*depth*/, Json::parse_event_t event, Json& parsed) {
    switch (event) {
      case Json::parse_event_t::object_start:
        objects_.push_back({});
        break;
      case Json::parse_event_t::object_end:
        objects_.pop_back();
        break;
      case Json::parse_event_t::key:
        if (!objects_.back().seen.insert(parsed.get<std::string>()).second)
          throw Error(name_ + ": " + path() + parsed.get<std::string>() + ": duplicate key (keep one of them)");
        objects_.back().current = parsed.get<std::string>();
        break;
      default:
        break;
    }
    return true;
  }

 private:
  struct Object {
    std::set<std::string> seen;
    std::string current;
  };
  std::string path() const {
    std::string path;
    for (size_t i = 0; i + 1 < objects_.size(); ++i) path += objects_[i].current + ".";
    return path;
  }
  const std::string& name_;
  std::vector<Object> objects_;
};

constexpr int kDeepestNesting = 200;

/// nlohmann's parser recurses in its destructor: absurdly deep input is refused before it is built.
void refuse_deep_nesting(std::string_view text, const std::string& name) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepestNesting) throw Error(name + ": nested more than 200 levels deep");
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

std::string place(std::string_view text, size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 = 0
  return std::to_string(line) + ":" + std::to_string(before.size() - line_start + 1);
}

/// nlohmann's text after `syntax error while parsing …: `.
std::string reason(const std::string& what) {
  const size_t dash = what.find(" - ");
  if (dash != std::string::npos) return what.substr(dash + 3);
  const size_t colon = what.find(": ");
  return colon == std::string::npos ? what : what.substr(colon + 2);
}

}  // namespace

Json parse_json(std::string_view text, const std::string& name) {
  refuse_deep_nesting(text, name);
  try {
    return Json::parse(text.begin(), text.end(), DuplicateKeys(name), /*allow_exceptions=*/true,
                       /*ignore_comments=*/true);
  } catch (const Json::parse_error& error) {
    std::string why = reason(error.what());
    std::replace(why.begin(), why.end(), '\n', ' ');
    throw Error(name + ":" + place(text, error.byte) + ": not valid JSON: " + why);
  } catch (const Json::exception& error) {  // a number out of range
    throw Error(name + ": not valid JSON: " + reason(error.what()));
  }
}

Json read_json(const fs::path& path) { return parse_json(read_file(path), path.string()); }

}  // namespace seq
