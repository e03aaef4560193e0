// The figures at the top of a report, and the configs at its end.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/progress.h"
#include "report/html.h"
#include "report/sections.h"

namespace seq {
namespace {

enum class Better { smaller, larger, neither };

/// Always four, so that figures below one another compare at a glance: 1.750.
std::string four_digits(double value) {
  return std::abs(value) >= 1e-4 && std::abs(value) < 1000 ? fmt::format("{:#.4g}", value) : number_text(value);
}

/// One figure of a run, as a tile or a column.
struct Figure {
  std::string caption;
  Better better = Better::neither;
  std::function<std::optional<double>(const RunData&)> value;
  std::function<std::string(double)> text = four_digits;
};

/// How a key of the metrics is called.
std::string caption_of(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

Better direction(const std::string& key) {
  if (key.find("loss") != std::string::npos || key.find("perplexity") != std::string::npos ||
      key == "bits_per_character" || key == "error")
    return Better::smaller;
  for (const char* better : {"accuracy", "f1", "bleu", "chrf", "exact_match"})
    if (key == better) return Better::larger;
  return Better::neither;
}

/// Every key that some run has in such an entry, besides where and when it was.
std::vector<std::string> result_keys(const std::vector<RunData>& runs, const std::string& kind) {
  std::vector<std::string> keys;
  for (const RunData& run : runs)
    for (const std::string& key : run.keys(kind))
      if (key != "step" && key != "epoch" && key != "seconds" && key != "tokens" && key != "count" &&
          std::find(keys.begin(), keys.end(), key) == keys.end())
        keys.push_back(key);
  return keys;
}

std::string whole(double value) {
  std::string digits = fmt::format("{:.0f}", value);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, "\u202f");  // 151 000
  return digits;
}

std::vector<Figure> figures(const std::vector<RunData>& runs) {
  std::vector<Figure> all;
  for (const std::string& key : result_keys(runs, "valid"))
    all.push_back({key == "loss" ? "best validation loss" : caption_of(key), direction(key),
                   [key](const RunData& run) { return run.best() ? number_at(*run.best(), key) : std::nullopt; }});
  if (!all.empty())
    all.push_back({"at step", Better::neither,
                   [](const RunData& run) { return run.best() ? number_at(*run.best(), "step") : std::nullopt; },
                   whole});
  all.push_back({"steps", Better::neither, [](const RunData& run) { return run.last_step(); }, whole});
  all.push_back({"epochs", Better::neither, [](const RunData& run) { return run.last_epoch(); }, number_text});
  all.push_back({"training time", Better::neither, [](const RunData& run) { return run.seconds(); }, format_duration});
  all.push_back(
      {"tokens per second", Better::neither, [](const RunData& run) { return run.tokens_per_second(); }, whole});
  std::erase_if(all, [&](const Figure& figure) {
    return std::none_of(runs.begin(), runs.end(), [&](const RunData& run) { return figure.value(run).has_value(); });
  });
  return all;
}

std::string tiles(const RunData& run, const std::vector<Figure>& all) {
  std::string html = "<section class=\"tiles\">";
  if (!run.model_type().empty())
    html += fmt::format("<div><b>{}</b><span>model</span></div>", escape_html(run.model_type()));
  for (const Figure& figure : all)
    if (const auto value = figure.value(run))
      html += fmt::format("<div><b>{}</b><span>{}</span></div>", figure.text(*value), escape_html(figure.caption));
  return html + "</section>\n";
}

std::optional<double> best_of(const std::vector<RunData>& runs, const Figure& figure) {
  std::optional<double> best;
  if (figure.better == Better::neither) return best;
  for (const RunData& run : runs) {
    const auto value = figure.value(run);
    if (value && (!best || (figure.better == Better::smaller ? *value < *best : *value > *best))) best = value;
  }
  return best;
}

std::string table(const std::vector<RunData>& runs, const std::vector<Figure>& all) {
  std::string html = "<section class=\"scroll\"><table class=\"summary\"><thead><tr><th>run</th><th>model</th>";
  std::vector<std::optional<double>> best;
  for (const Figure& figure : all) {
    html += "<th class=\"number\">" + escape_html(figure.caption) + "</th>";
    best.push_back(best_of(runs, figure));
  }
  html += "</tr></thead><tbody>\n";
  for (size_t i = 0; i < runs.size(); ++i) {
    html += fmt::format("<tr><th><i class=\"swatch c{}\"></i>{}</th><td>{}</td>", i % 8, escape_html(runs[i].name()),
                        escape_html(runs[i].model_type()));
    for (size_t j = 0; j < all.size(); ++j) {
      const auto value = all[j].value(runs[i]);
      const bool leads = value && value == best[j];
      html += fmt::format("<td class=\"number{}\">{}</td>", leads ? " leads" : "", value ? all[j].text(*value) : "–");
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></section>\n";
}

/// `train.optimizer.type` and its value, for every leaf.
void flatten(const Json& json, const std::string& path, std::vector<std::pair<std::string, std::string>>& out) {
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) flatten(value, path.empty() ? key : path + "." + key, out);
  } else {
    out.emplace_back(
        path, json.is_string() ? json.get<std::string>() : json.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

struct ConfigRow {
  std::string key;
  std::vector<std::string> values;  ///< one a run; empty where it has no such key
  bool differs() const {
    return key != "out" && std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) != values.end();
  }
};

std::vector<ConfigRow> config_rows(const std::vector<RunData>& runs) {
  std::vector<ConfigRow> rows;
  for (size_t i = 0; i < runs.size(); ++i) {
    std::vector<std::pair<std::string, std::string>> leaves;
    flatten(runs[i].config(), "", leaves);
    for (const auto& leaf : leaves) {
      auto row = std::find_if(rows.begin(), rows.end(), [&](const ConfigRow& r) { return r.key == leaf.first; });
      if (row == rows.end()) row = rows.insert(rows.end(), {leaf.first, std::vector<std::string>(runs.size())});
      row->values[i] = leaf.second;
    }
  }
  return rows;
}

std::string config_table(const std::vector<RunData>& runs, const std::vector<ConfigRow>& rows) {
  std::string html = "<div class=\"scroll\"><table class=\"config\">";
  if (runs.size() > 1) {
    html += "<thead><tr><th>key</th>";
    for (size_t i = 0; i < runs.size(); ++i)
      html += fmt::format("<th><i class=\"swatch c{}\"></i>{}</th>", i % 8, escape_html(runs[i].name()));
    html += "</tr></thead>";
  }
  html += "<tbody>\n";
  for (const ConfigRow& row : rows) {
    html += fmt::format("<tr{}><th>{}</th>", row.differs() ? " class=\"differs\"" : "", escape_html(row.key));
    for (const std::string& value : row.values) html += "<td>" + escape_html(value) + "</td>";
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>";
}

}  // namespace

std::string summary_section(const std::vector<RunData>& runs) {
  const std::vector<Figure> all = figures(runs);
  return runs.size() == 1 ? tiles(runs[0], all) : table(runs, all);
}

std::string config_section(const std::vector<RunData>& runs) {
  const std::vector<ConfigRow> rows = config_rows(runs);
  std::vector<ConfigRow> different;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(different), [](const auto& row) { return row.differs(); });
  std::string html = "<section><h2>Config</h2>";
  if (runs.size() > 1)
    html += different.empty() ? "<p class=\"note\">The runs have the same config.</p>" : config_table(runs, different);
  return html + "<details><summary>All keys</summary>" + config_table(runs, rows) + "</details></section>\n";
}

}  // namespace seq
