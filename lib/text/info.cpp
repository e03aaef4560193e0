// What a tokenizer tells of itself.
#include <ostream>

#include "base/error.h"
#include "text/pipe.h"
#include "text/text_reader.h"

namespace seq {
namespace {

/// How often each token occurs in some texts.
std::vector<int64_t> count_tokens(const Tokenizer& tokenizer, const std::vector<std::string>& texts,
                                  InvalidUtf8 invalid) {
  std::vector<int64_t> counts(static_cast<size_t>(tokenizer.vocabulary().size()));
  std::vector<int32_t> ids;
  TextReader reader(texts, invalid);
  for (std::string_view block; !(block = reader.next_block()).empty();) {
    ids.clear();
    try {
      tokenizer.encode(block, ids);
    } catch (const UnknownCharacter& error) {
      throw Error(reader.name() + ": " + error.what());
    }
    for (const int32_t id : ids) ++counts[static_cast<size_t>(id)];
  }
  return counts;
}

Json info_json(const Tokenizer& tokenizer, const std::vector<int64_t>& counts) {
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  Json json = {{"type", tokenizer.type()}, {"size", vocabulary.size()}, {"specials", Json::object()}};
  for (const SpecialToken& special : kSpecialTokens)
    if (vocabulary.*special.id != kNoToken)
      json["specials"][special.role] = {{"id", vocabulary.*special.id},
                                        {"token", vocabulary.token(vocabulary.*special.id)}};
  json["tokens"] = Json::array();
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    json["tokens"].push_back({{"id", id}, {"token", vocabulary.token(id)}});
    if (!counts.empty()) json["tokens"].back()["count"] = counts[static_cast<size_t>(id)];
  }
  return json;
}

}  // namespace

void print_info(const Tokenizer& tokenizer, const std::vector<std::string>& texts, std::ostream& out,
                const PipeOptions& options) {
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  std::vector<int64_t> counts;
  if (!texts.empty()) counts = count_tokens(tokenizer, texts, options.invalid);
  if (options.format == EncodeFormat::json) {
    out << info_json(tokenizer, counts).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    out << "type\t" << tokenizer.type() << "\nsize\t" << vocabulary.size() << '\n';
    for (const SpecialToken& special : kSpecialTokens)
      if (const int32_t id = vocabulary.*special.id; id != kNoToken)
        out << "special\t" << special.role << '\t' << id << '\t' << vocabulary.token(id) << '\n';
    out << (counts.empty() ? "\nid\ttoken\n" : "\nid\ttoken\tcount\n");
    for (int32_t id = 0; id < vocabulary.size(); ++id) {
      out << id << '\t' << shown_token(vocabulary.token(id));
      if (!counts.empty()) out << '\t' << counts[static_cast<size_t>(id)];
      out.put('\n');
    }
  }
  out.flush();
  if (!out) throw RunError("the output cannot be written (disk full, or its reader is gone)");
}

}  // namespace seq
