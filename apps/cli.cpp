// Verbs, global options and exit codes.
#include "cli.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <iostream>

#include "base/error.h"
#include "base/parallel.h"
#include "models/catalog.h"

namespace seq::apps {
namespace {

constexpr int kUsageError = 2;
constexpr int kFailure = 1;

void add_global_options(CLI::App& app, GlobalOptions& global) {
  app.add_flag("-q,--quiet", global.quiet, "warnings and errors only");
  app.add_flag("-v,--verbose", global.verbose, "more talk on stderr");
  app.add_option("--log-json", global.log_json, "also write messages as JSON lines into this file")->type_name("FILE");
  app.add_option("--threads", global.threads, "processor threads; 0: one for each core")->check(between(0, 1024));
  app.add_option("--device", global.device, "cpu or cuda")->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--seed", global.seed, "of everything random")->check(at_least(0));
}

/// Options of a subcommand stand behind it; so may the global ones.
void allow_globals_everywhere(CLI::App& app) {
  for (CLI::App* verb : app.get_subcommands({})) {
    verb->fallthrough();
    allow_globals_everywhere(*verb);
  }
}

/// In one line, without the stack that LibTorch appends to its messages.
std::string first_line(std::string text) {
  text.erase(std::min(text.find("\nException raised from "), text.size()));
  for (char& c : text)
    if (c == '\n') c = ' ';
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

/// CLI11 says "file does not exist" or "not expected" for a mistyped option; name the nearest one.
std::string explain(const CLI::ParseError& error, const CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> known;
  std::string verb;
  const CLI::App* current = &app;
  for (;;) {
    for (const CLI::Option* option : current->get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    const auto parsed = current->get_subcommands();
    if (parsed.empty()) break;
    current = parsed.front();
    verb += " " + current->get_name();
  }
  for (const std::string& argument : arguments) {
    if (argument.rfind("--", 0) != 0 || argument == "--") continue;
    const std::string name = argument.substr(0, argument.find('='));
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto meant = nearest_word(name, known);
    return "unknown option " + name + (meant ? " (did you mean " + *meant + "?)" : "") + "; see seqtool" + verb +
           " --help";
  }
  if (verb.empty() && !arguments.empty() && arguments.front().rfind('-', 0) != 0) {
    std::vector<std::string> verbs;
    for (const CLI::App* one : app.get_subcommands({})) verbs.push_back(one->get_name());
    const auto meant = nearest_word(arguments.front(), verbs);
    return "unknown verb " + arguments.front() + (meant ? " (did you mean " + *meant + "?)" : "") +
           "; see seqtool --help";
  }
  const std::vector<const CLI::App*> below = current->get_subcommands([](const CLI::App*) { return true; });
  if (!verb.empty() && !below.empty()) {
    std::string names;
    for (const CLI::App* one : below) names += (names.empty() ? "" : ", ") + one->get_name();
    return "seqtool" + verb + " needs one of: " + names + "; see seqtool" + verb + " --help";
  }
  return first_line(error.what()) + "; see seqtool" + verb + " --help";
}

int report(const std::exception& error, int code) {
  std::cout.flush();
  std::fprintf(stderr, "error: %s\n", first_line(error.what()).c_str());
  return code;
}

}  // namespace

Session Context::session() const {
  LogOptions options;
  options.json_file = global.log_json;
  if (global.quiet) options.verbosity = Verbosity::quiet;
  if (global.verbose) options.verbosity = Verbosity::verbose;
  return {make_log(options), !global.quiet};
}

int Context::threads() const {
  return thread_count(std::max<int64_t>(0, global.threads));
}

const ModelVerbs& Context::verbs(const std::string& type) const {
  const CatalogEntry& entry = find_model(catalog(), type);
  const ModelVerbs* const found = find_verbs_(type);
  if (found == nullptr) {
    if (entry.needs_torch) throw NeedsTorch{};
    throw std::logic_error(type + " is in no registry");
  }
  return *found;
}

const ModelVerbs& Context::verbs(const LoadedRun& run) const {
  const ModelVerbs& found = verbs(run.config.model_type());
  if (found.needs_torch && found.needs_torch(run.config)) throw NeedsTorch{};
  return found;
}

std::vector<std::string> Context::with_globals(std::vector<std::string> sets) const {
  if (global.seed >= 0) sets.push_back("seed=" + std::to_string(global.seed));
  if (global.threads >= 0) sets.push_back("threads=" + std::to_string(global.threads));
  if (!global.device.empty()) sets.push_back("device=" + global.device);
  return sets;
}

LoadedRun Context::load_run(const std::string& folder, const std::string& checkpoint) const {
  RunFolder run = RunFolder::open(folder);
  if (!checkpoint.empty()) run.existing_checkpoint(checkpoint);
  Json json = run.config();
  if (global.threads >= 0) json["threads"] = global.threads;
  if (!global.device.empty()) json["device"] = global.device;
  Config config = config_from_json(json, (run.path() / "config.json").string(), catalog());
  return {std::move(run), std::move(config), checkpoint};
}

void add_checkpoint_option(CLI::App& verb, std::string& checkpoint) {
  verb.add_option("--checkpoint", checkpoint, "weights of this checkpoint: last, best or step-N; absent: the best")
      ->type_name("NAME");
}

void add_layout_option(CLI::App& verb, std::string& layout) {
  verb.add_option("--layout", layout, "of the binary model: hashed is faster, trie smaller")
      ->check(CLI::IsMember({"hashed", "trie"}))
      ->capture_default_str();
}

void add_temp_option(CLI::App& verb, std::string& folder) {
  verb.add_option("--temp", folder, "folder for temporary files")->type_name("DIR");
}

void add_lines_option(CLI::App& verb, std::string& file) {
  verb.add_option("FILE", file, "text, one a line; stdin when absent or -");
}

bool is_model_file(const std::string& run) {
  std::error_code ignored;
  return fs::is_regular_file(run, ignored);
}

CLI::Validator at_least(int64_t least) {
  const auto check = [least](const std::string& text) -> std::string {
    int64_t value = 0;
    if (!CLI::detail::lexical_cast(text, value)) return text + " is not a whole number";
    return value >= least ? "" : text + " is out of range (at least " + std::to_string(least) + ")";
  };
  return {check, ""};
}

CLI::Validator between(double least, double most) {
  const auto check = [least, most](const std::string& text) -> std::string {
    double value = 0;
    if (!CLI::detail::lexical_cast(text, value)) return text + " is not a number";
    if (value >= least && value <= most) return "";  // not so for NaN
    return fmt::format("{} is out of range ({} to {})", text, least, most);
  };
  return {check, ""};
}

CLI::App* add_verb(CLI::App& app, const std::string& name, const std::string& description,
                   const std::string& examples) {
  CLI::App* verb = app.add_subcommand(name, description);
  verb->footer("Examples:\n" + examples);
  return verb;
}

int run_cli(int argc, char** argv, Context& context, const std::function<std::string()>& version) {
  CLI::App app("seqtool trains and runs sequence models over text.", "seqtool");
  app.footer(
      "Examples:\n"
      "  seqtool train --config char_rnn/tiny --set out=runs/first\n"
      "  seqtool sample runs/first --length 300\n"
      "  seqtool train --help\n");
  app.require_subcommand(1);
  add_global_options(app, context.global);
  app.add_flag_callback(
      "--version", [&] { throw CLI::CallForVersion(version(), 0); }, "versions of the tool and LibTorch, devices");
  for (const AddVerb add : {add_train, add_eval, add_sample, add_predict, add_score, add_tokenize, add_ngram,
                            add_vectors, add_data, add_config, add_report})
    add(app, context);
  allow_globals_everywhere(app);

  const std::vector<std::string> arguments(argv + 1, argv + argc);
  std::signal(SIGPIPE, SIG_DFL);  // a reader who goes away ends the program, without a word
  try {
    try {
      app.parse(argc, argv);
    } catch (const CLI::CallForVersion& call) {
      std::cout << call.what() << "\n";
    } catch (const CLI::Success& help) {
      app.exit(help);
    }
    std::cout.flush();
    if (!std::cout) throw RunError("stdout cannot be written (is the disk full?)");
    return 0;
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "error: %s\n", explain(error, app, arguments).c_str());
    return kUsageError;
  } catch (const Interrupted& error) {
    std::cout.flush();
    std::fprintf(stderr, "%s\n", error.what());  // asked for, so no error
    return 128 + error.signal;
  } catch (const RunError& error) {
    return report(error, kFailure);
  } catch (const Error& error) {
    return report(error, kUsageError);
  } catch (const std::bad_alloc&) {
    std::fputs("error: out of memory (lower the model's sizes, train.batch_size or train.window)\n", stderr);
    return kFailure;
  } catch (const std::exception& error) {
    return report(error, kFailure);
  }
}

}  // namespace seq::apps
