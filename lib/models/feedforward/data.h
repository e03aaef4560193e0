// The rows of a feed-forward run: read, cut into parts, and as tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <optional>
#include <string>

#include "config/config.h"
#include "numeric/columns.h"
#include "run/run_folder.h"

namespace seq::feedforward {

/// The parts that there are (`train`, `valid`, `test`), and what they are made of.
struct Data {
  numeric::Columns columns;
  std::map<std::string, numeric::Part> parts;
};

/// Reads the files of a config, or draws its made-up set, and cuts them; which row goes where follows from the run's
/// seed. `columns` are those of a trained run; without them they are learnt from the training part.
/// Throws Error naming file, row and column, or the key.
Data load_data(const Config& config, std::optional<numeric::Columns> columns);

/// One more file.
numeric::Part load_file(const std::string& file, const Config& config, const numeric::Columns& columns);

/// Fingerprints of all files that the config's data come from, labels beside images too.
Json fingerprints(const Config& config);

/// What a network reads and what it is to answer.
struct Tensors {
  at::Tensor inputs;   ///< [R, C], normalised
  at::Tensor targets;  ///< [R]: numbers of classes, or numbers
};

Tensors to_tensors(const numeric::Part& part, const numeric::Columns& columns, at::ScalarType type);

}  // namespace seq::feedforward
