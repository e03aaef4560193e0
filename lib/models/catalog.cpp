// The table of models.def as catalogue entries.
#include "models/catalog.h"

#include "models/char_rnn/options.h"
#include "models/classifier/options.h"
#include "models/feedforward/options.h"
#include "models/ngram/options.h"
#include "models/scalar_rnn/options.h"
#include "models/scratch_rnn/options.h"
#include "models/word2vec/options.h"

namespace seq {
namespace {

template <class Options>
std::vector<UnreadKeys> unread() {
  if constexpr (requires { Options::unread(); }) return Options::unread();
  if constexpr (requires { Options::kUnread; }) return {{{}, {}, {Options::kUnread.begin(), Options::kUnread.end()}}};
  return {};
}

/// `type` is read by the caller; the other keys are the options'.
template <class Options>
CatalogEntry entry(const std::string& name, bool needs_torch) {
  return {name,
          Options::kSummary,
          needs_torch,
          [name](const Json& section, const PathBase& base) {
            Json rest = section;
            rest.erase("type");
            Json resolved = {{"type", name}};
            const Options options = read_fields<Options>(rest, "model", base);
            if constexpr (requires { options.check(); }) options.check();
            resolved.update(write_fields(options));
            return resolved;
          },
          [] { return describe_fields<Options>("model"); },
          unread<Options>()};
}

}  // namespace

const Catalog& catalog() {
  static const Catalog entries = {
#define SEQ_MODEL(name, Options, needs_torch) entry<Options>(#name, needs_torch),
#include "models/models.def"
#undef SEQ_MODEL
  };
  return entries;
}

}  // namespace seq
