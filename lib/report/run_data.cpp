// Curves and figures out of metrics.jsonl.
#include "report/run_data.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "run/metrics.h"

namespace seq {

std::optional<double> number_at(const Json& entry, const std::string& key) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

namespace {

/// A file that a run may have.
template <class T>
std::optional<T> read_if_there(const fs::path& path, T (*parse)(std::string_view, const std::string&)) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  return parse(read_file(path), path.string());
}

}  // namespace

RunData::RunData(const RunFolder& folder, std::string name) : name_(std::move(name)), config_(folder.config()) {
  std::error_code ignored;
  if (fs::exists(folder.metrics(), ignored)) metrics_ = read_metrics(folder.metrics());
  predictions_ = read_if_there(folder.predictions(), parse_predictions);
  boundary_ = read_if_there(folder.boundary(), parse_boundary);
  fit_ = read_if_there(folder.fit(), parse_fit);
  double before = 0;  // the clock of a resumed run may start at 0 again
  double last = 0;
  double least_loss = std::numeric_limits<double>::infinity();
  for (const Json& entry : metrics_) {
    if (entry["kind"] == "train") {
      const auto seconds = number_at(entry, "seconds");
      if (!seconds) continue;
      if (*seconds < last) before += last;
      last = *seconds;
      clock_.push_back({entry["step"].get<double>(), before + last});
    } else if (entry["kind"] == "valid") {
      const auto loss = number_at(entry, "loss");
      if (!loss || *loss >= least_loss) continue;
      least_loss = *loss;
      best_ = &entry;
    }
  }
}

std::string RunData::model_type() const {
  const auto model = config_.find("model");
  if (model == config_.end() || !model->is_object()) return "";
  const auto type = model->find("type");
  return type != model->end() && type->is_string() ? type->get<std::string>() : "";
}

std::vector<const Json*> RunData::entries(const std::string& kind) const {
  std::vector<const Json*> found;
  for (const Json& entry : metrics_)
    if (entry["kind"] == kind) found.push_back(&entry);
  return found;
}

std::vector<Point> RunData::curve(const std::string& kind, const std::string& key, Over over) const {
  std::vector<Point> points;
  bool any = false;
  for (const Json* entry : entries(kind)) {
    const auto x = place(*entry, over);
    const auto value = entry->find(key);
    if (!x || value == entry->end()) continue;
    const auto y = number_at(*entry, key);
    any = any || y;
    points.push_back({*x, y.value_or(std::numeric_limits<double>::quiet_NaN())});
  }
  return any ? points : std::vector<Point>{};
}

std::vector<std::string> RunData::keys(const std::string& kind) const {
  std::vector<std::string> keys;
  for (const Json* entry : entries(kind))
    for (const auto& [key, value] : entry->items())
      if (value.is_number() && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  return keys;
}

std::optional<double> RunData::last_step() const {
  std::optional<double> last;
  for (const Json& entry : metrics_) last = std::max(last, std::optional(entry["step"].get<double>()));
  return last;
}

std::optional<double> RunData::last_epoch() const {
  for (auto entry = metrics_.rbegin(); entry != metrics_.rend(); ++entry)
    if (const auto epoch = number_at(*entry, "epoch")) return epoch;
  return std::nullopt;
}

std::optional<double> RunData::seconds() const {
  if (clock_.empty()) return std::nullopt;
  return clock_.back().seconds;
}

std::optional<double> RunData::tokens_per_second() const {
  std::vector<double> speeds;
  for (const Json* entry : entries("train"))
    if (const auto speed = number_at(*entry, "tokens_per_second")) speeds.push_back(*speed);
  if (speeds.empty()) return std::nullopt;
  const auto middle = speeds.begin() + static_cast<std::ptrdiff_t>(speeds.size() / 2);
  std::nth_element(speeds.begin(), middle, speeds.end());
  return *middle;
}

std::optional<double> RunData::place(const Json& entry, Over over) const {
  if (over == Over::steps) return entry["step"].get<double>();
  if (over == Over::epochs) return number_at(entry, "epoch");
  return seconds_at(entry["step"].get<double>());
}

/// Between the two training entries around a step, in proportion.
std::optional<double> RunData::seconds_at(double step) const {
  if (clock_.empty()) return std::nullopt;
  const auto after =
      std::lower_bound(clock_.begin(), clock_.end(), step, [](const Moment& m, double s) { return m.step < s; });
  if (after == clock_.end()) return clock_.back().seconds;
  const Moment start = after == clock_.begin() ? Moment{0, 0} : *(after - 1);
  if (after->step <= start.step) return after->seconds;
  return start.seconds + (after->seconds - start.seconds) * (step - start.step) / (after->step - start.step);
}

}  // namespace seq
