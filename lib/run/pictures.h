// boundary.json and fit.json: what a run over few inputs leaves to be drawn in its report.
#pragma once

#include <string>
#include <vector>

#include "base/fields.h"
#include "base/files.h"

namespace seq {

/// Which class a classifier of two inputs gives to each place of the plane. The rectangle is divided into equal cells,
/// each answered at its centre.
struct Boundary {
  std::vector<double> x;                    ///< least and most
  std::vector<double> y;                    ///< least and most
  int64_t columns = 0;                      ///< of cells
  int64_t rows = 0;                         ///< of cells
  std::vector<std::string> names;           ///< of the classes
  std::vector<std::string> axes;            ///< of the two inputs
  std::vector<int64_t> grid;                ///< [rows, columns]: the class; row 0 at the least y
  std::vector<double> confidence;           ///< [rows, columns]: its probability
  std::vector<std::vector<double>> points;  ///< x, y, class, and 0 for training or 1 for validation

  /// Throws Error naming the key that does not fit the others.
  void check() const;

  template <class Visitor>
  void fields(Visitor& field) {
    field("x", x, "least and most");
    field("y", y, "least and most");
    field("columns", columns, "of cells", between(1, 500));
    field("rows", rows, "of cells", between(1, 500));
    field("names", names, "of the classes");
    field("axes", axes, "names of the two inputs");
    field("grid", grid, "class of each cell, row by row from the least y", at_least(0));
    field("confidence", confidence, "probability of that class", between(0, 1));
    field("points", points, "x, y, class, 0 for training or 1 for validation");
  }
};

/// A function of one input that was fitted to points.
struct Fit {
  std::string title;                        ///< `degree 4`
  std::vector<std::string> axes;            ///< names of input and target
  std::vector<std::vector<double>> curve;   ///< x, y of the fitted function, by rising x
  std::vector<std::vector<double>> points;  ///< x, y it was fitted to
  std::vector<std::vector<double>> truth;   ///< x, y of the function that the points come from; may be empty

  /// Throws Error naming the key that does not fit the others.
  void check() const;

  template <class Visitor>
  void fields(Visitor& field) {
    field("title", title, "a few words");
    field("axes", axes, "names of input and target");
    field("curve", curve, "x, y of the fitted function");
    field("points", points, "x, y it was fitted to");
    field("truth", truth, "x, y of the function that the points come from");
  }
};

/// Throw Error naming file and key.
Boundary parse_boundary(std::string_view text, const std::string& name);
Fit parse_fit(std::string_view text, const std::string& name);

/// Write in one step. Throw RunError.
void write_boundary(const fs::path& path, const Boundary& boundary);
void write_fit(const fs::path& path, const Fit& fit);

}  // namespace seq
