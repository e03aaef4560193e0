// What a tokenizer tells of itself.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ostream>

#include "base/error.h"
#include "text/pipe.h"
#include "text/streamed_text.h"
#include "text/text_reader.h"

namespace seq {
namespace {

/// What a tokenizer makes of some texts.
struct Usage {
  std::vector<int64_t> counts;  ///< of each token
  int64_t tokens = 0;
  int64_t characters = 0;
  int64_t unknown = 0;

  int64_t used() const {
    return std::count_if(counts.begin(), counts.end(), [](int64_t count) { return count > 0; });
  }
  /// The share of tokens that are known.
  double coverage() const { return tokens == 0 ? 1 : 1 - static_cast<double>(unknown) / static_cast<double>(tokens); }
  double characters_per_token() const {
    return tokens == 0 ? 0 : static_cast<double>(characters) / static_cast<double>(tokens);
  }
};

Usage usage_of(const Tokenizer& tokenizer, const std::vector<std::string>& texts, InvalidUtf8 invalid) {
  Usage usage;
  usage.counts.resize(static_cast<size_t>(tokenizer.vocabulary().size()));
  std::vector<int32_t> ids;
  for (const std::string& file : texts) {
    const auto encoder = tokenizer.encoder();
    TextReader reader({file}, invalid);
    const auto count = [&](std::string_view piece, Place place) {
      ids.clear();
      try {
        encoder->encode(piece, ids, place);
      } catch (const UnknownCharacter& error) {
        throw Error(reader.name() + ": " + error.what());
      }
      for (const int32_t id : ids) ++usage.counts[static_cast<size_t>(id)];
      usage.tokens += static_cast<int64_t>(ids.size());
      usage.characters += static_cast<int64_t>(count_code_points(piece));
    };
    StreamedText text(tokenizer);
    for (std::string_view block; !(block = reader.next_block()).empty();) text.add(block, count);
    text.finish(count);
  }
  if (const int32_t unknown = tokenizer.vocabulary().unknown; unknown != kNoToken)
    usage.unknown = usage.counts[static_cast<size_t>(unknown)];
  return usage;
}

Json info_json(const Tokenizer& tokenizer, const std::optional<Usage>& usage) {
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  Json json = {{"type", tokenizer.type()}, {"size", vocabulary.size()}, {"specials", Json::object()}};
  for (const SpecialToken& special : kSpecialTokens)
    if (vocabulary.*special.id != kNoToken)
      json["specials"][special.role] = {{"id", vocabulary.*special.id},
                                        {"token", vocabulary.token(vocabulary.*special.id)}};
  json["tokens"] = Json::array();
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    json["tokens"].push_back({{"id", id}, {"token", vocabulary.token(id)}});
    if (usage) json["tokens"].back()["count"] = usage->counts[static_cast<size_t>(id)];
  }
  if (usage)
    json["text"] = {{"characters", usage->characters},
                    {"tokens", usage->tokens},
                    {"characters_per_token", usage->characters_per_token()},
                    {"unknown", usage->unknown},
                    {"coverage", usage->coverage()},
                    {"used", usage->used()}};
  return json;
}

}  // namespace

void print_info(const Tokenizer& tokenizer, const std::vector<std::string>& texts, std::ostream& out,
                const PipeOptions& options) {
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  std::optional<Usage> usage;
  if (!texts.empty()) usage = usage_of(tokenizer, texts, options.invalid);
  if (options.format == EncodeFormat::json) {
    out << info_json(tokenizer, usage).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    out << "type\t" << tokenizer.type() << "\nsize\t" << vocabulary.size() << '\n';
    for (const SpecialToken& special : kSpecialTokens)
      if (const int32_t id = vocabulary.*special.id; id != kNoToken)
        out << "special\t" << special.role << '\t' << id << '\t' << vocabulary.token(id) << '\n';
    if (usage)
      out << fmt::format(
          "characters\t{}\ntokens\t{}\ncharacters per token\t{:.4f}\nunknown\t{}\ncoverage\t{:.6f}\nused\t{}\n",
          usage->characters, usage->tokens, usage->characters_per_token(), usage->unknown, usage->coverage(),
          usage->used());
    out << (usage ? "\nid\ttoken\tcount\n" : "\nid\ttoken\n");
    for (int32_t id = 0; id < vocabulary.size(); ++id) {
      out << id << '\t' << shown_token(vocabulary.token(id));
      if (usage) out << '\t' << usage->counts[static_cast<size_t>(id)];
      out.put('\n');
    }
  }
  out.flush();
  if (!out) throw RunError("the output cannot be written (disk full, or its reader is gone)");
}

}  // namespace seq
