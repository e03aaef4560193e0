// seqtool config: check a config, show it in full, print the reference of all keys.
#include <iostream>
#include <memory>

#include "cli.h"
#include "models/catalog.h"

namespace seq::apps {
namespace {

struct ConfigCommand {
  std::string file;
  std::vector<std::string> sets;
};

CLI::App* add_config_verb(CLI::App& config, ConfigCommand& options, const std::string& name,
                          const std::string& description, const std::string& examples) {
  CLI::App* verb = add_verb(config, name, description, examples);
  verb->add_option("FILE", options.file, "config file, or the name of an installed one")->required();
  verb->add_option("-s,--set", options.sets, "override a key; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  return verb;
}

}  // namespace

void add_config(CLI::App& app, Context& context) {
  CLI::App* config = add_verb(app, "config", "check configs, show them in full, print the reference",
                              "  seqtool config check char_rnn/tiny\n"
                              "  seqtool config resolve char_rnn/tiny --set train.window=20\n"
                              "  seqtool config docs > config.md\n");
  config->require_subcommand(1);
  auto options = std::make_shared<ConfigCommand>();
  add_config_verb(*config, *options, "check", "say whether a config is valid (exit code 0 or 2)",
                  "  seqtool config check char_rnn/tiny\n"
                  "  seqtool config check my.json --set train.window=20\n")
      ->callback([options, &context] {
        const Config checked = load_config(options->file, context.with_globals(options->sets), catalog());
        check_config(checked, catalog());
        std::cout << options->file << ": ok (" << checked.model_type() << ")\n";
      });
  add_config_verb(*config, *options, "resolve", "print the config with every key and absolute paths",
                  "  seqtool config resolve char_rnn/tiny --set train.window=20\n")
      ->callback([options, &context] {
        std::cout << load_config(options->file, context.with_globals(options->sets), catalog()).to_json().dump(2)
                  << "\n";
      });
  add_verb(*config, "docs", "print the reference of all keys in Markdown", "  seqtool config docs > config.md\n")
      ->callback([] { std::cout << config_reference(catalog()); });
}

}  // namespace seq::apps
