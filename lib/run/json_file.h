// A struct with fields (base/fields.h) as a JSON file of the run folder.
#pragma once

#include "base/fields.h"
#include "base/files.h"

namespace seq {

/// Reads and checks a struct. Throws Error(`<name>: <key>: …`).
template <class T>
T parse_fields_file(std::string_view text, const std::string& name) {
  const Json json = parse_json(text, name);
  if (!json.is_object()) throw Error(name + ": " + shown(json) + " is not an object {…}");
  try {
    T value = read_fields<T>(json, "");
    value.check();
    return value;
  } catch (const Error& error) {
    throw Error(name + ": " + error.what());
  }
}

/// Writes in one step; bytes that are not UTF-8 are replaced. Throws RunError.
template <class T>
void write_fields_file(const fs::path& path, const T& value) {
  write_file_atomic(path, write_fields(value).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace seq
