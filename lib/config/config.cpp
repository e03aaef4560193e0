// From a config file to a resolved config.
#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>

#include "base/files.h"

namespace seq {
namespace {

/// Replaces `${NAME}` and `${NAME:-default}` in every string value.
void expand_environment(Json& value, const std::string& key) {
  if (value.is_structured()) {
    for (auto& [name, inner] : value.items()) expand_environment(inner, detail::join_path(key, name));
    return;
  }
  if (!value.is_string()) return;
  static const std::regex kVariable(R"(\$\{([A-Za-z_][A-Za-z_0-9]*)(:-([^}]*))?\})");
  const std::string text = value.get<std::string>();
  std::string out;
  auto last = text.cbegin();
  for (std::sregex_iterator match(text.begin(), text.end(), kVariable), end; match != end; ++match) {
    out.append(last, (*match)[0].first);
    last = (*match)[0].second;
    const std::string name = (*match)[1];
    const char* found = std::getenv(name.c_str());
    if (found != nullptr && *found != '\0') {
      out += found;
    } else if ((*match)[2].matched) {
      out += (*match)[3];
    } else {
      throw Error(key + ": the environment variable " + name + " is not set (or give a default: ${" + name + ":-…})");
    }
  }
  out.append(last, text.cend());
  value = out;
}

/// The config file that a name stands for: a path, or one of the installed configs.
fs::path find_config(const std::string& name) {
  std::error_code ignored;
  if (fs::exists(name, ignored)) return name;
  std::vector<fs::path> folders;
  if (const char* folder = std::getenv("SEQTOOL_CONFIGS")) folders.emplace_back(folder);
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  folders.push_back(program / "../share/seqtool/configs");
  folders.push_back(program / "../../../configs");  // the build folder of a checkout
  for (const fs::path& folder : folders)
    for (const std::string ending : {".json", ""})
      if (fs::path file = folder / (name + ending); fs::is_regular_file(file, ignored))
        return fs::weakly_canonical(file);
  throw Error(name + ": no such config file, nor an installed config of that name");
}

std::string absolute_path(const fs::path& folder, const std::string& path) {
  return (folder / path).lexically_normal().string();
}

std::vector<std::string> names_of(const Catalog& catalog) {
  std::vector<std::string> names;
  for (const CatalogEntry& entry : catalog) names.push_back(entry.name);
  return names;
}

Config read_config(const Json& json, const PathBase& base, const Catalog& catalog) {
  detail::require_object(json, "");
  Json sections = json;
  sections.erase("seqtool");                                                // what a run folder adds
  if (sections.contains("tokenizer") && sections["tokenizer"].is_string())  // a file stands for itself
    sections["tokenizer"] = Json{{"from", sections["tokenizer"]}};
  Config config = read_fields<Config>(sections, "", base);
  config.tokenizer.threads = config.threads;
  if (!config.model.is_null()) detail::require_object(config.model, "model");
  if (!config.model.contains("type"))
    throw Error(fmt::format("model.type: missing (one of: {})", fmt::join(names_of(catalog), ", ")));
  if (!config.model["type"].is_string()) throw Error("model.type: " + config.model["type"].dump() + " is not a string");
  config.model = find_model(catalog, config.model_type()).resolve(config.model, base);
  return config;
}

}  // namespace

const CatalogEntry& find_model(const Catalog& catalog, const std::string& type) {
  for (const CatalogEntry& entry : catalog)
    if (entry.name == type) return entry;
  const std::vector<std::string> names = names_of(catalog);
  const auto meant = nearest_word(type, names);
  throw Error(fmt::format("model.type: \"{}\" is unknown ({}known: {})", type,
                          meant ? "did you mean " + *meant + "? " : "", fmt::join(names, ", ")));
}

namespace {

/// The value of a `--set`: JSON, or else the text itself. A path such as 2024 is no number.
Json set_value(const std::string& key, const std::string& text) {
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  static const std::set<std::string> kPaths = {"out",       "data.corpus",    "data.train",          "data.valid",
                                               "data.test", "tokenizer.from", "model.embedding.from"};
  return value.is_discarded() || (value.is_number() && kPaths.contains(key)) ? Json(text) : value;
}

}  // namespace

Json Config::to_json() const {
  return write_fields(*this);
}

std::vector<std::string> apply_sets(Json& json, const std::vector<std::string>& sets) {
  std::vector<std::string> keys;
  for (const std::string& text : sets) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) throw Error("--set " + text + ": expected key=value");
    const std::string key = text.substr(0, equals);
    Json value = set_value(key, text.substr(equals + 1));
    Json* place = &json;
    size_t start = 0;
    for (size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', start)) {
      place = &(*place)[key.substr(start, dot - start)];
      start = dot + 1;
      if (place->is_null()) *place = Json::object();
      if (!place->is_object()) throw Error("--set " + text + ": " + key.substr(0, dot) + " has no keys below it");
    }
    (*place)[key.substr(start)] = std::move(value);
    keys.push_back(key);
  }
  return keys;
}

namespace {

/// `set_keys` were given by --set, and their paths are relative to the working folder; those in the file to `folder`.
PathBase path_base(const fs::path& folder, const std::vector<std::string>& set_keys) {
  return [=](const std::string& key, const std::string& path) {
    const bool from_here = key == "out" || std::any_of(set_keys.begin(), set_keys.end(), [&](const std::string& set) {
                             return key == set || key.rfind(set + "[", 0) == 0 || key.rfind(set + ".", 0) == 0;
                           });
    return absolute_path(from_here ? fs::current_path() : folder, path);
  };
}

/// Names the first key of `given` that is not at its default; `key` is where both stand.
void refuse_unread(const Json& given, const Json& defaults, const std::string& key, const std::string& type) {
  if (given == defaults) return;
  if (!given.is_object() || !defaults.is_object())
    throw Error(key + ": a " + type + " does not read it (leave it out)");
  for (const auto& [name, value] : given.items())
    refuse_unread(value, defaults.at(name), detail::join_path(key, name), type);
}

const Json& at_key(const Json& json, const std::string& key) {
  const size_t dot = key.find('.');
  const Json& inner = json.at(key.substr(0, dot));
  return dot == std::string::npos ? inner : at_key(inner, key.substr(dot + 1));
}

std::vector<std::string> unread_keys(const Config& config, const CatalogEntry& entry) {
  std::vector<std::string> keys;
  for (const UnreadKeys& unread : entry.unread)
    if (!unread.applies || unread.applies(config.model))
      keys.insert(keys.end(), unread.keys.begin(), unread.keys.end());
  return keys;
}

void refuse_unread(const Config& config, const CatalogEntry& entry) {
  const Json given = config.to_json(), defaults = Config().to_json();
  for (const std::string& unread : unread_keys(config, entry)) {
    const std::string key = unread.substr(0, unread.find('='));
    if (key == unread) {
      refuse_unread(at_key(given, key), at_key(defaults, key), key, entry.name);
    } else if (const std::string value = unread.substr(key.size() + 1); at_key(given, key) == value) {
      throw Error(key + ": " + value + " is not for a " + entry.name + " (leave it out)");
    }
  }
}

}  // namespace

Config load_config(const std::string& file, const std::vector<std::string>& sets, const Catalog& catalog) {
  const fs::path config_file = find_config(file);
  const std::string text = read_file(config_file);
  Json json = parse_json(text, config_file.string());
  if (!json.is_object()) throw Error(config_file.string() + ": expected an object {…} with the key model");
  const std::vector<std::string> set_keys = apply_sets(json, sets);
  try {
    expand_environment(json, "");
    Config config = read_config(json, path_base(fs::absolute(config_file).parent_path(), set_keys), catalog);
    if (config.out.empty()) config.out = absolute_path(fs::current_path() / "runs", config_file.stem().string());
    return config;
  } catch (const Error& error) {
    throw Error(config_file.string() + ": " + error.what());
  }
}

Config config_from_json(const Json& json, const std::string& name, const Catalog& catalog,
                        const std::vector<std::string>& sets) {
  Json changed = json;
  const std::vector<std::string> set_keys = apply_sets(changed, sets);
  try {
    return read_config(changed, path_base({}, set_keys), catalog);
  } catch (const Error& error) {
    throw Error(name + ": " + error.what());
  }
}

void check_config(const Config& config, const Catalog& catalog) {
  const CatalogEntry& entry = find_model(catalog, config.model_type());
  refuse_unread(config, entry);
  check_data_options(config.data);
  const std::vector<std::string> unread = unread_keys(config, entry);
  if (std::find(unread.begin(), unread.end(), "train") == unread.end())
    check_train_options(config.train, has_validation(config.data));
}

}  // namespace seq
