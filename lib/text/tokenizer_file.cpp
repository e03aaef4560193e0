// tokenizer.json by simdjson, section by section.
#include "text/tokenizer_file.h"

#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/error.h"
#include "base/files.h"
#include "text/lines.h"
#include "text/tokenizer_json.h"
#include "text/utf8.h"

namespace seq {
namespace {

namespace od = simdjson::ondemand;

/// Tokens by their ids, which mostly come in their order. Throws Error for ids that are double, or leave gaps.
class VocabularyBuilder {
 public:
  VocabularyBuilder(const std::string& name, size_t file_size) : name_(name) {
    vocabulary_.reserve(file_size / 64, file_size / 8);
  }

  void add(std::string_view token, od::value value) {
    uint64_t id = 0;
    if (value.get_uint64().get(id) != simdjson::SUCCESS || id > INT32_MAX)
      refuse(token, std::string(std::string_view(value.raw_json_token())));
    if (id == static_cast<uint64_t>(vocabulary_.size())) {
      append(token);
    } else {
      others_.emplace_back(id, token);
    }
  }

  Vocabulary finish() {
    std::stable_sort(others_.begin(), others_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [id, token] : others_) {
      const auto next = static_cast<uint64_t>(vocabulary_.size());
      if (id > next) refuse(others_.back().second, std::to_string(others_.back().first));
      if (id < next)
        throw Error(name_ + ": model.vocab: " + shown(vocabulary_.token(static_cast<int32_t>(id))) + " and " +
                    shown(token) + " have the same id");
      append(token);
    }
    return std::move(vocabulary_);
  }

 private:
  void append(std::string_view token) {
    const int32_t id = vocabulary_.size();
    if (vocabulary_.add(token) != id)
      throw Error(name_ + ": model.vocab." + shown(token) + ": duplicate key (keep one of them)");
  }

  [[noreturn]] void refuse(std::string_view token, std::string value) const {
    while (!value.empty() && static_cast<unsigned char>(value.back()) <= ' ') value.pop_back();
    if (value.size() > 40) value = value.substr(0, 37) + "...";
    throw Error(name_ + ": model.vocab." + shown(token) + ": " + value +
                " is not an id below the number of tokens (ids must be 0, 1, 2 …)");
  }

  const std::string& name_;
  Vocabulary vocabulary_;
  std::vector<std::pair<uint64_t, std::string_view>> others_;
};

/// The reader of one file; strings live in the parser until it is done.
class Reader {
 public:
  Reader(std::string_view text, const std::string& name, size_t readable) : text_(text), readable_(readable) {
    file_.name = name;
  }

  TokenizerFile read() {
    od::parser parser;
    const bool padded = readable_ >= text_.size() + simdjson::SIMDJSON_PADDING;
    const simdjson::padded_string copy(padded ? std::string_view() : text_);
    const simdjson::padded_string_view input = padded
                                                   ? simdjson::padded_string_view(text_.data(), text_.size(), readable_)
                                                   : simdjson::padded_string_view(copy);
    od::document document = parser.iterate(input).value();
    read_object(document.get_object().value(), "", [&](const std::string& key, od::value value) {
      if (key != "model") {
        file_.head[key] = small_value(value);
      } else if (value.type().value() == od::json_type::object) {
        has_model_ = true;
        read_model(value.get_object().value());
      }
    });
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      throw simdjson::simdjson_error(simdjson::TRAILING_CONTENT);
    if (!has_model_) throw Error(file_.name + ": not a tokenizer: the key model is missing");
    const bool packed = member(file_.model, "type") == Json("SentencePiece");  // its vocabulary is in `file`
    if (!has_vocabulary_ && !packed) throw Error(file_.name + ": model.vocab: not an object of tokens and their ids");
    Json& type = file_.model["type"];
    if (type.is_null()) type = !file_.scores.empty() ? "Unigram" : !file_.merges.empty() ? "BPE" : "WordLevel";
    return std::move(file_);
  }

 private:
  template <class Use>
  void read_object(od::object object, const std::string& path, const Use& use) {
    std::unordered_set<std::string> seen;
    for (auto field : object) {
      const std::string key(std::string_view(field.unescaped_key().value()));
      if (!seen.insert(key).second) throw Error(file_.name + ": " + path + key + ": duplicate key (keep one of them)");
      use(key, field.value().value());
    }
  }

  /// A section that is not long, by the strict reader.
  Json small_value(od::value value) const {
    if (value.type().value() == od::json_type::object)
      return parse_json(value.get_object().value().raw_json().value(), file_.name);
    if (value.type().value() == od::json_type::array)
      return parse_json(value.get_array().value().raw_json().value(), file_.name);
    return parse_json(value.raw_json_token(), file_.name);
  }

  void read_model(od::object model) {
    read_object(model, "model.", [&](const std::string& key, od::value value) {
      const od::json_type type = value.type().value();
      if (key == "vocab" && type == od::json_type::object) {
        read_ids(value.get_object().value());
      } else if (key == "vocab" && type == od::json_type::array) {
        read_scores(value.get_array().value());
      } else if (key == "merges" && type == od::json_type::array) {
        read_merges(value.get_array().value());
      } else {
        file_.model[key] = small_value(value);
      }
    });
  }

  void read_ids(od::object vocab) {
    VocabularyBuilder builder(file_.name, text_.size());
    for (auto field : vocab) {
      const std::string_view token = field.unescaped_key().value();
      builder.add(token, field.value().value());
    }
    file_.vocabulary = builder.finish();
    has_vocabulary_ = file_.vocabulary.size() > 0;
  }

  [[noreturn]] void refuse(const char* key, size_t index, const std::string& what) const {
    throw Error(file_.name + ": model." + key + "[" + std::to_string(index) + "]: " + what);
  }

  void read_scores(od::array list) {
    file_.vocabulary.reserve(text_.size() / 64, text_.size() / 8);
    file_.scores.reserve(text_.size() / 64);
    for (auto entry : list) {
      const size_t index = file_.scores.size();
      od::array pair;
      std::string_view token;
      double score = 0;
      size_t place = 0;
      if (entry.get_array().get(pair) != simdjson::SUCCESS) refuse("vocab", index, "expected [token, score]");
      for (auto part : pair) {
        const bool good = place == 0   ? part.get_string().get(token) == simdjson::SUCCESS
                          : place == 1 ? part.get_double().get(score) == simdjson::SUCCESS
                                       : false;
        if (!good) refuse("vocab", index, "expected [token, score]");
        ++place;
      }
      if (place != 2) refuse("vocab", index, "expected [token, score]");
      if (file_.vocabulary.add(token) != static_cast<int32_t>(index))
        refuse("vocab", index, "the token " + shown(token) + " is there already");
      file_.scores.push_back(score);
    }
    has_vocabulary_ = !file_.scores.empty();
  }

  void read_merges(od::array list) {
    for (auto entry : list) {
      const size_t index = file_.merges.size();
      std::string_view both;
      if (entry.type().value() == od::json_type::string) {
        both = entry.get_string().value();
        const size_t space = both.find(' ');
        if (space == std::string_view::npos || both.find(' ', space + 1) != std::string_view::npos)
          refuse("merges", index, shown(both) + " is not two tokens with a space between them");
        file_.merges.add(both.substr(0, space), both.substr(space + 1));
        continue;
      }
      od::array pair;
      if (entry.get_array().get(pair) != simdjson::SUCCESS) refuse("merges", index, "expected a pair of tokens");
      std::array<std::string_view, 2> tokens;
      size_t count = 0;
      for (auto part : pair) {
        if (count == 2 || part.get_string().get(tokens[count]) != simdjson::SUCCESS)
          refuse("merges", index, "expected a pair of tokens");
        ++count;
      }
      if (count != 2) refuse("merges", index, "expected a pair of tokens");
      file_.merges.add(tokens[0], tokens[1]);
    }
  }

  std::string_view text_;
  size_t readable_;
  TokenizerFile file_;
  bool has_model_ = false;
  bool has_vocabulary_ = false;
};

Json special(std::string_view content, int32_t id) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", true}};
}

/// BERT's list of tokens, one a line, with the steps of BERT; cased when a token has a capital letter.
TokenizerFile read_vocab_txt(std::string_view text, const std::string& name) {
  TokenizerFile file;
  file.name = name;
  bool cased = false;
  for_each_line(text, [&](std::string_view line, int64_t index) {
    const auto place = [&] { return name + ":" + std::to_string(index + 1); };
    if (line.empty()) throw Error(place() + ": an empty line, expected a token");
    const bool named = line.front() == '[' && line.back() == ']';
    for (const char c : line) cased = cased || (!named && c >= 'A' && c <= 'Z');
    if (file.vocabulary.add(line) != index) throw Error(place() + ": the token " + shown(line) + " is there already");
  });
  if (file.vocabulary.find("[UNK]") == kNoToken)
    throw Error(name + ": not a tokenizer: neither JSON nor a list of tokens with [UNK] among them");
  Json added = Json::array();
  for (const char* token : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"})
    if (const int32_t id = file.vocabulary.find(token); id != kNoToken) added.push_back(special(token, id));
  file.head["added_tokens"] = added;
  file.head["normalizer"] = {{"type", "BertNormalizer"}, {"lowercase", !cased}};
  file.head["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  file.head["decoder"] = {{"type", "WordPiece"}};
  const int32_t cls = file.vocabulary.find("[CLS]"), sep = file.vocabulary.find("[SEP]");
  if (cls != kNoToken && sep != kNoToken)
    file.head["post_processor"] = {{"type", "BertProcessing"}, {"sep", {"[SEP]", sep}}, {"cls", {"[CLS]", cls}}};
  file.model = {{"type", "WordPiece"},
                {"unk_token", "[UNK]"},
                {"continuing_subword_prefix", "##"},
                {"max_input_chars_per_word", 100}};
  return file;
}

/// GPT-2's pair of files: `{"token": id, …}` and lines of merges.
TokenizerFile read_vocab_json(std::string_view text, const fs::path& path) {
  const fs::path merges = path.parent_path() / "merges.txt";
  std::error_code ignored;
  if (!fs::exists(merges, ignored))
    throw Error(path.string() + ": not a tokenizer: the key model is missing, and so is " + merges.string());
  TokenizerFile file =
      parse_tokenizer_json("{\"model\": {\"type\": \"BPE\", \"vocab\": " + std::string(text) + "}}", path.string());
  for_each_line(read_file(merges), [&](std::string_view line, int64_t index) {
    if (line.empty() || (index == 0 && line.starts_with("#version"))) return;
    const size_t space = line.find(' ');
    if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos)
      throw Error(merges.string() + ":" + std::to_string(index + 1) + ": not two tokens with a space between them");
    file.merges.add(line.substr(0, space), line.substr(space + 1));
  });
  const auto byte_level = [](bool prefix, bool trim) {
    return Json{{"type", "ByteLevel"}, {"add_prefix_space", prefix}, {"trim_offsets", trim}};
  };
  file.head["pre_tokenizer"] = byte_level(false, true);  // as in the tokenizer.json of GPT-2
  file.head["post_processor"] = byte_level(true, false);
  file.head["decoder"] = byte_level(true, true);
  if (const int32_t end = file.vocabulary.find("<|endoftext|>"); end != kNoToken)
    file.head["added_tokens"] = Json::array({special("<|endoftext|>", end)});
  return file;
}

}  // namespace

TokenizerFile parse_tokenizer_json(std::string_view text, const std::string& name, size_t readable) {
  try {
    return Reader(text, name, readable).read();
  } catch (const simdjson::simdjson_error& error) {
    const Json json = parse_json(text, name);  // tells the place
    if (!json.is_object()) throw Error(name + ": not a tokenizer: the key model is missing");
    throw Error(name + ": not valid JSON: " + error.what() + " (comments are not allowed here)");
  }
}

TokenizerFile read_tokenizer_file(const fs::path& path) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));  // a map's last page may be read to its end
  const MappedFile file(path);
  const std::string_view text = file.text();
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] != '{' && path.extension() != ".json")
    return read_vocab_txt(text, path.string());
  if (path.filename() == "vocab.json") return read_vocab_json(text, path);
  return parse_tokenizer_json(text, path.string(), (text.size() + page - 1) / page * page);
}

}  // namespace seq
