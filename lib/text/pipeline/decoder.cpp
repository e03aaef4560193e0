// Decoders with the rules of HF tokenizers.
#include "text/pipeline/decoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

#include "base/error.h"
#include "text/pattern.h"
#include "text/pre_tokenise/rewriting.h"
#include "text/tokenizer_json.h"
#include "text/utf8.h"

namespace seq {
namespace {

void replace_all(std::string& text, std::string_view pattern, std::string_view content) {
  if (pattern.empty()) return;
  std::string out;
  size_t from = 0;
  for (size_t at = 0; (at = text.find(pattern, from)) != std::string::npos; from = at + pattern.size())
    out.append(text, from, at - from).append(content);
  if (from == 0) return;
  text = out.append(text, from);
}

/// The byte that a character of GPT-2's spelling stands for; -1 when it is none.
int byte_of(int32_t code_point) {
  static const auto kBytes = [] {
    std::array<int16_t, 0x180> bytes{};
    bytes.fill(-1);
    for (size_t byte = 0; byte < 256; ++byte) {
      size_t position = 0;
      bytes[static_cast<size_t>(next_code_point(byte_alphabet()[byte], position))] = static_cast<int16_t>(byte);
    }
    return bytes;
  }();
  const auto index = static_cast<size_t>(code_point);
  return index < kBytes.size() ? kBytes[index] : -1;
}

/// Bytes out of their spelling, token by token; a token with other characters stays as it is. What the bytes make need
/// not be UTF-8: it is given back as it was.
class ByteLevelDecoder : public Decoder {
 public:
  explicit ByteLevelDecoder(Json json) : json_(std::move(json)) {}
  void apply(std::vector<std::string>& tokens) const override {
    std::string text;
    for (const std::string& token : tokens) {
      const size_t before = text.size();
      for (size_t i = 0; i < token.size();) {
        const int byte = byte_of(next_code_point(token, i));
        if (byte < 0) {
          text.resize(before);
          text += token;
          break;
        }
        text += static_cast<char>(byte);
      }
    }
    tokens.assign(1, text);
  }
  Json to_json() const override { return json_; }

 private:
  Json json_;
};

class WordPieceDecoder : public Decoder {
 public:
  WordPieceDecoder(std::string prefix, bool cleanup) : prefix_(std::move(prefix)), cleanup_(cleanup) {}
  void apply(std::vector<std::string>& tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0 && tokens[i].starts_with(prefix_)) {
        tokens[i].erase(0, prefix_.size());
      } else if (i > 0) {
        tokens[i].insert(0, " ");
      }
      if (cleanup_) clean_up(tokens[i]);
    }
  }
  Json to_json() const override { return {{"type", "WordPiece"}, {"prefix", prefix_}, {"cleanup", cleanup_}}; }

 private:
  /// English punctuation without the space before it.
  static void clean_up(std::string& text) {
    constexpr std::pair<const char*, const char*> kRules[] = {
        {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
        {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
    for (const auto& [from, to] : kRules) replace_all(text, from, to);
  }
  std::string prefix_;
  bool cleanup_;
};

class MetaspaceDecoder : public Decoder {
 public:
  explicit MetaspaceDecoder(Metaspace settings) : settings_(std::move(settings)) {}
  void apply(std::vector<std::string>& tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i)
      replace_all(tokens[i], settings_.replacement(),
                  i == 0 && settings_.prepend() != Metaspace::Prepend::never ? "" : " ");
  }
  Json to_json() const override { return settings_.to_json(); }

 private:
  Metaspace settings_;
};

class BpeDecoder : public Decoder {
 public:
  explicit BpeDecoder(std::string suffix) : suffix_(std::move(suffix)) {}
  void apply(std::vector<std::string>& tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i) replace_all(tokens[i], suffix_, i + 1 == tokens.size() ? "" : " ");
  }
  Json to_json() const override { return {{"type", "BPEDecoder"}, {"suffix", suffix_}}; }

 private:
  std::string suffix_;
};

class FuseDecoder : public Decoder {
 public:
  void apply(std::vector<std::string>& tokens) const override {
    std::string text;
    for (const std::string& token : tokens) text += token;
    tokens.assign(1, text);
  }
  Json to_json() const override { return {{"type", "Fuse"}}; }
};

/// Runs of `<0x..>` become their bytes where these are UTF-8, else one U+FFFD each.
class ByteFallbackDecoder : public Decoder {
 public:
  void apply(std::vector<std::string>& tokens) const override {
    std::vector<std::string> out;
    std::string bytes;
    const auto flush = [&] {
      if (bytes.empty()) return;
      if (find_invalid_utf8(bytes) == std::string_view::npos) {
        out.push_back(bytes);
      } else {
        out.insert(out.end(), bytes.size(), "\uFFFD");
      }
      bytes.clear();
    };
    for (std::string& token : tokens) {
      if (const int byte = parse(token); byte >= 0) {
        bytes += static_cast<char>(byte);
        continue;
      }
      flush();
      out.push_back(std::move(token));
    }
    flush();
    tokens.swap(out);
  }
  Json to_json() const override { return {{"type", "ByteFallback"}}; }

 private:
  static int parse(const std::string& token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return -1;
    int byte = -1;
    const auto [end, failed] = std::from_chars(token.data() + 3, token.data() + 5, byte, 16);
    return failed == std::errc{} && end == token.data() + 5 && byte >= 0 ? byte : -1;
  }
};

class ReplaceDecoder : public Decoder {
 public:
  ReplaceDecoder(Pattern pattern, std::string content) : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void apply(std::vector<std::string>& tokens) const override {
    for (std::string& token : tokens) {
      std::string out;
      size_t last = 0;
      pattern_.find_all(token, [&](size_t begin, size_t end) {
        out.append(token, last, begin - last).append(content_);
        last = end;
      });
      if (last > 0) token = out.append(token, last);
    }
  }
  Json to_json() const override {
    return {{"type", "Replace"}, {"pattern", pattern_.to_json()}, {"content", content_}};
  }

 private:
  Pattern pattern_;
  std::string content_;
};

/// Takes at most so many of a character from each token's ends.
class StripDecoder : public Decoder {
 public:
  StripDecoder(std::string content, int64_t start, int64_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}
  void apply(std::vector<std::string>& tokens) const override {
    for (std::string& token : tokens) {
      size_t begin = 0, end = token.size();
      const std::string_view all = token;
      for (int64_t i = 0; i < start_ && all.substr(begin).starts_with(content_); ++i) begin += content_.size();
      for (int64_t i = 0; i < stop_ && end > begin && all.substr(begin, end - begin).ends_with(content_); ++i)
        end -= content_.size();
      token = token.substr(begin, end - begin);
    }
  }
  Json to_json() const override {
    return {{"type", "Strip"}, {"content", content_}, {"start", start_}, {"stop", stop_}};
  }

 private:
  std::string content_;
  int64_t start_, stop_;
};

class DecoderSequence : public Decoder {
 public:
  explicit DecoderSequence(std::vector<std::unique_ptr<Decoder>> steps) : steps_(std::move(steps)) {}
  void apply(std::vector<std::string>& tokens) const override {
    for (const auto& step : steps_) step->apply(tokens);
  }
  Json to_json() const override {
    Json list = Json::array();
    for (const auto& step : steps_) list.push_back(step->to_json());
    return {{"type", "Sequence"}, {"decoders", list}};
  }

 private:
  std::vector<std::unique_ptr<Decoder>> steps_;
};

std::unique_ptr<Decoder> read_sequence(const Json& json, const std::string& place) {
  const Json& list = member(json, "decoders");
  if (!list.is_array()) throw Error(place + ".decoders: not a list");
  std::vector<std::unique_ptr<Decoder>> steps;
  for (size_t i = 0; i < list.size(); ++i)
    if (auto step = decoder_from_json(list[i], place + ".decoders[" + std::to_string(i) + "]"))
      steps.push_back(std::move(step));
  return std::make_unique<DecoderSequence>(std::move(steps));
}

}  // namespace

std::unique_ptr<Decoder> decoder_from_json(const Json& json, const std::string& place) {
  if (json.is_null()) return nullptr;
  constexpr int64_t kMost = INT32_MAX;
  const std::string type = require_text(json, "type", place);
  const auto text_or = [&](const char* key, const char* fallback) {
    return member(json, key).is_null() ? std::string(fallback) : require_text(json, key, place);
  };
  if (type == "ByteLevel") return std::make_unique<ByteLevelDecoder>(json);
  if (type == "WordPiece")
    return std::make_unique<WordPieceDecoder>(text_or("prefix", "##"), read_flag(json, "cleanup", true, place));
  if (type == "Metaspace") return std::make_unique<MetaspaceDecoder>(Metaspace::from_json(json, place));
  if (type == "BPEDecoder") return std::make_unique<BpeDecoder>(text_or("suffix", "</w>"));
  if (type == "Fuse") return std::make_unique<FuseDecoder>();
  if (type == "ByteFallback") return std::make_unique<ByteFallbackDecoder>();
  if (type == "Replace")
    return std::make_unique<ReplaceDecoder>(Pattern::from_json(json, place), require_text(json, "content", place));
  if (type == "Strip") {
    const std::string content = require_text(json, "content", place);
    if (content.empty()) throw Error(place + ".content: not one character");
    return std::make_unique<StripDecoder>(content, read_number(json, "start", 0, 0, kMost, place),
                                          read_number(json, "stop", 0, 0, kMost, place));
  }
  if (type == "Sequence") return read_sequence(json, place);
  throw Error(place + ".type: " + type + " is not supported");
}

}  // namespace seq
