// Strict reading of JSON text: comments allowed, duplicate keys refused with their path.
#include "base/json.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/shortened.h"

namespace seq {
namespace {

/// nlohmann's text after `syntax error while parsing …: `.
std::string reason(const std::string& what) {
  const size_t dash = what.find(" - ");
  if (dash != std::string::npos) return what.substr(dash + 3);
  const size_t colon = what.find(": ");
  return colon == std::string::npos ? what : what.substr(colon + 2);
}

std::string place(std::string_view text, size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 = 0
  return std::to_string(line) + ":" + std::to_string(before.size() - line_start + 1);
}

/// Builds the value from the parser's events. nlohmann's own builder searches through all keys of an object for every
/// new one, which takes seconds for a vocabulary of 50,000 tokens.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, const std::string& name) : text_(text), name_(name) {}
  Json& result() { return root_; }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& value) override { return put(std::move(value)); }
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    if (!open_.back().seen.insert(value).second)
      throw Error(name_ + ": " + path() + value + ": duplicate key (keep one of them)");
    open_.back().key = std::move(value);
    return true;
  }

  bool parse_error(size_t position, const std::string&, const Json::exception& error) override {
    std::string why = reason(error.what());
    std::replace(why.begin(), why.end(), '\n', ' ');
    throw Error(name_ + ":" + place(text_, position) + ": not valid JSON: " + shortened(why, 300, "..."));
  }

 private:
  struct Open {
    Json* value;
    std::unordered_set<std::string> seen;
    std::string key;
  };

  /// Where the next value belongs. What is open stays at its address, since its parent grows only after it is closed.
  Json& put_value(Json value) {
    if (open_.empty()) return root_ = std::move(value);
    Json& parent = *open_.back().value;
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return parent.back();
    }
    auto& object = parent.get_ref<Json::object_t&>();
    object.emplace_back(std::move(open_.back().key), std::move(value));
    return object.back().second;
  }
  bool put(Json value) {
    put_value(std::move(value));
    return true;
  }
  bool open(Json value) {
    const std::string key = open_.empty() ? "" : open_.back().key;
    Json& placed = put_value(std::move(value));
    if (!open_.empty()) open_.back().key = key;  // still wanted for paths
    open_.push_back({&placed, {}, {}});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  std::string path() const {
    std::string path;
    for (size_t i = 0; i + 1 < open_.size(); ++i) path += open_[i].key.empty() ? "" : open_[i].key + ".";
    return path;
  }

  std::string_view text_;
  const std::string& name_;
  Json root_;
  std::vector<Open> open_;
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

}  // namespace

Json parse_json(std::string_view text, const std::string& name) {
  refuse_deep_nesting(text, name);
  Builder builder(text, name);
  Json::sax_parse(text.begin(), text.end(), &builder, Json::input_format_t::json, /*strict=*/true,
                  /*ignore_comments=*/true);
  return std::move(builder.result());
}

std::string shown(const Json& value) {
  return shortened(value.dump(-1, ' ', false, Json::error_handler_t::replace), 60, "...");
}

Json read_json(const fs::path& path) {
  return parse_json(read_file(path), path.string());
}

}  // namespace seq
