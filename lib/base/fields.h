// Strict configuration structs: one declaration of a field gives the reader, the writer and the reference page.
//
//   struct RnnOptions {
//     int64_t hidden_size = 128;
//     template <class Visitor>
//     void fields(Visitor& field) {
//       field("hidden_size", hidden_size, "units in each layer", at_least(1));
//     }
//   };
//   auto options = read_fields<RnnOptions>(json, "model");   // unknown, mistyped, out-of-range keys: Error with path
//   Json resolved = write_fields(options);
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace seq {

/// What a value must satisfy beyond its type.
struct Constraint {
  std::string text;                  ///< for the reference page: `at least 1`, `one of: rnn, lstm, gru`
  std::vector<std::string> choices;  ///< allowed strings; empty: any
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool least_excluded = false;
  bool is_path = false;  ///< made absolute when read
};

Constraint at_least(double least);
Constraint above(double least);
Constraint between(double least, double most);
Constraint one_of(std::vector<std::string> choices);
/// A file or folder: relative ones are resolved against the config's folder (see PathBase).
Constraint path();

/// Resolves a relative path that stands at a key of the config; identity when empty.
using PathBase = std::function<std::string(const std::string& key, const std::string& path)>;

/// One line of the reference page.
struct FieldDoc {
  std::string key;   ///< full path: `train.optimizer.type`
  std::string type;  ///< `integer`, `number`, `string`, `true or false`, `list of …`
  std::string default_value;
  std::string help;
  std::string constraint;
};

namespace detail {

// Each reads `value` into `out` or throws Error(`<path>: …`).
void read_value(const Json& value, const std::string& path, const Constraint& constraint, bool& out);
void read_value(const Json& value, const std::string& path, const Constraint& constraint, int64_t& out);
void read_value(const Json& value, const std::string& path, const Constraint& constraint, double& out);
void read_value(const Json& value, const std::string& path, const Constraint& constraint, std::string& out);
[[noreturn]] void refuse_key(const std::string& path, const std::string& key, const std::vector<std::string>& known);
void require_object(const Json& value, const std::string& path);
std::string join_path(const std::string& path, const std::string& key);

inline std::string type_name(const bool*) {
  return "true or false";
}
inline std::string type_name(const int64_t*) {
  return "integer";
}
inline std::string type_name(const double*) {
  return "number";
}
inline std::string type_name(const std::string*) {
  return "string";
}
template <class T>
std::string type_name(const std::vector<T>*) {
  return "list of " + type_name(static_cast<const T*>(nullptr)) + "s";
}
template <class T>
std::string type_name(const std::optional<T>*) {
  return type_name(static_cast<const T*>(nullptr)) + " or null";
}

class Reader {
 public:
  Reader(const Json& object, std::string path, const PathBase& base)
      : object_(object), path_(std::move(path)), base_(base) {
    require_object(object_, path_);
  }

  template <class T>
  void operator()(const char* key, T& member, const char* /*help*/, const Constraint& constraint = {}) {
    known_.push_back(key);
    auto found = object_.find(key);
    if (found != object_.end()) read(*found, join_path(path_, key), constraint, member);
  }

  /// Refuses keys that no field declared.
  void finish() const {
    for (const auto& [key, value] : object_.items())
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) refuse_key(path_, key, known_);
  }

 private:
  template <class T>
  void read(const Json& value, const std::string& path, const Constraint& constraint, T& out) {
    if constexpr (std::is_same_v<T, Json>) {
      out = value;
    } else if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string>) {
      Reader inner(value, path, base_);
      out.fields(inner);
      inner.finish();
    } else {
      read_value(value, path, constraint, out);
      if constexpr (std::is_same_v<T, std::string>)
        if (constraint.is_path && base_ && !out.empty()) out = base_(path, out);
    }
  }
  template <class T>
  void read(const Json& value, const std::string& path, const Constraint& constraint, std::optional<T>& out) {
    if (value.is_null()) {
      out.reset();
    } else {
      out.emplace();
      read(value, path, constraint, *out);
    }
  }
  /// One value stands for a list of one.
  template <class T>
  void read(const Json& value, const std::string& path, const Constraint& constraint, std::vector<T>& out) {
    out.clear();
    if (!value.is_array()) {
      T one{};
      read(value, path, constraint, one);
      out.push_back(std::move(one));
      return;
    }
    for (size_t i = 0; i < value.size(); ++i) {
      T one{};
      read(value[i], path + "[" + std::to_string(i) + "]", constraint, one);
      out.push_back(std::move(one));
    }
  }

  const Json& object_;
  std::string path_;
  const PathBase& base_;
  std::vector<std::string> known_;
};

class Writer {
 public:
  template <class T>
  void operator()(const char* key, T& member, const char* /*help*/, const Constraint& = {}) {
    object[key] = write(member);
  }
  Json object = Json::object();

 private:
  template <class T>
  static Json write(T& value) {
    if constexpr (std::is_same_v<T, Json> || std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return value;
    } else {
      Writer inner;
      value.fields(inner);
      return inner.object;
    }
  }
  template <class T>
  static Json write(std::optional<T>& value) {
    return value ? write(*value) : Json(nullptr);
  }
  template <class T>
  static Json write(std::vector<T>& value) {
    Json list = Json::array();
    for (T one : value) list.push_back(write(one));
    return list;
  }
};

class Describer {
 public:
  explicit Describer(std::string path) : path_(std::move(path)) {}
  template <class T>
  void operator()(const char* key, T& member, const char* help, const Constraint& constraint = {}) {
    describe(join_path(path_, key), member, help, constraint);
  }
  std::vector<FieldDoc> docs;

 private:
  template <class T>
  void describe(const std::string& key, T& member, const char* help, const Constraint& constraint) {
    if constexpr (std::is_same_v<T, Json>) {
      docs.push_back({key, "object", "", help, constraint.text});
    } else if constexpr (requires { member.fields(*this); }) {
      Describer inner(key);
      member.fields(inner);
      docs.insert(docs.end(), inner.docs.begin(), inner.docs.end());
    } else {
      Writer writer;
      writer("v", member, help);
      docs.push_back({key, type_name(&member), writer.object["v"].dump(), help, constraint.text});
    }
  }
  std::string path_;
};

}  // namespace detail

/// Reads a struct from a JSON object. Throws Error with the path of the key that is unknown, mistyped or out of range.
template <class T>
T read_fields(const Json& object, const std::string& path, const PathBase& base = {}) {
  T out;
  detail::Reader reader(object, path, base);
  out.fields(reader);
  reader.finish();
  return out;
}

/// The struct as JSON, every field present.
template <class T>
Json write_fields(const T& value) {
  T copy = value;
  detail::Writer writer;
  copy.fields(writer);
  return writer.object;
}

/// The fields of a struct with their defaults, nested ones by their full path.
template <class T>
std::vector<FieldDoc> describe_fields(const std::string& path) {
  T value;
  detail::Describer describer(path);
  value.fields(describer);
  return describer.docs;
}

/// The candidate closest to a misspelt word by edit distance, if one is close enough to be meant.
std::optional<std::string> nearest_word(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace seq
