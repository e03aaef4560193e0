// seqtool ngram: counted n-gram models in pipes.
#include "cli.h"

namespace seq::apps {

void add_ngram(CLI::App& app, Context& context) {
  CLI::App* verb = add_verb(app, "ngram", "counted n-gram models",
                            "  seqtool ngram estimate --order 5 < corpus.txt > model.arpa\n"
                            "  seqtool ngram binary model.arpa -o model.bin\n");
  verb->require_subcommand(1);
  for (const AddVerb add :
       {add_ngram_estimate, add_ngram_count, add_ngram_merge, add_ngram_binary, add_ngram_info, add_ngram_mix})
    add(*verb, context);
}

}  // namespace seq::apps
