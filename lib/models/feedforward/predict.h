// Lines of numbers to lines of answers.
// R = rows, K = classes
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <iosfwd>
#include <string>

#include "models/verbs.h"
#include "numeric/columns.h"

namespace seq::feedforward {

/// Reads a row of inputs a line (`0.5,1.2`), writes `class<TAB>probability` (several of them with top_k), or the
/// number. A line that has not as many numbers as there are inputs is answered by an empty line and a warning. `answer`
/// gives the probabilities [R, K], or the numbers [R, 1], of some rows.
void predict_lines(const numeric::Columns& columns, const std::function<at::Tensor(const numeric::Part&)>& answer,
                   const PredictRequest& request, Log& log, const std::string& in, std::ostream& out);

}  // namespace seq::feedforward
