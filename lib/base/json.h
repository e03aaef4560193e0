// JSON values and the strict reader of JSON text: `//` comments allowed, duplicate keys refused.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace seq {

/// Keeps the order of keys, so that what we write reads like what was declared.
using Json = nlohmann::ordered_json;

/// Parses JSON with comments. `name` (a file's path, usually) opens the message of every error.
/// Throws Error: `x.json:3:14: expected ':' …`, `x.json: train.seed: duplicate key`.
Json parse_json(std::string_view text, const std::string& name);

/// A value in the words of a message: its JSON, shortened when it is long.
std::string shown(const Json& value);

/// Reads and parses a file. Throws Error when it is missing or not JSON.
Json read_json(const std::filesystem::path& path);

}  // namespace seq
