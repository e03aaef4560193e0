// seqtool train: a model from a config into a run folder.
#include <iostream>
#include <memory>

#include "cli.h"
#include "models/catalog.h"

namespace seq::apps {
namespace {

struct TrainCommand {
  std::string config;
  std::string run;
  std::vector<std::string> sets;
  std::string invalid_utf8;
  bool resume = false;
  bool overwrite = false;
};

/// The config that a run folder was made with, changed by --set.
Config config_of_run(const std::string& folder, const std::vector<std::string>& sets) {
  const RunFolder run = RunFolder::open(folder);
  Config config = config_from_json(run.config(), (run.path() / "config.json").string(), catalog(), sets);
  if (config.out != run.config().value("out", ""))
    throw Error("--set out: a resumed run stays in its folder, " + folder +
                " (leave it out; another run starts with --config)");
  config.out = fs::absolute(run.path()).lexically_normal().string();  // where a run that was moved is now
  return config;
}

/// Trains; what is refused or interrupted before a fresh run has made its first checkpoint leaves the folder as it was.
void train_in(RunFolder& run, const ModelVerbs& verbs, const Session& session) {
  const Config config = config_from_json(run.config(), (run.path() / "config.json").string(), catalog());
  try {
    verbs.train(config, run, session);
  } catch (const RunError&) {
    throw;
  } catch (const Interrupted& interrupted) {
    if (fs::exists(run.checkpoint("last"))) throw;
    if (!run.resumed()) run.discard();
    throw Interrupted(interrupted.signal, "interrupted before the first step (the same command starts again)");
  } catch (...) {
    if (!run.resumed() && !fs::exists(run.checkpoint("last"))) run.discard();
    throw;
  }
  run.forget_replaced();
}

void train(const TrainCommand& options, const Context& context) {
  if (options.config.empty() == options.run.empty())
    throw Error("train needs --config FILE, or a run folder with --resume; see seqtool train --help");
  if (!options.run.empty() && !options.resume)
    throw Error(options.run + ": to go on with a run add --resume; to train anew give --config");
  std::vector<std::string> sets = context.with_globals(options.sets);
  if (!options.invalid_utf8.empty()) sets.push_back("tokenizer.invalid_utf8=" + options.invalid_utf8);
  const Config config =
      options.run.empty() ? load_config(options.config, sets, catalog()) : config_of_run(options.run, sets);
  const ModelVerbs& verbs = context.verbs(config.model_type());
  check_config(config, catalog());
  check_data_files(config.data);
  if (verbs.needs_torch && verbs.needs_torch(config)) throw NeedsTorch{};

  const Existing existing = options.resume      ? Existing::resume
                            : options.overwrite ? Existing::overwrite
                                                : Existing::refuse;
  RunFolder run = RunFolder::create(config.out, config.to_json(), existing);
  const Session session = context.session();
  add_log_file(*session.log, run.log().string());
  train_in(run, verbs, session);
  std::cout << run.path().string() << "\n";
}

}  // namespace

void add_train(CLI::App& app, Context& context) {
  auto options = std::make_shared<TrainCommand>();
  CLI::App* verb = add_verb(app, "train", "train a model from a config; prints the run folder's path",
                            "  seqtool train --config char_rnn/tiny\n"
                            "  seqtool train --config my.json --set train.max_epochs=3 --set out=runs/a\n"
                            "  seqtool train --config my.json --set tokenizer.type=word --set model.embedding_size=3 "
                            "--set model.embedding.from=vectors.txt --set out=runs/w\n"
                            "  seqtool train --resume runs/a --set train.max_epochs=6\n");
  verb->add_option("RUN", options->run, "run folder to go on with (with --resume)");
  verb->add_option("-c,--config", options->config, "config file, or the name of an installed one")->type_name("FILE");
  verb->add_option("-s,--set", options->sets, "override a key of the config; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  verb->add_option("--invalid-utf8", options->invalid_utf8, "refuse or replace bytes that are not UTF-8")
      ->check(CLI::IsMember({"refuse", "replace"}));
  CLI::Option* resume = verb->add_flag("--resume", options->resume, "go on where the run stopped");
  verb->add_flag("--overwrite", options->overwrite, "replace a run that is there")->excludes(resume);
  verb->callback([options, &context] { train(*options, context); });
}

}  // namespace seq::apps
