// What a report shows of one run: curves and figures out of its metrics.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/chart.h"
#include "run/pictures.h"
#include "run/predictions.h"
#include "run/run_folder.h"

namespace seq {

/// What a curve is drawn over.
enum class Over { steps, epochs, seconds };

/// One run's metrics and pictures.
class RunData {
 public:
  /// Throws Error when a file that is shown is damaged; a run that logged nothing yet is fine.
  RunData(const RunFolder& folder, std::string name);
  RunData(RunData&&) = default;
  RunData& operator=(RunData&&) = default;

  const std::string& name() const { return name_; }
  const Json& config() const { return config_; }
  std::string model_type() const;
  /// Whether there is nothing to show: no metrics, no picture.
  bool empty() const { return metrics_.empty() && !predictions_ && !boundary_ && !fit_; }

  /// What the run left to be drawn; most models leave none of it.
  const std::optional<Predictions>& predictions() const { return predictions_; }
  const std::optional<Boundary>& boundary() const { return boundary_; }
  const std::optional<Fit>& fit() const { return fit_; }

  /// Entries of a kind: `train`, `valid`, `sample`.
  std::vector<const Json*> entries(const std::string& kind) const;
  /// The values of a key in the entries of a kind; null and absent `over` are left out, null values are gaps.
  std::vector<Point> curve(const std::string& kind, const std::string& key, Over over = Over::steps) const;
  /// Keys with numbers in the entries of a kind, in the order of their first appearance.
  std::vector<std::string> keys(const std::string& kind) const;

  /// The entry of the validation with the least loss; null when there is none.
  const Json* best() const { return best_; }
  std::optional<double> last_step() const;
  std::optional<double> last_epoch() const;
  /// Seconds of training, over all its sessions.
  std::optional<double> seconds() const;
  /// The median of the logged speeds.
  std::optional<double> tokens_per_second() const;

 private:
  struct Moment {
    double step, seconds;
  };
  std::optional<double> place(const Json& entry, Over over) const;
  std::optional<double> seconds_at(double step) const;

  std::string name_;
  Json config_;
  std::vector<Json> metrics_;
  std::vector<Moment> clock_;  ///< from the training entries
  const Json* best_ = nullptr;
  std::optional<Predictions> predictions_;
  std::optional<Boundary> boundary_;
  std::optional<Fit> fit_;
};

/// A number under a key; empty when absent, null or no number.
std::optional<double> number_at(const Json& entry, const std::string& key);

}  // namespace seq
