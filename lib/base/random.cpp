// The distributions and the saved state of the random engine.
#include "base/random.h"

#include <cmath>
#include <numbers>
#include <sstream>

#include "base/error.h"

namespace seq {

uint64_t Random::below(uint64_t n) {
  const uint64_t limit = UINT64_MAX - UINT64_MAX % n;  // a multiple of n, so that the remainder is unbiased
  uint64_t draw = engine_();
  while (draw >= limit) draw = engine_();
  return draw % n;
}

double Random::normal() {  // Box & Muller 1958; the second value is not kept, so that the engine is the whole state
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::string Random::state() const {
  std::ostringstream text;
  text << engine_;
  return text.str();
}

void Random::set_state(const std::string& text) {
  std::istringstream in(text);
  std::mt19937_64 engine;
  in >> engine;
  if (!in) throw Error("not a state of the random generator");
  engine_ = engine;
}

uint64_t Random::derive(uint64_t seed, uint64_t stream, uint64_t index) {
  uint64_t mixed = seed + 0x9e3779b97f4a7c15ULL * (stream + 1) + 0xd1b54a32d192ed03ULL * index;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;  // the finaliser of splitmix64 (Steele et al. 2014)
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
  return mixed ^ (mixed >> 31);
}

}  // namespace seq
