// Made-up sets of points: seeded, the same on every machine.
//   gates      a function of two bits: 00, 01, 10, 11 in this order; columns x1, x2, y
//   gaussians  2 classes: N((0,0), s²) and N((5,5), s²), 10 points each; 3 classes: N((0,10), s²), N((5,5), s²) and
//              N((10,0), s²), 100 points each
//   moons      two half circles that reach into each other, with noise N(0, s²) on both coordinates
//   cosine     y = cos(3 π x / 2) + N(0, s²), x uniform in [0, 1], in rising order; columns x, y
#pragma once

#include "numeric/options.h"
#include "numeric/table.h"

namespace seq::numeric {

/// Throws Error for options that the set does not use; see GenerateOptions::check.
Table generate(const GenerateOptions& options);

/// The cosine without noise.
double noise_free_cosine(double x);

}  // namespace seq::numeric
