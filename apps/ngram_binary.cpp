// seqtool ngram binary and info: binary models out of ARPA, and what a model is.
#include <iostream>
#include <memory>

#include "base/error.h"
#include "cli.h"
#include "ngram/arpa.h"
#include "ngram/binary_image.h"

namespace seq::apps {
namespace {

struct BinaryCommand {
  std::string arpa = "-";
  std::string out;
  std::string layout = "hashed";
  std::string temporary_folder;
};

void make_binary(const BinaryCommand& options) {
  const auto sink =
      ngram::make_binary_sink(options.out, {ngram::layout_named(options.layout), options.temporary_folder});
  ngram::read_arpa(options.arpa, *sink);
}

struct InfoCommand {
  std::string model;
  bool check = false;
  bool json = false;
};

void print_info(const InfoCommand& options) {
  const ngram::BinaryImage image(options.model);
  if (options.check) image.check_content();
  const ngram::Header& header = image.header();
  Json counts = Json::array();
  for (uint32_t i = 0; i < header.order; ++i) counts.push_back(header.orders[i].count);
  const char* const layout = header.layout == static_cast<uint32_t>(ngram::Layout::trie) ? "trie" : "hashed";
  const Json info = {{"format", header.version}, {"layout", layout},
                     {"order", header.order},    {"vocabulary", header.vocabulary_size},
                     {"ngrams", counts},         {"bytes", header.file_size}};
  if (options.json) {
    std::cout << info.dump() << "\n";
    return;
  }
  for (const auto& [key, value] : info.items())
    std::cout << key << "\t" << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
}

}  // namespace

void add_ngram_binary(CLI::App& ngram, Context& /*context*/) {
  auto options = std::make_shared<BinaryCommand>();
  CLI::App* verb = add_verb(ngram, "binary", "make a binary model, which loads in milliseconds, out of ARPA",
                            "  seqtool ngram binary model.arpa -o model.bin\n"
                            "  seqtool ngram binary model.arpa -o small.bin --layout trie\n");
  verb->add_option("ARPA", options->arpa, "ARPA file, plain or compressed; stdin when absent or -");
  verb->add_option("-o,--output", options->out, "binary model to write")->required()->type_name("FILE");
  add_layout_option(*verb, options->layout);
  add_temp_option(*verb, options->temporary_folder);
  verb->callback([options] { make_binary(*options); });
}

void add_ngram_info(CLI::App& ngram, Context& /*context*/) {
  auto options = std::make_shared<InfoCommand>();
  CLI::App* verb = add_verb(ngram, "info", "layout, order, counts and size of a binary model",
                            "  seqtool ngram info model.bin\n"
                            "  seqtool ngram info model.bin --check --json\n");
  verb->add_option("MODEL", options->model, "binary model")->required();
  verb->add_flag("--check", options->check, "also read the whole file and compare its checksum");
  verb->add_flag("--json", options->json, "one JSON object");
  verb->callback([options] { print_info(*options); });
}

}  // namespace seq::apps
