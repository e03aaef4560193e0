// The charts of a report: loss first, then everything else that was logged.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>

#include "report/html.h"
#include "report/sections.h"

namespace seq {
namespace {

constexpr size_t kManyPoints = 60;  // from here on a noisy curve is drawn pale behind its smoothed self

size_t smoothing_reach(size_t points) {
  return std::max<size_t>(points / 100, 3);
}

/// A time axis in the unit that suits its length.
std::pair<double, const char*> time_unit(std::span<const RunData> runs) {
  double longest = 0;
  for (const RunData& run : runs) longest = std::max(longest, run.seconds().value_or(0));
  if (longest >= 3 * 3600) return {3600, "hours of training"};
  if (longest >= 180) return {60, "minutes of training"};
  return {1, "seconds of training"};
}

bool has_accuracy(const RunData& run) {
  return !run.curve("train", "accuracy").empty() || !run.curve("valid", "accuracy").empty();
}

/// The accuracy of one run on the right axis.
void add_accuracy(const RunData& run, Over over, LineChart& chart) {
  chart.right = {.title = "accuracy (dashed)", .scale = Scale::linear};
  const std::vector<Point> train = run.curve("train", "accuracy", over);
  const bool many = train.size() > kManyPoints;
  chart.series.push_back({.name = "training accuracy",
                          .points = many ? smooth(train, smoothing_reach(train.size())) : train,
                          .colour = 0,
                          .side = Side::right,
                          .dashed = true});
  chart.series.push_back({.name = "validation accuracy",
                          .points = run.curve("valid", "accuracy", over),
                          .colour = 1,
                          .stroke = Stroke::dotted,
                          .side = Side::right,
                          .dashed = true});
}

/// The loss curves of one run into a chart; of a run alone its accuracy too.
void add_loss(const RunData& run, size_t number, bool alone, Over over, LineChart& chart) {
  const std::string prefix = alone ? "" : run.name() + ", ";
  const std::vector<Point> train = run.curve("train", "loss", over);
  const std::vector<Point> valid = run.curve("valid", "loss", over);
  const bool many = train.size() > kManyPoints;
  const std::vector<Point> steady = many ? smooth(train, smoothing_reach(train.size())) : train;
  if (alone) {
    if (many) chart.series.push_back({"training, each log step", train, 0, Stroke::pale});
    const std::string what = has_accuracy(run) ? " loss" : "";
    chart.series.push_back({"training" + what, steady, 0, Stroke::line});
    chart.series.push_back({"validation" + what, valid, 1, Stroke::dotted});
    if (has_accuracy(run)) add_accuracy(run, over, chart);
  } else {
    chart.series.push_back({prefix + "training", steady, number, valid.empty() ? Stroke::line : Stroke::pale});
    chart.series.push_back({prefix + "validation", valid, number, Stroke::dotted});
  }
  if (run.best() == nullptr) return;
  const std::string value = number_text(run.best()->at("loss").get<double>());
  const auto best = std::min_element(valid.begin(), valid.end(), [](const Point& a, const Point& b) {
    return a.y < b.y || (a.y == a.y && b.y != b.y);  // gaps last
  });
  if (best == valid.end()) return;
  chart.marks.push_back(
      {*best, alone ? 1 : number, alone ? "best " + value : "",
       fmt::format("{}best validation loss {} at step {}", prefix, value, (*run.best())["step"].get<int64_t>())});
}

/// The first steps of a run fall steeply and would press everything else to the bottom: where the picture ends above,
/// when that gives the rest half as much room again.
std::optional<double> worthwhile_top(const std::vector<Series>& all) {
  double end = 0;
  for (const Series& series : all)
    if (!series.points.empty()) end = std::max(end, series.points.back().x);
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  double late_most = -least;
  for (const Series& series : all)
    for (const Point& point : series.points) {
      if (!std::isfinite(point.y) || series.side == Side::right) continue;
      least = std::min(least, point.y);
      most = std::max(most, point.y);
      if (point.x > 0.05 * end) late_most = std::max(late_most, point.y);
    }
  if (late_most <= least || fitting_scale(least, most) == Scale::log) return std::nullopt;
  if (most - least <= 1.5 * (late_most - least)) return std::nullopt;
  return late_most;
}

LineChart loss_chart(std::span<const RunData> runs, Over over) {
  LineChart chart;
  chart.left.title = "loss";
  for (size_t i = 0; i < runs.size(); ++i) add_loss(runs[i], i, runs.size() == 1, over, chart);
  chart.x_title = over == Over::steps ? "steps" : "epochs";
  if (over == Over::seconds) {
    const auto [unit, title] = time_unit(runs);
    chart.x_title = title;
    for (Series& series : chart.series)
      for (Point& point : series.points) point.x /= unit;
    for (Mark& mark : chart.marks) mark.at.x /= unit;
  }
  chart.left.most = worthwhile_top(chart.series);
  return chart;
}

/// Which of these keys is drawn as a chart of its own, and how it is called.
std::string title_of(const std::string& key) {
  static const std::map<std::string, std::string> titles = {{"learning_rate", "Learning rate"},
                                                            {"tokens_per_second", "Tokens per second"},
                                                            {"gradient_norm", "Gradient norm"},
                                                            {"smooth_loss", "Smoothed loss per batch"},
                                                            {"f1", "F1"},
                                                            {"bleu", "BLEU"},
                                                            {"chrf", "chrF"}};
  if (const auto found = titles.find(key); found != titles.end()) return found->second;
  std::string title = key;
  std::replace(title.begin(), title.end(), '_', ' ');
  if (!title.empty()) title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  return title;
}

/// The loss has its own chart, and what follows from it by a formula needs none.
bool is_shown_elsewhere(const std::string& key) {
  static const std::set<std::string> keys = {
      "step",    "epoch", "loss", "seconds", "perplexity", "bits_per_character", "tokens", "perplexity_without_unknown",
      "unknown", "count"};
  return keys.contains(key);
}

std::vector<std::string> chart_keys(const std::vector<RunData>& runs) {
  std::vector<std::string> keys;
  for (const char* kind : {"valid", "train"})
    for (const RunData& run : runs)
      for (const std::string& key : run.keys(kind))
        if (!is_shown_elsewhere(key) && !(key == "accuracy" && runs.size() == 1) &&
            std::find(keys.begin(), keys.end(), key) == keys.end())
          keys.push_back(key);
  return keys;
}

std::string small_chart(const std::vector<RunData>& runs, const std::string& key) {
  LineChart chart;
  chart.width = 560;
  chart.height = 280;
  chart.x_title = "steps";
  if (key == "tokens_per_second") chart.left.least = 0;
  const bool noisy = key == "gradient_norm" || key == "tokens_per_second";
  bool both = false;
  for (size_t i = 0; i < runs.size(); ++i) {
    const std::vector<Point> train = runs[i].curve("train", key);
    const std::vector<Point> valid = runs[i].curve("valid", key);
    const size_t valid_colour = runs.size() == 1 ? 1 : i;
    const std::string prefix = runs.size() == 1 ? "" : runs[i].name() + ", ";
    both = both || (!train.empty() && !valid.empty());
    const std::string train_name =
        valid.empty() ? (runs.size() == 1 ? title_of(key) : runs[i].name()) : prefix + "training";
    if (noisy && train.size() > kManyPoints) {
      if (runs.size() == 1) chart.series.push_back({train_name, train, i, Stroke::pale});
      chart.series.push_back({train_name, smooth(train, smoothing_reach(train.size())), i, Stroke::line});
    } else if (!train.empty()) {
      chart.series.push_back({train_name, train, i, valid.empty() ? Stroke::line : Stroke::pale});
    }
    if (!valid.empty()) chart.series.push_back({prefix + "validation", valid, valid_colour, Stroke::dotted});
  }
  const std::string svg = draw(chart);
  if (svg.empty()) return "";
  return fmt::format("<figure><figcaption>{}{}</figcaption>{}</figure>\n", escape_html(title_of(key)),
                     both ? " <small>(dots: validation)</small>" : "", svg);
}

}  // namespace

std::string loss_section(const std::vector<RunData>& runs) {
  struct Tab {
    Over over;
    const char* name;
  };
  std::vector<std::pair<Tab, std::string>> tabs;
  for (const Tab tab : {Tab{Over::steps, "steps"}, Tab{Over::epochs, "epochs"}, Tab{Over::seconds, "time"}})
    if (std::string svg = draw(loss_chart(runs, tab.over)); !svg.empty()) tabs.emplace_back(tab, std::move(svg));
  if (tabs.empty()) return "";

  std::string html = fmt::format("<section class=\"tabs\"><h2>{}</h2>",
                                 runs.size() == 1 && has_accuracy(runs[0]) ? "Loss and accuracy" : "Loss");
  for (size_t i = 0; i < tabs.size() && tabs.size() > 1; ++i)
    html += fmt::format("<input type=\"radio\" name=\"over\" id=\"over{0}\"{1}><label for=\"over{0}\">{2}</label>", i,
                        i == 0 ? " checked" : "", tabs[i].first.name);
  std::vector<LegendEntry> entries;
  if (runs.size() == 1) {
    if (!runs[0].curve("train", "loss").empty()) entries.push_back({"training", 0});
    if (!runs[0].curve("valid", "loss").empty()) entries.push_back({"validation", 1});
  } else {
    for (size_t i = 0; i < runs.size(); ++i) entries.push_back({runs[i].name(), i});
  }
  std::string note = "pale: training; with dots: validation; ring: best";
  if (runs.size() == 1) note = has_accuracy(runs[0]) ? "dashed: accuracy, right axis" : "";
  if (loss_chart(runs, Over::steps).left.most)
    note += (note.empty() ? "" : "; ") + std::string("the first steps lie above the picture");
  html += legend(entries, note);
  for (const auto& [tab, svg] : tabs) html += "<div class=\"tab\">" + svg + "</div>";
  return html + "</section>\n";
}

std::string learning_curves_section(const std::vector<RunData>& runs) {
  if (runs.size() == 1) return "";
  std::string charts;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!has_accuracy(runs[i])) continue;
    LineChart chart = loss_chart(std::span(&runs[i], 1), Over::steps);
    chart.width = 560;
    chart.height = 300;
    for (Mark& mark : chart.marks) mark.label.clear();
    charts += "<figure>" + run_heading(runs, i) + draw(chart) + "</figure>\n";
  }
  if (charts.empty()) return "";
  return "<section><h2>Learning curves</h2>" +
         legend({{"training", 0}, {"validation", 1}}, "dashed, right axis: accuracy; ring: best") +
         "<div class=\"grid2\">" + charts + "</div></section>\n";
}

std::string details_section(const std::vector<RunData>& runs) {
  std::string charts;
  for (const std::string& key : chart_keys(runs)) charts += small_chart(runs, key);
  if (charts.empty()) return "";
  std::vector<LegendEntry> entries;
  for (size_t i = 0; i < runs.size() && runs.size() > 1; ++i) entries.push_back({runs[i].name(), i});
  return "<section><h2>Training in detail</h2>" + (entries.empty() ? "" : legend(entries, "")) +
         "<div class=\"grid2\">" + charts + "</div></section>\n";
}

}  // namespace seq
